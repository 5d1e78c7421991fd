"""The pace that Telegram allows, and how long to wait before another try."""

from bisect import bisect_left
from itertools import chain, count

from hypothesis import example, given
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
@example([0.0, 0.0, 1.3095696412957898, 0.0, 0.0, 0.0, 0.0], 3, 1.771818015465577)
def test_no_stretch_holds_more_than_a_window_allows(gaps: list[float], messages: int, seconds: float) -> None:
    window, now, left = Window(messages, seconds), 100.0, []
    for number, gap in enumerate(gaps):
        now += gap
        now += window.wait(now)
        # Rounding may leave a sliver: the next look is free.
        now += window.wait(now)
        window.leave(now, number)
        window.arrive(now, number)
        left.append(now)
    assert most_within(left, seconds) <= messages


@given(st.lists(st.tuples(st.floats(0, 0.2), st.floats(0, 3), st.floats(0, 1)), min_size=1, max_size=120))
def test_whenever_telegram_counts_them_no_stretch_holds_too_many(
    messages: list[tuple[float, float, float]],
) -> None:
    window, now = Window(BOT_MESSAGES, BOT_SECONDS), 100.0
    flying: list[tuple[float, int]] = []
    counted: list[float] = []
    for number, (gap, takes, share) in enumerate(messages):
        now += gap
        while True:
            for landing in sorted(flying):
                if landing[0] <= now:
                    window.arrive(*landing)
                    flying.remove(landing)
            wait = window.wait(now)
            if wait <= 0:
                break
            now += max(1e-6, min([wait, *(at - now for at, _ in flying)]))
        window.leave(now, number)
        flying.append((now + takes, number))
        counted.append(now + takes * share)
    assert most_within(sorted(counted), BOT_SECONDS) <= BOT_MESSAGES


@given(st.lists(st.tuples(st.floats(0, 0.5), st.integers(1, 3)), min_size=1, max_size=120))
def test_neither_the_bot_nor_a_chat_goes_too_fast(writes: list[tuple[float, int]]) -> None:
    pace, now = Pace(), 100.0
    left: dict[int, list[float]] = {}
    for gap, chat in writes:
        now += gap
        while (wait := pace.wait(now, chat)) > 0:
            now += max(wait, 1e-6)
        pace.arrive(now, chat, pace.leave(now, chat))
        left.setdefault(chat, []).append(now)
    assert most_within(sorted(chain.from_iterable(left.values())), BOT_SECONDS) <= BOT_MESSAGES
    assert all(most_within(instants, CHAT_SECONDS) <= CHAT_MESSAGES for instants in left.values())


def test_a_chat_that_waits_does_not_hold_up_the_others() -> None:
    pace = Pace()
    for _ in range(CHAT_MESSAGES):
        assert pace.wait(0.0, 1) == 0
        pace.leave(0.0, 1)
    assert pace.wait(0.0, 1) > 0
    assert pace.wait(0.0, 2) == 0


def test_an_idle_bot_never_waits() -> None:
    pace = Pace()
    for n in range(1000):
        assert pace.wait(n * 10.0, 1) == 0
        pace.arrive(n * 10.0, 1, pace.leave(n * 10.0, 1))


def test_what_palier_starts_keeps_its_step_and_lets_answers_overtake() -> None:
    pace, now, chats = Pace(steady_per_second=20.0), 100.0, count()
    for _ in range(60):
        wait = pace.wait(now, chat := next(chats), steady=True)
        assert wait <= 0.0501
        now += wait + 0.001  # a round is late by a millisecond each time: the step catches up
        pace.arrive(now, chat, pace.leave(now, chat, steady=True))
        assert pace.wait(now, next(chats)) == 0
    assert 100 + 59 / 20 - 0.06 <= now <= 100 + 59 / 20 + 0.06


def test_after_a_pause_the_step_catches_up_a_little_only() -> None:
    pace, chats = Pace(steady_per_second=20.0), count()
    now, left = 100.0, 0
    while pace.wait(now, chat := next(chats), steady=True) <= 0:
        pace.leave(now, chat, steady=True)
        left += 1
    assert left == 2


def test_a_place_that_was_not_used_is_free_at_once_and_a_forgotten_one_in_time() -> None:
    pace = Pace(messages=1, seconds=1.0)
    number = pace.leave(100.0, 1)
    assert pace.wait(100.0, 2) > 0
    pace.stay(1, number)
    assert pace.wait(100.0, 2) == 0
    pace.leave(100.0, 1)
    assert pace.wait(150.0, 2) > 0
    assert pace.wait(500.0, 2) == 0


@given(st.integers(1, 200))
def test_tries_are_ever_further_apart_up_to_five_minutes(attempts: int) -> None:
    assert 2 <= backoff(attempts) <= backoff(attempts + 1) <= 300
