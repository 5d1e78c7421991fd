"""Read messages: JSON lines `{"text", "now", "tz"}` in, the `parse` object of each out, in order.

`python -m palier_nlu.parse --model FILE --sha256 HASH`: the model is checked as the server checks it.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import sys
import tempfile
from datetime import datetime
from pathlib import Path
from typing import Any

from palier_fr.times import instant_of, zone_named
from palier_nlu.duckling.engine import Server, Worker
from palier_nlu.quiet import hush
from palier_nlu.serve import Refused, checked_copy


def main() -> int:
    """Read until the end of the input; 1 when the model is refused or a line is not understood."""
    parser = argparse.ArgumentParser(
        prog="palier_nlu.parse", description="Read messages with Palier's model."
    )
    parser.add_argument("--model", type=Path, required=True, help="the model archive")
    parser.add_argument("--sha256", required=True, help="its expected SHA-256 (models/current.json)")
    parser.add_argument("--duckling", help="address of a Duckling server (default: one of our own)")
    arguments = parser.parse_args()
    try:
        with tempfile.TemporaryDirectory(prefix="palier-model-") as folder:
            model = checked_copy(arguments.model, arguments.sha256, Path(folder))
            hush()
            _loop(model, arguments.duckling)
    except (Refused, OSError) as error:
        print(f"palier_nlu.parse: {error}", file=sys.stderr)
        return 1
    return 0


def _loop(model: Path, duckling: str | None) -> None:
    # What a library prints must not land among the answers.
    with contextlib.redirect_stdout(sys.stderr):
        from palier_nlu.dialogue import Dialogue

        dialogue = Dialogue.load(model, engine=Server(duckling) if duckling else Worker())
    for number, line in enumerate(sys.stdin, start=1):
        text, written_at, zone = _message(number, line)
        print(json.dumps(dialogue.parse(text, written_at, zone), ensure_ascii=False), flush=True)


def _message(number: int, line: str) -> tuple[str, datetime, str]:
    try:
        content: Any = json.loads(line)
        text, zone = content["text"], zone_named(content["tz"])
        written_at = instant_of(content["now"], zone)
    except (ValueError, KeyError, TypeError, AttributeError):
        raise Refused(f"line {number} is not an object with a text, an instant and a zone") from None
    if not isinstance(text, str):
        raise Refused(f"line {number}: text is not a string")
    return text, written_at, zone.key


if __name__ == "__main__":
    sys.exit(main())
