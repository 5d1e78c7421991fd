"""An appointment's life by its rules: legal moves, one message an occasion, wall-clock truth, free times."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import holidays
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from bot.domain.appointments import (
    LIVE,
    RESOLVED,
    Act,
    Agenda,
    Occasion,
    after,
    no_show_percent,
    occasions,
    series_days,
    span,
    varied,
)
from bot.domain.calendar import DECENT_FROM, DECENT_UNTIL, instant, may_disturb
from bot.domain.states import AppointmentState as State

PARIS = ZoneInfo("Europe/Paris")
FRANCE = holidays.country_holidays("FR")
CANCELLED = (State.CANCELLED_BY_TENANT, State.CANCELLED_BY_SERVICE)
HOURS = {day: [(time(9), time(12)), (time(14), time(17))] for day in range(5)}

# Three years of working hours: both changes of the hour, Easter, 1 May, Christmas.
starts = st.builds(
    lambda day, hour, minute: instant(date(2026, 9, 1) + timedelta(days=day), time(hour, minute), PARIS),
    st.integers(0, 1_000),
    st.integers(8, 19),
    st.sampled_from([0, 10, 30, 45]),
)


class Life(RuleBasedStateMachine):
    """Any acts in any order, before and after the hour: what must hold whatever people press."""

    def __init__(self) -> None:
        super().__init__()
        self.state, self.begun = State.TO_CONFIRM, False
        self.path = [self.state]

    @rule()
    def the_hour_comes(self) -> None:
        self.begun = True

    @rule(act=st.sampled_from(Act))
    def somebody_acts(self, act: Act) -> None:
        found = after(self.state, act, begun=self.begun)
        if found is None:
            return
        if self.state in CANCELLED:
            raise AssertionError("a cancelled appointment moved")
        assert (found in (State.TO_SETTLE, *RESOLVED)) == self.begun
        self.state = found
        self.path.append(found)

    @invariant()
    def what_is_over_never_comes_back(self) -> None:
        for before, now in pairwise(self.path):
            assert not (before not in LIVE and now in LIVE), self.path
            assert not (before in RESOLVED and now is State.TO_SETTLE), self.path


TestLife = Life.TestCase
TestLife.settings = settings(max_examples=40, stateful_step_count=20)


def test_every_state_is_reached_and_only_the_cancelled_ones_end_for_good() -> None:
    for state in State:
        ways = [act for act in Act for begun in (False, True) if after(state, act, begun=begun)]
        assert bool(ways) is (state not in CANCELLED), state
    reached = {after(s, act, begun=b) for s in State for act in Act for b in (False, True)}
    assert set(State) - reached == {State.TO_CONFIRM}


@given(starts, st.integers(1, 60 * 24 * 40), st.sampled_from([15, 45, 120]))
def test_each_occasion_is_said_once_at_a_decent_hour_and_reminders_before_the_hour(
    starts_at: datetime, minutes_ahead: int, length: int
) -> None:
    told_at = starts_at - timedelta(minutes=minutes_ahead)
    planned = occasions(starts_at, length, told_at, PARIS, FRANCE)
    assert {Occasion.CAME, Occasion.CAME_AGAIN} <= planned.keys()
    assert len(set(planned.values())) == len(planned)
    for occasion, at in planned.items():
        local = at.astimezone(PARIS)
        assert DECENT_FROM <= local.time() < DECENT_UNTIL
        if occasion in (Occasion.TWO_DAYS, Occasion.DAY_BEFORE):
            assert told_at < at < starts_at
            assert may_disturb(local.date(), FRANCE)
            assert local.time() == time(10)
        else:
            assert at >= starts_at + timedelta(minutes=length)
    if Occasion.TWO_DAYS in planned and Occasion.DAY_BEFORE in planned:
        assert planned[Occasion.TWO_DAYS] < planned[Occasion.DAY_BEFORE]


@pytest.mark.parametrize(
    ("start", "told", "two_days", "day_before"),
    [
        # Winter time comes on Sunday 25 October 2026, summer time on Sunday 28 March 2027: 10 h stays 10 h.
        ("2026-10-26T14:00", "2026-10-10T09:00", "2026-10-24T10:00", None),
        ("2026-10-27T14:00", "2026-10-10T09:00", "2026-10-24T10:00", "2026-10-26T10:00"),
        ("2027-03-31T09:00", "2027-03-10T09:00", "2027-03-27T10:00", "2027-03-30T10:00"),
        # Christmas: the day before is Thursday 24 December.
        ("2026-12-28T11:00", "2026-12-01T09:00", "2026-12-26T10:00", None),
        ("2026-12-26T11:00", "2026-12-01T09:00", "2026-12-24T10:00", None),
        # Booked yesterday for tomorrow: the booking was enough.
        ("2026-12-02T14:00", "2026-12-01T09:00", None, None),
        ("2026-12-03T14:00", "2026-12-01T09:00", None, "2026-12-02T10:00"),
    ],
)
def test_reminders_in_wall_clock_time(
    start: str, told: str, two_days: str | None, day_before: str | None
) -> None:
    def at(local: str) -> datetime:
        return datetime.fromisoformat(local).replace(tzinfo=PARIS)

    planned = occasions(at(start), 45, at(told), PARIS, FRANCE)
    assert planned.get(Occasion.TWO_DAYS) == (at(two_days) if two_days else None)
    assert planned.get(Occasion.DAY_BEFORE) == (at(day_before) if day_before else None)


@settings(max_examples=30)
@given(starts, st.integers(5, 240), st.integers(-300, 300))
def test_two_meetings_overlap_exactly_when_they_share_a_minute(
    starts_at: datetime, length: int, shift: int
) -> None:
    one, other = span(starts_at, length), span(starts_at + timedelta(minutes=shift), length)
    minutes = {one.starts_at + timedelta(minutes=n) for n in range(length)}
    shared = minutes & {other.starts_at + timedelta(minutes=n) for n in range(length)}
    assert one.overlaps(other) is bool(shared)


def agenda(*busy: str) -> Agenda:
    taken = [span(datetime.fromisoformat(at).replace(tzinfo=PARIS), 45) for at in busy]
    return Agenda(HOURS, taken, lambda day: day in FRANCE, PARIS)


@settings(max_examples=30)
@given(starts, st.sampled_from([30, 45, 60]))
def test_a_time_offered_is_free_and_within_the_hours(first: datetime, length: int) -> None:
    free = agenda("2027-03-29T09:00")
    last = first.astimezone(PARIS).date() + timedelta(days=10)
    for at in free.slots(first, last, length):
        local = at.astimezone(PARIS)
        assert at >= first
        assert free.is_free(at, length)
        assert local.weekday() < 5
        assert local.date() not in FRANCE
        assert time(9) <= local.time() < time(17)
        assert at.astimezone(UTC) == at


def test_the_hours_stay_on_the_wall_over_the_change_of_the_hour() -> None:
    free = agenda()
    for first in ("2026-10-23T08:00", "2027-03-26T08:00"):
        at = datetime.fromisoformat(first).replace(tzinfo=PARIS)
        offered = varied(free.slots(at, at.date() + timedelta(days=5), 45), PARIS, 6)
        assert {slot.astimezone(PARIS).time() for slot in offered} == {time(9), time(14)}


def test_a_series_keeps_its_weekday_and_leaves_its_exceptions_out() -> None:
    days = list(series_days(date(2026, 10, 13), date(2026, 11, 10), 1, [date(2026, 10, 27)]))
    assert days == [date(2026, 10, 13), date(2026, 10, 20), date(2026, 11, 3), date(2026, 11, 10)]
    hours = [instant(day, time(13, 10), PARIS).astimezone(PARIS).time() for day in days]
    assert set(hours) == {time(13, 10)}


@given(st.lists(st.sampled_from(State)))
def test_the_no_show_rate_counts_the_resolved_only(states: list[State]) -> None:
    rate = no_show_percent(states)
    resolved = [state for state in states if state in RESOLVED]
    assert (rate is None) is (not resolved)
    if rate is not None:
        assert rate == round(100 * states.count(State.ABSENT) / len(resolved), 1)
        assert rate == no_show_percent([*states, State.CANCELLED_BY_TENANT, State.TO_SETTLE])
