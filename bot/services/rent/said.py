"""What a message says of a payment: the day, the amount, in how many parts, from the entities of its parse.

Two days in a message, or words that can mean two days, are asked about, never chosen from.
"""

from calendar import monthrange
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

Entities = Sequence[Mapping[str, Any]]

_DAY_OR_FINER = ("day", "hour", "minute", "second")
_EUROS = ("EUR", "unknown")
_IN_DAYS = {"hour": 1 / 24, "day": 1, "week": 7, "month": 30}


@dataclass(frozen=True)
class Said:
    """`days`: those that are meant, in order, when more than one the words are not sure. `cents`: an amount.

    `parts`: "en 3 fois". None: nothing was said of it, or more than one thing.
    """

    days: tuple[date, ...] = ()
    cents: int | None = None
    parts: int | None = None


NOTHING = Said()


def said(entities: Entities, today: date) -> Said:
    """What those entities say, written on `today`."""
    amounts = {_cents(value) for value in _values(entities, "amount-of-money")}
    parts = {value.get("value") for value in _values(entities, "installments")}
    return Said(
        days=tuple(sorted(set(_days(entities, today)))),
        cents=amounts.pop() if len(amounts) == 1 else None,
        parts=parts.pop() if len(parts) == 1 else None,
    )


def _days(entities: Entities, today: date) -> Iterator[date]:
    for entity in entities:
        if entity.get("entity") == "time":
            for value in (entity.get("value"), *entity.get("alternatives", ())):
                day = day_of(value)
                if day is not None:
                    yield day
        # "sous 48 h": a delay, unlike "depuis deux jours".
        if entity.get("entity") == "duration" and entity.get("within"):
            value = entity["value"]
            if value["unit"] in _IN_DAYS:
                yield today + timedelta(days=value["value"] * _IN_DAYS[value["unit"]])


def day_of(value: object) -> date | None:
    """The day of a time in Duckling's form; of a span ("d'ici le 12", "la semaine prochaine"), the last."""
    if not isinstance(value, Mapping):
        return None
    if value.get("type") == "interval":
        end = value.get("to")
        # The end of a span is its first instant outside.
        return _before(end) if isinstance(end, Mapping) else None
    at, grain = _instant(value.get("value")), value.get("grain")
    if at is None or grain in _DAY_OR_FINER:
        return at.date() if at else None
    if grain == "week":
        return at.date() + timedelta(days=6)
    if grain == "month":
        return at.date().replace(day=monthrange(at.year, at.month)[1])
    return None


def _values(entities: Entities, name: str) -> Iterator[Mapping[str, Any]]:
    for entity in entities:
        if entity.get("entity") == name and isinstance(entity.get("value"), Mapping):
            yield entity["value"]


def _cents(value: Mapping[str, Any]) -> int | None:
    """An amount in cents; None when it is in another currency, or a range."""
    amount = value.get("value")
    if value.get("unit") not in _EUROS or isinstance(amount, bool) or not isinstance(amount, int | float):
        return None
    return int(Decimal(str(amount)) * 100)


def _before(end: Mapping[str, Any]) -> date | None:
    at = _instant(end.get("value"))
    return (at - timedelta(seconds=1)).date() if at else None


def _instant(value: object) -> datetime | None:
    try:
        return datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
