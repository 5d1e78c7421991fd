"""Duckling's value objects, and moving them in time."""

from calendar import monthrange
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

Value = dict[str, Any]
KEYS = ("type", "value", "grain", "unit", "from", "to")


@dataclass(frozen=True, slots=True)
class Found:
    """What was read from the characters `start:end` of the rewritten text.

    `marks`: `alternatives` (other values that the words can mean), `recurs`, `within`.
    """

    dim: str
    start: int
    end: int
    value: Value
    marks: dict[str, Any] = field(default_factory=dict)

    def overlaps(self, other: "Found") -> bool:
        """They share a character."""
        return self.start < other.end and other.start < self.end

    @property
    def length(self) -> int:
        """In characters."""
        return self.end - self.start


def plain(value: Value) -> Value:
    """The keys of a value that mean something: `values` and the unit-named keys are left out."""
    kept = {name: value[name] for name in KEYS if name in value}
    for end in ("from", "to"):
        if end in kept:
            kept[end] = {name: kept[end][name] for name in KEYS if name in kept[end]}
    return kept


def at(moment: datetime) -> str:
    """An instant as Duckling writes it: milliseconds and offset."""
    return moment.isoformat(timespec="milliseconds")


def start_of(day: date, zone: ZoneInfo) -> datetime:
    """The first instant of a day there."""
    return datetime.combine(day, time(), zone)


def day_value(day: date, zone: ZoneInfo) -> Value:
    """A day."""
    return {"type": "value", "value": at(start_of(day, zone)), "grain": "day"}


def instant(part: Value | None, zone: ZoneInfo) -> datetime | None:
    """The instant of a value or of an end of an interval, local in `zone`."""
    text = part.get("value") if part else None
    return datetime.fromisoformat(text).astimezone(zone) if isinstance(text, str) else None


def first_instant(value: Value, zone: ZoneInfo) -> datetime | None:
    """Where a time begins (an open interval: its only end)."""
    if value["type"] == "value":
        return instant(value, zone)
    return instant(value.get("from") or value.get("to"), zone)


def moved(value: Value, move: Callable[[datetime], datetime], zone: ZoneInfo) -> Value:
    """The value with each of its instants moved; wall-clock time is kept, whatever the season."""

    def move_part(part: Value) -> Value:
        moment = instant(part, zone)
        assert moment is not None
        return {**part, "value": at(move(moment))}

    if value["type"] == "value":
        return move_part(value)
    return {**value, **{end: move_part(value[end]) for end in ("from", "to") if end in value}}


def days(count: int) -> Callable[[datetime], datetime]:
    """Later by `count` days, at the same local hour."""
    return lambda moment: moment + timedelta(days=count)


def months(count: int) -> Callable[[datetime], datetime]:
    """Later by `count` months, at the same local hour; the last day where the month is shorter."""

    def move(moment: datetime) -> datetime:
        year, month = divmod(moment.year * 12 + moment.month - 1 + count, 12)
        return moment.replace(year=year, month=month + 1, day=min(moment.day, monthrange(year, month + 1)[1]))

    return move


def next_grain(part: Value, zone: ZoneInfo) -> Value:
    """The instant after the last one of a value: Duckling's intervals end there."""
    moment, grain = instant(part, zone), part.get("grain")
    assert moment is not None
    step = {"week": days(7), "month": months(1), "quarter": months(3), "year": months(12), "day": days(1)}
    spans = {"hour": timedelta(hours=1), "minute": timedelta(minutes=1), "second": timedelta(seconds=1)}
    after = step[grain](moment) if grain in step else moment + spans[str(grain)]
    return {"value": at(after), "grain": grain}
