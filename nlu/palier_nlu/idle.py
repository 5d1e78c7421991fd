"""A mapping that forgets."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Iterator, MutableMapping
from typing import TypeVar

Value = TypeVar("Value")


class IdleMap(MutableMapping[str, Value]):
    """Keeps at most `capacity` entries, and none that was not written for `idle_seconds`."""

    def __init__(
        self, *, capacity: int, idle_seconds: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._capacity = capacity
        self._idle_seconds = idle_seconds
        self._clock = clock
        self._entries: OrderedDict[str, tuple[float, Value]] = OrderedDict()

    def __setitem__(self, key: str, value: Value) -> None:
        self._entries[key] = (self._clock(), value)
        self._entries.move_to_end(key)
        self.purge()

    def __getitem__(self, key: str) -> Value:
        self.purge()
        return self._entries[key][1]

    def __delitem__(self, key: str) -> None:
        del self._entries[key]

    def __iter__(self) -> Iterator[str]:
        self.purge()
        return iter(list(self._entries))

    def __len__(self) -> int:
        self.purge()
        return len(self._entries)

    def purge(self) -> None:
        """Drop what is too old, then the oldest of what is too many."""
        oldest_kept = self._clock() - self._idle_seconds
        while self._entries:
            key, (written, _) = next(iter(self._entries.items()))
            if written > oldest_kept and len(self._entries) <= self._capacity:
                return
            del self._entries[key]
