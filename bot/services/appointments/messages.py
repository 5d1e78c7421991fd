"""What a tenant is told of an appointment, worded when it leaves: nothing after its end, nothing stale."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.domain.appointments import Occasion
from bot.domain.states import AppointmentState
from bot.domain.words import Drop, Pin, Words
from bot.services import outbox, people, questions
from bot.services.appointments import words as appointment_words
from bot.services.appointments.rows import RDV, begun, is_live, object_of, read_object, upcoming
from bot.services.house import House
from bot.services.kinds import Attention, Lane, MessageKind, Render, declare
from bot.storage.tables import Appointment, Outbox, Person
from bot.texts import Voice

# The kind of the consent that all these messages need.
CONSENT = "appointments"
# A reminder that would arrive this close to the hour is not sent any more.
_TOO_CLOSE = timedelta(hours=1)
# What goes with an answer leaves after it.
_AFTER_REPLY = timedelta(seconds=2)
# A button: its title, the intent that it means, its values.
_Button = tuple[str, str, dict[str, Any]]


def can_be_told(session: Session, person: Person) -> bool:
    """Whether Palier can write to that person of an appointment; otherwise somebody calls."""
    return (
        people.active_chat(session, person) is not None
        and people.has_consent(session, person, CONSENT)
        and not people.in_danger(session, person)
        and not people.left_in_peace(session, person)
    )


def tell(session: Session, now: datetime, house: House, appointment: Appointment, kind: MessageKind) -> None:
    """Queue what has just happened to the appointment, and the place on the map when it has one."""
    at = now + _AFTER_REPLY if kind is FILE else now
    _queue(session, at, house, appointment, kind, "once")
    if kind in (BOOKED, MOVED, AGREED) and appointment.latitude is not None:
        _queue(session, now, house, appointment, PIN, "once")
    if kind is AGREED:
        _queue(session, now, house, appointment, FILE, "once")


def catch_up(session: Session, now: datetime, house: House, person: Person) -> None:
    """Palier may write to that person from now on: tell the next appointment, unless it was told before."""
    for appointment in upcoming(session, now, person)[:1]:
        _queue(session, now + _AFTER_REPLY, house, appointment, BOOKED, "once")


def remind(
    session: Session, now: datetime, house: House, appointment: Appointment, occasion: Occasion
) -> None:
    _queue(session, now, house, appointment, REMINDER, occasion.value)


def show_place(
    session: Session, now: datetime, house: House, appointment: Appointment, occasion: str
) -> None:
    """The place on the map once more, because the person asks for it."""
    if appointment.latitude is not None:
        _queue(session, now + _AFTER_REPLY, house, appointment, PIN, occasion)


def last_reminded(session: Session, appointment: Appointment, since: datetime) -> bool:
    """Whether a reminder of this very appointment was queued since then."""
    found = session.scalar(
        select(Outbox.id)
        .where(
            Outbox.organisation_id == appointment.organisation_id,
            Outbox.kind == REMINDER.name,
            Outbox.object == object_of(appointment),
            Outbox.created_at > since,
        )
        .limit(1)
    )
    return found is not None


def _queue(
    session: Session,
    at: datetime,
    house: House,
    appointment: Appointment,
    kind: MessageKind,
    occasion: str,
) -> None:
    chat = people.active_chat(session, appointment.person)
    if chat is not None:
        outbox.enqueue(session, at, house, chat, kind, object=object_of(appointment), occasion=occasion)


def _render_invitation(session: Session, now: datetime, house: House, row: Outbox) -> Words | Drop:
    """Booked, moved or soon: with the question whether the person comes."""
    found = _still(session, now, row)
    if isinstance(found, Drop):
        return found
    person, appointment = found
    if row.kind == REMINDER.name and now > appointment.starts_at - _TOO_CLOSE:
        return Drop("late")
    if row.kind == REMINDER.name and row.occasion == Occasion.DAY_BEFORE and _confirmed(appointment):
        return Drop("answered")
    voice = people.voice(person)
    key = {BOOKED.name: "rdv.booked", MOVED.name: "rdv.moved"}.get(row.kind, "rdv.reminder")
    parts = [
        house.texts.say(key, voice, **appointment_words.values(house, appointment, voice)),
        appointment_words.details(house, appointment, voice),
    ]
    if not _confirmed(appointment):
        # Asked now, when it leaves: until then "oui" must not answer it.
        questions.ask(session, now, person, RDV, row.object, appointment.starts_at)
        ask = "rdv.ask.come" if appointment.kind in appointment_words.COMES_TO_US else "rdv.ask.suits"
        parts.append(house.texts.say(ask, voice))
    rows = questions.choices(session, now, row.chat, None, buttons(house, appointment, voice))
    return Words("\n\n".join(parts), rows)


def buttons(house: House, appointment: Appointment, voice: Voice) -> list[_Button]:
    """Coming, not coming, another date, help to come, the papers: one tap each."""
    about = {"appointment": appointment.id, "version": appointment.version}
    here = appointment.kind in appointment_words.COMES_TO_US
    made: list[tuple[str, str, dict[str, Any]]] = [
        ("come" if here else "agreed", "confirm_appointment", about),
        ("cannot", "cancel_appointment", about),
        ("other", "reschedule_appointment", about),
    ]
    if here:
        made.append(("help", "request_human", about | {"need": "help"}))
    if appointment.papers and not voice.discreet:
        made.append(("papers", "ask_appointment", about | {"need": "papers"}))
    return [(house.texts.say(f"rdv.button.{name}", voice), intent, values) for name, intent, values in made]


def _render_agreed(session: Session, now: datetime, house: House, row: Outbox) -> Words | Drop:
    found = _still(session, now, row)
    if isinstance(found, Drop):
        return found
    person, appointment = found
    voice = people.voice(person)
    said = house.texts.say("rdv.agreed", voice, **appointment_words.values(house, appointment, voice))
    return Words(f"{said}\n\n{appointment_words.details(house, appointment, voice)}")


def _render_cancelled(session: Session, now: datetime, house: House, row: Outbox) -> Words | Drop:
    appointment, current = read_object(session, row.object)
    if row.chat.person_id != appointment.person_id:
        return Drop("unlinked")
    if appointment.state is not AppointmentState.CANCELLED_BY_SERVICE or not current:
        return Drop("over")
    if begun(appointment, now):
        return Drop("late")
    voice = people.voice(appointment.person)
    values = appointment_words.values(house, appointment, voice)
    options = [
        (
            house.texts.say("rdv.button.other", voice),
            "reschedule_appointment",
            {"appointment": appointment.id, "version": appointment.version},
        )
    ]
    rows = questions.choices(session, now, row.chat, None, options)
    return Words(house.texts.say("rdv.cancelled_by_service", voice, **values), rows)


def _render_pin(session: Session, now: datetime, house: House, row: Outbox) -> Words | Drop:
    found = _still(session, now, row)
    if isinstance(found, Drop):
        return found
    person, appointment = found
    if appointment.latitude is None or appointment.longitude is None:
        return Drop("no place")
    title = house.texts.say("rdv.pin", people.voice(person))
    return Words(title, pin=Pin(appointment.place or title, appointment.latitude, appointment.longitude))


def _render_file(session: Session, now: datetime, house: House, row: Outbox) -> Words | Drop:
    found = _still(session, now, row)
    if isinstance(found, Drop):
        return found
    person, appointment = found
    voice = people.voice(person)
    document = appointment_words.calendar_file(house, appointment, voice, now)
    return Words(house.texts.say("rdv.calendar", voice), document=document)


def _confirmed(appointment: Appointment) -> bool:
    return appointment.state is AppointmentState.CONFIRMED


def _still(session: Session, now: datetime, row: Outbox) -> tuple[Person, Appointment] | Drop:
    """The person and the appointment, still ahead at that time, or why nothing is said any more."""
    appointment, current = read_object(session, row.object)
    if row.chat.person_id != appointment.person_id:
        return Drop("unlinked")
    if not current:
        return Drop("moved")
    if not is_live(appointment):
        return Drop(appointment.state.value)
    return Drop("begun") if begun(appointment, now) else (appointment.person, appointment)


def to_tenant(
    name: str, render: Render, useful_for: timedelta, attention: Attention = Attention.COUNTS
) -> MessageKind:
    """Declare a kind that a tenant gets of appointments: at decent hours, never held back.

    What only goes with another message, or was asked for, is free.
    """
    return declare(
        MessageKind(
            name,
            Lane.REMINDER,
            useful_for,
            held=True,
            resend=False,
            render=render,
            consent=CONSENT,
            attention=attention,
        )
    )


# Each renderer looks at the appointment's own hour.
_LIFE = timedelta(days=30)
BOOKED = to_tenant("appointment_booked", _render_invitation, _LIFE)
MOVED = to_tenant("appointment_moved", _render_invitation, _LIFE)
REMINDER = to_tenant("appointment_reminder", _render_invitation, _LIFE)
AGREED = to_tenant("appointment_agreed", _render_agreed, _LIFE, Attention.FREE)
CANCELLED = to_tenant("appointment_cancelled", _render_cancelled, _LIFE)
PIN = to_tenant("appointment_pin", _render_pin, _LIFE, Attention.FREE)
FILE = to_tenant("appointment_file", _render_file, _LIFE, Attention.FREE)
