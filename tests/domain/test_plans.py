"""What a month can take, and the plan that keeps within it."""

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.plans import MOST_INSTALMENTS, bearable_cents, evenly, within
from bot.domain.signals import share_percent

MONEY = st.integers(0, 500_000)
FIRST = date(2026, 12, 31)


@given(net=st.integers(-20_000, 200_000), resources=st.integers(1, 500_000), most=st.integers(1, 100))
def test_what_is_bearable_keeps_under_the_mark_and_one_euro_more_does_not(
    net: int, resources: int, most: int
) -> None:
    each = bearable_cents(net, resources, most)
    weight = max(0, net)
    assert each % 100 == 0
    if each:
        share = share_percent(weight + each, resources)
        assert share is not None
        assert share <= most
    assert (weight + each + 100) * 100 > most * resources


@given(total=st.integers(100, 1_000_000), most=MONEY)
def test_the_shortest_plan_that_never_asks_more(total: int, most: int) -> None:
    parts = within(total, most, FIRST)
    if parts:
        assert sum(part.amount_cents for part in parts) == total
        assert max(part.amount_cents for part in parts) <= most
    shorter = range(1, len(parts) if parts else min(MOST_INSTALMENTS, total // 100) + 1)
    for count in shorter:
        assert max(part.amount_cents for part in evenly(total, count, FIRST)) > most
