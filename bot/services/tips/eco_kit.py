"""The eco kit: LED bulbs and tap aerators, asked for, brought by a person, counted by its closed cases."""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.domain.states import Outcome
from bot.domain.words import Option, Reply
from bot.services import people, questions, switches
from bot.services.cases import handover
from bot.services.house import House
from bot.storage.tables import Case, Chat, Person, Question

KIND = "eco_kit"


def offer(session: Session, now: datetime, house: House, person: Person) -> Reply:
    """What the kit is, and whether it is wanted; who has had one is told so, and so is everybody when the
    organisation has none to give."""
    voice = people.voice(person)
    if not switches.brings(session, person.organisation_id, switches.ECO_KIT):
        return _none(house, person)
    question = questions.ask(session, now, person, KIND, "", now + timedelta(days=7))
    options = (
        Option(house.texts.say("button.yes"), "affirm"),
        Option(house.texts.say("button.no"), "deny"),
    )
    key = "kit.again" if has_had(session, person) else "kit.offer"
    picture = "kit" if people.reads_pictures(person) else None
    return Reply(house.texts.say(key, voice), options, question.id, picture=picture)


def answer(
    session: Session,
    now: datetime,
    house: House,
    chat: Chat,
    person: Person,
    question: Question,
    meaning: str,
) -> Reply:
    """Yes opens a case: a person brings the kit, and closes it as "réglé"."""
    questions.close(session, now, question, meaning)
    if meaning == "deny":
        return Reply(house.texts.say("kit.refused", people.voice(person)))
    if not switches.brings(session, person.organisation_id, switches.ECO_KIT):
        return _none(house, person)
    return handover.hand_over(session, now, house, chat, KIND, text="kit.asked")


def _none(house: House, person: Person) -> Reply:
    voice = people.voice(person)
    human = Option(house.texts.say("button.person", voice), "request_human")
    return Reply(house.texts.say("kit.none", voice), (human,))


def has_had(session: Session, person: Person) -> bool:
    """Whether a kit was brought to that person."""
    brought = select(Case.id).filter_by(person_id=person.id, kind=KIND, outcome=Outcome.SETTLED).limit(1)
    return session.scalar(brought) is not None
