"""One place answers pending questions of every kind: a button answers its own, "oui" the only open one."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from bot.domain.words import Option, Reply
from bot.services import follow_up, linking, people, preferences, questions, situations, wrong_person
from bot.services.appointments import talk as appointment_talk
from bot.services.cases import handover
from bot.services.checkins import checkins
from bot.services.house import House
from bot.services.privacy import talk as privacy_talk
from bot.services.rent import plans as rent_plans
from bot.services.rent import promises as rent_promises
from bot.services.rent import talk as rent_talk
from bot.services.rent.said import NOTHING
from bot.services.tips import eco_kit, tips
from bot.services.workshops import day as workshop_day
from bot.services.workshops import late as workshop_late
from bot.services.workshops import talk as workshop_talk
from bot.storage.tables import Chat, Person, Question

# The last argument: the values of the button that was pressed.
Answer = Callable[[Session, datetime, House, Chat, Person, Question, str, Mapping[str, Any]], Reply]
_Plain = Callable[[Session, datetime, House, Chat, Person, Question, str], Reply]


def _plain(verb: _Plain) -> Answer:
    """A question whose buttons carry nothing but their meaning."""
    return lambda *given: verb(*given[:-1])


def _rent(
    session: Session,
    now: datetime,
    house: House,
    chat: Chat,
    person: Person,
    question: Question,
    meaning: str,
) -> Reply:
    # "Avez-vous pu payer ?": yes means paid, no means that it is difficult.
    intent = {"affirm": "payment_done", "deny": "payment_difficulty"}.get(meaning, meaning)
    if intent == "request_human":
        return handover.hand_over(session, now, house, chat, intent)
    if intent == "unsure":
        return handover.hand_over(session, now, house, chat, "payment_difficulty")
    return rent_talk.answer(session, now, house, person, intent, NOTHING, question)


ANSWERS: dict[str, Answer] = {
    "checkin": checkins.answer,
    "checkin_offer": _plain(checkins.answer_offer),
    "checkin_worry": checkins.answer_worry,
    "choice": follow_up.chosen,
    "consent": _plain(linking.answer_consent),
    "detail": follow_up.answer,
    "eco_kit": _plain(eco_kit.answer),
    wrong_person.WRONG_PERSON: wrong_person.answer,
    privacy_talk.ERASE: privacy_talk.answer_erase,
    "home_trait": _plain(tips.answer_trait),
    "offer_person": _plain(handover.answer_offer),
    "preference": preferences.answer,
    "rdv": _plain(appointment_talk.answer_question),
    "rent": _plain(_rent),
    "rent_plan": rent_plans.answer,
    "rent_when": rent_promises.answer_when,
    situations.SHARED_PHONE: situations.answer_shared_phone,
    "tip": tips.answer,
    "tip_follow": tips.answer_later,
    "tips_when": tips.answer_when,
    "workshop": workshop_talk.answer,
    "workshop_feedback": workshop_day.answer,
    "workshop_leave": workshop_talk.answer_leave,
    "workshop_offer": _plain(workshop_talk.answer_offer),
    "workshop_pick": workshop_talk.answer_pick,
}

# The kinds that say more than "too late": what became of what was asked, and what is still possible.
Late = Callable[[Session, datetime, House, Person, Question, str, Mapping[str, Any]], Reply]
LATE: dict[str, Late] = {
    "workshop": workshop_late.answer,
    "workshop_offer": workshop_late.answer,
}


def answer(
    session: Session,
    now: datetime,
    house: House,
    chat: Chat,
    person: Person,
    meaning: str,
    question_id: int | None = None,
    values: Mapping[str, Any] | None = None,
) -> Reply:
    """Answer the question whose button was pressed, else the only one that waits, else ask which."""
    voice = people.voice(person)
    if question_id is not None:
        question = session.get(Question, question_id)
        if question is None or question.person_id != person.id or question.kind not in ANSWERS:
            return Reply(house.texts.say("answer.nothing", voice))
        if question.closed_at is not None or question.expires_at <= now:
            return _late(session, now, house, person, question, meaning, values or {})
        return ANSWERS[question.kind](session, now, house, chat, person, question, meaning, values or {})
    opened = questions.open_questions(session, now, person.id)
    if opened and opened[0].kind == "clarify":
        # "Non", "je ne sais pas", or "oui" to several meanings at once.
        return handover.not_that(session, now, house, chat, person)
    waiting = [q for q in opened if q.kind in ANSWERS]
    if not waiting:
        last = questions.lapsed(session, now, person.id)
        if last is not None and last.kind in LATE:
            return _late(session, now, house, person, last, meaning, {})
        return Reply(house.texts.say("answer.nothing", voice))
    if len(waiting) > 1:
        return _which(house, person, waiting, meaning)
    return ANSWERS[waiting[0].kind](session, now, house, chat, person, waiting[0], meaning, values or {})


def _late(
    session: Session,
    now: datetime,
    house: House,
    person: Person,
    question: Question,
    meaning: str,
    values: Mapping[str, Any],
) -> Reply:
    late = LATE.get(question.kind)
    if late is None:
        return Reply(house.texts.say("answer.late", people.voice(person)))
    return late(session, now, house, person, question, meaning, values)


def _which(house: House, person: Person, waiting: list[Question], meaning: str) -> Reply:
    voice = people.voice(person)
    options = tuple(
        Option(house.texts.say(f"question.{question.kind}", voice), meaning, {"question": question.id})
        for question in waiting[:4]
    )
    return Reply(house.texts.say("answer.which", voice), options)
