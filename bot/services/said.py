"""The day and the amount that a message says, in the value form of Duckling; None when it is not sure."""

from calendar import monthrange
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

_DAY_OR_FINER = ("day", "hour", "minute", "second")


def said_day(entities: Mapping[str, Any]) -> date | None:
    """The day of the entity `time`; the last one of a span ("d'ici le 12", "la semaine prochaine")."""
    value = entities.get("time")
    if isinstance(value, str):
        return _iso(value)
    if not isinstance(value, Mapping):
        return None
    if value.get("type") == "interval":
        end = value.get("to")
        # The end of a span is its first instant outside.
        return _before(end) if isinstance(end, Mapping) else None
    day, grain = _iso(value.get("value")), value.get("grain")
    if day is None or grain in _DAY_OR_FINER:
        return day
    if grain == "week":
        return day + timedelta(days=6)
    if grain == "month":
        return day.replace(day=monthrange(day.year, day.month)[1])
    return None


def said_cents(entities: Mapping[str, Any]) -> int | None:
    """The amount of the entity `amount-of-money`, in cents; None when it is in another currency."""
    value = entities.get("amount-of-money")
    if not isinstance(value, Mapping) or value.get("unit", "EUR") not in ("EUR", "unknown"):
        return None
    amount = value.get("value")
    if isinstance(amount, bool) or not isinstance(amount, int | float):
        return None
    return int(Decimal(str(amount)) * 100)


def _before(end: Mapping[str, Any]) -> date | None:
    at = _instant(end.get("value"))
    return (at - timedelta(seconds=1)).date() if at else None


def _iso(value: object) -> date | None:
    at = _instant(value)
    return at.date() if at else None


def _instant(value: object) -> datetime | None:
    try:
        return datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
