"""From a message to its times, durations, amounts, numbers and instalments."""

import re
import time
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from palier_fr.normalise import normalise
from palier_fr.times.chunks import chunks
from palier_fr.times.corrections import Scene, chosen, corrected
from palier_fr.times.engine import DIMENSIONS, Engine, EngineDown
from palier_fr.times.masks import MASKS
from palier_fr.times.moments import zone_named
from palier_fr.times.own import own
from palier_fr.times.spelling import respell
from palier_fr.times.typed import WALL, Typed
from palier_fr.times.values import Found, plain

# The rest of a longer text is not read: a hundred patterns over it would hold up the others' messages.
LONGEST = 1400
# How long the engine may be asked about one message, all its pieces together.
PATIENCE_SECONDS = 0.1

_MONTHLY = re.compile(
    r"\b(?:tous les|chaque) \d{1,2}(?:er)?\b(?! (?:jours?|semaines?|mois|ans?|minutes?|heures?))|"
    r"\b\d{1,2}(?:er)? (?:de (?:chaque|tous les)|tous les|chaque) mois\b|"
    r"\btous les mois (?:le|vers le|au) \d{1,2}\b"
)


def read(text: str, written_at: datetime, zone: str, engine: Engine) -> list[dict[str, Any]]:
    """What the text says of times and amounts, in the order of the text.

    `written_at` is aware; `zone` an IANA name (ValueError otherwise). Each entity has `entity` (one of
    DIMENSIONS, or `installments`), `start` and `end` in characters of `text`, `value` as Duckling writes it.
    `alternatives`: other values that the words can mean, to be asked about. `recurs`: "month" when it is
    said of every month. `within`: a duration that is a delay ("sous 48h"). When the engine is down: less,
    or nothing.
    """
    there = zone_named(zone)
    now = written_at.astimezone(there)
    normalised = normalise(text[:LONGEST])
    if not normalised.text:
        return []
    typed = Typed.of(normalised)
    for mask in MASKS:
        typed = typed.rewrite(mask, lambda _: WALL)
    typed = respell(typed, now.date())
    scene = Scene(typed.text, now, there)
    found = [*own(typed.text, now, there), *_asked(typed.text, now, there.key, engine)]
    right = [kept for one in found if (kept := corrected(one, scene))]
    monthly = [normalised.span(*match.span()) for match in _MONTHLY.finditer(normalised.text)]
    return [_entity(one, typed, text, monthly) for one in chosen(right, scene)]


def _asked(text: str, now: datetime, zone: str, engine: Engine) -> Iterator[Found]:
    """What the engine finds in each piece; one that it fails on is left out."""
    give_up_at = time.monotonic() + PATIENCE_SECONDS
    for start, piece in chunks(text):
        try:
            answer = engine(piece, now, zone)
        except EngineDown:
            answer = []
        for item in answer:
            if item["dim"] in DIMENSIONS and not item.get("latent"):
                yield Found(item["dim"], start + item["start"], start + item["end"], plain(item["value"]))
        if time.monotonic() > give_up_at:
            return


def _entity(found: Found, typed: Typed, text: str, monthly: list[tuple[int, int]]) -> dict[str, Any]:
    start, end = typed.span(found.start, found.end)
    while text[end - 1].isspace():
        end -= 1
    entity = {"entity": found.dim, "start": start, "end": end, "value": found.value, **found.marks}
    if found.dim == "time" and any(start < last and first < end for first, last in monthly):
        entity["recurs"] = "month"
    return entity
