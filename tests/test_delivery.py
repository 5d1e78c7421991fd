"""Delivery: a row hastened by the transaction that queues it leaves at its commit, and only then."""

import asyncio
import functools
import time
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session
from structlog.testing import capture_logs

from bot.clock import Clock
from bot.delivery import POLL_SECONDS, Delivery
from bot.domain.delivery import Pace, Refused
from bot.domain.states import OutboxState, Urgency
from bot.domain.words import Drop, Reply, Words
from bot.services import outbox, people, reach, replies
from bot.services.house import House
from bot.storage import Database
from bot.storage.tables import Case, Outbox
from tests.services.team import chat_of, staff

BOT, TELEGRAM = 7, 1001


class Sent:
    """A gateway that keeps what it is given."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.more = asyncio.Event()

    async def send(self, chat: int, words: Words) -> int:
        assert chat == TELEGRAM
        self.texts.append(words.text)
        self.more.set()
        return len(self.texts)


@pytest.fixture
def sent() -> Sent:
    return Sent()


@pytest.fixture
async def delivery(database: Database, clock: Clock, house: House, sent: Sent) -> Delivery:
    """A delivery that leads; nobody runs its rounds."""
    delivery = Delivery(database, clock, house, sent.send, bot_id=BOT, me="test:1:a")
    assert await delivery._leads()
    return delivery


def _reply(
    database: Database, clock: Clock, house: House, delivery: Delivery, text: str, *, fail: bool = False
) -> OutboxState:
    """Queue an answer and hasten it; its state at the end of the transaction."""
    with database.transaction() as session:
        now = clock.now(session)
        chat = people.chat_for(session, BOT, TELEGRAM)
        row = replies.send(session, now, house, chat, Reply(text), occasion=text)
        assert row is not None
        delivery.hasten(session, now, row)
        session.flush()
        if fail:
            raise LookupError
        return row.state


def _states(database: Database) -> list[OutboxState]:
    with database.reading() as session:
        return list(session.scalars(select(Outbox.state).order_by(Outbox.id)))


async def test_a_hastened_answer_is_claimed_by_its_own_transaction_and_sent(
    database: Database, clock: Clock, house: House, delivery: Delivery, sent: Sent
) -> None:
    state = await asyncio.to_thread(_reply, database, clock, house, delivery, "Bonjour")
    assert state is OutboxState.SENDING
    await asyncio.wait_for(sent.more.wait(), 5)
    assert sent.texts == ["Bonjour"]


async def test_nothing_leaves_when_the_transaction_rolls_back(
    database: Database, clock: Clock, house: House, delivery: Delivery, sent: Sent
) -> None:
    def broken() -> None:
        _reply(database, clock, house, delivery, "Bonjour", fail=True)

    with pytest.raises(LookupError):
        await asyncio.to_thread(broken)
    await asyncio.sleep(0.05)
    assert sent.texts == []
    assert _states(database) == []


async def test_an_answer_waits_behind_an_older_one_of_its_chat(
    database: Database, clock: Clock, house: House, delivery: Delivery, sent: Sent, now: datetime
) -> None:
    def two() -> tuple[OutboxState, OutboxState]:
        with database.transaction() as session:
            chat = people.chat_for(session, BOT, TELEGRAM)
            at = clock.now(session)
            older = replies.send(session, at, house, chat, Reply("un"), occasion="1")
            newer = replies.send(session, at, house, chat, Reply("deux"), occasion="2")
            assert older is not None
            assert newer is not None
            session.flush()
            delivery.hasten(session, at, newer)
            return older.state, newer.state

    assert await asyncio.to_thread(two) == (OutboxState.QUEUED, OutboxState.QUEUED)
    stop = asyncio.Event()
    rounds = asyncio.create_task(delivery.run(stop))
    while len(sent.texts) < 2:
        await asyncio.wait_for(sent.more.wait(), 5)
        sent.more.clear()
    stop.set()
    await rounds
    assert sent.texts == ["un", "deux"]


async def test_a_worker_that_does_not_lead_leaves_the_answer_to_the_one_that_does(
    database: Database, clock: Clock, house: House, delivery: Delivery, sent: Sent
) -> None:
    standing_by = Delivery(database, clock, house, sent.send, bot_id=BOT, me="test:2:b")
    state = await asyncio.to_thread(_reply, database, clock, house, standing_by, "Bonjour")
    assert state is OutboxState.QUEUED


class Full(Pace):
    """The limits leave no room."""

    def wait(self, now: float, chat: int, *, steady: bool = False) -> float:
        return 60.0


async def test_an_answer_waits_for_its_turn_under_the_limits(
    database: Database, clock: Clock, house: House, delivery: Delivery, sent: Sent
) -> None:
    delivery._pace = Full()
    state = await asyncio.to_thread(_reply, database, clock, house, delivery, "Bonjour")
    assert state is OutboxState.QUEUED
    assert sent.texts == []


async def test_a_place_under_the_limits_is_held_until_telegram_answers(
    database: Database, clock: Clock, house: House, delivery: Delivery, sent: Sent
) -> None:
    delivery._pace = pace = Pace(messages=1, seconds=0.0)
    asked, answers = asyncio.Event(), asyncio.Event()

    async def slow(chat: int, words: Words) -> int:
        asked.set()
        await answers.wait()
        return await sent.send(chat, words)

    delivery._send = slow
    await asyncio.to_thread(_reply, database, clock, house, delivery, "Bonjour")
    await asyncio.wait_for(asked.wait(), 5)
    assert not pace._all.is_empty(time.monotonic())
    answers.set()
    await asyncio.wait_for(asyncio.gather(*delivery._flying), 5)
    assert pace._all.is_empty(time.monotonic())


async def test_what_must_not_leave_takes_no_place_under_the_limits(
    database: Database, clock: Clock, house: House, delivery: Delivery
) -> None:
    delivery._pace = pace = Pace(messages=1, seconds=60.0)
    with database.transaction() as session:
        now = clock.now(session)
        chat = people.chat_for(session, BOT, TELEGRAM)
        row = replies.send(session, now, house, chat, Reply("Bonjour"), occasion="1")
        assert row is not None
        row.useful_until = now - timedelta(seconds=1)
    assert await asyncio.to_thread(delivery._claim) == ([], POLL_SECONDS)
    assert _states(database) == [OutboxState.DROPPED]
    assert pace.wait(time.monotonic(), chat=999) == 0


async def test_a_row_that_cannot_be_worded_fails_alone(
    database: Database, clock: Clock, house: House, delivery: Delivery, monkeypatch: pytest.MonkeyPatch
) -> None:
    with database.transaction() as session:
        now = clock.now(session)
        for number in (TELEGRAM, TELEGRAM + 1):
            chat = people.chat_for(session, BOT, number)
            replies.send(session, now, house, chat, Reply("Bonjour"), occasion="1")
    worded = outbox._worded

    def breaks(session: Session, now: datetime, house: House, row: Outbox) -> Words | Drop:
        if row.chat.telegram_id == TELEGRAM:
            raise ZeroDivisionError
        return worded(session, now, house, row)

    monkeypatch.setattr(outbox, "_worded", breaks)
    with capture_logs() as logged:
        flights, _ = await asyncio.to_thread(delivery._claim)
    assert [flight.sending.telegram_chat for flight in flights] == [TELEGRAM + 1]
    assert _states(database) == [OutboxState.FAILED, OutboxState.SENDING]
    assert [entry["fault"] for entry in logged] == ["ZeroDivisionError"]


async def test_an_answer_that_telegram_refuses_brings_a_person_once(
    database: Database, clock: Clock, house: House, delivery: Delivery
) -> None:
    tried: list[str] = []

    async def refuses(_chat: int, words: Words) -> int:
        tried.append(words.text)
        raise Refused("message is too long")

    delivery._send = refuses
    with capture_logs():
        await asyncio.to_thread(_reply, database, clock, house, delivery, "trop long")
        while len(_states(database)) < 2:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        (flight,), _ = await asyncio.to_thread(delivery._claim)
        await delivery._deliver(flight)
    assert _states(database) == [OutboxState.FAILED] * 2
    assert tried[0] == "trop long"
    assert "J’ai transmis votre message à l’équipe" in tried[1]
    with database.reading() as session:
        assert [(case.kind, case.urgency) for case in session.scalars(select(Case))] == [
            ("unread", Urgency.HIGH)
        ]


def test_a_worker_whose_answer_telegram_refuses_is_sent_to_the_console(
    database: Database, house: House, now: datetime
) -> None:
    with database.transaction() as session:
        worker = chat_of(session, staff(session, "EQ01"))
        replies.send(session, now, house, worker, Reply("trop long"), occasion="1")
        for _ in range(2):  # what is said instead is not replaced in its turn
            latest = session.scalars(select(Outbox).order_by(Outbox.id.desc())).first()
            assert latest is not None
            reach.unanswered(session, now, house, latest)
        said = [row.words["text"] for row in session.scalars(select(Outbox).order_by(Outbox.id))]
        assert said[0] == "trop long"
        assert "/console" in said[1]
        assert len(said) == 2
        assert session.scalars(select(Case)).all() == []


@pytest.mark.parametrize("hastened", [True, False])
async def test_a_claim_that_holds_though_its_commit_broke_is_sent_once(
    database: Database,
    clock: Clock,
    house: House,
    delivery: Delivery,
    sent: Sent,
    monkeypatch: pytest.MonkeyPatch,
    hastened: bool,
) -> None:
    if not hastened:
        with database.transaction() as session:
            chat = people.chat_for(session, BOT, TELEGRAM)
            replies.send(session, clock.now(session), house, chat, Reply("Bonjour"), occasion="1")

    dialect = database.engine.dialect

    def breaks(connection: Any) -> None:
        connection.commit()
        monkeypatch.undo()
        raise database.engine.dialect.loaded_dbapi.OperationalError

    monkeypatch.setattr(dialect, "do_commit", breaks)
    claims = functools.partial(_reply, database, clock, house, delivery, "Bonjour")
    with pytest.raises(OperationalError):
        await asyncio.to_thread(claims if hastened else delivery._claim)
    assert _states(database) == [OutboxState.SENDING]

    stop = asyncio.Event()
    rounds = asyncio.create_task(delivery.run(stop))
    await asyncio.wait_for(sent.more.wait(), 5)
    stop.set()
    await rounds
    assert sent.texts == ["Bonjour"]
    assert _states(database) == [OutboxState.SENT]


async def test_a_gateway_that_breaks_leaves_its_row_doubtful(
    database: Database, clock: Clock, house: House, delivery: Delivery
) -> None:
    async def breaks(_chat: int, _words: Words) -> int:
        raise ZeroDivisionError

    delivery._send = breaks
    with capture_logs():
        await asyncio.to_thread(_reply, database, clock, house, delivery, "Bonjour")
        while OutboxState.SENDING in _states(database):  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    assert _states(database) in ([OutboxState.UNKNOWN], [OutboxState.QUEUED])
