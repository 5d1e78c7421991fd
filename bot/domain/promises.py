"""A promise to pay: whether it holds the next step, and what becomes of it. Rule: decision 9."""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum


class Course(StrEnum):
    """What is done with a promise when it is said."""

    HOLDS = "holds"  # the next step waits for it
    FAR = "far"  # too long after the due day: a person talks about it
    AGAIN = "again"  # not the first one for this term: a person talks about it
    FOLLOWED = "followed"  # a person follows this rent already


class Fate(StrEnum):
    """What a promise is found to be, any morning after it was said."""

    WAIT = "wait"
    KEPT = "kept"
    ASK = "ask"  # no day was given: ask once more
    BROKEN = "broken"


def course(day: date, due_on: date, most_days: int, *, earlier: bool, followed: bool) -> Course:
    """What to do with a promise for `day` about the term due on `due_on`.

    `earlier`: another promise was made for it, on another day. `followed`: a case is open.
    """
    if followed:
        return Course.FOLLOWED
    if earlier:
        return Course.AGAIN
    return Course.FAR if day > due_on + timedelta(days=most_days) else Course.HOLDS


def expected_on(promised_on: date | None, said_on: date, due_on: date, ask_days: int, most_days: int) -> date:
    """The day by which the money is waited for: never before it is due.

    Without a day, when the question is asked again: a promise holds no longer than `most_days`.
    """
    if promised_on is not None:
        return max(promised_on, due_on)
    return min(said_on + timedelta(days=ask_days), due_on + timedelta(days=most_days))


@dataclass(frozen=True)
class Progress:
    """A promise on a morning, in cents. `amount_cents` None: all that was missing when it was said.

    `over`: its day and the bank's days after it are past, and the bank file covers them.
    `ask_again`: no day was given, and it is time to ask again.
    """

    amount_cents: int | None
    missing_then_cents: int
    missing_now_cents: int
    minimum_cents: int
    over: bool
    ask_again: bool = False


def fate(progress: Progress) -> Fate:
    """Kept as soon as the money is seen; broken only when the bank file proves it."""
    if progress.missing_now_cents < max(progress.minimum_cents, 1):
        return Fate.KEPT
    came = progress.missing_then_cents - progress.missing_now_cents
    if progress.amount_cents is not None and came >= progress.amount_cents:
        return Fate.KEPT
    if progress.over:
        return Fate.BROKEN
    return Fate.ASK if progress.ask_again else Fate.WAIT
