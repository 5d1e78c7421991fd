"""The state machine of a case: every path stays in the table, a closed case never moves."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import holidays
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.case_moves import Act, Wait, moved, waits_until
from bot.domain.states import CaseState

PARIS = ZoneInfo("Europe/Paris")
FRANCE = holidays.country_holidays("FR")


@given(st.lists(st.sampled_from(Act), max_size=30))
def test_no_path_leaves_the_table(acts: list[Act]) -> None:
    state = CaseState.NEW
    for act in acts:
        after = moved(state, act)
        if after is None:
            continue
        assert state is not CaseState.CLOSED
        assert (after is CaseState.CLOSED) == (act is Act.CLOSE)
        assert (after is CaseState.WAITING) == (act is Act.WAIT)
        assert (after is CaseState.NEW) == (act is Act.RELEASE)
        state = after


@pytest.mark.parametrize("state", [state for state in CaseState if state is not CaseState.CLOSED])
def test_every_open_case_can_be_closed(state: CaseState) -> None:
    assert moved(state, Act.CLOSE) is CaseState.CLOSED


@pytest.mark.parametrize("act", Act)
def test_a_closed_case_does_not_move(act: Act) -> None:
    assert moved(CaseState.CLOSED, act) is None


@pytest.mark.parametrize(
    ("now", "wait", "until"),
    [
        ("2026-12-01T10:00", Wait.TOMORROW, "2026-12-02T09:00"),
        ("2026-12-04T10:00", Wait.TOMORROW, "2026-12-07T09:00"),  # Friday
        ("2026-12-24T10:00", Wait.TOMORROW, "2026-12-28T09:00"),  # Christmas is a Friday
        ("2026-12-01T10:00", Wait.THREE_DAYS, "2026-12-04T09:00"),
        ("2026-12-03T10:00", Wait.THREE_DAYS, "2026-12-07T09:00"),
        ("2026-12-01T10:00", Wait.MONDAY, "2026-12-07T09:00"),
        ("2026-12-07T10:00", Wait.MONDAY, "2026-12-14T09:00"),  # said on a Monday: the next one
        ("2027-03-26T10:00", Wait.MONDAY, "2027-03-30T09:00"),  # Easter Monday
        ("2027-03-27T23:30", Wait.TOMORROW, "2027-03-30T09:00"),  # the night of summer time
    ],
)
def test_a_wait_ends_when_the_office_opens(now: str, wait: Wait, until: str) -> None:
    at = datetime.fromisoformat(now).replace(tzinfo=PARIS).astimezone(UTC)
    found = waits_until(wait, at, PARIS, FRANCE)
    assert found.astimezone(PARIS).isoformat()[:16] == until
