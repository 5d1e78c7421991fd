"""Works on the inbox: claimed messages in parallel, one at a time in each chat."""

import asyncio
from collections.abc import Coroutine, Mapping, Sequence
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
from bot.services.inbox import MAX_ATTEMPTS, Work
from bot.storage import Database, is_away

log = structlog.get_logger(__name__)

# The sweep takes up what a dead process left, and what another one received.
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

    async def receive(self, raw: Sequence[dict[str, Any]]) -> None:
        """Commit the updates (then Telegram may be told) and start on them."""
        taken = await asyncio.to_thread(self._receive, raw)
        # What a rule of ours answers, danger among it, goes before what waits for the dialogue.
        for work, incoming, ask in sorted(taken, key=lambda one: one[2] is not None):
            self._start(work, incoming, ask)

    async def sweep(self, stop: asyncio.Event) -> None:
        """Until `stop`: take up what waits. Then let what is in work end, and free the rest."""
        while not stop.is_set():
            if len(self._working) < AT_ONCE:
                await self._take_up()
            try:
                await asyncio.wait_for(stop.wait(), SWEEP_SECONDS)
            except TimeoutError:
                continue
        if self._working:
            await asyncio.wait(self._working, timeout=10)
        await asyncio.to_thread(self._abandon)

    def _receive(self, raw: Sequence[dict[str, Any]]) -> list[tuple[Work, Incoming, Ask | None]]:
        raw = [whole(update) for update in raw]
        read_as = {int(update["update_id"]): read(update) for update in raw}
        updates = [received(update, read_as[int(update["update_id"])]) for update in raw]
        try:
            with self._database.transaction() as session:
                now = Clock.real()
                works = inbox.receive(session, now, self._bot_id, updates, owner=self._me, most=AT_ONCE)
                return [self._prepared(session, around, work, read_as) for work, around in works]
        except Exception as error:
            # Another process has just taken a message of the same chat, or one can't be prepared: they are
            # kept above all, and the sweep takes them one by one.
            log.warning("left to the sweep", fault=type(error).__name__)
            with self._database.transaction() as session:
                inbox.receive(session, Clock.real(), self._bot_id, updates)
            return []

    def _prepared(
        self, session: Session, around: Around, work: Work, read_as: Mapping[int, Incoming]
    ) -> tuple[Work, Incoming, Ask | None]:
        incoming = read_as[int(work.raw["update_id"])]
        return work, incoming, self._conversation.prepare(session, around, work, incoming)

    def _claim(self) -> list[Work]:
        with self._database.reading() as session:
            if not inbox.waits(session, Clock.real()):
                return []
        with self._database.transaction() as session:
            return inbox.claim(session, Clock.real(), self._me, AT_ONCE)

    def _abandon(self) -> None:
        with self._database.transaction() as session:
            inbox.abandon(session, self._me)

    def _start(self, work: Work, incoming: Incoming, ask: Ask | None = None) -> None:
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
            if work.attempts > MAX_ATTEMPTS:
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
            return
        await self._take_up()

    async def _take_up(self) -> None:
        """Start on what waits; on nothing while the database is away (the sweep comes back)."""
        try:
            claimed = await asyncio.to_thread(self._claim)
        except SQLAlchemyError as error:
            log.error("database away", fault=type(error).__name__)
            return
        for work in claimed:
            self._start(work, read(work.raw))

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
