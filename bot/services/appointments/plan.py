"""When Palier speaks of an appointment: planned as occurrence rows, decided when their time has come."""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.domain.appointments import REMINDERS, Act, Occasion, occasions
from bot.domain.states import AppointmentState, OccurrenceState
from bot.services.appointments import messages as appointment_messages
from bot.services.appointments import team as appointment_team
from bot.services.appointments.rows import (
    begun,
    change,
    is_live,
    locked,
    object_of,
    read_object,
)
from bot.services.house import House
from bot.services.one_by_one import one_by_one
from bot.storage.tables import Appointment, Occurrence

# Two reminders are never closer than this, however late the first one left.
_APART = timedelta(hours=12)


def schedule(session: Session, house: House, appointment: Appointment) -> None:
    """Plan the occasions of the appointment at its present time; those of an earlier one fall away."""
    planned = occasions(
        appointment.starts_at, appointment.minutes, appointment.told_at, house.zone, house.holidays
    )
    for occasion, at in planned.items():
        session.add(
            Occurrence(
                organisation_id=appointment.organisation_id,
                rule=occasion.value,
                object=object_of(appointment),
                due_on=at.astimezone(house.zone).date(),
                due_at=at,
            )
        )


def fire_due(session: Session, now: datetime, house: House, limit: int = 200) -> int:
    """Tick: take the occasions whose time has come. Returns how many.

    After a stop only the latest of an appointment's reminders is still said.
    """
    rows = session.scalars(
        select(Occurrence)
        .where(
            Occurrence.state == OccurrenceState.PLANNED,
            Occurrence.due_at <= now,
            Occurrence.rule.in_(list(Occasion)),
        )
        .order_by(Occurrence.due_at, Occurrence.id)
        .limit(limit)
    ).all()
    latest = {row.object: row.id for row in rows if row.rule in REMINDERS}

    def take(row: Occurrence) -> None:
        if row.rule in REMINDERS and latest[row.object] != row.id:
            _end(row, "late")
        else:
            _fire(session, now, house, row)

    return one_by_one(session, now, rows, take)


def _fire(session: Session, now: datetime, house: House, row: Occurrence) -> None:
    appointment, current = read_object(session, row.object)
    appointment = locked(session, appointment.id)
    if not current:
        _end(row, "moved")
    elif row.rule in REMINDERS:
        _end(row, _remind(session, now, house, appointment, Occasion(row.rule)))
    else:
        _end(row, _ask_came(session, now, house, appointment, Occasion(row.rule)))


def _remind(
    session: Session, now: datetime, house: House, appointment: Appointment, occasion: Occasion
) -> str:
    """Queue the reminder; the reason when it is not to be said."""
    if not is_live(appointment):
        return appointment.state.value
    if begun(appointment, now):
        return "begun"
    if occasion is Occasion.DAY_BEFORE:
        if appointment.state is AppointmentState.CONFIRMED:
            return "answered"
        if appointment_messages.last_reminded(session, appointment, now - _APART):
            return "reminded"
    appointment_messages.remind(session, now, house, appointment, occasion)
    return ""


def _ask_came(
    session: Session, now: datetime, house: House, appointment: Appointment, occasion: Occasion
) -> str:
    """Its hour is past: ask the caseworker; the reason when there is nothing to ask."""
    if is_live(appointment):
        change(session, now, appointment, Act.PASS)
    if appointment.state is not AppointmentState.TO_SETTLE:
        return appointment.state.value
    appointment_team.ask_came(session, now, house, appointment, occasion)
    return ""


def _end(row: Occurrence, reason: str) -> None:
    row.state = OccurrenceState.SKIPPED if reason else OccurrenceState.DONE
    row.reason = reason
