"""Telegram's sending limits, as sliding windows."""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass, field

SWEEP_EVERY = 10_000


@dataclass(frozen=True, slots=True)
class Limits:
    """How fast a bot may send. `burst` messages may leave at once to a chat; zero switches a limit off."""

    overall: float = 30.0
    per_chat: float = 1.0
    burst: int = 3

    @classmethod
    def off(cls) -> Limits:
        """No limit at all, for tests that are about something else."""
        return cls(overall=0, per_chat=0, burst=0)


@dataclass(slots=True)
class RateLimiter:
    """Counts accepted sends; a refused one is not counted, as at Telegram."""

    limits: Limits = field(default_factory=Limits)
    _overall: deque[float] = field(default_factory=deque)
    _chats: dict[int, deque[float]] = field(default_factory=dict)
    _accepted: int = 0

    def retry_after(self, chat_id: int, now: float) -> int | None:
        """None and the send is counted, or the whole seconds to wait."""
        limits = self.limits
        chat = self._chats.setdefault(chat_id, deque())
        wait = 0.0
        if limits.overall:
            wait = _wait(self._overall, max(1, round(limits.overall)), 1.0, now)
        if limits.per_chat:
            burst = max(1, limits.burst)
            wait = max(wait, _wait(chat, burst, burst / limits.per_chat, now))
        if wait > 0:
            return math.ceil(wait)
        if limits.overall:
            self._overall.append(now)
        if limits.per_chat:
            chat.append(now)
        self._accepted += 1
        if self._accepted % SWEEP_EVERY == 0:
            self._sweep(now)
        return None

    def reset(self) -> None:
        """Forgets what was sent."""
        self._overall.clear()
        self._chats.clear()

    def _sweep(self, now: float) -> None:
        """Forgets chats that have been quiet for a minute, so that a long run does not grow."""
        self._chats = {chat: sent for chat, sent in self._chats.items() if sent and sent[-1] > now - 60}


def _wait(sent: deque[float], allowed: int, window: float, now: float) -> float:
    """Seconds until one more send fits in the window; 0 when it fits now."""
    while sent and sent[0] <= now - window:
        sent.popleft()
    return 0.0 if len(sent) < allowed else sent[0] + window - now
