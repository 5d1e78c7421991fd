"""The bot's update queue: what waits for the bot, and when it was handed over."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from dataclasses import dataclass
from typing import Any

from bot.standin.errors import ApiError, ControlError

HISTORY = 100_000
# Telegram leaves these out unless the bot asks for them by name.
OPT_IN_KINDS = frozenset({"chat_member", "message_reaction", "message_reaction_count"})


@dataclass(slots=True, eq=False)
class UpdateRecord:
    """An update with the monotonic times of its life."""

    update: dict[str, Any]
    kind: str
    chat_id: int | None
    queued: float
    handed: float | None = None
    confirmed: float | None = None
    deliveries: int = 0
    # Handed over once whatever the bot's offset: duplicates and updates out of order.
    forced: bool = False

    @property
    def update_id(self) -> int:
        """Telegram's number of this update."""
        return int(self.update["update_id"])

    def hand_over(self) -> dict[str, Any]:
        """Notes the delivery and returns the update."""
        self.deliveries += 1
        if self.handed is None:
            self.handed = time.monotonic()
        return self.update

    def as_dict(self) -> dict[str, Any]:
        """The record as the control API shows it."""
        return {"update_id": self.update_id} | {name: getattr(self, name) for name in self.__slots__}


class UpdateQueue:
    """Pending updates with the confirmation rules of getUpdates."""

    def __init__(self, first_id: int) -> None:
        self.pending: deque[UpdateRecord] = deque()
        self.history: deque[UpdateRecord] = deque(maxlen=HISTORY)
        self.allowed: list[str] | None = None
        self.news = asyncio.Event()
        self._held: list[UpdateRecord] | None = None
        self._next_id = first_id

    def add(self, kind: str, content: dict[str, Any], chat_id: int | None) -> int:
        """Queues an update of this kind, unless the bot did not ask for it. Returns its number."""
        self._next_id += 1
        update = {"update_id": self._next_id, kind: content}
        if self.wants(kind):
            self._queue(UpdateRecord(update, kind, chat_id, time.monotonic()))
        return self._next_id

    def add_raw(self, update: dict[str, Any]) -> int:
        """Queues an update as it is; one without a number gets the next, an old number is delivered too."""
        if "update_id" not in update:
            self._next_id += 1
            update = {"update_id": self._next_id, **update}
        number = update["update_id"]
        if not isinstance(number, int):
            raise ControlError("update_id is a whole number")
        forced = number < self._next_id
        self._next_id = max(self._next_id, number)
        kind = next((name for name in update if name != "update_id"), "")
        self._queue(UpdateRecord(update, kind, None, time.monotonic(), forced=forced))
        return number

    def duplicate(self, update_id: int) -> None:
        """Delivers an update once more under the same number, although the bot confirmed it."""
        for record in reversed(self.history):
            if record.update_id == update_id:
                copy = UpdateRecord(record.update, record.kind, record.chat_id, time.monotonic(), forced=True)
                self._queue(copy)
                return
        raise ControlError(f"no update {update_id}", 404)

    def hold(self) -> None:
        """Keeps new updates back until `release`."""
        if self._held is None:
            self._held = []

    def release(self, order: list[int] | None) -> list[int]:
        """Lets the held updates go, in the given order of update numbers; by default the last one first."""
        held, self._held = self._held or [], None
        by_id = {record.update_id: record for record in held}
        if order is None:
            order = list(reversed(by_id))
        if set(order) != set(by_id):
            self._held = held
            raise ControlError(f"the order must name exactly the held updates: {sorted(by_id)}")
        for number in order:
            record = by_id[number]
            record.forced = True
            record.queued = time.monotonic()
            self._queue(record)
        return order

    def wants(self, kind: str) -> bool:
        """Whether the bot asked for updates of this kind."""
        if self.allowed:
            return kind in self.allowed
        return kind not in OPT_IN_KINDS

    def set_allowed(self, kinds: Any) -> None:
        """Remembers `allowed_updates`: absent changes nothing, empty means the default kinds."""
        if kinds is None:
            return
        if not isinstance(kinds, list) or not all(isinstance(kind, str) for kind in kinds):
            raise ApiError(400, "Bad Request: can't parse allowed updates JSON object")
        self.allowed = kinds or None

    def confirm(self, offset: int) -> None:
        """Forgets what lies before the offset; a negative one keeps that many from the end."""
        if offset < 0:
            while len(self.pending) > -offset:
                self._forget(self.pending.popleft())
            return
        if not any(record.update_id < offset for record in self.pending):
            return
        kept: deque[UpdateRecord] = deque()
        for record in self.pending:
            if record.update_id < offset and not record.forced:
                self._forget(record)
            else:
                kept.append(record)
        self.pending = kept

    def take(self, offset: int, limit: int) -> list[dict[str, Any]]:
        """The next updates from the offset on; they stay pending until confirmed."""
        batch: list[UpdateRecord] = []
        for record in self.pending:
            if len(batch) >= limit:
                break
            if record.forced or record.update_id >= offset:
                batch.append(record)
        for record in [record for record in batch if record.forced]:
            self.pending.remove(record)
            self._forget(record)
        return [record.hand_over() for record in batch]

    def delivered(self, record: UpdateRecord) -> None:
        """The webhook accepted this update."""
        if record in self.pending:
            self.pending.remove(record)
        self._forget(record)

    def drop_pending(self) -> None:
        """Forgets everything that waits."""
        while self.pending:
            self._forget(self.pending.popleft())

    def reset(self) -> None:
        """Forgets what waits and what was, and stops holding back."""
        self.pending.clear()
        self.history.clear()
        self._held = None

    def _queue(self, record: UpdateRecord) -> None:
        if self._held is not None:
            self._held.append(record)
            return
        self.pending.append(record)
        self.history.append(record)
        self.news.set()

    @staticmethod
    def _forget(record: UpdateRecord) -> None:
        if record.confirmed is None:
            record.confirmed = time.monotonic()
