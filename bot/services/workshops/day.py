"""The day of a workshop: the list in the morning, who came, the thank-you and its two questions."""

from collections.abc import Mapping
from datetime import datetime, time, timedelta
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from bot.domain.calendar import instant, next_morning
from bot.domain.states import OccurrenceState
from bot.domain.words import Drop, Option, Reply, Words
from bot.domain.workshops import PlaceState, WorkshopState
from bot.services import outbox, people, questions
from bot.services.cases import handover
from bot.services.house import House
from bot.services.kinds import Attention, Lane, MessageKind, declare
from bot.services.one_by_one import one_by_one
from bot.services.replies import worded
from bot.services.workshops import messages as workshop_messages
from bot.services.workshops import workshops
from bot.services.workshops.refusals import WorkshopRefused
from bot.storage.tables import Chat, Occurrence, Outbox, Person, Question, Workshop, WorkshopPlace
from bot.texts import PLAIN

FEEDBACK = "workshop_feedback"
_MORNING, _MORNING_AT = "workshop.day", time(8)
_THANKS, _THANKS_AT = "workshop.thanks", time(10)
_FEEDBACK_WAITS = timedelta(days=7)
# The two questions, in their order, and what an answer in plain words means to each.
_ANSWERS = {"useful": ("yes", "some", "no"), "again": ("yes", "maybe", "no")}
_PLAIN = {"affirm": 0, "unsure": 1, "deny": 2}


def plan(session: Session, house: House, workshop: Workshop) -> None:
    """Plan the list of the morning and the thanks of the day after; they follow the workshop."""
    day = workshop.starts_at.astimezone(house.zone).date()
    morning = instant(day, _MORNING_AT, house.zone)
    after = next_morning(day + timedelta(days=1), _THANKS_AT, house.zone, house.holidays)
    for rule, due_at in ((_MORNING, morning), (_THANKS, after)):
        key = {
            "organisation_id": workshop.organisation_id,
            "rule": rule,
            "object": workshop_messages.object_of(workshop),
        }
        for row in session.scalars(select(Occurrence).filter_by(**key, state=OccurrenceState.PLANNED)):
            if row.due_on != day:
                row.state, row.reason = OccurrenceState.SKIPPED, "moved"
        if session.scalar(select(Occurrence.id).filter_by(**key, due_on=day)) is None:
            session.add(Occurrence(**key, due_on=day, due_at=due_at))


