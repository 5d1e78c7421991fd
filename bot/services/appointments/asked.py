"""The time, the day or the minutes that a message about an appointment names, from Duckling's values."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from bot.storage.tables import Appointment

_HOUR_OR_FINER = ("hour", "minute", "second")
# "14h", "à 9 h 30", "vers midi": an hour without its day.
_HOUR_ALONE = re.compile(
    r"(?:(?:à|a|de|vers|pour|avant|après|apres|dès|des)\s+)?"
    r"(?:\d{1,2}\s*(?:h|:|heures?)\s*(?:\d{2})?|midi)(?:\s+(?:et demie|pile))?",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Asked:
    """A time asked for: an instant, or only its day, or neither.

    `among`: the instants that the words can mean, when there is a doubt; then `at` is None.
    """

    at: datetime | None = None
    day: date | None = None
    among: tuple[datetime, ...] = ()

    def to_values(self) -> dict[str, str]:
        """For a button; `from_values` reads it back."""
        named = {"asked_at": self.at, "asked_day": self.day}
        return {name: value.isoformat() for name, value in named.items() if value is not None}

    @classmethod
    def from_values(cls, values: Mapping[str, Any]) -> "Asked":
        at, day = values.get("asked_at"), values.get("asked_day")
        return cls(datetime.fromisoformat(at) if at else None, date.fromisoformat(day) if day else None)


Entities = Sequence[Mapping[str, Any]]


def days_named(entities: Entities, zone: ZoneInfo) -> set[date]:
    """The days that the message names, the old ones and the new ones alike."""
    return {day for asked in _times(entities, zone) if (day := asked.day)}


def asked(entities: Entities, appointment: Appointment, zone: ZoneInfo) -> Asked:
    """The other time that the message asks for: the last one named that is not the appointment's own.

    An hour named without a day is one of the appointment's own day. Each entity has its `text`.
    """
    own = appointment.starts_at.astimezone(zone)
    others = [
        time
        for time in _times(entities, zone, own.date())
        if time.at != appointment.starts_at and (time.at is not None or time.day != own.date())
    ]
    return others[-1] if others else Asked()


def minutes_late(entities: Entities) -> int | None:
    """How late, from the entity `duration`; None when it is not said, or is no matter of minutes."""
    for entity in entities:
        value = entity.get("value")
        if entity.get("entity") == "duration" and isinstance(value, Mapping):
            seconds = (value.get("normalized") or {}).get("value")
            if isinstance(seconds, int | float) and 0 < seconds <= 6 * 3600:
                return max(1, round(seconds / 60))
    return None


def _times(entities: Entities, zone: ZoneInfo, own: date | None = None) -> list[Asked]:
    found = [_read(entity, zone, own) for entity in entities if entity.get("entity") == "time"]
    return [time for time in found if time is not None]


def _read(entity: Mapping[str, Any], zone: ZoneInfo, own: date | None) -> Asked | None:
    """One entity: what even people would ask about ("mardi prochain", on a Monday) stays in doubt.

    `own`: the day of an hour that is named alone; without it such an hour says no day.
    """
    first = _time(entity.get("value"), zone)
    if first is not None and _HOUR_ALONE.fullmatch(entity.get("text", "").strip()):
        if own is None or first.at is None:
            return None
        return Asked(datetime.combine(own, first.at.time(), zone), own)
    others = [_time(value, zone) for value in entity.get("alternatives", ())]
    among = tuple(time.at for time in (first, *others) if time is not None and time.at is not None)
    return Asked(day=first.day, among=among) if first and others and among else first


def _time(value: object, zone: ZoneInfo) -> Asked | None:
    """A point is that time or that day; a span ("jeudi après-midi") is its day."""
    if not isinstance(value, Mapping):
        return None
    if value.get("type") == "interval":
        start = value.get("from")
        at = _instant(start.get("value"), zone) if isinstance(start, Mapping) else None
        return Asked(day=at.date()) if at else None
    at, grain = _instant(value.get("value"), zone), value.get("grain")
    if at is None:
        return None
    if grain in _HOUR_OR_FINER:
        return Asked(at, at.date())
    return Asked(day=at.date()) if grain == "day" else None


def _instant(value: object, zone: ZoneInfo) -> datetime | None:
    try:
        at = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    if at is None:
        return None
    return at.replace(tzinfo=zone) if at.tzinfo is None else at.astimezone(zone)
