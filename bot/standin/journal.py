"""What the bot called, and what it was answered."""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass
from typing import Any

DEFAULT_LENGTH = 100_000


@dataclass(slots=True)
class Call:
    """One Bot API call. The token is never kept."""

    sequence: int
    started: float
    at: float
    method: str
    chat_id: int | None
    parameters: dict[str, Any]
    result: Any = None
    error_code: int | None = None
    description: str | None = None
    fault: str | None = None
    ended: float | None = None

    def as_dict(self) -> dict[str, Any]:
        """The call as the control API shows it: `started` and `ended` are monotonic, `at` is wall time."""
        return {name: getattr(self, name) for name in self.__slots__}


class Journal:
    """Calls in order, the oldest forgotten beyond `length`."""

    def __init__(self, length: int = DEFAULT_LENGTH) -> None:
        self._calls: deque[Call] = deque(maxlen=length)
        self._sequence = 0

    def open(self, method: str, chat_id: int | None, parameters: dict[str, Any]) -> Call:
        """Records a call that begins now; the caller fills in how it ended."""
        self._sequence += 1
        call = Call(self._sequence, time.monotonic(), time.time(), method, chat_id, parameters)
        self._calls.append(call)
        return call

    def select(
        self,
        method: str | None = None,
        chat_id: int | None = None,
        after: int = 0,
        limit: int | None = None,
    ) -> list[Call]:
        """The calls after a sequence number, the first `limit` of them."""
        wanted = method.lower() if method else None
        found: list[Call] = []
        for call in self._calls:
            if call.sequence <= after:
                continue
            if wanted is not None and call.method.lower() != wanted:
                continue
            if chat_id is not None and call.chat_id != chat_id:
                continue
            found.append(call)
            if limit is not None and len(found) >= limit:
                break
        return found

    def clear(self) -> None:
        """Forgets the calls; the sequence goes on, so that a reader's position stays right."""
        self._calls.clear()

    def resize(self, length: int) -> None:
        """Keeps at most `length` calls from now on."""
        self._calls = deque(self._calls, maxlen=length)
