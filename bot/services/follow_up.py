"""What Palier answers to a matter that a person takes over, and the questions that help that person."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.content.talk import NOTHING_MORE, Answer, FollowUp
from bot.domain.states import CaseState, Urgency
from bot.domain.words import Option, Reply
from bot.services import danger, people, questions
from bot.services.cases import cases, handover
from bot.services.house import House
from bot.storage.tables import Case, Chat, Person, Question
from bot.texts.format import typeset

DETAIL, CHOICE = "detail", "choice"
# An answer that comes later than this is a message like any other.
WAITS = timedelta(days=2)


def take_over(
    session: Session, now: datetime, house: House, chat: Chat, person: Person, intent: str, *, alone: bool
) -> Reply:
    """Open (or join) the case of the matter, say who reads it and by when, tell what is known, and ask.

    Nothing is asked when the message has another matter, nor in discreet mode, whose buttons would tell;
    somebody who writes again about what Palier has just asked has answered in words of their own.
    """
    asked = detail_asked(session, now, person)
    if asked is not None and asked.object.split("/")[0] == intent and _followed(session, person, intent):
        return in_own_words(session, now, house, person, asked)
    voice = people.voice(person)
    if voice.discreet:
        return handover.hand_over(session, now, house, chat, intent)
    told = handover.hand_over(session, now, house, chat, intent, text=f"told.{intent}")
    matter = house.content.talk.of(intent)
    text = told.text if matter.fact is None else f"{told.text}\n\n{typeset(matter.fact.said(voice.register))}"
    if not alone or not matter.questions:
        return Reply(text)
    return _ask(session, now, house, person, intent, 0, before=text)


def inform(session: Session, now: datetime, house: House, person: Person, intent: str) -> Reply:
    """A matter that Palier cannot serve by itself: what it knows of it, and the offer of a person."""
    voice, matter = people.voice(person), house.content.talk.of(intent)
    if voice.discreet or matter is NOTHING_MORE:
        return handover.later(session, now, house, person, intent)
    if not matter.choices:
        known = f"{typeset(matter.fact.said(voice.register))} " if matter.fact else ""
        offer = handover.later(session, now, house, person, intent, text=f"told.{intent}")
        return Reply(known + offer.text, offer.options, offer.question_id)
    question = questions.ask(session, now, person, CHOICE, intent, now + WAITS)
    options = [
        Option(typeset(choice.title), "affirm", {"choice": place})
        for place, choice in enumerate(matter.choices)
    ]
    options.append(Option(house.texts.say("button.person"), "request_human"))
    return Reply(house.texts.say(f"told.{intent}", voice), tuple(options), question.id)


def chosen(
    session: Session,
    now: datetime,
    house: House,
    chat: Chat,
    person: Person,
    question: Question,
    meaning: str,
    values: Mapping[str, Any],
) -> Reply:
    """One of the subjects, told, and the offer of a person; "parler à une personne" brings one."""
    intent, voice = question.object, people.voice(person)
    questions.close(session, now, question, meaning)
    if meaning == "deny":
        return Reply(house.texts.say("later.refused", voice))
    if "choice" not in values:
        return handover.hand_over(session, now, house, chat, intent)
    fact = house.content.talk.of(intent).choices[values["choice"]].fact
    offer = handover.later(session, now, house, person, intent, text=f"told.{intent}.more")
    text = f"{typeset(fact.said(voice.register))}\n\n{offer.text}"
    return Reply(text, offer.options, offer.question_id)


def detail_asked(session: Session, now: datetime, person: Person) -> Question | None:
    """The question about a matter that waits for an answer, if it is the latest one."""
    waiting = questions.open_questions(session, now, person.id)
    return waiting[0] if waiting and waiting[0].kind == DETAIL else None


def in_own_words(session: Session, now: datetime, house: House, person: Person, question: Question) -> Reply:
    """The answer came as a text: the caseworker reads it in the thread, nothing more is asked."""
    questions.close(session, now, question, "in own words")
    case = _add(session, now, house, person, question, house.texts.say("sign.message"), None)
    voice = people.voice(person)
    return Reply(house.texts.say("detail.added", voice, promise=cases.promise(now, house, case, voice)))


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
    """A button, or "oui", "non", "je ne sais pas": added to the case; then the next question."""
    intent, step, asked = _read(house, question)
    found = _chosen(asked, meaning, values)
    if found is None:
        return in_own_words(session, now, house, person, question)
    questions.close(session, now, question, "chosen")  # what was chosen is in the case, encrypted
    _add(session, now, house, person, question, f"{asked.note} : {found.title}", found.urgency)
    if found.alarm:
        occasion = f"question:{question.id}"
        danger.raise_alarm(session, now, house, chat, person, [found.alarm], occasion, "answer")
        return Reply(house.texts.say("danger.follow", people.voice(person)))
    if step + 1 < len(house.content.talk.of(intent).questions):
        return _ask(session, now, house, person, intent, step + 1)
    return Reply(house.texts.say("detail.thanks", people.voice(person)))


def _ask(
    session: Session,
    now: datetime,
    house: House,
    person: Person,
    intent: str,
    step: int,
    before: str = "",
) -> Reply:
    asked = house.content.talk.of(intent).questions[step]
    question = questions.ask(session, now, person, DETAIL, f"{intent}/{step}", now + WAITS)
    text = house.texts.say(asked.ask, people.voice(person))
    options = tuple(
        Option(typeset(each.title), "affirm", {"choice": place}) for place, each in enumerate(asked.answers)
    )
    return Reply(f"{before}\n\n{text}" if before else text, options, question.id)


def _add(
    session: Session,
    now: datetime,
    house: House,
    person: Person,
    question: Question,
    reason: str,
    urgency: Urgency | None,
) -> Case:
    intent, _, _ = _read(house, question)
    least = urgency or house.content.intents[intent].urgency or Urgency.NORMAL
    return cases.open_case(session, now, house, kind=intent, urgency=least, reason=reason, person=person)


def _followed(session: Session, person: Person, intent: str) -> bool:
    """Whether a case of that matter is open."""
    mine = select(Case.id).filter_by(person_id=person.id, kind=intent).where(Case.state != CaseState.CLOSED)
    return session.scalar(mine.limit(1)) is not None


def _read(house: House, question: Question) -> tuple[str, int, FollowUp]:
    intent, step = question.object.split("/")
    return intent, int(step), house.content.talk.of(intent).questions[int(step)]


def _chosen(asked: FollowUp, meaning: str, values: Mapping[str, Any]) -> Answer | None:
    if "choice" in values:
        # An older version may have offered more choices.
        place = str(values["choice"])
        known = place.isdecimal() and place.isascii() and int(place) < len(asked.answers)
        return asked.answers[int(place)] if known else None
    return next((each for each in asked.answers if each.reply == meaning), None)
