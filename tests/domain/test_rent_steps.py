"""The decision table of a step: one base household, one changed fact a row."""

from dataclasses import replace
from typing import Any

import pytest

from bot.domain.rent_steps import Facts, Step, Verdict, decide

# The term's day has come, nothing is paid, the file covers it, transfer, no case.
BASE = Facts(
    remaining_cents=35_000,
    minimum_cents=1_500,
    covered=True,
    too_late=False,
    direct_debit=False,
    case_open=False,
)


@pytest.mark.parametrize(
    ("changed", "reminder", "question", "case"),
    [
        ({}, Verdict.ACT, Verdict.ACT, Verdict.ACT),
        ({"remaining_cents": 0}, Verdict.PAID, Verdict.PAID, Verdict.PAID),
        ({"remaining_cents": 1_499}, Verdict.MINIMUM, Verdict.MINIMUM, Verdict.MINIMUM),
        ({"remaining_cents": 1_500}, Verdict.ACT, Verdict.ACT, Verdict.ACT),
        ({"covered": False}, Verdict.ACT, Verdict.WAIT, Verdict.WAIT),
        ({"covered": False, "remaining_cents": 0}, Verdict.PAID, Verdict.WAIT, Verdict.WAIT),
        ({"too_late": True}, Verdict.LATE, Verdict.LATE, Verdict.ACT),
        ({"direct_debit": True}, Verdict.DIRECT_DEBIT, Verdict.ACT, Verdict.ACT),
        ({"case_open": True}, Verdict.ACT, Verdict.CASE, Verdict.ACT),
    ],
    ids=lambda value: ", ".join(value) or "base" if isinstance(value, dict) else str(value),
)
def test_the_decision_table(
    changed: dict[str, Any], reminder: Verdict, question: Verdict, case: Verdict
) -> None:
    facts = replace(BASE, **changed)
    assert [decide(step, facts) for step in Step] == [reminder, question, case]
