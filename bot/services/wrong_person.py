"""Somebody else reads: a wrong number, a telephone that changed hands. The chat is cut off."""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from bot.domain.states import Urgency
from bot.domain.words import Option, Reply
from bot.services import linking, people, questions
from bot.services.cases import cases
from bot.services.house import House
from bot.services.privacy import erasure
from bot.storage.tables import Chat, Person, Question
from bot.texts.format import folded

WRONG_PERSON = "wrong_person"
_WAITS = timedelta(days=2)
_SAID = re.compile(
    r"\b(mauvais numero|mauvaise personne|tromp\w+ de (personne|numero|destinataire)|pas la bonne personne"
    r"|je ne suis pas (la personne|le locataire|la locataire)|(numero|telephone) ne lui appartient"
    r"|(n'est|c'est) plus son (numero|telephone)|ce numero est a moi maintenant)\b"
)


def is_said(text: str) -> bool:
    """Whether the words say that Palier writes to somebody else than it thinks."""
    return bool(_SAID.search(folded(text)))


def ask(session: Session, now: datetime, house: House, person: Person) -> Reply:
    """Make sure, without a word about the tenant."""
    question = questions.ask(session, now, person, WRONG_PERSON, "", now + _WAITS)
    options = (
        Option(house.texts.say("wrong_person.button.yes"), "affirm", {"confirm": True}),
        Option(house.texts.say("wrong_person.button.no"), "deny", {"confirm": False}),
    )
    return Reply(house.texts.say("wrong_person.ask"), options, question.id)


def answer(
    session: Session,
    now: datetime,
    house: House,
    chat: Chat,
    person: Person,
    question: Question,
    meaning: str,
    values: Mapping[str, Any],
) -> Reply:
    """Only the button cuts, as for an erasure. The chat is nobody's, what was queued is dropped, Telegram is
    asked to delete what it can, and a person finds the tenant by another way. A new code links again."""
    if meaning == "affirm" and not values.get("confirm"):
        return ask(session, now, house, person)
    questions.close(session, now, question, meaning)
    if meaning != "affirm":
        return Reply(house.texts.say("later.refused", people.voice(person)))
    cases.open_case(
        session,
        now,
        house,
        kind=WRONG_PERSON,
        urgency=Urgency.HIGH,
        reason=house.texts.say("case.kind.wrong_person"),
        person=person,
    )
    numbers = erasure.numbers_at_telegram(session, now, chat)
    linking.unlink(session, chat)
    return Reply(house.texts.say("wrong_person.done"), erases=numbers)
