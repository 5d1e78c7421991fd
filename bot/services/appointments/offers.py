"""Free times of a caseworker, two or three of them offered to a tenant, who picks one."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from bot.domain.appointments import LIVE, Agenda, span, varied
from bot.domain.calendar import instant
from bot.domain.states import AppointmentKind, AppointmentState, OfferState
from bot.domain.words import Drop, Option, Words
from bot.services import outbox, people, questions
from bot.services.appointments import words as appointment_words
from bot.services.appointments.messages import to_tenant
from bot.services.appointments.rows import rules_of
from bot.services.cases import rota
from bot.services.house import House
from bot.services.kinds import MessageKind
from bot.storage.tables import Appointment, AppointmentOffer, Outbox, Person, Staff
from bot.texts import Voice

# Whoever marked somebody absent by mistake has this long before the kind word leaves.
_SECOND_THOUGHTS = timedelta(minutes=10)


@dataclass(frozen=True)
class Wanted:
    """What is offered. `minutes` None: the organisation's usual length."""

    person: Person
    staff: Staff
    kind: AppointmentKind
    subject: str = ""
    place: str = ""
    papers: tuple[str, ...] = ()
    minutes: int | None = None
    appointment: Appointment | None = None
    journey: str = ""


def again(appointment: Appointment) -> Wanted:
    """The same meeting, at another time."""
    return Wanted(
        person=appointment.person,
        staff=appointment.staff,
        kind=appointment.kind,
        subject=appointment.subject,
        place=appointment.place,
        papers=tuple(appointment.papers),
        minutes=appointment.minutes,
        appointment=appointment,
        journey=appointment.journey,
    )


def agenda(
    session: Session, house: House, staff: Staff, person: Person, *, but: Appointment | None = None
) -> Agenda:
    """When both could meet: the caseworker's hours, without absences, holidays and what either has."""
    busy = session.scalars(
        select(Appointment).where(
            or_(Appointment.staff_id == staff.id, Appointment.person_id == person.id),
            Appointment.state.in_(LIVE),
            Appointment.id.is_distinct_from(but.id if but else None),
        )
    )
    hours = rules_of(session, house, staff.organisation_id).hours_of(staff.reference)
    return Agenda(
        hours=hours,
        busy=[span(other.starts_at, other.minutes) for other in busy],
        closed=lambda day: (
            day in house.holidays or bool(rota.absences(session, day, [staff.id])) or day.weekday() == 6
        ),
        zone=house.zone,
    )


def free_times(
    session: Session, now: datetime, house: House, wanted: Wanted, *, on: date | None = None, count: int = 3
) -> list[datetime]:
    """The next free times of different half days; `on`: those of that day only, as many as there are."""
    rules = rules_of(session, house, wanted.staff.organisation_id)
    minutes = wanted.minutes or rules.minutes
    both = agenda(session, house, wanted.staff, wanted.person, but=wanted.appointment)
    first = now + rules.notice
    if on is None:
        last = now.astimezone(house.zone).date() + timedelta(days=rules.horizon_days)
        return varied(both.slots(first, last, minutes), house.zone, count)
    first = max(first, instant(on, time(0), house.zone))
    return _spread(list(both.slots(first, on, minutes)), count)


