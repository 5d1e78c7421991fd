"""What can happen to a message on its way, and the pace that Telegram allows."""

from dataclasses import dataclass, field

# Telegram: about 30 messages a second for a bot, 1 a second in a chat with short bursts (PTB constants).
BOT_PER_SECOND = 28.0
CHAT_SECONDS = 1.0
CHAT_BURST = 3


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


@dataclass
class Bucket:
    """So many messages a second, with a burst. Instants are monotonic seconds."""

    per_second: float
    burst: float
    level: float = field(init=False)
    at: float = 0.0

    def __post_init__(self) -> None:
        self.level = self.burst

    def wait(self, now: float) -> float:
        """Seconds before the next message may leave (0: now)."""
        self._refill(now)
        return max(0.0, (1.0 - self.level) / self.per_second)

    def take(self, now: float) -> None:
        self._refill(now)
        self.level -= 1.0

    def is_full(self, now: float) -> bool:
        self._refill(now)
        return self.level >= self.burst

    def _refill(self, now: float) -> None:
        self.level = min(self.burst, self.level + (now - self.at) * self.per_second)
        self.at = now


class Pace:
    """The limiter of one bot: over all chats, and in each chat."""

    def __init__(self, per_second: float = BOT_PER_SECOND) -> None:
        self._all = Bucket(per_second, per_second)
        self._chats: dict[int, Bucket] = {}

    def wait(self, now: float, chat: int) -> float:
        """Seconds before a message to `chat` may leave."""
        bucket = self._chats.get(chat)
        return max(self._all.wait(now), bucket.wait(now) if bucket else 0.0)

    def take(self, now: float, chat: int) -> None:
        """A message to `chat` leaves."""
        self._all.take(now)
        self._chats.setdefault(chat, Bucket(1.0 / CHAT_SECONDS, CHAT_BURST, at=now)).take(now)
        if len(self._chats) > 10_000:
            self._chats = {c: bucket for c, bucket in self._chats.items() if not bucket.is_full(now)}


def backoff(attempts: int) -> float:
    """Seconds before try number `attempts` + 1: 2, 4, 8 … at most 5 minutes."""
    return min(2.0**attempts, 300.0)
