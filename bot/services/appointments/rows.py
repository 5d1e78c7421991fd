"""Appointments as rows: which one, whose, and the one way in which its state changes."""

from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.content.appointments import AppointmentRules
from bot.domain.appointments import LIVE, Act, after
from bot.domain.calendar import instant
from bot.domain.states import AppointmentState
from bot.services.house import House
from bot.storage.tables import Appointment, AppointmentEvent, Organisation, Person, Staff

# The kind of the question "pourrez-vous venir ?".
RDV = "rdv"


class AppointmentRefused(Exception):
    """The act is not allowed now; `code` names a sentence (`rdv.refused.CODE`)."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def object_of(appointment: Appointment) -> str:
    """rdv:12/3: the third time or place of appointment 12."""
    return f"rdv:{appointment.id}/{appointment.version}"


def read_object(session: Session, object: str) -> tuple[Appointment, bool]:
    """The appointment of an object, and whether it is still at that time and place."""
    number, version = object.removeprefix("rdv:").split("/")
    appointment = session.get_one(Appointment, int(number))
    return appointment, appointment.version == int(version)


def rules_of(session: Session, house: House, organisation_id: int) -> AppointmentRules:
    organisation = session.get_one(Organisation, organisation_id)
    return house.content.appointments.rules(organisation.settings.get("appointments", {}))


def begun(appointment: Appointment, now: datetime) -> bool:
    return now >= appointment.starts_at


def is_live(appointment: Appointment) -> bool:
    return appointment.state in LIVE


def upcoming(session: Session, now: datetime, person: Person) -> list[Appointment]:
    """The person's appointments that are ahead and not cancelled, the next one first."""
    return list(
        session.scalars(
            select(Appointment)
            .where(
                Appointment.person_id == person.id,
                Appointment.state.in_(LIVE),
                Appointment.starts_at > now,
            )
            .order_by(Appointment.starts_at, Appointment.id)
        )
    )


def during(session: Session, now: datetime, house: House, staff: Staff, last: date) -> list[Appointment]:
    """The member's appointments from now to the end of that day, to be moved when they are away."""
    until = instant(last + timedelta(days=1), time(0), house.zone)
    return list(
        session.scalars(
            select(Appointment)
            .where(
                Appointment.staff_id == staff.id,
                Appointment.state.in_(LIVE),
                Appointment.starts_at > now,
                Appointment.starts_at < until,
            )
            .order_by(Appointment.starts_at, Appointment.id)
        )
    )


def latest(session: Session, now: datetime, person: Person, within: timedelta) -> Appointment | None:
    """The person's last appointment that began, if it is that recent."""
    return session.scalar(
        select(Appointment)
        .where(
            Appointment.person_id == person.id,
            Appointment.starts_at <= now,
            Appointment.starts_at > now - within,
        )
        .order_by(Appointment.starts_at.desc(), Appointment.id.desc())
        .limit(1)
    )


def of_staff(session: Session, appointment_id: int, staff: Staff) -> Appointment:
    """The appointment, locked, if it is of the member's organisation. Raises AppointmentRefused."""
    found = session.scalar(
        select(Appointment)
        .filter_by(id=appointment_id, organisation_id=staff.organisation_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if found is None:
        raise AppointmentRefused("unknown")
    return found


def locked(session: Session, appointment_id: int) -> Appointment:
    """The appointment as it is now; nobody else changes it before the end of this transaction."""
    return session.scalars(
        select(Appointment)
        .filter_by(id=appointment_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()


def change(
    session: Session,
    now: datetime,
    appointment: Appointment,
    act: Act,
    *,
    actor: Staff | None = None,
    by_tenant: bool = False,
    detail: dict[str, Any] | None = None,
) -> AppointmentState:
    """Bring it to its state after the act, with a dated and signed line. Raises AppointmentRefused."""
    state = after(appointment.state, act, begun=begun(appointment, now))
    if state is None:
        raise AppointmentRefused("begun" if is_live(appointment) else "over")
    appointment.state = state
    record(session, now, appointment, act.value, actor=actor, by_tenant=by_tenant, detail=detail)
    return state


def record(
    session: Session,
    now: datetime,
    appointment: Appointment,
    kind: str,
    *,
    actor: Staff | None = None,
    by_tenant: bool = False,
    detail: dict[str, Any] | None = None,
) -> None:
    """Add a line to the appointment's history."""
    session.add(
        AppointmentEvent(
            organisation_id=appointment.organisation_id,
            appointment_id=appointment.id,
            at=now,
            kind=kind,
            by_tenant=by_tenant,
            actor_id=actor.id if actor else None,
            state=appointment.state,
            detail=detail,
        )
    )
