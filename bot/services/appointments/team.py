"""What the caseworker is told of an appointment on Telegram: when and what kind, no name; one tap to act."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from bot.domain.appointments import Act, Occasion
from bot.domain.states import AppointmentState, Urgency
from bot.domain.words import Drop, Words
from bot.services import outbox, people, questions
from bot.services.appointments import words as appointment_words
from bot.services.appointments.rows import is_live, object_of, read_object
from bot.services.cases import cases
from bot.services.house import House
from bot.services.kinds import Lane, MessageKind, declare
from bot.storage.tables import Appointment, Case, Outbox
from bot.texts import PLAIN

_Button = tuple[str, str, dict[str, Any]]
# How soon before the hour help to come is a matter of the day.
_SOON = timedelta(days=3)


def tell(
    session: Session,
    now: datetime,
    house: House,
    appointment: Appointment,
    kind: MessageKind,
    occasion: str = "once",
) -> bool:
    """Queue a word to the caseworker; False when they are not on Telegram."""
    chat = people.staff_chat(session, appointment.staff)
    if chat is None:
        return False
    outbox.enqueue(session, now, house, chat, kind, object=object_of(appointment), occasion=occasion)
    return True


def ask_came(
    session: Session, now: datetime, house: House, appointment: Appointment, occasion: Occasion
) -> None:
    """ "Venu ?", once at the end and once on the next working day."""
    tell(session, now, house, appointment, CAME, occasion.value)


def wishes(session: Session, now: datetime, house: House, appointment: Appointment, at: datetime) -> Case:
    """The tenant asks for a time that is not free for certain: a case, and one tap to accept."""
    appointment.wished_at = at
    tell(session, now, house, appointment, WISH, f"{at:%Y%m%dT%H%M}")
    reason = house.texts.say("rdv.staff.reason.wish", when=_when(house, at, appointment))
    return _case(session, now, house, appointment, "appointment_wish", Urgency.NORMAL, reason)


def needs_help(session: Session, now: datetime, house: House, appointment: Appointment) -> Case:
    """The tenant asks for help to come: somebody arranges it before the day."""
    appointment.needs_help = True
    soon = appointment.starts_at - now < _SOON
    urgency = Urgency.HIGH if soon else Urgency.NORMAL
    reason = house.texts.say("rdv.staff.reason.help", when=_when(house, appointment.starts_at, appointment))
    return _case(session, now, house, appointment, "appointment_help", urgency, reason)


def another_time(session: Session, now: datetime, house: House, appointment: Appointment) -> Case:
    """The tenant wants another time, and there is none that Palier could offer."""
    reason = house.texts.say("rdv.staff.reason.other", when=_when(house, appointment.starts_at, appointment))
    return _case(session, now, house, appointment, "appointment_wish", Urgency.NORMAL, reason)


def late_unheard(session: Session, now: datetime, house: House, appointment: Appointment) -> Case:
    """The tenant is late, and the caseworker is not on Telegram: somebody tells them."""
    reason = house.texts.say("rdv.staff.reason.late", when=_when(house, appointment.starts_at, appointment))
    return _case(session, now, house, appointment, "appointment_late", Urgency.HIGH, reason)


def _case(
    session: Session,
    now: datetime,
    house: House,
    appointment: Appointment,
    kind: str,
    urgency: Urgency,
    reason: str,
) -> Case:
    return cases.open_case(
        session,
        now,
        house,
        kind=kind,
        urgency=urgency,
        reason=reason,
        person=appointment.person,
        object=f"rdv:{appointment.id}",
    )


def _render(session: Session, now: datetime, house: House, row: Outbox) -> Words | Drop:
    appointment, current = read_object(session, row.object)
    if row.chat.staff_id != appointment.staff_id:
        return Drop("another caseworker")
    if not current:
        return Drop("moved")
    worded = _WORDED[row.kind](house, appointment, row)
    if isinstance(worded, Drop):
        return worded
    text, buttons = worded
    return Words(text, questions.choices(session, now, row.chat, None, buttons))


_Worded = tuple[str, list[_Button]] | Drop


def _came(house: House, appointment: Appointment, row: Outbox) -> _Worded:
    if appointment.state is not AppointmentState.TO_SETTLE:
        return Drop(appointment.state.value)
    key = "rdv.staff.came_again" if row.occasion == Occasion.CAME_AGAIN else "rdv.staff.came"
    return _said(house, appointment, key), settle_buttons(house, appointment)


def settle_buttons(house: House, appointment: Appointment) -> list[_Button]:
    """Came, said before that they would not, did not come."""
    about = {"appointment": appointment.id}
    acts = (Act.HONOUR, Act.EXCUSE, Act.MISS)
    return [
        (house.texts.say(f"rdv.staff.button.{act}"), "rdv.settle", about | {"act": act.value}) for act in acts
    ]


def _cancelled(house: House, appointment: Appointment, row: Outbox) -> _Worded:
    if appointment.state is not AppointmentState.CANCELLED_BY_TENANT:
        return Drop(appointment.state.value)
    return _said(house, appointment, "rdv.staff.cancelled"), []


def _chosen(house: House, appointment: Appointment, row: Outbox) -> _Worded:
    if not is_live(appointment):
        return Drop("over")
    return _said(house, appointment, "rdv.staff.chosen"), []


def _late(house: House, appointment: Appointment, row: Outbox) -> _Worded:
    """The occasion holds the minutes: late/10/81, or late/?/81."""
    minutes = row.occasion.split("/")[1]
    key = "rdv.staff.late" if minutes != "?" else "rdv.staff.late.unknown"
    return _said(house, appointment, key, minutes=minutes), []


def _wish(house: House, appointment: Appointment, row: Outbox) -> _Worded:
    if not is_live(appointment) or appointment.wished_at is None:
        return Drop("over")
    wished = appointment.wished_at
    text = _said(house, appointment, "rdv.staff.wish", wish=_when(house, wished, appointment))
    values = {"appointment": appointment.id, "at": wished.isoformat()}
    return text, [(house.texts.say("rdv.staff.button.accept"), "rdv.accept", values)]


def _said(house: House, appointment: Appointment, key: str, **values: str) -> str:
    return house.texts.say(
        key,
        PLAIN,
        when=_when(house, appointment.starts_at, appointment),
        kind=house.texts.say(f"rdv.kind.{appointment.kind.value}"),
        **values,
    )


def _when(house: House, at: datetime, appointment: Appointment) -> str:
    return appointment_words.when(house, at, appointment.kind)


def _kind(name: str, life: timedelta, *, held: bool = False) -> MessageKind:
    return declare(MessageKind(name, Lane.HAND_OFF, life, held=held, resend=True, render=_render))


CAME = _kind("appointment_came", timedelta(days=2))
CANCELLED = _kind("appointment_cancelled_by_tenant", timedelta(days=7))
CHOSEN = _kind("appointment_chosen", timedelta(days=7))
LATE = _kind("appointment_late", timedelta(hours=2))
WISH = _kind("appointment_wish", timedelta(days=7))
_WORDED = {
    CAME.name: _came,
    CANCELLED.name: _cancelled,
    CHOSEN.name: _chosen,
    LATE.name: _late,
    WISH.name: _wish,
}
