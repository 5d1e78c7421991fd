"""Measure the reading of times and amounts: `python -m palier_nlu.duckling.measure FILE.jsonl ...`.

Each line of a file is a message (`text`, `ref`, `tz`, `gold`: a list of `dim`, `start`, `end` and the
`values` that are right, several `dim` joined by "|"), a sentence without any (`text` alone, or an empty
`gold`), or a row of Duckling's own corpus (`dim`, `text`, `value`).
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import quantiles
from typing import Any

from palier_fr.times import Engine, instant_of, read, zone_named
from palier_nlu.duckling.engine import Worker

# Duckling's French corpus was written for this moment; any other message without a moment, for the second.
CORPUS_MOMENT = ("2013-02-12T04:30:00-02:00", "-02:00")
MOMENT = ("2026-11-23T10:00:00+01:00", "Europe/Paris")
# A number alone promises nothing and misleads nobody.
MISLEADING = ("time", "duration", "amount-of-money")


@dataclass(frozen=True)
class Reading:
    """One line: what was expected, what was read, what is wrong between them."""

    text: str
    expected: int
    missed: list[dict[str, Any]]
    false: list[dict[str, Any]]
    seconds: float


def measure(path: Path, engine: Engine) -> list[Reading]:
    """Read every line of a file."""
    with path.open(encoding="utf-8") as lines:
        return [reading_of(json.loads(line), engine) for line in lines if line.strip()]


def figures(readings: list[Reading]) -> dict[str, Any]:
    """Counts, and milliseconds of this process and the engine's together."""
    values = sum(reading.expected for reading in readings)
    with_values = [reading for reading in readings if reading.expected]
    without = [reading for reading in readings if not reading.expected]
    cuts = (
        quantiles([reading.seconds * 1000 for reading in readings], n=20) if len(readings) > 1 else [0.0] * 19
    )
    return {
        "values": values,
        "values_exact": values - sum(len(reading.missed) for reading in readings),
        "messages": len(with_values),
        "messages_all_exact": sum(not reading.missed for reading in with_values),
        "messages_with_more": sum(bool(reading.false) for reading in with_values),
        "sentences_without": len(without),
        "sentences_misread": sum(bool(reading.false) for reading in without),
        "p50_ms": round(cuts[9], 2),
        "p95_ms": round(cuts[18], 2),
    }


def reading_of(row: dict[str, Any], engine: Engine) -> Reading:
    """Read one line, and say what is wrong."""
    corpus = "value" in row
    default = CORPUS_MOMENT if corpus else MOMENT
    zone = zone_named(row.get("tz", default[1]))
    moment = instant_of(row.get("ref", default[0]), zone)
    begun = time.perf_counter()
    found = read(row["text"], moment, zone.key, engine)
    seconds = time.perf_counter() - begun
    if corpus:
        whole = {"start": 0, "end": len(row["text"]), "dim": row["dim"], "values": [row["value"]]}
        return Reading(row["text"], 1, [] if _is_read(whole, found) else [whole], [], seconds)
    gold = row.get("gold") or []
    missed = [item for item in gold if not _is_read(item, found)]
    false = [entity for entity in found if entity["entity"] in MISLEADING and not _is_meant(entity, gold)]
    return Reading(row["text"], len(gold), missed, false, seconds)


def _is_read(item: dict[str, Any], found: list[dict[str, Any]]) -> bool:
    return any(
        _same_place(entity, item) and any(_same(entity["value"], value) for value in item["values"])
        for entity in found
    )


def _is_meant(entity: dict[str, Any], gold: list[dict[str, Any]]) -> bool:
    return any(_same_place(entity, item) for item in gold)


def _same_place(entity: dict[str, Any], item: dict[str, Any]) -> bool:
    overlap = entity["start"] < item["end"] and item["start"] < entity["end"]
    return overlap and entity["entity"] in item["dim"].split("|")


def _same(one: dict[str, Any], other: dict[str, Any]) -> bool:
    keys = ("type", "value", "grain", "unit", "from", "to")
    return all(one.get(key) == other.get(key) for key in keys)


def main() -> int:
    """Print the figures of each file, and what is wrong."""
    parser = argparse.ArgumentParser(
        prog="palier_nlu.duckling.measure", description="Measure the reading of times and amounts."
    )
    parser.add_argument("files", type=Path, nargs="+")
    parser.add_argument("--json", action="store_true", help="figures only, as JSON")
    arguments = parser.parse_args()
    engine = Worker()
    engine.start()
    results = {str(path): measure(path, engine) for path in arguments.files}
    engine.close()
    if arguments.json:
        print(json.dumps({path: figures(readings) for path, readings in results.items()}, indent=2))
        return 0
    for path, readings in results.items():
        print(path, json.dumps(figures(readings)))
        for line in _faults(readings):
            print(line)
    return 0


def _faults(readings: list[Reading]) -> Iterator[str]:
    for reading in readings:
        for item in reading.missed:
            yield f"  missed  {reading.text!r}: {json.dumps(item['values'][0], ensure_ascii=False)}"
        for entity in reading.false:
            yield f"  false   {reading.text!r}: {json.dumps(entity, ensure_ascii=False)}"


if __name__ == "__main__":
    sys.exit(main())
