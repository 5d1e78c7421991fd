"""The landlord's legal dates by the rule in force: worked examples that a caseworker can check by hand."""

from datetime import date

import pytest

from bot.content.legal import load_legal
from bot.content.source import FOLDER
from bot.domain.legal import Unpaid, arrears, months_after

LEGAL = load_legal(FOLDER)


def reached(monthly_cents: int, *unpaid: tuple[date, int]) -> tuple[date, date] | None:
    found = arrears(
        LEGAL.arrears_rules,
        [Unpaid(day, cents) for day, cents in unpaid],
        monthly_cents,
        LEGAL.report_months,
    )
    return (found.reached_on, found.report_by) if found else None


def test_twice_the_net_amount_until_the_end_of_2026() -> None:
    # 350 + 50 − 200 = 200 € net: arrears from 400,00 € on (facts_fr.md, worked example of R824-1).
    assert reached(20_000, (date(2026, 10, 5), 20_000), (date(2026, 11, 5), 19_999)) == (
        date(2027, 1, 5),  # not twice; then, under the new rule, three months after 5 October
        date(2027, 3, 5),
    )
    assert reached(20_000, (date(2026, 10, 5), 20_000), (date(2026, 11, 5), 20_000)) == (
        date(2026, 11, 5),
        date(2027, 1, 5),
    )


def test_the_gross_amount_when_the_aid_goes_to_the_tenant() -> None:
    # Twice 398 €: 597 € of debt in 2026 is no arrears yet; on 1 January 2027 it is more than 450 €.
    owed = (date(2026, 10, 5), 39_800), (date(2026, 11, 5), 19_900)
    assert reached(39_800, *owed) == (date(2027, 1, 1), date(2027, 3, 1))


def test_more_than_450_euros_from_2027_on() -> None:
    assert reached(45_000, (date(2027, 2, 5), 45_000)) == (date(2027, 5, 5), date(2027, 7, 5))
    assert reached(45_001, (date(2027, 2, 5), 45_001)) == (date(2027, 2, 5), date(2027, 4, 5))


def test_three_months_after_the_first_unpaid_whatever_the_amount() -> None:
    assert reached(30_000, (date(2027, 2, 5), 1_600)) == (date(2027, 5, 5), date(2027, 7, 5))
    assert reached(30_000, (date(2026, 11, 30), 1_600)) == (date(2027, 2, 28), date(2027, 4, 28))


def test_a_debt_from_before_is_caught_on_the_first_day_of_the_rule() -> None:
    assert reached(30_000, (date(2026, 6, 5), 5_000)) == (date(2027, 1, 1), date(2027, 3, 1))


def test_nothing_owed_is_no_arrears() -> None:
    assert reached(20_000) is None
    assert reached(20_000, (date(2026, 11, 5), 0), (date(2026, 12, 5), -50)) is None


@pytest.mark.parametrize(
    ("since", "words"),
    [
        (date(2012, 3, 1), "2 mois"),
        (date(2023, 7, 28), "2 mois"),
        (date(2023, 7, 29), "6 semaines"),
        (date(2026, 3, 1), "6 semaines"),
    ],
)
def test_the_summons_by_the_day_of_the_lease(since: date, words: str) -> None:
    said = LEGAL.summons_of(since)
    assert said is not None
    assert words in said.text.split(":")[1]


def test_the_rule_in_force_is_said_and_every_day_has_one() -> None:
    before, after = LEGAL.said_on(date(2026, 12, 31)), LEGAL.said_on(date(2027, 1, 1))
    assert before is not None
    assert after is not None
    assert "deux mensualités" in before.text
    assert "450 €" in after.text
    for said in (before, after, LEGAL.report, *LEGAL.summons):
        assert said.source
        assert said.dated
        assert said.confidence


def test_months_clamp() -> None:
    assert months_after(date(2026, 12, 31), 2) == date(2027, 2, 28)
    assert months_after(date(2027, 12, 31), 2) == date(2028, 2, 29)
