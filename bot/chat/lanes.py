"""Works on the inbox: claimed messages in parallel, one at a time in each chat."""

import asyncio
import contextlib
from collections.abc import Sequence
from typing import Any

import structlog
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from bot.chat.gateway import Gateway
from bot.chat.updates import read, received
from bot.clock import Clock
from bot.conversation import Conversation
from bot.domain.incoming import Came
from bot.services import inbox
from bot.services.inbox import MAX_ATTEMPTS, Work
from bot.storage import Database

log = structlog.get_logger(__name__)

# The sweep takes up what a dead process left, and what another one received.
SWEEP_SECONDS = 1.0
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
        for work in await asyncio.to_thread(self._receive, raw):
            self._start(work)

    async def sweep(self, stop: asyncio.Event) -> None:
        """Until `stop`: take up what waits. Then let what is in work end, and free the rest."""
        while not stop.is_set():
            if len(self._working) < AT_ONCE:
                for work in await self._claimed():
                    self._start(work)
            try:
                await asyncio.wait_for(stop.wait(), SWEEP_SECONDS)
            except TimeoutError:
                continue
        if self._working:
            await asyncio.wait(self._working, timeout=10)
        await asyncio.to_thread(self._abandon)

    def _receive(self, raw: Sequence[dict[str, Any]]) -> list[Work]:
        updates = [received(update) for update in raw]
        try:
            with self._database.transaction() as session:
                return inbox.receive(
                    session, Clock.real(), self._bot_id, updates, owner=self._me, most=AT_ONCE
                )
        except IntegrityError:
            # Another process received something of the same chat at once: keep ours, the sweep takes it.
            with self._database.transaction() as session:
                return inbox.receive(session, Clock.real(), self._bot_id, updates)

    def _claim(self) -> list[Work]:
        with self._database.reading() as session:
            if not inbox.waits(session, Clock.real()):
                return []
        with self._database.transaction() as session:
            return inbox.claim(session, Clock.real(), self._me, AT_ONCE)

    def _abandon(self) -> None:
        with self._database.transaction() as session:
            inbox.abandon(session, self._me)

    def _start(self, work: Work) -> None:
        task = asyncio.create_task(self._work(work))
        self._working.add(task)
        task.add_done_callback(self._working.discard)

    async def _work(self, work: Work) -> None:
        incoming = read(work.raw)
        if incoming.came is Came.BUTTON and incoming.callback:
            # The little clock on the button stops at once; the answer itself comes by the outbox.
            acknowledged = asyncio.create_task(self._gateway.acknowledge(incoming.callback))
            self._working.add(acknowledged)
            acknowledged.add_done_callback(self._working.discard)
        try:
            if work.attempts > MAX_ATTEMPTS:
                await self._conversation.give_up(work)
            else:
                await self._conversation.handle(work, incoming)
        except Exception as error:
            # One broken message must not stop the others: it is tried again, then given to a person.
            log.exception("message not handled", inbox=work.inbox_id, fault=type(error).__name__)
            await self._free(work)
            return
        for following in await self._claimed():
            self._start(following)

    async def _claimed(self) -> list[Work]:
        """What may be worked on; nothing while the database is away (the sweep comes back)."""
        try:
            return await asyncio.to_thread(self._claim)
        except SQLAlchemyError as error:
            log.error("database away", fault=type(error).__name__)
            return []

    async def _free(self, work: Work) -> None:
        """Let the next sweep take the message again; if even that fails, its lease runs out."""

        def free() -> None:
            with self._database.transaction() as session:
                inbox.free(session, work.inbox_id)

        with contextlib.suppress(SQLAlchemyError):
            await asyncio.to_thread(free)
