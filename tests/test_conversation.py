"""The conversation: one message, one answer."""

from datetime import datetime
from typing import Any, cast

import pytest
from palier_fr.alarm import WORRY_PROBABILITY
from sqlalchemy import select
from sqlalchemy.orm import Session
from structlog.testing import capture_logs

from bot.clock import Clock
from bot.conversation import Conversation, NoOutlet
from bot.dialogue import Dialogue, DialogueDown, Heard
from bot.domain.incoming import Came, Incoming
from bot.domain.states import Urgency
from bot.services import inbox, thread
from bot.services.around import FLOOD
from bot.services.house import House
from bot.services.inbox import LEASE, Received, Work
from bot.storage import Database
from bot.storage.tables import Case, Message, Outbox
from tests.services.team import BOT, chat_of, tenant


def written_by_a_tenant(
    database: Database, clock: Clock, now: datetime, messages: int = 1
) -> tuple[Work, int]:
    """What a linked tenant wrote at `now`: the first message, in work, and the number of the chat."""
    with database.transaction() as session:
        clock.move_to(session, now)
        telephone = chat_of(session, tenant(session)).telegram_id
        received = [Received(number, telephone, {"update_id": number}) for number in range(1, messages + 1)]
        ((work, _),) = inbox.receive(session, Clock.real(), BOT, received, owner="here:1:a")
        return work, telephone


class Greets:
    """A dialogue that takes everything for a greeting."""

    async def talk(self, **_asked: Any) -> Heard:
        parse = {"intent": "greet", "confidence": 0.9, "hesitates": False, "ranking": []}
        return Heard("greet", 0.9, False, [], [{"text": "Bonjour !"}], parse)


class KnowsMore:
    """A dialogue of a later version: a meaning and a picture that nobody here has."""

    async def talk(self, **_asked: Any) -> Heard:
        ranking = [{"name": "report_distress", "confidence": WORRY_PROBABILITY}]
        parse = {"intent": "of_tomorrow", "confidence": 0.7, "hesitates": False, "ranking": ranking}
        return Heard("of_tomorrow", 0.7, False, [], [{"text": "Voilà.", "picture": "unseen"}], parse)


async def test_a_meaning_and_a_picture_that_are_unknown_here_hold_nothing_up(
    database: Database, clock: Clock, house: House, now: datetime
) -> None:
    work, telephone = written_by_a_tenant(database, clock, now)
    conversation = Conversation(database, clock, house, cast(Dialogue, KnowsMore()), NoOutlet())
    await conversation.handle(work, Incoming(1, Came.TEXT, telephone, now, text="Bonsoir"))
    with database.reading() as session:
        (row,) = session.scalars(select(Outbox).filter_by(kind="reply"))
        assert (row.words["text"].startswith("Voilà."), row.words.get("picture")) == (True, None)
        # It may be grave, and nobody knows whether that meaning brings somebody: a person reads it.
        assert session.scalars(select(Case.kind)).all() != []


class Silent:
    """A dialogue that leaves a message to people, as it does a danger, without being sure of one."""

    async def talk(self, **_asked: Any) -> Heard:
        parse = {"intent": "report_hazard", "confidence": 0.05, "hesitates": False}
        return Heard("report_hazard", 0.05, False, [], [], parse)


class Doubts:
    """A dialogue that hesitates between two meanings, and leaves the message to a person."""

    def __init__(self, intent: str) -> None:
        self._intent = intent

    async def parse(self, **_asked: Any) -> Heard:
        parse = {
            "intent": self._intent,
            "confidence": 0.5,
            "hesitates": True,
            "doubt": "person",
            "ranking": [],
        }
        return Heard(self._intent, 0.5, True, [], [], parse)


@pytest.mark.parametrize("intent", ["request_human", "thank", "of_tomorrow"])
async def test_what_the_model_leaves_to_a_person_is_read_when_a_stranger_writes_it(
    database: Database, clock: Clock, house: House, now: datetime, intent: str
) -> None:
    with database.transaction() as session:
        received = [Received(1, 4242, {"update_id": 1})]
        ((work, _),) = inbox.receive(session, Clock.real(), BOT, received, owner="here:1:a")
    conversation = Conversation(database, clock, house, cast(Dialogue, Doubts(intent)), NoOutlet())
    await conversation.handle(work, Incoming(1, Came.TEXT, 4242, now, text="je voudrais parler à quelqu'un"))
    with database.reading() as session:
        (case,) = session.scalars(select(Case))
        assert (case.kind, case.urgency) == ("stranger", Urgency.NORMAL)
        assert "transmis" in session.scalars(select(Outbox).filter_by(kind="reply")).one().words["text"]


class Down:
    """A dialogue that is away."""

    async def talk(self, **_asked: Any) -> Heard:
        raise DialogueDown("away")


@pytest.mark.parametrize(
    ("dialogue", "kinds"), [(Greets(), []), (Down(), ["report_hazard"])], ids=["read", "unread"]
)
async def test_words_that_may_be_harmless_alarm_when_no_model_has_read_them(
    database: Database, clock: Clock, house: House, now: datetime, dialogue: object, kinds: list[str]
) -> None:
    work, telephone = written_by_a_tenant(database, clock, now)
    conversation = Conversation(database, clock, house, cast(Dialogue, dialogue), NoOutlet())
    words = Incoming(1, Came.TEXT, telephone, now, text="ma confiture a pris feu, si on peut dire")
    assert conversation.shows_danger(words)
    await conversation.handle(work, words)
    with database.reading() as session:
        assert session.scalars(select(Case.kind)).all() == kinds
        (told,) = session.scalars(select(Outbox.kind).filter_by(occasion=str(work.inbox_id)))
        assert told == ("safe_words" if kinds else "reply")


