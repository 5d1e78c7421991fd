"""Which month a payment's label names; whatever is not certain names none."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.imports.labels import named_month

ON = date(2026, 11, 5)
OCTOBER, NOVEMBER = date(2026, 10, 1), date(2026, 11, 1)


@pytest.mark.parametrize(
    ("label", "month"),
    [
        ("LOYER 10/2026", OCTOBER),
        ("loyer octobre 2026", OCTOBER),
        ("VIR M. LEMOINE LOYER D’OCTOBRE", OCTOBER),
        ("Loyer + charges nov. 26", NOVEMBER),
        ("QUITTANCE 2026-10", OCTOBER),
        ("LOYER 10/26", OCTOBER),
        ("LOYER DÉCEMBRE", date(2026, 12, 1)),
        ("retard loyer août", date(2026, 8, 1)),
        ("REJET PRLV LOYER 11.2026", NOVEMBER),
    ],
)
def test_a_label_that_names_one_month(label: str, month: date) -> None:
    assert named_month(label, ON) == month


@pytest.mark.parametrize(
    "label",
    [
        "",
        "VIR RECU LEMOINE",
        "LOYER",
        "OCTOBRE 2026",
        "LOYER OCTOBRE ET NOVEMBRE 2026",
        "LOYER 10/2026 A 12/2026",
        "LOYER DU 05/10/2026",
        "LOYER 05/10/26",
        "LOYER 2026-10-05",
        "LOYER 10/11",
        "LOYER 13/2026",
        "LOYER OCTOBRE 10/2026",
        "LOYER 10/2026 REF 11/12",
        "PLAN APUREMENT LOYER 10/2026",
        "REGUL CHARGES LOYER OCTOBRE",
        "CAUTION LOYER 11/2026",
        "LOYER SEPTEMBRE 2025",
        "LOYER 03/2027",
        "LOYERMAI",
    ],
)
def test_a_label_that_is_not_certain_names_none(label: str) -> None:
    assert named_month(label, ON) is None


@given(st.text(), st.dates(date(2026, 1, 1), date(2028, 12, 31)))
def test_whatever_the_label_the_month_is_near_or_none(label: str, day: date) -> None:
    for words in (label, f"loyer {label}"):
        found = named_month(words, day)
        assert found is None or (found.day == 1 and -6 <= _months(day, found) <= 1)


@given(st.dates(date(2026, 1, 1), date(2028, 12, 31)), st.integers(-6, 1))
def test_a_month_in_figures_near_the_payment_is_read(day: date, away: int) -> None:
    index = day.year * 12 + day.month - 1 + away
    named = date(index // 12, index % 12 + 1, 1)
    assert named_month(f"LOYER {named:%m/%Y}", day) == named


def _months(day: date, other: date) -> int:
    return (other.year - day.year) * 12 + other.month - day.month
