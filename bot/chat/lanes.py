"""Works on the inbox: claimed messages in parallel, one at a time in each chat."""

import asyncio
from collections.abc import Collection, Coroutine, Mapping, Sequence
from dataclasses import replace
from typing import Any

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from bot.asking import Ask
from bot.chat.gateway import Gateway
from bot.chat.updates import read, received, whole
from bot.clock import Clock
from bot.conversation import Conversation
from bot.domain.incoming import Came, Incoming
from bot.services import inbox
from bot.services.around import Around
from bot.services.inbox import Received, Work
from bot.storage import Database, is_away

log = structlog.get_logger(__name__)

# What another process received or left is found by looking; what became free here, at once.
SWEEP_SECONDS = 1.0
# A message is given back to the sweep once the database is back; after so many tries its lease runs out.
_TRIES_TO_FREE, _RETRY_SECONDS = 20, 0.5
AT_ONCE = 20


class Lanes:
    """Receives raw updates and sees each of them answered."""

    def __init__(
        self, database: Database, conversation: Conversation, gateway: Gateway, *, bot_id: int, me: str
    ) -> None:
        self._database = database
        self._conversation = conversation
        self._gateway = gateway
        self._bot_id = bot_id
        self._me = me
        self._working: set[asyncio.Task[None]] = set()
        self._in_work: set[int] = set()
        self._receiving = 0
        # Set when a message may have become free.
        self._woken = asyncio.Event()
        # What may have killed a worker waits, or is in work: only danger is taken as it arrives.
        self._wary = False
        # A commit broke, and may hold: messages may be ours without being in work.
        self._unsure = False

    async def receive(self, raw: Sequence[dict[str, Any]]) -> None:
        """Commit the updates (then Telegram may be told) and start on them."""
        self._receiving += 1
        try:
            taken = await asyncio.to_thread(self._receive, raw, 0 if self._wary else self._room())
            # What a rule of ours answers, danger among it, goes before what waits for the dialogue.
            for work, incoming, ask in sorted(taken, key=lambda one: one[2] is not None):
                self._start(work, incoming, ask)
        finally:
            self._receiving -= 1
            self._woken.set()

    async def sweep(self, stop: asyncio.Event) -> None:
        """Until `stop`: take up what waits. Then let what is in work end, and free the rest."""
        while not stop.is_set():
            self._woken.clear()
            await self._rest(stop, SWEEP_SECONDS if await self._take_up() else _RETRY_SECONDS)
        if self._working:
            await asyncio.wait(self._working, timeout=10)
        await asyncio.to_thread(self._abandon, ())

    async def _rest(self, stop: asyncio.Event, seconds: float) -> None:
        waiting = [asyncio.ensure_future(event.wait()) for event in (self._woken, stop)]
        await asyncio.wait(waiting, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        for task in waiting:
            task.cancel()

    def _room(self) -> int:
        return max(0, AT_ONCE - len(self._working))

    def _receive(self, raw: Sequence[dict[str, Any]], most: int) -> list[tuple[Work, Incoming, Ask | None]]:
        raw = [whole(update) for update in raw]
        read_as = {int(update["update_id"]): read(update) for update in raw}
        updates = [received(update, read_as[int(update["update_id"])]) for update in raw]
        try:
            updates = [self._marked(item, read_as[item.update_id]) for item in updates]
            with self._database.transaction() as session:
                now = Clock.real()
                works = inbox.receive(session, now, self._bot_id, updates, owner=self._me, most=most)
                return [self._prepared(session, around, work, read_as) for work, around in works]
        except Exception as error:
            # Another process has just taken a message of the same chat, or one can't be prepared, or the
            # commit broke: they are kept above all, and the sweep takes them one by one.
            log.warning("left to the sweep", fault=type(error).__name__)
            self._unsure = True
            with self._database.transaction() as session:
                inbox.receive(session, Clock.real(), self._bot_id, updates)
            return []

    def _marked(self, item: Received, incoming: Incoming) -> Received:
        nobodys = item.telegram_chat is None
        return item if nobodys else replace(item, urgent=self._conversation.shows_danger(incoming))

    def _prepared(
        self, session: Session, around: Around, work: Work, read_as: Mapping[int, Incoming]
    ) -> tuple[Work, Incoming, Ask | None]:
        incoming = read_as[int(work.raw["update_id"])]
        return work, incoming, self._conversation.prepare(session, around, work, incoming)

    def _claim(self, most: int) -> list[Work]:
        with self._database.reading() as session:
            waits, self._wary = inbox.look(session, Clock.real())
        if not waits:
            return []
        with self._database.transaction() as session:
            return inbox.claim(session, Clock.real(), self._me, most)

    def _abandon(self, but: Collection[int]) -> None:
        """Free what is ours, `but` what is in work. Should it be by now, it is answered once all the same:
        who answers a message closes it first."""
        with self._database.transaction() as session:
            inbox.abandon(session, self._me, but=but)

    def _start(self, work: Work, incoming: Incoming, ask: Ask | None = None) -> None:
        self._in_work.add(work.inbox_id)
        self._follow(self._work(work, incoming, ask))
        if incoming.came is Came.BUTTON and incoming.callback:
            # The little clock on the button stops at once; the answer itself comes by the outbox.
            self._follow(self._gateway.acknowledge(incoming.callback))

    def _follow(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._working.add(task)
        task.add_done_callback(self._working.discard)

    async def _work(self, work: Work, incoming: Incoming, ask: Ask | None) -> None:
        try:
            if work.is_hopeless:
                await self._conversation.give_up(work, incoming)
            else:
                await self._conversation.handle(work, incoming, ask)
        except Exception as error:
            # One broken message must not stop the others: it is tried again, then given to a person.
            # A database that is away says nothing against the message: that try does not count.
            away = is_away(error)
            fault = {"inbox": work.inbox_id, "fault": type(error).__name__}
            if away:
                log.error("database away", **fault)
            else:
                log.exception("message not handled", **fault)
            await self._free(work, counted=not away)
            if not away:
                return  # the sweep comes back to it
        finally:
            self._in_work.discard(work.inbox_id)
        self._woken.set()

    async def _take_up(self) -> bool:
        """Start on what waits; False while the database is away."""
        try:
            if self._unsure and not self._receiving:
                self._unsure = False
                await asyncio.to_thread(self._abandon, frozenset(self._in_work))
            claimed = await asyncio.to_thread(self._claim, self._room())
        except SQLAlchemyError as error:
            log.error("database away", fault=type(error).__name__)
            self._unsure = True
            return False
        for work in claimed:
            unread = Incoming(0, Came.WORDLESS, None, Clock.real())
            self._start(work, read(work.raw) if work.raw else unread)
        return True

    async def _free(self, work: Work, *, counted: bool) -> None:
        """Let the next sweep take the message again; if that fails for long, its lease runs out."""

        def free() -> None:
            with self._database.transaction() as session:
                inbox.free(session, work.inbox_id, counted=counted)

        for _ in range(_TRIES_TO_FREE):
            try:
                await asyncio.to_thread(free)
                return
            except SQLAlchemyError:
                await asyncio.sleep(_RETRY_SECONDS)
