"""Duckling itself: one request a line in, one answer a line out, in the form of its `POST /parse`.

Some messages cost it an exponential time, during which nothing else runs in its process: it is killed
by its own alarm, and `engine.Worker` starts another one. Run with LC_ALL=C.UTF-8, or accents are lost.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from typing import Any
from zoneinfo import TZPATH

from duckling import (
    Context,
    default_locale_lang,
    load_time_zones,
    parse_dimensions,
    parse_lang,
    parse_locale,
    parse_ref_time,
    parse_text,
)

# Most messages take less than a millisecond. No Python handler: it would wait for the end of the parse.
DEADLINE_SECONDS = 0.2
_FIRST = {
    "text": "le 1er mars",
    "locale": "fr_FR",
    "tz": "UTC",
    "dims": ["time"],
    "reftime": 0,
    "latent": False,
}


def main() -> None:
    """Answer until the input ends."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what a library prints is not an answer
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    zones = load_time_zones(next(path for path in TZPATH if os.path.isdir(path)))
    _parse(zones, _FIRST)  # the first one costs twenty times the others
    answers.write("ready\n")
    answers.flush()
    for line in sys.stdin:
        signal.setitimer(signal.ITIMER_REAL, DEADLINE_SECONDS)
        answer = _parse(zones, json.loads(line))
        signal.setitimer(signal.ITIMER_REAL, 0)
        answers.write(json.dumps(answer) + "\n")
        answers.flush()


def _parse(zones: object, request: dict[str, Any]) -> list[dict[str, Any]]:
    language = str(request["locale"])[:2].upper()
    locale = parse_locale(str(request["locale"]).upper(), default_locale_lang(parse_lang(language)))
    reference = parse_ref_time(zones, request["tz"], request["reftime"] // 1000)
    # A NUL or half a surrogate pair ends the process; one character for one keeps the offsets.
    text = request["text"].replace("\0", " ").encode("utf-8", "replace").decode("utf-8")
    found = parse_text(text, Context(reference, locale), parse_dimensions(request["dims"]), request["latent"])
    # The wheel reads the bytes of UTF-8 as Latin-1: "£" would come back as two characters.
    answer: list[dict[str, Any]] = json.loads(found.encode("latin-1", "replace").decode("utf-8", "replace"))
    return answer


if __name__ == "__main__":
    main()