def _spread(times: list[datetime], count: int) -> list[datetime]:
    """A few of a day's times, from its beginning to its end."""
    if len(times) <= count:
        return times
    return [times[i * (len(times) - 1) // (count - 1)] for i in range(count)]


def is_free(session: Session, now: datetime, house: House, appointment: Appointment, at: datetime) -> bool:
    """Whether the appointment could be at that time, ahead and within the caseworker's hours."""
    both = agenda(session, house, appointment.staff, appointment.person, but=appointment)
    return at > now and both.is_free(at, appointment.minutes)


def is_taken(session: Session, house: House, appointment: Appointment, at: datetime) -> bool:
    """Whether either of them has something else then: nobody could accept it."""
    both = agenda(session, house, appointment.staff, appointment.person, but=appointment)
    wanted = span(at, appointment.minutes)
    return any(wanted.overlaps(busy) for busy in both.busy)


def offer(
    session: Session, now: datetime, house: House, wanted: Wanted, times: list[datetime]
) -> AppointmentOffer:
    """Write down the times that a tenant is about to be shown; an earlier open offer of the same falls."""
    rules = rules_of(session, house, wanted.staff.organisation_id)
    for old in session.scalars(
        select(AppointmentOffer).filter_by(
            person_id=wanted.person.id, staff_id=wanted.staff.id, state=OfferState.OPEN
        )
    ):
        old.state = OfferState.WITHDRAWN
    made = AppointmentOffer(
        organisation_id=wanted.person.organisation_id,
        person=wanted.person,
        staff=wanted.staff,
        appointment_id=wanted.appointment.id if wanted.appointment else None,
        kind=wanted.kind,
        subject=wanted.subject,
        place=wanted.place,
        papers=list(wanted.papers),
        minutes=wanted.minutes or rules.minutes,
        slots=[at.isoformat() for at in times],
        state=OfferState.OPEN,
        journey=wanted.journey,
        made_at=now,
    )
    session.add(made)
    session.flush()
    return made


def options(house: House, made: AppointmentOffer, voice: Voice) -> tuple[Option, ...]:
    """One button a time, then "none of these", which goes to a person."""
    times = [datetime.fromisoformat(slot) for slot in made.slots]
    titled = [
        Option(
            _capital(appointment_words.when(house, at, made.kind, voice)),
            "confirm_appointment",
            {"offer": made.id, "at": at.isoformat()},
        )
        for at in times
    ]
    none = Option(house.texts.say("rdv.button.none", voice), "deny", {"offer": made.id})
    return (*titled, none)


def _capital(words: str) -> str:
    return words[0].upper() + words[1:]


def send(
    session: Session,
    now: datetime,
    house: House,
    made: AppointmentOffer,
    kind: MessageKind,
    not_before: datetime | None = None,
) -> Outbox | None:
    """Queue an offer of ours; None when the person cannot be written to."""
    chat = people.active_chat(session, made.person)
    if chat is None:
        return None
    return outbox.enqueue(
        session, now, house, chat, kind, object=f"offer:{made.id}", occasion="once", not_before=not_before
    )


def after_missed(session: Session, now: datetime, house: House, appointment: Appointment) -> None:
    """A kind word and new times, once, a little later: a tap by mistake can still be corrected."""
    wanted = again(appointment)
    made = offer(session, now, house, wanted, free_times(session, now, house, wanted))
    send(session, now, house, made, MISSED, now + _SECOND_THOUGHTS)


def _render(session: Session, now: datetime, house: House, row: Outbox) -> Words | Drop:
    made = session.get_one(AppointmentOffer, int(row.object.removeprefix("offer:")))
    person = row.chat.person
    if person is None or person.id != made.person_id:
        return Drop("unlinked")
    if made.state is not OfferState.OPEN:
        return Drop("over")
    voice = people.voice(person)
    values = {"name": appointment_words.name_of(house, made.staff, voice)}
    if row.kind == MISSED.name:
        missed = session.get_one(Appointment, made.appointment_id)
        if missed.state is not AppointmentState.ABSENT:
            return Drop("settled otherwise")
        values = appointment_words.values(house, missed, voice)
    key = "rdv.missed" if row.kind == MISSED.name else "rdv.offer"
    given = options(house, made, voice) if made.slots else ()
    key = key if made.slots else f"{key}.no_time"
    rows = questions.choices(session, now, row.chat, None, [(o.title, o.intent, o.values) for o in given])
    return Words(house.texts.say(key, voice, **values), rows)


MISSED = to_tenant("appointment_missed", _render, timedelta(days=3))
OFFERED = to_tenant("appointment_offer", _render, timedelta(days=3))
