"""The pace that Telegram allows, and how long to wait before another try."""

from bisect import bisect_left
from itertools import chain

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.delivery import (
    BOT_MESSAGES,
    BOT_SECONDS,
    CHAT_MESSAGES,
    CHAT_SECONDS,
    Pace,
    Window,
    backoff,
)

GAPS = st.lists(st.floats(0, 2), min_size=1, max_size=120)


def most_within(instants: list[float], seconds: float) -> int:
    """The most instants in any stretch shorter than `seconds`."""
    return max(bisect_left(instants, start + seconds - 1e-6) - n for n, start in enumerate(instants))


@given(GAPS, st.integers(1, 5), st.floats(0.1, 5))
def test_no_stretch_holds_more_than_a_window_allows(gaps: list[float], messages: int, seconds: float) -> None:
    window, now, left = Window(messages, seconds), 100.0, []
    for gap in gaps:
        now += gap
        now += window.wait(now)
        # Rounding may leave a sliver: the next look is free.
        now += window.wait(now)
        window.take(now)
        left.append(now)
    assert most_within(left, seconds) <= messages


@given(st.lists(st.tuples(st.floats(0, 0.5), st.integers(1, 3)), min_size=1, max_size=120))
def test_neither_the_bot_nor_a_chat_goes_too_fast(writes: list[tuple[float, int]]) -> None:
    pace, now = Pace(), 100.0
    left: dict[int, list[float]] = {}
    for gap, chat in writes:
        now += gap
        while (wait := pace.wait(now, chat)) > 0:
            now += max(wait, 1e-6)
        pace.take(now, chat)
        left.setdefault(chat, []).append(now)
    assert most_within(sorted(chain.from_iterable(left.values())), BOT_SECONDS) <= BOT_MESSAGES
    assert all(most_within(instants, CHAT_SECONDS) <= CHAT_MESSAGES for instants in left.values())


def test_a_chat_that_waits_does_not_hold_up_the_others() -> None:
    pace = Pace()
    for _ in range(CHAT_MESSAGES):
        assert pace.wait(0.0, 1) == 0
        pace.take(0.0, 1)
    assert pace.wait(0.0, 1) > 0
    assert pace.wait(0.0, 2) == 0


def test_an_idle_bot_never_waits() -> None:
    pace = Pace()
    for n in range(1000):
        assert pace.wait(n * 10.0, 1) == 0
        pace.take(n * 10.0, 1)


@given(st.integers(1, 200))
def test_tries_are_ever_further_apart_up_to_five_minutes(attempts: int) -> None:
    assert 2 <= backoff(attempts) <= backoff(attempts + 1) <= 300
