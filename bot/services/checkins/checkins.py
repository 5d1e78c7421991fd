"""Check-ins: sent on their day, answered, and what a bad answer or a silence leads to."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.domain.checkins import SILENCE, is_ignored, visit_on
from bot.domain.states import Direction, OccurrenceState, Urgency
from bot.domain.words import Reply
from bot.services import outbox, people, questions, switches
from bot.services.cases import cases, handover
from bot.services.checkins import messages as checkin_messages
from bot.services.checkins import rows as checkin_rows
from bot.services.checkins.messages import ASKED, CONSENT
from bot.services.house import House
from bot.services.one_by_one import one_by_one
from bot.services.replies import joined
from bot.services.tips import home_traits
from bot.storage.tables import Case, Chat, Message, Occurrence, Person, Question

# The "d'accord" that brought the question may be written down a moment after it; it is no answer to it.
_JUST_ASKED = timedelta(minutes=1)
BAD, SILENT = "checkin_bad", "checkin_silence"
# What plain words mean; anything else goes to a person.
_PLAIN = {
    "affirm": "good", "checkin_good": "good", "deny": "bad", "checkin_bad": "bad",
    "unsure": "bad", "stop": "stop", "request_human": "person",
}  # fmt: skip


def fire_due(session: Session, now: datetime, house: House, limit: int = 200) -> int:
    """Tick: queue the check-ins whose time has come, or the first offer. Returns how many were looked at."""
    due = session.scalars(
        select(Occurrence)
        .where(
            Occurrence.rule == checkin_rows.RULE,
            Occurrence.state == OccurrenceState.PLANNED,
            Occurrence.due_at <= now,
        )
        .order_by(Occurrence.due_at, Occurrence.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()

    def take(step: Occurrence) -> None:
        step.reason = _fire(session, now, house, step)
        step.state = OccurrenceState.SKIPPED if step.reason else OccurrenceState.DONE

    return one_by_one(session, now, due, take)


def _fire(session: Session, now: datetime, house: House, step: Occurrence) -> str:
    """Queue the check-in; or say why not."""
    person = session.get_one(Person, int(step.object.split(":")[1]))
    facts = checkin_rows.facts_of(session, house, [person])[person.id]
    visit = visit_on(switches.series(session, house, person.organisation_id), facts, step.due_on)
    chat = people.active_chat(session, person)
    if visit is None or chat is None:
        return "changed" if visit is None else "no_channel"
    if people.in_danger(session, person):
        return "danger"
    object = f"{visit.series}/{visit.name}"
    if not people.was_asked(session, person, CONSENT):
        outbox.enqueue(session, now, house, chat, checkin_messages.OFFER, object=object, occasion="once")
        return ""
    if not people.has_consent(session, person, CONSENT):
        return "no_consent"
    outbox.enqueue(
        session, now, house, chat, checkin_messages.ASK, object=object, occasion=step.due_on.isoformat()
    )
    return ""


def close_unanswered(session: Session, now: datetime, house: House, limit: int = 100) -> int:
    """Tick: a question that nobody answered is a silence; two in a row of a fragile tenant reach the
    référent. Returns how many were closed."""
    expired = session.scalars(
        select(Question)
        .where(Question.kind == ASKED, Question.closed_at.is_(None), Question.expires_at <= now)
        .order_by(Question.id)
        .limit(limit)
    ).all()
    return one_by_one(session, now, expired, lambda question: _unanswered(session, now, house, question))


def _unanswered(session: Session, now: datetime, house: House, question: Question) -> None:
    person = session.get_one(Person, question.person_id)
    _, step = checkin_messages.visit_of(house, question.object)
    # Who answered the first question, or wrote anything at all, is not silent.
    wrote = step > 0 or _wrote_since(session, person, question.asked_at + _JUST_ASKED)
    questions.close(session, now, question, "wrote" if wrote else SILENCE)
    session.flush()
    if not wrote and _is_fragile(house, person) and is_ignored(_answers(session, person)):
        cases.open_case(
            session,
            now,
            house,
            kind=SILENT,
            urgency=Urgency.NORMAL,
            reason=house.texts.say("checkin.reason.silence"),
            person=person,
        )


def answer_offer(
    session: Session,
    now: datetime,
    house: House,
    chat: Chat,
    person: Person,
    question: Question,
    meaning: str,
) -> Reply:
    """Yes brings the first question at once; anything else that is no is a no."""
    voice = people.voice(person)
    if meaning == "request_human":
        return handover.hand_over(session, now, house, chat, meaning)
    given = meaning in ("affirm", "resume", "checkin_good")
    visit, _ = checkin_messages.visit_of(house, question.object)
    wording = f"checkin.offer.{visit.series}" if visit else "checkin.offer"
    people.set_consent(session, now, person, CONSENT, given, wording)
    questions.close(session, now, question, "given" if given else "refused")
    if not given or visit is None:
        return Reply(house.texts.say("checkin.refused", voice))
    return checkin_messages.ask(session, now, house, person, visit, _today(now, house))


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
    """All is well: the next question or thanks. Not so well: a person, and one good question."""
    said = values.get("said") or _PLAIN.get(meaning, "person")
    visit, step = checkin_messages.visit_of(house, question.object)
    questions.close(session, now, question, said)
    if said == "stop":
        people.set_consent(session, now, person, CONSENT, False, "checkin.stop")
        return Reply(house.texts.say("checkin.stopped", people.voice(person)))
    if said == "person":
        return handover.hand_over(session, now, house, chat, "request_human")
    if said == "bad":
        return _not_well(session, now, house, chat, person, visit.questions[step] if visit else "how")
    if visit is not None and step + 1 < len(visit.questions):
        day = question.object.split("/")[2]
        return checkin_messages.ask(session, now, house, person, visit, day, step + 1)
    return Reply(house.texts.say("checkin.thanks", people.voice(person)))


def answer_worry(
    session: Session,
    now: datetime,
    house: House,
    chat: Chat,
    person: Person,
    question: Question,
    meaning: str,
    values: Mapping[str, Any],
) -> Reply:
    """What it is about joins the case that is open since the bad answer."""
    matter = values.get("matter", "other")
    questions.close(session, now, question, matter)
    trait = house.content.checkins.tells.get(matter)
    if trait is not None:
        home_traits.note(session, now, person, trait, True)
    high = matter in house.content.checkins.high
    case = _open(session, now, house, person, matter, Urgency.HIGH if high else Urgency.NORMAL)
    voice = people.voice(person)
    return Reply(
        house.texts.say("checkin.worry.noted", voice, promise=cases.promise(now, house, case, voice))
    )


def told(session: Session, now: datetime, house: House, chat: Chat, person: Person, meaning: str) -> Reply:
    """ "Ça va" or "pas trop" in plain words: the answer to the check-in that waits, else by itself."""
    waiting = [q for q in questions.open_questions(session, now, person.id) if q.kind == ASKED]
    if waiting:
        return answer(session, now, house, chat, person, waiting[0], meaning, {})
    if meaning == BAD:
        return _not_well(session, now, house, chat, person, "how")
    return Reply(house.texts.say("checkin.thanks", people.voice(person)))


def _not_well(
    session: Session, now: datetime, house: House, chat: Chat, person: Person, question: str
) -> Reply:
    """A person hears of it at once, whether or not the question that follows is answered.

    Discreetly nothing more is asked: the buttons would tell what it is about.
    """
    case = _open(session, now, house, person, None, Urgency.NORMAL)
    voice = people.voice(person)
    heard = Reply(house.texts.say("checkin.heard", voice, promise=cases.promise(now, house, case, voice)))
    if voice.discreet:
        return heard
    return joined([heard, checkin_messages.ask_worry(session, now, house, person, question)])


def _open(
    session: Session, now: datetime, house: House, person: Person, matter: str | None, urgency: Urgency
) -> Case:
    about = house.texts.say(f"checkin.matter.{matter}") if matter else ""
    key = "checkin.reason.matter" if matter else "checkin.reason.bad"
    reason = house.texts.say(key, matter=about)
    return cases.open_case(session, now, house, kind=BAD, urgency=urgency, reason=reason, person=person)


def _answers(session: Session, person: Person) -> list[str]:
    """How the last check-ins of that person ended, the latest first."""
    return [
        answer or ""
        for answer in session.scalars(
            select(Question.answer)
            .where(
                Question.person_id == person.id,
                Question.kind == ASKED,
                Question.object.like("%/0"),
                Question.closed_at.is_not(None),
            )
            .order_by(Question.asked_at.desc(), Question.id.desc())
            .limit(2)
        )
    ]


def _wrote_since(session: Session, person: Person, at: datetime) -> bool:
    said = select(Message.id).where(
        Message.person_id == person.id, Message.direction == Direction.IN, Message.at >= at
    )
    return session.scalar(said.limit(1)) is not None


def _is_fragile(house: House, person: Person) -> bool:
    return bool(house.content.checkins.fragile & set(person.profiles))


def _today(now: datetime, house: House) -> str:
    return now.astimezone(house.zone).date().isoformat()
