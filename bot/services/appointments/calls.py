"""Appointments of people whom Palier can't write to: somebody says them by telephone, once each time."""

from datetime import datetime, timedelta

from sqlalchemy import Select, exists, select
from sqlalchemy.orm import Session

from bot.domain.appointments import LIVE
from bot.services import people
from bot.services.appointments.messages import can_be_told
from bot.services.appointments.rows import of_staff, record
from bot.storage.tables import Appointment, AppointmentEvent, Staff

# The line of an appointment's history that says that somebody called.
_CALLED = "called"
# A call much earlier would be forgotten by the day.
_AHEAD = timedelta(days=7)


def to_call(session: Session, now: datetime, staff: Staff) -> list[Appointment]:
    """The organisation's appointments of the next seven days that nobody has told the tenant of, this
    member's first, then by their time. Of somebody in danger only who meets them is told to call."""
    found = session.scalars(_untold(now).where(Appointment.organisation_id == staff.organisation_id))
    unreached = [one for one in found if _is_for(session, one, staff)]
    return sorted(unreached, key=lambda one: (one.staff_id != staff.id, one.starts_at, one.id))


def count(session: Session, now: datetime, staff: Staff) -> int:
    """How many of them are this member's own."""
    mine = session.scalars(_untold(now).where(Appointment.staff_id == staff.id))
    return sum(_is_for(session, one, staff) for one in mine)


def called(session: Session, now: datetime, staff: Staff, appointment_id: int) -> Appointment:
    """Somebody called: a line of the history, by whom. Raises AppointmentRefused (`unknown`)."""
    appointment = of_staff(session, appointment_id, staff)
    record(session, now, appointment, _CALLED, actor=staff)
    return appointment


def _untold(now: datetime) -> Select[Appointment]:
    """Ahead, and not called about since it was last set or moved."""
    event = AppointmentEvent
    return select(Appointment).where(
        Appointment.state.in_(LIVE),
        Appointment.starts_at > now,
        Appointment.starts_at <= now + _AHEAD,
        ~exists().where(
            event.appointment_id == Appointment.id,
            event.kind == _CALLED,
            event.at >= Appointment.told_at,
        ),
    )


def _is_for(session: Session, appointment: Appointment, staff: Staff) -> bool:
    if can_be_told(session, appointment.person):
        return False
    return appointment.staff_id == staff.id or not people.in_danger(session, appointment.person)
