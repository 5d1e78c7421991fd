"""Whether a step of a term is taken: remind before the due day, ask after it, then tell a person."""

from dataclasses import dataclass
from enum import StrEnum


class Step(StrEnum):
    """The rules under which a term's steps are planned."""

    REMINDER = "rent.reminder"
    QUESTION = "rent.question"
    CASE = "rent.case"


class Verdict(StrEnum):
    """What becomes of a step on its day. Any other than ACT, WAIT and PROMISED ends it, and is its reason."""

    ACT = "act"
    WAIT = "wait"  # the bank file does not cover the term yet: decided another morning
    PAID = "paid"
    MINIMUM = "minimum"  # too little is missing to ask for it
    PROMISED = "promised"  # a promise holds it: decided when its day is past
    LATE = "late"  # the next step is due too, or the day that it was about is over
    DIRECT_DEBIT = "direct_debit"  # the bank will take it
    PLAN = "plan"  # a plan repays this term
    CASE = "case"  # a person already follows this rent


@dataclass(frozen=True)
class Facts:
    """What is known of a term on the day of a step. `remaining_cents` is what is missing on it.

    `covered`: the bank file reaches past its due day. `too_late`: a reminder after the due day, or
    a question once the case is due. `direct_debit`: the bank takes it, and refused none of late.
    `promised`: a tenant gave a day that is not over yet. `planned`: the term is part of a plan.
    """

    remaining_cents: int
    minimum_cents: int
    covered: bool
    too_late: bool
    direct_debit: bool
    case_open: bool
    promised: bool = False
    planned: bool = False


def decide(step: Step, facts: Facts) -> Verdict:
    """The verdict on a step; nothing is asked or opened for a day that the bank file does not cover."""
    if step is not Step.REMINDER and not facts.covered:
        return Verdict.WAIT
    if facts.remaining_cents <= 0:
        return Verdict.PAID
    if facts.remaining_cents < facts.minimum_cents:
        return Verdict.MINIMUM
    if facts.planned:
        return Verdict.PLAN
    if facts.promised and step is not Step.REMINDER:
        return Verdict.PROMISED
    if step is Step.CASE:
        return Verdict.ACT
    if facts.too_late:
        return Verdict.LATE
    if step is Step.REMINDER:
        return Verdict.DIRECT_DEBIT if facts.direct_debit else Verdict.ACT
    return Verdict.CASE if facts.case_open else Verdict.ACT
