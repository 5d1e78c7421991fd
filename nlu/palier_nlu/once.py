"""The same message gets the same answer, however often and however close together it is sent."""

from __future__ import annotations

import asyncio
import weakref
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

from palier_nlu.idle import IdleMap

Answer = TypeVar("Answer")

# A conversation is rotated after 40 turns (docs/dialogue-protocol.md); a replay is of its last few.
KEPT_ANSWERS = 20


class Once(Generic[Answer]):
    """One turn at a time in a conversation, and one answer for each message id.

    Rasa's own lock polls once a second; nothing but this reaches the trackers, so a lock of the event
    loop is enough.
    """

    def __init__(self, *, capacity: int, idle_seconds: float) -> None:
        self._answers: IdleMap[OrderedDict[str, asyncio.Task[Answer]]] = IdleMap(
            capacity=capacity, idle_seconds=idle_seconds
        )
        self._lanes: weakref.WeakValueDictionary[str, asyncio.Lock] = weakref.WeakValueDictionary()

    async def answer(self, conversation: str, message: str, make: Callable[[], Awaitable[Answer]]) -> Answer:
        """The answer to the message: made once, kept unless making it fails."""
        answers = self._answers.get(conversation, OrderedDict())
        self._answers[conversation] = answers
        task = answers.get(message)
        if task is None:
            task = answers[message] = asyncio.create_task(self._in_turn(conversation, make))
            task.add_done_callback(lambda done: _forget_failure(answers, message, done))
            while len(answers) > KEPT_ANSWERS:
                answers.popitem(last=False)
        # A caller that hangs up does not undo the turn: it will ask again.
        return await asyncio.shield(task)

    def purge(self) -> None:
        """Forget the conversations that are idle."""
        self._answers.purge()

    async def _in_turn(self, conversation: str, make: Callable[[], Awaitable[Answer]]) -> Answer:
        lane = self._lanes.setdefault(conversation, asyncio.Lock())
        async with lane:
            return await make()


def _forget_failure(
    answers: OrderedDict[str, asyncio.Task[Answer]], message: str, done: asyncio.Task[Answer]
) -> None:
    if done.cancelled() or done.exception() is not None:
        answers.pop(message, None)