def fire_due(session: Session, now: datetime, house: House, limit: int = 20) -> int:
    """Tick: the list to who leads, in the morning; the thanks to those who came, the day after. Returns how
    many workshops it was."""
    due = session.scalars(
        select(Occurrence)
        .where(
            Occurrence.rule.in_((_MORNING, _THANKS)),
            Occurrence.state == OccurrenceState.PLANNED,
            Occurrence.due_at <= now,
        )
        .order_by(Occurrence.due_at, Occurrence.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()
    return one_by_one(session, now, due, lambda step: _fire(session, now, house, step))


def _fire(session: Session, now: datetime, house: House, step: Occurrence) -> None:
    step.state = OccurrenceState.DONE
    workshop = workshop_messages.workshop_of(session, step.object)
    if workshop.state is not WorkshopState.OPEN:
        return
    if step.rule == _MORNING:
        _tell_leader(session, now, house, workshop, step)
        return
    came = select(WorkshopPlace).filter_by(workshop_id=workshop.id, present=True).order_by(WorkshopPlace.id)
    for place in session.scalars(came).all():
        _thank(session, now, house, place)


def _tell_leader(session: Session, now: datetime, house: House, workshop: Workshop, step: Occurrence) -> None:
    chat = people.staff_chat(session, workshop.led_by) if workshop.led_by else None
    if chat is not None:
        outbox.enqueue(
            session, now, house, chat, MORNING, object=step.object, occasion=step.due_on.isoformat()
        )


def expected(session: Session, workshop: Workshop) -> list[WorkshopPlace]:
    """Those who said that they come, and those who came all the same; in the order of their answers."""
    return list(
        session.scalars(
            select(WorkshopPlace)
            .where(
                WorkshopPlace.workshop_id == workshop.id,
                (WorkshopPlace.state == PlaceState.COMING) | WorkshopPlace.present.is_(True),
            )
            .order_by(WorkshopPlace.since, WorkshopPlace.id)
        )
    )


def mark(
    session: Session, now: datetime, house: House, workshop: Workshop, place_id: int, present: bool
) -> None:
    """Whether that tenant came. Said after the thanks have left, they are thanked at once.

    Raises WorkshopRefused: "not_begun" (before the day of the workshop), "unknown".
    """
    _begun(now, house, workshop)
    place = session.scalar(select(WorkshopPlace).filter_by(id=place_id, workshop_id=workshop.id))
    if place is None:
        raise WorkshopRefused("unknown")
    _came(session, now, house, workshop, place, present)


def came_unexpected(
    session: Session, now: datetime, house: House, workshop: Workshop, person: Person
) -> None:
    """A tenant came who had not said so; no seat is counted. Raises WorkshopRefused("not_begun")."""
    _begun(now, house, workshop)
    _came(session, now, house, workshop, workshops.place_for(session, now, workshop, person), True)


def _came(
    session: Session, now: datetime, house: House, workshop: Workshop, place: WorkshopPlace, present: bool
) -> None:
    place.present = present
    session.flush()
    thanked = select(Occurrence.id).filter_by(
        organisation_id=workshop.organisation_id,
        rule=_THANKS,
        object=workshop_messages.object_of(workshop),
        state=OccurrenceState.DONE,
    )
    if present and session.scalar(thanked.limit(1)) is not None:
        _thank(session, now, house, place)


def add_walk_ins(session: Session, now: datetime, house: House, workshop: Workshop, count: int) -> int:
    """So many more people came whom Palier does not know; returns how many there are.

    Raises WorkshopRefused("not_begun").
    """
    _begun(now, house, workshop)
    session.execute(
        update(Workshop)
        .where(Workshop.id == workshop.id, Workshop.walk_ins + count >= 0)
        .values(walk_ins=Workshop.walk_ins + count)
        .execution_options(synchronize_session=False)
    )
    session.refresh(workshop, ["walk_ins"])
    return workshop.walk_ins


def opinions(session: Session, workshop: Workshop) -> dict[str, int]:
    """How many gave each answer ("useful.yes", "again.no"…); nobody is named."""
    found: dict[str, int] = {}
    for name, column in (("useful", WorkshopPlace.useful), ("again", WorkshopPlace.again)):
        counted = select(column, func.count()).where(
            WorkshopPlace.workshop_id == workshop.id, column.is_not(None)
        )
        for said, count in session.execute(counted.group_by(column)):
            found[f"{name}.{said}"] = count
    return found


def _begun(now: datetime, house: House, workshop: Workshop) -> None:
    if now.astimezone(house.zone).date() < workshop.starts_at.astimezone(house.zone).date():
        raise WorkshopRefused("not_begun")


def _thank(session: Session, now: datetime, house: House, place: WorkshopPlace) -> None:
    chat = people.active_chat(session, place.person)
    if chat is not None:
        object = f"workshop:{place.workshop_id}"
        outbox.enqueue(session, now, house, chat, THANKS, object=object, occasion="once")


# The two questions


def answer(
    session: Session,
    now: datetime,
    house: House,
    chat: Chat,
    person: Person,
    question: Question,
    meaning: str,
    given: Mapping[str, Any],
) -> Reply:
    """The answer to the first question brings the second, the answer to that one the end."""
    voice = people.voice(person)
    workshop = workshop_messages.workshop_of(session, question.object)
    place = workshops.place_for(session, now, workshop, person)
    asked = "useful" if place.useful is None else "again"
    name, said = given.get("asked", asked), given.get("said")
    if said is None and meaning in _PLAIN:
        said = _ANSWERS[name][_PLAIN[meaning]]
    if said is None:
        return handover.hand_over(session, now, house, chat, meaning)
    setattr(place, name, said)
    if name == "useful":
        return _ask(session, now, house, person, workshop, "again", "workshop.feedback.again")
    questions.close(session, now, question, said)
    return Reply(house.texts.say("workshop.feedback.thanks", voice))


def _ask(
    session: Session, now: datetime, house: House, person: Person, workshop: Workshop, name: str, text: str
) -> Reply:
    voice = people.voice(person)
    object = workshop_messages.object_of(workshop)
    question = questions.ask(session, now, person, FEEDBACK, object, now + _FEEDBACK_WAITS)
    options = tuple(
        Option(
            house.texts.say(f"workshop.feedback.{name}.{said}", voice),
            intent,
            {"asked": name, "said": said},
        )
        for intent, said in zip(_PLAIN, _ANSWERS[name], strict=True)
    )
    return Reply(
        house.texts.say(text, voice, **workshop_messages.values(house, workshop)), options, question.id
    )


def _render_thanks(session: Session, now: datetime, house: House, row: Outbox) -> Words | Drop:
    person = row.chat.person
    if person is None:
        return Drop("unlinked")
    if people.in_danger(session, person):
        return Drop("danger")
    workshop = workshop_messages.workshop_of(session, row.object)
    place = workshops.place_of(session, workshop, person)
    if place is None or not place.present:
        return Drop("gone")
    asked = _ask(session, now, house, person, workshop, "useful", "workshop.thanks")
    return worded(session, now, row.chat, asked)


def _render_morning(session: Session, now: datetime, house: House, row: Outbox) -> Words | Drop:
    workshop = workshop_messages.workshop_of(session, row.object)
    coming = sum(place.seats for place in expected(session, workshop))
    text = house.texts.say(
        "staff.workshops.today", PLAIN, **workshop_messages.values(house, workshop), count=coming
    )
    title = house.texts.say("staff.workshops.button.presence", PLAIN)
    option = Option(title, "workshop.presence", {"workshop": workshop.id})
    return worded(session, now, row.chat, Reply(text, (option,)))


THANKS = declare(
    MessageKind(
        "workshop_thanks",
        Lane.REMINDER,
        timedelta(days=5),
        held=True,
        resend=False,
        render=_render_thanks,
        attention=Attention.HELD,
    )
)
MORNING = declare(
    MessageKind(
        "workshop_day", Lane.HAND_OFF, timedelta(hours=12), held=False, resend=True, render=_render_morning
    )
)
