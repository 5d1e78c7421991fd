"""What is done with a promise, and what becomes of it: one changed fact a row."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from bot.domain.promises import Course, Fate, Progress, course, expected_on, fate

DUE = date(2026, 12, 5)
BASE = Progress(
    amount_cents=None, missing_then_cents=35_000, missing_now_cents=35_000, minimum_cents=1_500, over=False
)


@pytest.mark.parametrize(
    ("day", "earlier", "followed", "found"),
    [
        (date(2026, 12, 11), False, False, Course.HOLDS),
        (date(2026, 12, 20), False, False, Course.HOLDS),
        (date(2026, 12, 21), False, False, Course.FAR),
        (date(2026, 12, 11), True, False, Course.AGAIN),
        (date(2026, 12, 11), True, True, Course.FOLLOWED),
    ],
)
def test_the_course(day: date, earlier: bool, followed: bool, found: Course) -> None:
    assert course(day, DUE, 15, earlier=earlier, followed=followed) is found


@pytest.mark.parametrize(
    ("changed", "found"),
    [
        ({}, Fate.WAIT),
        ({"missing_now_cents": 0}, Fate.KEPT),
        ({"missing_now_cents": 1_499}, Fate.KEPT),
        ({"missing_now_cents": 1_500, "over": True}, Fate.BROKEN),
        ({"missing_now_cents": 0, "over": True}, Fate.KEPT),
        ({"amount_cents": 15_000, "missing_now_cents": 20_000}, Fate.KEPT),
        ({"amount_cents": 15_000, "missing_now_cents": 20_001, "over": True}, Fate.BROKEN),
        ({"over": True}, Fate.BROKEN),
        ({"ask_again": True}, Fate.ASK),
        ({"ask_again": True, "over": True}, Fate.BROKEN),
        ({"minimum_cents": 0, "missing_now_cents": 0}, Fate.KEPT),
    ],
)
def test_the_fate(changed: dict[str, Any], found: Fate) -> None:
    assert fate(replace(BASE, **changed)) is found


def test_the_day_by_which_the_money_is_waited_for() -> None:
    said = date(2026, 12, 8)
    assert expected_on(date(2026, 12, 11), said, DUE, 7, 15) == date(2026, 12, 11)
    assert expected_on(date(2026, 12, 1), date(2026, 11, 28), DUE, 7, 15) == DUE
    assert expected_on(None, said, DUE, 7, 15) == date(2026, 12, 15)
    assert expected_on(None, date(2026, 12, 18), DUE, 7, 15) == date(2026, 12, 20)
