"""The outbox: queued once, claimed in order, checked at every claim, ended in one known state."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event, text
from sqlalchemy.orm import Session
from structlog.testing import capture_logs

from bot.domain.delivery import Delayed, Fault, NotSent, Refused, Uncertain, Unreachable
from bot.domain.states import ChatState, OutboxState, Urgency
from bot.domain.words import Drop, Words
from bot.services import outbox, people
from bot.services.cases import alerts, cases
from bot.services.house import House
from bot.services.kinds import REGISTRY, REPLY, Attention, Lane, MessageKind, declare
from bot.storage import Database
from bot.storage.tables import Chat, Message, Outbox
from tests.services.team import BOT, chat, chat_of, staff, tenant


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    with database.transaction() as open_session:
        yield open_session


@pytest.fixture
def kinds() -> Iterator[dict[str, MessageKind]]:
    """A kind of each lane, worded by a renderer that the test may change."""
    made = {}
    for lane in (Lane.SAFETY, Lane.HAND_OFF, Lane.REMINDER):
        kind = MessageKind(
            f"test_{lane.name}", lane, timedelta(days=1), held=False, resend=lane < Lane.REMINDER,
            render=lambda *_: Words("rendu"),
        )  # fmt: skip
        made[lane.name.lower()] = declare(kind)
    yield made
    for kind in made.values():
        del REGISTRY[kind.name]


@pytest.fixture
def spoken_first() -> Iterator[dict[Attention, MessageKind]]:
    """A kind of each attention, all under the consent `tips`."""
    made = {
        attention: declare(
            MessageKind(
                f"test_{attention.value}", Lane.REMINDER, timedelta(days=10), held=False, resend=False,
                render=lambda *_: Words("rendu"), consent="tips", attention=attention,
            )
        )
        for attention in Attention
    }  # fmt: skip
    yield made
    for kind in made.values():
        del REGISTRY[kind.name]


def reply(session: Session, now: datetime, house: House, to: Chat, text: str) -> Outbox:
    row = outbox.enqueue(session, now, house, to, REPLY, occasion=text, words=Words(text))
    assert row is not None
    session.flush()
    return row


def due(session: Session, now: datetime) -> list[int]:
    session.flush()
    return [candidate.row_id for candidate in outbox.due(session, now, BOT)]


def claim(session: Session, now: datetime, house: House, *rows: Outbox) -> list[str]:
    session.flush()
    return [sending.words.text for sending in outbox.claim(session, now, house, [row.id for row in rows])]


def test_the_same_message_is_queued_once(session: Session, now: datetime, house: House) -> None:
    to = chat(session)
    row = reply(session, now, house, to, "a")
    assert outbox.enqueue(session, now, house, to, REPLY, occasion="a", words=Words("a")) is None
    claim(session, now, house, row)
    outbox.sent(session, now, {row.id: (5, "a")})
    # Whatever became of it.
    assert outbox.enqueue(session, now, house, to, REPLY, occasion="a", words=Words("a")) is None
    assert outbox.enqueue(session, now, house, chat(session), REPLY, occasion="a", words=Words("a"))


def test_the_most_urgent_of_each_chat_and_the_safest_first(
    session: Session, now: datetime, house: House, kinds: dict[str, MessageKind]
) -> None:
    one, two = chat(session), chat(session)
    reminder = outbox.enqueue(session, now, house, one, kinds["reminder"], occasion="1")
    answer = reply(session, now, house, one, "a")
    after = reply(session, now, house, one, "b")
    danger = outbox.enqueue(session, now, house, two, kinds["safety"], occasion="1")
    assert reminder
    assert danger
    # An answer does not wait behind what nobody waits for.
    assert due(session, now) == [danger.id, answer.id]

    claim(session, now, house, answer)
    assert due(session, now) == [danger.id]  # one in flight at a time in a chat
    outbox.sent(session, now, {answer.id: (1, "a")})
    assert due(session, now) == [danger.id, after.id]
    claim(session, now, house, after)
    outbox.sent(session, now, {after.id: (2, "b")})
    assert due(session, now) == [danger.id, reminder.id]


def test_what_is_due_is_found_by_the_indexes_however_many_wait(
    session: Session, now: datetime, house: House
) -> None:
    row = reply(session, now, house, chat(session), "a")
    assert due(session, now) == [row.id]
    if session.get_bind().dialect.name != "sqlite":
        return  # PostgreSQL plans by its statistics: there are none here
    plans: list[str] = []

    def explain(_connection: Any, cursor: Any, statement: str, values: Any, *_: Any) -> None:
        plans.extend(row[3] for row in cursor.connection.execute(f"EXPLAIN QUERY PLAN {statement}", values))

    event.listen(session.connection(), "before_cursor_execute", explain)
    assert due(session, now) == [row.id]
    assert any("ix_outbox_due" in step for step in plans)
    assert any("ix_outbox_open" in step for step in plans)
    # Neither the whole table nor a sort of what waits.
    assert not [step for step in plans if step.startswith("SCAN") or "B-TREE" in step]


def test_one_that_no_key_reads_fails_alone(session: Session, now: datetime, house: House) -> None:
    rows = [reply(session, now, house, chat(session), words) for words in ("a", "b")]
    session.flush()
    session.execute(text("UPDATE outbox SET words = 'gAAAAAB-not-ours' WHERE id = :id"), {"id": rows[0].id})
    session.expire_all()
    with capture_logs() as logged:
        claimed = outbox.claim(session, now, house, [row.id for row in rows])
    assert [sending.row_id for sending in claimed] == [rows[1].id]
    assert [entry["event"] for entry in logged] == ["not worded"]
    assert rows[0].state is OutboxState.FAILED


def test_one_that_waits_for_its_hour_holds_nobody_up(
    session: Session, now: datetime, house: House, kinds: dict[str, MessageKind]
) -> None:
    to = chat(session)
    later = now + timedelta(hours=2)
    reminder = outbox.enqueue(session, now, house, to, kinds["reminder"], occasion="1", not_before=later)
    answer = reply(session, now, house, to, "a")
    assert due(session, now) == [answer.id]
    assert reminder
    outbox.sent(session, now, {answer.id: (1, "a")})
    assert due(session, later) == [reminder.id]


def test_another_bot_sends_its_own(session: Session, now: datetime, house: House) -> None:
    reply(session, now, house, chat(session), "a")
    session.flush()
    assert outbox.due(session, now, BOT + 1) == []


def test_unsolicited_messages_wait_for_decent_hours(session: Session, house: House) -> None:
    to = chat(session)
    held = MessageKind("test_held", Lane.REMINDER, timedelta(hours=1), held=True, resend=False)
    sunday_night = datetime.fromisoformat("2026-12-06T23:00+01:00")
    row = outbox.enqueue(session, sunday_night, house, to, held, occasion="1", words=Words("a"))
    assert row
    assert row.not_before == datetime.fromisoformat("2026-12-07T08:00+01:00")
    assert row.useful_until == datetime.fromisoformat("2026-12-07T09:00+01:00")
    answer = outbox.enqueue(session, sunday_night, house, to, REPLY, occasion="1", words=Words("a"))
    assert answer
    assert answer.not_before == sunday_night


@pytest.mark.parametrize(
    ("state", "lane", "left"),
    [
        (ChatState.ACTIVE, "reminder", True),
        (ChatState.PAUSED, "reminder", False),
        (ChatState.PAUSED, "hand_off", True),
        (ChatState.PAUSED, "safety", True),
        (ChatState.UNREACHABLE, "safety", False),
    ],
)
def test_who_may_still_be_written_to(
    session: Session,
    now: datetime,
    house: House,
    kinds: dict[str, MessageKind],
    state: ChatState,
    lane: str,
    left: bool,
) -> None:
    row = outbox.enqueue(session, now, house, chat(session, state=state), kinds[lane], occasion="1")
    assert row
    assert bool(claim(session, now, house, row)) is left
    assert row.state is (OutboxState.SENDING if left else OutboxState.DROPPED)


def test_too_late_is_not_sent(session: Session, now: datetime, house: House) -> None:
    row = reply(session, now, house, chat(session), "a")
    assert claim(session, now + REPLY.useful_for + timedelta(seconds=1), house, row) == []
    assert (row.state, row.reason) == (OutboxState.DROPPED, "late")


def test_a_started_message_is_checked_and_worded_at_every_try(
    session: Session, now: datetime, house: House
) -> None:
    said: list[Words | Drop] = [Words("233 €"), Words("133 €"), Drop("paid")]
    kind = declare(
        MessageKind("test_due", Lane.REMINDER, timedelta(days=1), held=False, resend=False,
                    render=lambda *_: said.pop(0))
    )  # fmt: skip
    try:
        row = outbox.enqueue(session, now, house, chat(session), kind, occasion="1")
        assert row
        for expected in (["233 €"], ["133 €"], []):
            assert claim(session, now, house, row) == expected
            if expected:
                outbox.failed(session, now, row.id, NotSent("x"))
        assert (row.state, row.reason) == (OutboxState.DROPPED, "paid")
    finally:
        del REGISTRY[kind.name]


def test_what_speaks_of_something_erased_is_dropped_and_holds_nobody_up(
    session: Session, now: datetime, house: House
) -> None:
    worker = chat_of(session, staff(session, "EQ1"))
    gone = outbox.enqueue(session, now, house, worker, alerts.ALERT, object="case:99", occasion="high/0")
    assert gone is not None
    assert claim(session, now, house, gone, reply(session, now, house, chat(session), "a")) == ["a"]
    assert (gone.state, gone.reason) == (OutboxState.DROPPED, "gone")


def test_only_a_database_that_is_away_holds_the_others_up(
    session: Session, now: datetime, house: House, kinds: dict[str, MessageKind]
) -> None:
    wrong = text("SELECT nothing FROM nowhere")
    broken = replace(kinds["safety"], render=lambda session, *_: session.execute(wrong).one())
    REGISTRY[broken.name] = broken
    row = outbox.enqueue(session, now, house, chat(session), broken, occasion="1")
    assert row is not None
    other = reply(session, now, house, chat(session), "a")
    with capture_logs() as logged:
        assert claim(session, now, house, row, other) == ["a"]
    assert (row.state, row.reason) == (OutboxState.FAILED, outbox.NOT_WORDED)
    assert [entry["event"] for entry in logged] == ["not worded"]


@pytest.mark.parametrize(
    ("fault", "state", "attempts"),
    [
        (Delayed(3), OutboxState.QUEUED, 0),
        (NotSent("x"), OutboxState.QUEUED, 1),
        (Refused("x"), OutboxState.FAILED, 1),
        (Unreachable("x"), OutboxState.FAILED, 1),
        (Uncertain("x"), OutboxState.QUEUED, 1),
    ],
)
def test_what_a_fault_means_for_an_answer(
    session: Session, now: datetime, house: House, fault: Fault, state: OutboxState, attempts: int
) -> None:
    row = reply(session, now, house, chat(session), "a")
    claim(session, now, house, row)
    outbox.failed(session, now, row.id, fault)
    assert (row.state, row.attempts) == (state, attempts)


def test_tries_are_spaced_and_counted(session: Session, now: datetime, house: House) -> None:
    row = reply(session, now, house, chat(session), "a")
    waits = []
    for _ in range(outbox.MAX_ATTEMPTS):
        claim(session, now, house, row)
        outbox.failed(session, now, row.id, NotSent("x"))
        waits.append((row.not_before - now).total_seconds())
    assert waits[:3] == [2, 4, 8]
    assert row.state is OutboxState.FAILED


def test_a_doubtful_answer_is_sent_once_more_and_no_more(
    session: Session, now: datetime, house: House
) -> None:
    row = reply(session, now, house, chat(session), "a")
    claim(session, now, house, row)
    session.flush()
    assert outbox.take_over(session, BOT) == 1
    assert row.state is OutboxState.QUEUED
    assert claim(session, now, house, row) == ["a"]
    session.flush()
    outbox.take_over(session, BOT)
    assert row.state is OutboxState.UNKNOWN
    assert due(session, now) == []


def test_a_doubtful_reminder_is_for_a_person_to_see(
    session: Session, now: datetime, house: House, kinds: dict[str, MessageKind]
) -> None:
    row = outbox.enqueue(session, now, house, chat(session), kinds["reminder"], occasion="1")
    assert row
    claim(session, now, house, row)
    outbox.failed(session, now, row.id, Uncertain("x"))
    assert row.state is OutboxState.UNKNOWN


def test_what_was_sent_is_in_the_thread(session: Session, now: datetime, house: House) -> None:
    row = reply(session, now, house, chat(session), "a")
    claim(session, now, house, row)
    outbox.sent(session, now, {row.id: (42, "a")})
    session.flush()
    message = session.query(Message).one()
    assert (message.words, message.outbox_id, row.message_id) == ("a", row.id, 42)


def test_a_kind_is_declared_once() -> None:
    with pytest.raises(ValueError, match="declared twice"):
        declare(MessageKind("reply", Lane.REPLY, timedelta(), held=False, resend=False))


def test_what_comes_from_people_or_danger_never_waits_and_is_never_lost() -> None:
    for kind in REGISTRY.values():
        assert not (kind.held and kind.lane < Lane.REMINDER), kind.name
        # What a caseworker wrote is not said twice: the worker hears of the doubt and decides.
        assert kind.resend is (kind.lane < Lane.REMINDER and kind.name != "relay"), kind.name


def test_what_palier_starts_needs_the_consent_of_its_kind_and_spares_who_is_in_danger(
    session: Session, now: datetime, house: House, spoken_first: dict[Attention, MessageKind]
) -> None:
    person = tenant(session)
    to = people.active_chat(session, person)
    assert to is not None

    def outcome(occasion: str) -> tuple[OutboxState, str]:
        row = outbox.enqueue(session, now, house, to, spoken_first[Attention.FREE], occasion=occasion)
        assert row is not None
        claim(session, now, house, row)
        return row.state, row.reason

    people.set_consent(session, now, person, "rent", True, "consent.ask")
    assert outcome("never asked") == (OutboxState.DROPPED, "consent")
    people.set_consent(session, now, person, "tips", True, "tips.ask")
    assert outcome("given")[0] is OutboxState.SENDING
    people.set_consent(session, now, person, "tips", False, "stop")
    assert outcome("withdrawn") == (OutboxState.DROPPED, "consent")
    people.set_consent(session, now, person, "tips", True, "resume")
    cases.open_case(
        session, now, house, kind="report_violence", urgency=Urgency.URGENT, reason="x", person=person
    )
    assert outcome("in danger") == (OutboxState.DROPPED, "danger")


def test_the_fourth_message_of_a_week_waits_unless_it_is_rent_or_was_asked_for(
    session: Session, now: datetime, house: House, spoken_first: dict[Attention, MessageKind]
) -> None:
    person = tenant(session)
    to = people.active_chat(session, person)
    assert to is not None
    people.set_consent(session, now, person, "tips", True, "tips.ask")

    def leaves(at: datetime, attention: Attention, occasion: str) -> Outbox:
        row = outbox.enqueue(session, at, house, to, spoken_first[attention], occasion=occasion)
        assert row is not None
        if claim(session, at, house, row):
            outbox.sent(session, at, {row.id: (1, "rendu")})
        return row

    for day in range(2):
        leaves(now + timedelta(days=day), Attention.COUNTS, f"rent {day}")
    assert leaves(now + timedelta(days=2), Attention.HELD, "third").state is OutboxState.SENT
    held = leaves(now + timedelta(days=3), Attention.HELD, "fourth")
    assert (held.state, held.not_before) == (OutboxState.QUEUED, now + timedelta(days=7))
    for attention in (Attention.COUNTS, Attention.FREE):
        assert leaves(now + timedelta(days=3), attention, "fourth").state is OutboxState.SENT
    # The week after the first it would leave, had another not come in between: then a day later.
    assert not claim(session, now + timedelta(days=7), house, held)
    assert claim(session, now + timedelta(days=8), house, held)
