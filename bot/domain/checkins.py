"""Which check-in falls on which day for whom. Days are local dates."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from functools import cached_property

from bot.domain.calendar import same_day_of_month

# How far ahead the next one is looked for: longer than the longest step (three months).
_HORIZON = 100


class Starts(StrEnum):
    """What a series counts its days or months from."""

    LEASE = "lease"
    SUPPORT = "support"  # the end of a follow-up
    CALENDAR = "calendar"


@dataclass(frozen=True)
class Visit:
    """One check-in of a series: `name` tells the visits of a series apart; `questions` are asked in turn."""

    series: str
    name: str
    questions: tuple[str, ...]
    after_days: int | None = None
    after_months: int | None = None
    weekday: int | None = None
    day_of_month: int | None = None


@dataclass(frozen=True)
class Series:
    """`profiles`: any of them makes a tenant part of the audience (empty: all whom `starts` touches).
    `waits`: how long an answer is waited for before it is a silence."""

    name: str
    starts: Starts
    profiles: frozenset[str]
    visits: tuple[Visit, ...]
    waits: timedelta

    @cached_property
    def lasts(self) -> timedelta:
        """For how long after its origin the series has visits."""
        days = [visit.after_days or 31 * (visit.after_months or 0) for visit in self.visits]
        return timedelta(days=max(days))


@dataclass(frozen=True)
class Facts:
    """What decides the check-ins of a tenant. `supported_until`: the last follow-up, if none goes on."""

    profiles: frozenset[str]
    leases_since: tuple[date, ...]
    supported_until: date | None


def visit_on(all_series: Sequence[Series], facts: Facts, day: date) -> Visit | None:
    """The check-in of that day, of the first series that has one."""
    mine = _audience(all_series, facts, day)
    found = (visit for series in mine for visit in _on(series, facts, day))
    return next(found, None)


def next_day(all_series: Sequence[Series], facts: Facts, after: date) -> date | None:
    """The first day after `after` that has a check-in; None when none comes in the next months."""
    mine = list(_audience(all_series, facts, after))
    if not mine:
        return None
    days = (after + timedelta(days=ahead) for ahead in range(1, _HORIZON))
    return next((day for day in days if visit_on(mine, facts, day)), None)


def is_ignored(answers: Sequence[str]) -> bool:
    """Whether the last two check-ins, the latest first, were left unanswered."""
    return list(answers[:2]) == [SILENCE, SILENCE]


# How a question ends that nobody answered, nor wrote anything after.
SILENCE = "silence"


def _audience(all_series: Sequence[Series], facts: Facts, day: date) -> Iterable[Series]:
    """The series that may still have a visit for that tenant on `day` or later."""
    for series in all_series:
        if series.profiles and not series.profiles & facts.profiles:
            continue
        lately = any(origin + series.lasts >= day for origin in _origins(series, facts))
        if lately or series.starts is Starts.CALENDAR:
            yield series


def _origins(series: Series, facts: Facts) -> tuple[date, ...]:
    if series.starts is Starts.LEASE:
        return facts.leases_since
    if series.starts is Starts.SUPPORT and facts.supported_until:
        return (facts.supported_until,)
    return ()


def _on(series: Series, facts: Facts, day: date) -> Iterable[Visit]:
    origins = _origins(series, facts)
    return (visit for visit in series.visits if _falls(visit, origins, day))


def _falls(visit: Visit, origins: Iterable[date], day: date) -> bool:
    if visit.after_days is not None:
        return any(origin + timedelta(days=visit.after_days) == day for origin in origins)
    if visit.after_months is not None:
        return any(_months_after(origin, visit.after_months) == day for origin in origins)
    if visit.weekday is not None:
        return day.weekday() == visit.weekday
    return visit.day_of_month is None or day == same_day_of_month(day.year, day.month, visit.day_of_month)


def _months_after(origin: date, months: int) -> date:
    month = origin.month - 1 + months
    return same_day_of_month(origin.year + month // 12, month % 12 + 1, origin.day)