async def test_a_message_that_nobody_answers_reaches_a_person(
    database: Database, clock: Clock, house: House, now: datetime
) -> None:
    work, telephone = written_by_a_tenant(database, clock, now)
    conversation = Conversation(database, clock, house, cast(Dialogue, Silent()), NoOutlet())
    await conversation.handle(work, Incoming(1, Came.TEXT, telephone, now, text="Ça chauffe"))
    with database.reading() as session:
        (row,) = session.scalars(select(Outbox).filter_by(kind="reply"))
        assert "Une personne" in row.words["text"]
        assert [(case.kind, case.urgency) for case in session.scalars(select(Case))] == [
            ("unread", Urgency.HIGH)
        ]


async def test_a_message_that_two_workers_took_is_answered_once(
    database: Database, clock: Clock, house: House, now: datetime
) -> None:
    """The first one was so slow that it was taken for dead."""
    first, telephone = written_by_a_tenant(database, clock, now)
    with database.transaction() as session:
        (second,) = inbox.claim(session, Clock.real() + 2 * LEASE, "here:2:b")
    conversation = Conversation(database, clock, house, cast(Dialogue, Greets()), NoOutlet())
    for work in (second, first):
        await conversation.handle(work, Incoming(1, Came.TEXT, telephone, now, text="Bonjour"))
    with database.reading() as session:
        assert [row.words["text"] for row in session.scalars(select(Outbox))] == ["Bonjour !"]
        assert [row.words for row in session.scalars(select(Message))] == ["Bonjour"]


@pytest.mark.parametrize(
    ("words", "case", "first_kind"),
    [
        ("Bonjour", ("unread", Urgency.HIGH), "reply"),
        ("il me frappe", ("report_violence", Urgency.URGENT), "safe_words"),
    ],
)
async def test_a_message_that_fails_every_time_reaches_a_person(
    database: Database, clock: Clock, house: House, now: datetime, words: str, case: object, first_kind: str
) -> None:
    work, telephone = written_by_a_tenant(database, clock, now)
    conversation = Conversation(database, clock, house, cast(Dialogue, Greets()), NoOutlet())
    await conversation.give_up(work, Incoming(1, Came.TEXT, telephone, now, text=words))
    with database.reading() as session:
        opened = session.scalars(select(Case)).one()
        assert (opened.kind, opened.urgency) == case
        kept = session.scalars(select(Message)).one()
        assert (kept.words, kept.sensitive) == (words, first_kind == "safe_words")
        told = session.scalars(select(Outbox).filter_by(occasion=str(work.inbox_id))).one()
        assert told.kind == first_kind


async def test_words_that_can_not_be_written_down_alarm_all_the_same(
    database: Database, clock: Clock, house: House, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    work, telephone = written_by_a_tenant(database, clock, now)
    conversation = Conversation(database, clock, house, cast(Dialogue, Greets()), NoOutlet())
    monkeypatch.setattr(thread, "heard", breaks)
    with capture_logs() as logged:
        await conversation.give_up(work, Incoming(1, Came.TEXT, telephone, now, text="il me frappe"))
    assert [entry["event"] for entry in logged] == ["left out"]
    with database.reading() as session:
        assert session.scalars(select(Case.kind)).all() == ["report_violence"]


class Outlet:
    """A delivery that notes what it is asked to hasten."""

    def __init__(self) -> None:
        self.hastened: list[str] = []

    def wake(self) -> None:
        """Nobody to wake."""

    def hasten(self, session: Session, now: datetime, row: Outbox) -> None:
        self.hastened.append(row.kind)


async def test_safe_words_leave_without_a_round(
    database: Database, clock: Clock, house: House, now: datetime
) -> None:
    work, telephone = written_by_a_tenant(database, clock, now)
    outlet = Outlet()
    conversation = Conversation(database, clock, house, cast(Dialogue, Greets()), outlet)
    await conversation.handle(work, Incoming(1, Came.TEXT, telephone, now, text="il me frappe"))
    assert outlet.hastened == ["safe_words"]


class Parses(Greets):
    """It only reads while a chat floods."""

    async def parse(self, **_asked: Any) -> Heard:
        return Heard("greet", 0.9, False, [], [], {"intent": "greet", "confidence": 0.9, "hesitates": False})


async def test_a_chat_that_floods_is_kept_and_read_by_a_person_and_danger_still_gets_through(
    database: Database, clock: Clock, house: House, now: datetime
) -> None:
    work, telephone = written_by_a_tenant(database, clock, now, messages=FLOOD + 4)
    conversation = Conversation(database, clock, house, cast(Dialogue, Parses()), NoOutlet())
    for text in ("coucou", "coucou encore", "il me frappe", "Bonjour"):
        await conversation.handle(work, Incoming(0, Came.TEXT, telephone, now, text=text))
        with database.transaction() as session:
            (work,) = inbox.claim(session, Clock.real(), "here:1:a")
    with database.reading() as session:
        said = list(session.scalars(select(Outbox).order_by(Outbox.id)))
        answers = [row.words["text"] for row in said if row.kind == "reply"]
        assert [answer[:27] for answer in answers] == ["Je reçois beaucoup de messa", answers[1][:27]]
        assert "lit vos messages" in answers[1]  # a person follows since the danger
        assert [row.kind for row in said].count("safe_words") == 1
        assert {case.kind for case in session.scalars(select(Case))} == {"flood", "report_violence"}
        assert len(list(session.scalars(select(Message)))) == 4
