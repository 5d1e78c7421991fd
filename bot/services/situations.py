"""What a tenant says of themselves or of the telephone that changes to whom Palier speaks.

A death in the household, a child who writes, a number that changes, a home that is left, a telephone that
others read: Palier answers without a word about the lease, stops what must stop, and a person goes on.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from bot.content.situations import Situation
from bot.domain.situations import HELD
from bot.domain.states import CaseState, Urgency
from bot.domain.words import Option, Reply
from bot.services import danger, people, preferences, questions
from bot.services.cases import cases, handover
from bot.services.cases import kinds as case_kinds
from bot.services.house import House
from bot.storage.tables import Case, Chat, Person, Question
from bot.texts.format import folded

SHARED_PHONE = "shared_phone"
_WAITS = timedelta(days=2)


def said(house: House, text: str) -> Situation | None:
    """The situation that the words tell of."""
    return house.content.situations.in_words(folded(text))


def met(
    session: Session, now: datetime, house: House, chat: Chat, person: Person, situation: Situation
) -> Reply:
    """Open (or join) the case, and say who reads it; on a shared telephone, offer discreet messages."""
    told = handover.hand_over(
        session,
        now,
        house,
        chat,
        situation.name,
        urgency=situation.urgency,
        text=f"situation.{situation.name}",
    )
    if situation.name != SHARED_PHONE or person.discreet:
        return told
    question = questions.ask(session, now, person, SHARED_PHONE, "", now + _WAITS)
    options = (
        Option(house.texts.say("shared_phone.button.yes"), "affirm"),
        Option(house.texts.say("shared_phone.button.no"), "deny"),
    )
    return Reply(told.text, options, question.id)


def answer_shared_phone(
    session: Session,
    now: datetime,
    house: House,
    chat: Chat,
    person: Person,
    question: Question,
    meaning: str,
    _values: Mapping[str, Any],
) -> Reply:
    """Discreet from now on, or as before."""
    questions.close(session, now, question, meaning)
    if meaning == "affirm":
        return preferences.be_discreet(house, person)
    return Reply(house.texts.say("later.refused", people.voice(person)))


def followed(session: Session, chat: Chat) -> Case | None:
    """The open case that a person alone answers: a danger, or a chat that is perhaps in other hands."""
    case = danger.followed(session, chat)
    if case is not None or chat.person_id is None:
        return case
    return session.scalar(_HELD, {"whose": chat.person_id})


# Put together once: that takes longer than to run it.
_HELD = (
    select(Case)
    .where(
        Case.person_id == bindparam("whose"),
        Case.state != CaseState.CLOSED,
        Case.kind.in_(HELD),
    )
    .order_by(Case.id.desc())
    .limit(1)
)


def add_message(
    session: Session, now: datetime, house: House, chat: Chat, case: Case, what: str = "message"
) -> Reply:
    """One more message into that case; Palier only says that it is read."""
    if case_kinds.is_danger(case.kind):
        return danger.add_message(session, now, house, chat, case, what)
    cases.add_sign(session, now, house, case, house.texts.say(f"sign.{what}"), Urgency.HIGH)
    voice = people.voice(chat.person)
    return Reply(house.texts.say("situation.follow", voice, promise=cases.promise(now, house, case, voice)))
