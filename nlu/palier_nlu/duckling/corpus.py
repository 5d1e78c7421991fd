"""The hand-written messages of tests/palier_fr/times, as `palier_nlu.duckling.measure` reads them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

FOLDER = Path("tests/palier_fr/times")
MOMENT = "2026-11-23T10:00:00+01:00"
PARIS = ZoneInfo("Europe/Paris")

_GRAINS = {4: "year", 7: "month", 10: "day", 13: "hour", 16: "minute", 19: "second"}
_FIRST_OF = {4: "-01-01", 7: "-01", 13: ":00"}
_NUMBER = r"\d+(?:\.\d+)?"


def messages(folder: Path = FOLDER) -> Iterator[dict[str, Any]]:
    """The messages of `messages.txt`, each with its values (its first lines say how they are written)."""
    for line in _lines(folder / "messages.txt"):
        moment, written = _moment(line)
        text, _, told = written.rpartition(" => ")
        gold = [item for part in told.split("; ") for item in _gold(text, part)]
        yield {"text": text, "ref": moment, "tz": PARIS.key, "gold": gold}


def sentences_without(folder: Path = FOLDER) -> Iterator[dict[str, Any]]:
    """The sentences of `without.txt`, in which there is nothing to read: `gold` is empty."""
    for line in _lines(folder / "without.txt"):
        yield {"text": line, "ref": MOMENT, "tz": PARIS.key, "gold": []}


def _lines(file: Path) -> Iterator[str]:
    for line in file.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            yield line


def _moment(line: str) -> tuple[str, str]:
    if not line.startswith("@"):
        return MOMENT, line
    moment, _, rest = line[1:].partition(" ")
    return moment, rest


def _gold(text: str, part: str) -> Iterator[dict[str, Any]]:
    words, _, told = part.rpartition(": ")
    start = text.index(words)
    readings = [_value(reading) for reading in told.split("|")]
    for dim in sorted({dim for dim, _ in readings}):
        values = [value for name, value in readings if name == dim]
        yield {"dim": dim, "start": start, "end": start + len(words), "body": words, "values": values}


def _value(told: str) -> tuple[str, dict[str, Any]]:
    if told[0] in "#x":
        dim = "number" if told[0] == "#" else "installments"
        return dim, {"type": "value", "value": int(told[1:])}
    amount = re.fullmatch(rf"({_NUMBER})?(\.\.)?({_NUMBER})? (EUR|unknown)", told)
    if amount:
        return "amount-of-money", _amount(amount)
    duration = re.fullmatch(r"(\d+) (\w+)", told)
    if duration:
        return "duration", {"type": "value", "value": int(duration[1]), "unit": duration[2]}
    return "time", _time(told)


def _amount(told: re.Match[str]) -> dict[str, Any]:
    low, dots, high, unit = told.groups()
    if not dots:
        return {"type": "value", "value": float(low), "unit": unit}
    ends = {"from": low, "to": high}
    return {"type": "interval", **{end: {"value": float(n), "unit": unit} for end, n in ends.items() if n}}


def _time(told: str) -> dict[str, Any]:
    if ".." not in told:
        return {"type": "value", **_instant(told)}
    ends = zip(("from", "to"), told.split(".."), strict=True)
    return {"type": "interval", **{end: _instant(text) for end, text in ends if text}}


def _instant(told: str) -> dict[str, Any]:
    week = re.fullmatch(r"(\d{4})-W(\d\d)", told)
    if week:
        monday = date.fromisocalendar(int(week[1]), int(week[2]), 1)
        return {"value": _at(monday.isoformat()), "grain": "week"}
    return {"value": _at(told + _FIRST_OF.get(len(told), "")), "grain": _GRAINS[len(told)]}


def _at(told: str) -> str:
    return datetime.fromisoformat(told).replace(tzinfo=PARIS).isoformat(timespec="milliseconds")
