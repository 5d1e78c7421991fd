"""Days and amounts in Duckling's value form."""

from datetime import date
from typing import Any

import pytest

from bot.services.said import said_cents, said_day


def at(day: str, grain: str = "day") -> dict[str, Any]:
    return {"type": "value", "value": f"{day}T00:00:00.000+01:00", "grain": grain}


@pytest.mark.parametrize(
    ("value", "day"),
    [
        (at("2026-12-11"), date(2026, 12, 11)),
        (at("2026-12-11", "hour"), date(2026, 12, 11)),
        (at("2026-12-14", "week"), date(2026, 12, 20)),
        (at("2026-12-01", "month"), date(2026, 12, 31)),
        (at("2027-01-01", "year"), None),
        ({"type": "interval", "from": at("2026-12-21"), "to": at("2027-01-01")}, date(2026, 12, 31)),
        ({"type": "interval", "from": at("2026-12-21")}, None),
        ("2026-12-11", date(2026, 12, 11)),
        ("bientôt", None),
        ({"type": "value"}, None),
        (None, None),
    ],
)
def test_the_day(value: Any, day: date | None) -> None:
    assert said_day({"time": value}) == day


@pytest.mark.parametrize(
    ("value", "cents"),
    [
        ({"type": "value", "value": 150, "unit": "EUR"}, 15_000),
        ({"type": "value", "value": 149.9, "unit": "EUR"}, 14_990),
        ({"type": "value", "value": 150, "unit": "unknown"}, 15_000),
        ({"type": "value", "value": 150, "unit": "USD"}, None),
        ({"type": "interval", "to": {"value": 150}}, None),
        ("150", None),
    ],
)
def test_the_amount(value: Any, cents: int | None) -> None:
    assert said_cents({"amount-of-money": value}) == cents
