"""The attention budget, whatever was sent before."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.attention import MOST, WINDOW, free_at

NOW = datetime(2026, 12, 1, 9, 0, tzinfo=UTC)
PAST = st.lists(st.integers(0, 20 * 24 * 60).map(lambda minutes: NOW - timedelta(minutes=minutes)))


@given(PAST)
def test_one_more_message_then_keeps_the_budget_and_no_sooner(sent: list[datetime]) -> None:
    free = free_at(sent, NOW)
    assert free >= NOW
    assert sum(at > free - WINDOW for at in sent) < MOST
    if free > NOW:
        before = free - timedelta(seconds=1)
        assert sum(at > before - WINDOW for at in sent) >= MOST


def test_the_fourth_waits_until_the_first_is_a_week_old() -> None:
    sent = [NOW - timedelta(days=day) for day in (6, 3, 1)]
    assert free_at(sent, NOW) == NOW + timedelta(days=1)
    assert free_at(sent[:2], NOW) == NOW
