"""Days in plain words: read when they mean one day, else left to the buttons."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.short_days import day_meant

TUESDAY = date(2026, 12, 8)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("le 12", date(2026, 12, 12)),
        ("Le 12.", date(2026, 12, 12)),
        ("oui le 12", date(2026, 12, 12)),
        ("vendredi", date(2026, 12, 11)),
        ("ce vendredi", date(2026, 12, 11)),
        ("vendredi 11", date(2026, 12, 11)),
        ("vendredi 11 décembre", date(2026, 12, 11)),
        ("demain", date(2026, 12, 9)),
        ("après-demain", date(2026, 12, 10)),
        ("aujourd'hui", date(2026, 12, 8)),
        ("fin du mois", date(2026, 12, 31)),
        ("à la fin du mois", date(2026, 12, 31)),
        ("je paie vendredi", date(2026, 12, 11)),
        ("Je vais payer le 15 décembre", date(2026, 12, 15)),
        ("je vais faire le virement demain", date(2026, 12, 9)),
        ("je paierai le 1er", date(2027, 1, 1)),
        ("le 3", date(2027, 1, 3)),
        ("le 5 janvier", date(2027, 1, 5)),
    ],
)
def test_one_day_is_read(text: str, day: date) -> None:
    assert day_meant(text, TUESDAY) == day


@pytest.mark.parametrize(
    "text",
    [
        "mardi",  # today, or in a week?
        "le 8",
        "vendredi prochain",
        "vendredi 12",  # the 12th is a Saturday
        "12",  # a day, or an amount?
        "le 31 février",
        "le 12 ou le 13",
        "pas vendredi",
        "payé le 12",
        "j'ai payé le 3",
        "je ne peux pas payer le 12",
        "samedi si ma paie arrive",
        "bientôt",
        "",
    ],
)
def test_what_could_mean_something_else_is_not(text: str) -> None:
    assert day_meant(text, TUESDAY) is None


@given(st.dates(date(2024, 1, 1), date(2032, 12, 31)), st.integers(1, 31))
def test_a_day_of_the_month_is_the_next_one(today: date, number: int) -> None:
    day = day_meant(f"le {number}", today)
    if day is not None:
        assert day.day == number
        assert 0 < (day - today).days <= 62
