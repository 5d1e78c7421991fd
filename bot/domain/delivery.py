"""What can happen to a message on its way, and the pace that Telegram allows."""

from collections import deque

# Telegram: about 30 messages a second for a bot, 1 a second in a chat with short bursts (PTB constants).
# Windows slide, and leave a margin for what the network squeezes together.
BOT_MESSAGES, BOT_SECONDS = 28, 1.05
CHAT_MESSAGES, CHAT_SECONDS = 3, 3.2
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
    """At most so many messages in any stretch of `seconds`. Instants are monotonic seconds."""

    def __init__(self, messages: int, seconds: float) -> None:
        self._messages = messages
        self._seconds = seconds
        self._left: deque[float] = deque()

    def wait(self, now: float) -> float:
        """Seconds before the next message may leave (0: now)."""
        while self._left and self._left[0] <= now - self._seconds:
            self._left.popleft()
        if len(self._left) < self._messages:
            return 0.0
        return self._left[0] + self._seconds - now

    def take(self, now: float) -> None:
        """A message leaves."""
        self._left.append(now)

    def is_empty(self, now: float) -> bool:
        return self.wait(now) == 0.0 and not self._left


class Pace:
    """The limiter of one bot: over all chats, and in each chat."""

    def __init__(self, messages: int = BOT_MESSAGES, seconds: float = BOT_SECONDS) -> None:
        self._all = Window(messages, seconds)
        self._chats: dict[int, Window] = {}

    def wait(self, now: float, chat: int) -> float:
        """Seconds before a message to `chat` may leave."""
        window = self._chats.get(chat)
        return max(self._all.wait(now), window.wait(now) if window else 0.0)

    def take(self, now: float, chat: int) -> None:
        """A message to `chat` leaves."""
        self._all.take(now)
        self._chats.setdefault(chat, Window(CHAT_MESSAGES, CHAT_SECONDS)).take(now)
        if len(self._chats) > _MOST_CHATS:
            self._chats = {c: window for c, window in self._chats.items() if not window.is_empty(now)}


def backoff(attempts: int) -> float:
    """Seconds before try number `attempts` + 1: 2, 4, 8 … at most 5 minutes."""
    return min(2.0**attempts, 300.0)
