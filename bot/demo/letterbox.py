"""The demo's e-mails: nothing leaves this machine, they are read beside the chats."""

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

_MOST = 50


@dataclass(frozen=True)
class Email:
    at: datetime
    to: str
    subject: str
    words: str


class Letterbox:
    """Takes the e-mails as an SMTP server would, and keeps the latest ones while the demo runs."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._lock = threading.Lock()
        self._kept: deque[Email] = deque(maxlen=_MOST)
        self._received = 0

    def send(self, to: str, subject: str, words: str) -> None:
        email = Email(self._now(), to, subject, words)
        with self._lock:
            self._kept.appendleft(email)
            self._received += 1

    def latest(self) -> list[Email]:
        """The latest first."""
        with self._lock:
            return list(self._kept)

    @property
    def received(self) -> int:
        """How many came since the demo began."""
        return self._received
