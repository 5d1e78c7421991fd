"""Delivery: claim what is due, put it into words, pace it, send it, record what became of it."""

import asyncio
import functools
import threading
import time
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from bot.clock import Clock
from bot.domain.delivery import Delayed, Fault, Pace, Refused, Uncertain, Unreachable
from bot.domain.words import Words
from bot.services import delivery_lease, outbox, reach
from bot.services.house import House
from bot.services.outbox import Candidate, Sending
from bot.storage import Database, after_commit, if_broken
from bot.storage.tables import Outbox

log = structlog.get_logger(__name__)

# What another process commits on SQLite is found by looking; on PostgreSQL a NOTIFY comes first.
POLL_SECONDS = 0.5
RENEW_SECONDS = 3.0
RETRY_SECONDS = 1.0
# So long a commit that broke may still come to hold.
_DOUBT_SECONDS = 10.0

Send = Callable[[int, Words], Awaitable[int]]


@dataclass(frozen=True)
class _Flight:
    """A claimed row and its place under the limits."""

    sending: Sending
    chat_id: int
    number: int


class Delivery:
    """The delivery worker of one bot. Holds its lease, or stands by until it can."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        house: House,
        send: Send,
        *,
        bot_id: int,
        me: str,
        pace: Pace | None = None,
    ) -> None:
        self._database = database
        self._clock = clock
        self._house = house
        self._send = send
        self._bot_id = bot_id
        self._me = me
        self._pace = pace or Pace()
        self._pacing = threading.Lock()
        # Answers wait for their turn under the limits: a new one must not overtake them.
        self._behind = False
        self._woken = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self._flying: set[asyncio.Task[None]] = set()
        # Rows whose claim may hold although its commit broke, and until when: they were not sent.
        self._unlaunched: dict[int, float] = {}
        self._to_write: list[tuple[Sending, int]] = []
        self._writing = asyncio.Lock()
        self._fence: int | None = None
        self._renew_at = 0.0
        self._silent_until = 0.0

    def wake(self) -> None:
        """Something is in the outbox; from any thread."""
        self._loop.call_soon_threadsafe(self._woken.set)

    def hasten(self, session: Session, now: datetime, row: Outbox) -> None:
        """Claim the row that this transaction queues, if its turn is now, and send it at the commit.

        From any thread. It spares an answer the round: one transaction and two queries. What is not
        claimed here the round finds.
        """
        fence = self._fence
        with session.no_autoflush:  # the row is written once, claimed
            if fence is None or not outbox.goes_first(session, now, row, self._me, fence):
                return
            number = self._leaves_now(row.chat_id, row.lane)
            if number is None:
                return
            sending = outbox.claim_new(session, now, self._house, row)
        # A number whose transaction was rolled back may be given again: to this row.
        self._unlaunched.pop(row.id, None)
        if sending is None:
            self._stays(row.chat_id, number)
        else:
            if_broken(session, functools.partial(self._not_launched, [row.id]))
            after_commit(session, functools.partial(self._launch_soon, _Flight(sending, row.chat_id, number)))

    def _not_launched(self, row_ids: Collection[int]) -> None:
        """Their claim broke; the next round looks whether it holds."""
        self._unlaunched.update(dict.fromkeys(row_ids, time.monotonic() + _DOUBT_SECONDS))
        self.wake()

    def _put_back(self) -> None:
        """Queue again what a broken commit marked as sending, and forget what it surely did not."""
        back: list[int] = []
        with self._database.transaction() as session:
            if self._leads_still(session):
                back = outbox.put_back(session, list(self._unlaunched))
        for row_id, until in list(self._unlaunched.items()):
            if row_id in back or until < time.monotonic():
                self._unlaunched.pop(row_id, None)

    def _leads_still(self, session: Session) -> bool:
        return self._fence is not None and delivery_lease.is_held(
            session, self._bot_id, self._me, self._fence
        )

    def _leaves_now(self, chat_id: int, lane: int) -> int | None:
        """Take a place under the limits if one is free; its number. Rolled back, it frees itself in time."""
        now, steady = time.monotonic(), outbox.is_steady(lane)
        with self._pacing:
            if self._behind or self._silent_until > now or self._pace.wait(now, chat_id, steady=steady) > 0:
                return None
            return self._pace.leave(now, chat_id, steady=steady)

    def _stays(self, chat_id: int, number: int) -> None:
        with self._pacing:
            self._pace.stay(chat_id, number)

    async def run(self, stop: asyncio.Event) -> None:
        """Deliver until `stop`; then finish what is in flight and release the lease."""
        while not stop.is_set():
            wait = POLL_SECONDS
            self._woken.clear()
            try:
                if await self._leads():
                    wait = min(wait, await self._round())
            except SQLAlchemyError as error:
                log.error("database away", fault=type(error).__name__)
                # What broke has just woken itself (`_not_launched`): without a pause it would spin.
                self._woken.clear()
                wait = RETRY_SECONDS
            await self._sleep(wait, stop)
        self._fence = None
        if self._flying:
            await asyncio.wait(self._flying, timeout=15)
        await asyncio.to_thread(self._release)

    async def _sleep(self, seconds: float, stop: asyncio.Event) -> None:
        if seconds <= 0:
            return
        waiting = [asyncio.ensure_future(self._woken.wait()), asyncio.ensure_future(stop.wait())]
        await asyncio.wait(waiting, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        for task in waiting:
            task.cancel()

    async def _leads(self) -> bool:
        if time.monotonic() >= self._renew_at:
            self._fence = await asyncio.to_thread(self._hold)
            self._renew_at = time.monotonic() + RENEW_SECONDS
        return self._fence is not None

    def _hold(self) -> int | None:
        with self._database.transaction() as session:
            real_now = self._clock.real()
            held = delivery_lease.hold(session, real_now, self._bot_id, self._me)
            if held is None:
                return None
            fence, taken = held
            if taken:
                doubtful = outbox.take_over(session, self._bot_id)
                self._unlaunched.clear()
                silent = delivery_lease.silent_until(session, self._bot_id)
                if silent is not None and silent > real_now:
                    self._silent_until = time.monotonic() + (silent - real_now).total_seconds()
                log.info("delivery leads", bot=self._bot_id, fence=fence, doubtful=doubtful)
            return fence

    async def _round(self) -> float:
        """Claim and launch what may leave now. Returns how long to wait for the next one (seconds)."""
        silence = self._silent_until - time.monotonic()
        if silence > 0:
            return silence
        claimed, wait = await asyncio.to_thread(self._claim)
        for flight in claimed:
            self._launch(flight)
        return wait

    def _launch_soon(self, flight: _Flight) -> None:
        self._loop.call_soon_threadsafe(self._launch, flight)

    def _launch(self, flight: _Flight) -> None:
        self._unlaunched.pop(flight.sending.row_id, None)
        task = asyncio.create_task(self._deliver(flight))
        self._flying.add(task)
        task.add_done_callback(self._flying.discard)

    def _claim(self) -> tuple[list[_Flight], float]:
        if self._unlaunched:
            self._put_back()
        with self._database.reading() as session:
            candidates = outbox.due(session, self._clock.now(session), self._bot_id)
        allowed, wait = self._paced(candidates)
        if not allowed:
            return [], wait
        claimed: list[Sending] = []
        try:
            with self._database.transaction() as session:
                if not self._leads_still(session):
                    self._renew_at = 0.0
                    return [], 0.0
                if_broken(session, functools.partial(self._not_launched, list(allowed)))
                claimed = outbox.claim(session, self._clock.now(session), self._house, list(allowed))
        finally:
            flights = [_Flight(sending, *allowed.pop(sending.row_id)) for sending in claimed]
            for chat_id, number in allowed.values():
                self._stays(chat_id, number)
        return flights, wait

    def _paced(self, candidates: list[Candidate]) -> tuple[dict[int, tuple[int, int]], float]:
        """The rows whose turn it is under Telegram's limits, each with its chat and the number of its place,
        and the seconds until the next one's turn."""
        now = time.monotonic()
        allowed: dict[int, tuple[int, int]] = {}
        wait, behind = POLL_SECONDS, False
        with self._pacing:
            for row_id, chat_id, lane in candidates:
                steady = outbox.is_steady(lane)
                pause = self._pace.wait(now, chat_id, steady=steady)
                if pause <= 0:
                    allowed[row_id] = chat_id, self._pace.leave(now, chat_id, steady=steady)
                else:
                    wait = min(wait, pause)
                    behind = behind or not steady
            self._behind = behind
        return allowed, wait

    async def _deliver(self, flight: _Flight) -> None:
        sending = flight.sending
        try:
            message_id = await self._send(sending.telegram_chat, sending.words)
        except Fault as fault:
            self._arrived(flight)
            await self._failed(sending, fault)
        except Exception as error:
            # A fault of ours: the row must neither stay on its way for ever nor leave twice.
            log.exception("sending broke", row=sending.row_id, fault=type(error).__name__)
            self._arrived(flight)
            await self._failed(sending, Uncertain("broken"))
        else:
            self._arrived(flight)
            await self._sent(sending, message_id)
        self._woken.set()

    def _arrived(self, flight: _Flight) -> None:
        with self._pacing:
            self._pace.arrive(time.monotonic(), flight.chat_id, flight.number)

    async def _sent(self, sending: Sending, message_id: int) -> None:
        """Write down that it arrived, with all that have arrived while the last ones were written."""
        self._to_write.append((sending, message_id))
        async with self._writing:
            if not (batch := self._to_write):
                return  # the one before has written this one too
            self._to_write = []
            await self._record(self._write_sent, batch)

    def _write_sent(self, batch: list[tuple[Sending, int]]) -> None:
        with self._database.transaction() as session:
            arrived = {sending.row_id: (message_id, sending.words.text) for sending, message_id in batch}
            outbox.sent(session, self._clock.now(session), arrived)

    async def _failed(self, sending: Sending, fault: Fault) -> None:
        if isinstance(fault, Delayed):
            self._silent_until = max(self._silent_until, time.monotonic() + fault.seconds)
        log.warning("not delivered", row=sending.row_id, fault=type(fault).__name__)
        await self._record(self._record_fault, sending, fault)

    async def _record(self, verb: Callable[..., None], *what: Any) -> None:
        """Write what became of rows, again and again while the database is away.

        Stopped before that, the rows stay *sending*: the next worker that leads finds them doubtful.
        """
        while True:
            try:
                await asyncio.to_thread(verb, *what)
                return
            except SQLAlchemyError as error:
                log.error("not recorded yet", fault=type(error).__name__)
                await asyncio.sleep(RETRY_SECONDS)

    def _record_fault(self, sending: Sending, fault: Fault) -> None:
        with self._database.transaction() as session:
            now = self._clock.now(session)
            row = outbox.failed(session, now, sending.row_id, fault)
            if isinstance(fault, Unreachable):
                reach.changed(session, now, self._house, row.chat, reachable=False)
            if isinstance(fault, Refused):
                reach.unanswered(session, now, self._house, row)
            if isinstance(fault, Delayed):
                until = self._clock.real() + timedelta(seconds=fault.seconds)
                delivery_lease.keep_silent(session, self._bot_id, until)

    def _release(self) -> None:
        with self._database.transaction() as session:
            delivery_lease.release(session, self._clock.real(), self._bot_id, self._me)
