"""What a message says of a payment, from entities in Duckling's form."""

from datetime import date
from typing import Any

import pytest

from bot.services.rent.said import NOTHING, Said, day_of, said

TODAY = date(2026, 12, 8)


def at(day: str, grain: str = "day") -> dict[str, Any]:
    return {"type": "value", "value": f"{day}T00:00:00.000+01:00", "grain": grain}


def time(*days: str) -> dict[str, Any]:
    """A time, and its other readings."""
    first, *others = days
    return {"entity": "time", "value": at(first), "alternatives": [at(other) for other in others]}


def amount(value: float, unit: str = "EUR") -> dict[str, Any]:
    return {"entity": "amount-of-money", "value": {"type": "value", "value": value, "unit": unit}}


@pytest.mark.parametrize(
    ("value", "day"),
    [
        (at("2026-12-11"), date(2026, 12, 11)),
        (at("2026-12-11", "hour"), date(2026, 12, 11)),
        (at("2026-12-14", "week"), date(2026, 12, 20)),
        (at("2026-12-01", "month"), date(2026, 12, 31)),
        (at("2027-01-01", "year"), None),
        ({"type": "interval", "from": at("2026-12-21"), "to": at("2027-01-01")}, date(2026, 12, 31)),
        ({"type": "interval", "to": at("2026-12-12")}, date(2026, 12, 11)),
        ({"type": "interval", "from": at("2026-12-21")}, None),
        ({"type": "value", "value": "bientôt"}, None),
        ({"type": "value"}, None),
        (None, None),
    ],
)
def test_the_day_of_a_time(value: Any, day: date | None) -> None:
    assert day_of(value) == day


@pytest.mark.parametrize(
    ("entities", "found"),
    [
        ([], NOTHING),
        ([time("2026-12-11"), amount(150)], Said((date(2026, 12, 11),), 15_000)),
        # Two days, or one that may be another: both, in order.
        ([time("2026-12-29"), time("2026-12-28")], Said((date(2026, 12, 28), date(2026, 12, 29)))),
        ([time("2026-12-15", "2026-12-22")], Said((date(2026, 12, 15), date(2026, 12, 22)))),
        ([time("2026-12-11"), time("2026-12-11")], Said((date(2026, 12, 11),))),
        ([amount(149.9)], Said(cents=14_990)),
        ([amount(150, "unknown")], Said(cents=15_000)),
        ([amount(150, "USD")], NOTHING),
        ([amount(100), amount(200)], NOTHING),
        ([{"entity": "amount-of-money", "value": {"type": "interval", "to": {"value": 150}}}], NOTHING),
        ([{"entity": "installments", "value": {"type": "value", "value": 3}}], Said(parts=3)),
        # "sous 48 h" is a day; "pendant 2 jours" is none.
        (
            [{"entity": "duration", "value": {"value": 48, "unit": "hour"}, "within": True}],
            Said((date(2026, 12, 10),)),
        ),
        ([{"entity": "duration", "value": {"value": 2, "unit": "day"}}], NOTHING),
        ([{"entity": "number", "value": {"type": "value", "value": 3}}], NOTHING),
    ],
)
def test_what_is_said(entities: list[dict[str, Any]], found: Said) -> None:
    assert said(entities, TODAY) == found
