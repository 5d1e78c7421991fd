"""What can happen to a message on its way, and the pace that Telegram allows."""

from collections import deque
from itertools import count

# Telegram: about 30 messages a second for a bot, 1 a second in a chat with short bursts (PTB constants).
BOT_MESSAGES, BOT_SECONDS = 29, 1.0
CHAT_MESSAGES, CHAT_SECONDS = 3, 3.2
# What Palier starts by itself leaves at an even step, a little slower: answers find room.
STEADY_PER_SECOND = 27.0
# How far the even step may catch up when a process was held up.
_CATCH_UP_SECONDS = 0.05
# A message of which nothing was heard for so long is not on its way any more.
_LOST_SECONDS = 120.0
_MOST_CHATS = 10_000


class Fault(Exception):
    """Why a message was not surely delivered; the text is a short code, never the words of the message."""


class Delayed(Fault):
    """Telegram says to wait `seconds` before anything else leaves."""

    def __init__(self, seconds: float) -> None:
        super().__init__("retry after")
        self.seconds = seconds


class NotSent(Fault):
    """It surely did not leave: try again later."""


class Refused(Fault):
    """Telegram refuses this message for good."""


class Unreachable(Fault):
    """Telegram refuses every message to this chat for good (blocked, deactivated)."""


class Uncertain(Fault):
    """It may have arrived."""


class Window:
    """At most so many messages on their way or arrived within the last `seconds` (monotonic instants).

    When Telegram counts a message is not known: somewhere between its departure and its answer. Counted from
    the departure until `seconds` after the answer, no stretch of `seconds` holds more at Telegram's either,
    whatever the network or a busy processor squeezes together.
    """

    def __init__(self, messages: int, seconds: float) -> None:
        self._messages = messages
        self._seconds = seconds
        self._on_their_way: dict[int, float] = {}
        self._arrived: deque[float] = deque()

    def wait(self, now: float) -> float:
        """Seconds before the next message may leave (0: now)."""
        self._forget(now)
        if len(self._on_their_way) + len(self._arrived) < self._messages:
            return 0.0
        return self._arrived[0] + self._seconds - now if self._arrived else self._seconds

    def leave(self, now: float, number: int) -> None:
        """A message leaves, under a number of its own."""
        self._on_their_way[number] = now

    def arrive(self, now: float, number: int) -> None:
        """Telegram has answered it, or nothing will be heard of it."""
        if self._on_their_way.pop(number, None) is not None:
            self._arrived.append(now)

    def stay(self, number: int) -> None:
        """It did not leave after all."""
        self._on_their_way.pop(number, None)

    def is_empty(self, now: float) -> bool:
        self._forget(now)
        return not self._arrived and not self._on_their_way

    def _forget(self, now: float) -> None:
        # The very sum that `wait` counts from: another rounding would keep what has been waited for.
        while self._arrived and self._arrived[0] + self._seconds <= now:
            self._arrived.popleft()
        while self._on_their_way:
            oldest = next(iter(self._on_their_way))
            if self._on_their_way[oldest] > now - _LOST_SECONDS:
                return
            del self._on_their_way[oldest]


class Pace:
    """The limiter of one bot: over all chats, and in each chat. `steady` messages also keep an even step."""

    def __init__(
        self,
        messages: int = BOT_MESSAGES,
        seconds: float = BOT_SECONDS,
        steady_per_second: float = STEADY_PER_SECOND,
        chat_messages: int = CHAT_MESSAGES,
    ) -> None:
        self._all = Window(messages, seconds)
        self._chat_messages = chat_messages
        self._chats: dict[int, Window] = {}
        self._numbers = count()
        self._step = 1 / steady_per_second
        self._next_step = 0.0

    def wait(self, now: float, chat: int, *, steady: bool = False) -> float:
        """Seconds before a message to `chat` may leave."""
        window = self._chats.get(chat)
        wait = max(self._all.wait(now), window.wait(now) if window else 0.0)
        return max(wait, self._next_step - now) if steady else wait

    def leave(self, now: float, chat: int, *, steady: bool = False) -> int:
        """A message to `chat` leaves; its number, for `arrive` or `stay`."""
        number = next(self._numbers)
        self._all.leave(now, number)
        self._chats.setdefault(chat, Window(self._chat_messages, CHAT_SECONDS)).leave(now, number)
        if steady:
            self._next_step = max(self._next_step, now - _CATCH_UP_SECONDS) + self._step
        if len(self._chats) > _MOST_CHATS:
            self._chats = {c: window for c, window in self._chats.items() if not window.is_empty(now)}
        return number

    def arrive(self, now: float, chat: int, number: int) -> None:
        """Telegram has answered that message, or nothing will be heard of it."""
        self._all.arrive(now, number)
        if chat in self._chats:
            self._chats[chat].arrive(now, number)

    def stay(self, chat: int, number: int) -> None:
        """That message did not leave after all."""
        self._all.stay(number)
        if chat in self._chats:
            self._chats[chat].stay(number)


def backoff(attempts: int) -> float:
    """Seconds before try number `attempts` + 1: 2, 4, 8 … at most 5 minutes."""
    return min(2.0**attempts, 300.0)
