"""An appointment's life: what may become of it, when Palier speaks of it, which times are free.

The states are those of French social work (docs/glossary.md).
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from bot.domain.calendar import (
    DECENT_FROM,
    DECENT_UNTIL,
    OFFICE_FROM,
    Holidays,
    add_business_days,
    decent_instant,
    instant,
    may_disturb,
)
from bot.domain.states import AppointmentState as State

LIVE = (State.TO_CONFIRM, State.CONFIRMED, State.MOVED)
# Somebody said what became of it: what the no-show rate counts.
RESOLVED = (State.HONOURED, State.EXCUSED, State.ABSENT)
_PAST = (State.TO_SETTLE, *RESOLVED)


class Act(StrEnum):
    CONFIRM = "confirm"
    MOVE = "move"  # by the service: the tenant is asked again
    AGREE = "agree"  # to a time that the tenant chose: nothing to confirm any more
    CANCEL_BY_TENANT = "cancel_by_tenant"
    CANCEL_BY_SERVICE = "cancel_by_service"
    PASS = "pass"  # noqa: S105 - the hour is past
    HONOUR = "honour"
    EXCUSE = "excuse"
    MISS = "miss"


# From which states an act may come, and the state after it.
_BEFORE: Mapping[Act, State] = {
    Act.CONFIRM: State.CONFIRMED,
    Act.MOVE: State.MOVED,
    Act.AGREE: State.CONFIRMED,
    Act.CANCEL_BY_TENANT: State.CANCELLED_BY_TENANT,
    Act.CANCEL_BY_SERVICE: State.CANCELLED_BY_SERVICE,
}
_SETTLING: Mapping[Act, State] = {
    Act.HONOUR: State.HONOURED,
    Act.EXCUSE: State.EXCUSED,
    Act.MISS: State.ABSENT,
}


def after(state: State, act: Act, *, begun: bool) -> State | None:
    """The state after the act; None when it is not allowed.

    A cancelled appointment does not move any more. Once it has begun it can only pass and be settled; what
    was settled by mistake may be settled again.
    """
    if act in _BEFORE:
        return _BEFORE[act] if state in LIVE and not begun else None
    if act is Act.PASS:
        return State.TO_SETTLE if state in LIVE and begun else None
    return _SETTLING[act] if begun and state in (*LIVE, *_PAST) else None


def no_show_percent(states: Iterable[State]) -> float | None:
    """The no-show rate: absent / resolved (came, excused, absent), in percent; None without any resolved.

    The one definition: cancelled appointments and those that nobody settled count in neither.
    """
    resolved = [state for state in states if state in RESOLVED]
    if not resolved:
        return None
    return round(100 * resolved.count(State.ABSENT) / len(resolved), 1)


class Occasion(StrEnum):
    """When Palier speaks of an appointment by itself, after the booking: rules of occurrence rows."""

    TWO_DAYS = "rdv.two_days"
    DAY_BEFORE = "rdv.day_before"
    CAME = "rdv.came"  # to the caseworker
    CAME_AGAIN = "rdv.came_again"


REMINDERS = (Occasion.TWO_DAYS, Occasion.DAY_BEFORE)
REMINDED_AT = time(10)
# Whoever was told of the appointment this recently is not reminded of it yet.
_FRESH = timedelta(hours=20)


def occasions(
    starts_at: datetime, minutes: int, told_at: datetime, zone: ZoneInfo, holidays: Holidays
) -> dict[Occasion, datetime]:
    """The UTC instant of each occasion, for an appointment told or changed at `told_at`.

    Two days and one day before, at 10 h or on the last day before that may be disturbed; each only when it
    is still ahead and says something that is not fresh. Then, at the end, and on the next working day,
    "venu ?".
    """
    found: dict[Occasion, datetime] = {}
    day = starts_at.astimezone(zone).date()
    earliest = told_at + _FRESH
    for occasion, ahead in ((Occasion.TWO_DAYS, 2), (Occasion.DAY_BEFORE, 1)):
        at = instant(_quiet_day_before(day - timedelta(days=ahead), holidays), REMINDED_AT, zone)
        if at >= earliest and at not in found.values():
            found[occasion] = at
    ends_at = starts_at + timedelta(minutes=minutes)
    found[Occasion.CAME] = _decent(ends_at, zone)
    ended_on = found[Occasion.CAME].astimezone(zone).date()
    found[Occasion.CAME_AGAIN] = instant(add_business_days(ended_on, 1, holidays), OFFICE_FROM, zone)
    return found


def _quiet_day_before(day: date, holidays: Holidays) -> date:
    while not may_disturb(day, holidays):
        day -= timedelta(days=1)
    return day


def _decent(at: datetime, zone: ZoneInfo) -> datetime:
    """The team works on that day, Sundays included: only the night waits."""
    if DECENT_FROM <= at.astimezone(zone).time() < DECENT_UNTIL:
        return at
    return decent_instant(at, zone, ())


@dataclass(frozen=True)
class Span:
    """From an instant to another, the second one outside."""

    starts_at: datetime
    ends_at: datetime

    def overlaps(self, other: "Span") -> bool:
        return self.starts_at < other.ends_at and other.starts_at < self.ends_at


def span(starts_at: datetime, minutes: int, margin: timedelta = timedelta()) -> Span:
    return Span(starts_at - margin, starts_at + timedelta(minutes=minutes) + margin)


# Opening hours of a weekday (Monday is 0): from, until, in wall-clock time.
Hours = Mapping[int, Sequence[tuple[time, time]]]
_STEP = timedelta(minutes=30)


@dataclass(frozen=True)
class Agenda:
    """When a caseworker receives. `closed`: days without work (absences, holidays)."""

    hours: Hours
    busy: Sequence[Span]
    closed: Callable[[date], bool]
    zone: ZoneInfo

    def is_free(self, starts_at: datetime, minutes: int) -> bool:
        """Within the opening hours of one open day, and overlapping nothing."""
        local = starts_at.astimezone(self.zone)
        if self.closed(local.date()):
            return False
        wanted = span(starts_at, minutes)
        opened = (self._span(local.date(), *hours) for hours in self.hours.get(local.weekday(), ()))
        fits = any(o.starts_at <= wanted.starts_at and wanted.ends_at <= o.ends_at for o in opened)
        return fits and not any(wanted.overlaps(busy) for busy in self.busy)

    def slots(self, first: datetime, last: date, minutes: int) -> Iterator[datetime]:
        """The free times from `first` to the end of the day `last`, every half hour of the opening hours."""
        day = first.astimezone(self.zone).date()
        while day <= last:
            for hours in self.hours.get(day.weekday(), ()):
                opened = self._span(day, *hours)
                at = opened.starts_at
                while at < opened.ends_at:
                    if at >= first and self.is_free(at, minutes):
                        yield at
                    at += _STEP
            day += timedelta(days=1)

    def _span(self, day: date, opens: time, closes: time) -> Span:
        return Span(instant(day, opens, self.zone), instant(day, closes, self.zone))


def varied(slots: Iterable[datetime], zone: ZoneInfo, count: int = 3) -> list[datetime]:
    """The first free time of each half day, up to `count`: mornings and afternoons, several days."""
    chosen: list[datetime] = []
    halves: set[tuple[date, bool]] = set()
    for at in slots:
        local = at.astimezone(zone)
        half = (local.date(), local.hour < 12)
        if half not in halves:
            halves.add(half)
            chosen.append(at)
        if len(chosen) == count:
            break
    return chosen


def series_days(first: date, last: date, every_weeks: int, exceptions: Iterable[date]) -> Iterator[date]:
    """The days of a series, both ends included, without its exceptions."""
    left_out, day = set(exceptions), first
    while day <= last:
        if day not in left_out:
            yield day
        day += timedelta(weeks=every_weeks)
