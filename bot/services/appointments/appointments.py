"""The life of an appointment: booked, confirmed, moved, cancelled, settled; every step dated and signed.

The verbs of caseworkers take the `version` they saw: what a colleague changed meanwhile is not overwritten.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.domain.appointments import LIVE, RESOLVED, Act, span
from bot.domain.states import AppointmentKind, AppointmentState, Urgency
from bot.services import questions
from bot.services.appointments import messages as appointment_messages
from bot.services.appointments import offers as appointment_offers
from bot.services.appointments import plan as appointment_plan
from bot.services.appointments import team as appointment_team
from bot.services.appointments.rows import (
    RDV,
    AppointmentRefused,
    change,
    is_live,
    object_of,
    of_staff,
    record,
)
from bot.services.cases import cases, rota
from bot.services.house import House
from bot.storage.tables import Appointment, AppointmentOffer, AppointmentSeries, Person, Staff

SHORTEST, LONGEST = 5, 480


@dataclass(frozen=True)
class Meeting:
    """What is booked. `place` and `subject` are read by the tenant; coordinates in degrees (WGS 84)."""

    person: Person
    staff: Staff
    kind: AppointmentKind
    starts_at: datetime
    minutes: int
    subject: str = ""
    place: str = ""
    papers: Sequence[str] = ()
    latitude: float | None = None
    longitude: float | None = None
    journey: str = ""


def book(
    session: Session,
    now: datetime,
    house: House,
    meeting: Meeting,
    *,
    actor: Staff | None = None,
    chosen: bool = False,
    reference: str | None = None,
    series: AppointmentSeries | None = None,
    series_day: date | None = None,
    tell: bool = True,
) -> Appointment:
    """Book a meeting and tell the tenant. `chosen`: the tenant picked the time, nothing is left to confirm.
    Without `tell` the reminders are the first that the tenant hears of it.

    Raises AppointmentRefused: past, length, sensitive, away, overlap, busy.
    """
    _check(session, now, house, meeting)
    appointment = Appointment(
        organisation_id=meeting.person.organisation_id,
        reference=reference,
        person=meeting.person,
        staff=meeting.staff,
        kind=meeting.kind,
        subject=meeting.subject.strip(),
        place=meeting.place.strip(),
        latitude=meeting.latitude,
        longitude=meeting.longitude,
        papers=list(meeting.papers),
        starts_at=meeting.starts_at,
        minutes=meeting.minutes,
        state=AppointmentState.CONFIRMED if chosen else AppointmentState.TO_CONFIRM,
        told_at=now,
        version=1,
        needs_help=False,
        refusal="",
        series_id=series.id if series else None,
        series_day=series_day,
        journey=meeting.journey,
        created_at=now,
    )
    session.add(appointment)
    session.flush()
    record(session, now, appointment, "booked", actor=actor, by_tenant=chosen)
    appointment_plan.schedule(session, house, appointment)
    if tell and not chosen:
        appointment_messages.tell(session, now, house, appointment, appointment_messages.BOOKED)
    return appointment


def move(
    session: Session,
    now: datetime,
    house: House,
    appointment_id: int,
    staff: Staff,
    starts_at: datetime,
    *,
    version: int,
    minutes: int | None = None,
    place: str | None = None,
) -> Appointment:
    """Another time or place, by the service: the tenant is told, and asked again.

    Raises AppointmentRefused: unknown, changed, over, begun, and what `book` refuses.
    """
    appointment = _seen(session, appointment_id, staff, version)
    wanted = replace(_meeting(appointment), starts_at=starts_at)
    wanted = replace(
        wanted,
        minutes=appointment.minutes if minutes is None else minutes,
        place=appointment.place if place is None else place,
    )
    _move(session, now, house, appointment, wanted, Act.MOVE, actor=staff)
    appointment_messages.tell(session, now, house, appointment, appointment_messages.MOVED)
    return appointment


def agree(
    session: Session,
    now: datetime,
    house: House,
    appointment: Appointment,
    starts_at: datetime,
    *,
    actor: Staff | None = None,
) -> Appointment:
    """The time that the tenant chose: nothing is left to confirm.

    `actor` accepts a wish (then the tenant is told); without one the tenant picked a free time and hears
    of it in the answer. Raises AppointmentRefused.
    """
    wanted = replace(_meeting(appointment), starts_at=starts_at)
    _move(session, now, house, appointment, wanted, Act.AGREE, actor=actor, by_tenant=actor is None)
    if actor is not None:
        appointment_messages.tell(session, now, house, appointment, appointment_messages.AGREED)
    return appointment


def accept_wish(
    session: Session, now: datetime, house: House, appointment_id: int, staff: Staff, starts_at: datetime
) -> Appointment:
    """One tap of the caseworker: the time that the tenant asked for. Raises AppointmentRefused."""
    appointment = of_staff(session, appointment_id, staff)
    if appointment.wished_at != starts_at:
        raise AppointmentRefused("changed")
    return agree(session, now, house, appointment, starts_at, actor=staff)


def confirm(session: Session, now: datetime, house: House, appointment: Appointment) -> None:
    """The tenant comes. Raises AppointmentRefused."""
    change(session, now, appointment, Act.CONFIRM, by_tenant=True)
    _answered(session, now, appointment, "confirm_appointment")
    appointment_messages.tell(session, now, house, appointment, appointment_messages.FILE)


def cancel_by_tenant(session: Session, now: datetime, house: House, appointment: Appointment) -> None:
    """The tenant does not come; the caseworker is told. Raises AppointmentRefused."""
    change(session, now, appointment, Act.CANCEL_BY_TENANT, by_tenant=True)
    _answered(session, now, appointment, "cancel_appointment")
    appointment_team.tell(session, now, house, appointment, appointment_team.CANCELLED)


def cancel(
    session: Session, now: datetime, house: House, appointment_id: int, staff: Staff, *, version: int
) -> Appointment:
    """The service cancels; the tenant is told. Raises AppointmentRefused: unknown, changed, over, begun."""
    appointment = _seen(session, appointment_id, staff, version)
    change(session, now, appointment, Act.CANCEL_BY_SERVICE, actor=staff)
    _answered(session, now, appointment, "cancelled")
    appointment_messages.tell(session, now, house, appointment, appointment_messages.CANCELLED)
    return appointment


def refuse_visit(session: Session, now: datetime, appointment: Appointment, reason: str) -> None:
    """Keep why a cancelled visit is refused: it is counted. Raises AppointmentRefused."""
    if appointment.state is not AppointmentState.CANCELLED_BY_TENANT:
        raise AppointmentRefused("over")
    appointment.refusal = reason
    record(session, now, appointment, "refusal", by_tenant=True, detail={"reason": reason})


def settle(
    session: Session, now: datetime, house: House, appointment_id: int, staff: Staff, act: Act
) -> Appointment:
    """What became of it: HONOUR, EXCUSE or MISS, again when it was a mistake. Raises AppointmentRefused.

    A missed one gets a kind word and new times; the second in a row opens a case.
    """
    appointment = of_staff(session, appointment_id, staff)
    was = appointment.state
    change(session, now, appointment, act, actor=staff)
    if appointment.state is not AppointmentState.ABSENT or was is AppointmentState.ABSENT:
        return appointment
    appointment_offers.after_missed(session, now, house, appointment)
    if _missed_before(session, appointment):
        cases.open_case(
            session,
            now,
            house,
            kind="appointment_missed",
            urgency=Urgency.NORMAL,
            reason=house.texts.say("rdv.staff.reason.missed"),
            person=appointment.person,
        )
    return appointment


def pick(session: Session, now: datetime, house: House, offer: AppointmentOffer, at: datetime) -> Appointment:
    """The tenant picks one of the times offered. Raises AppointmentRefused (`gone`: no longer free)."""
    session.refresh(offer, with_for_update=True)
    old = session.get(Appointment, offer.appointment_id) if offer.appointment_id else None
    try:
        if old is not None and is_live(old):
            return agree(session, now, house, old, at)
        meeting = Meeting(
            person=offer.person,
            staff=offer.staff,
            kind=offer.kind,
            starts_at=at,
            minutes=offer.minutes,
            subject=offer.subject,
            place=offer.place,
            papers=offer.papers,
            latitude=old.latitude if old else None,
            longitude=old.longitude if old else None,
            journey=offer.journey,
        )
        return book(session, now, house, meeting, chosen=True)
    except AppointmentRefused as refused:
        raise AppointmentRefused("gone") from refused


def _missed_before(session: Session, appointment: Appointment) -> bool:
    """Whether the person's last meeting before this one, of those that count, was missed too."""
    last = session.scalar(
        select(Appointment.state)
        .where(
            Appointment.person_id == appointment.person_id,
            Appointment.starts_at < appointment.starts_at,
            Appointment.state.in_(RESOLVED),
        )
        .order_by(Appointment.starts_at.desc(), Appointment.id.desc())
        .limit(1)
    )
    return last is AppointmentState.ABSENT


def _seen(session: Session, appointment_id: int, staff: Staff, version: int) -> Appointment:
    appointment = of_staff(session, appointment_id, staff)
    if appointment.version != version:
        raise AppointmentRefused("changed")
    return appointment


def _meeting(appointment: Appointment) -> Meeting:
    return Meeting(
        person=appointment.person,
        staff=appointment.staff,
        kind=appointment.kind,
        starts_at=appointment.starts_at,
        minutes=appointment.minutes,
        place=appointment.place,
    )


def _move(
    session: Session,
    now: datetime,
    house: House,
    appointment: Appointment,
    wanted: Meeting,
    act: Act,
    **signed: Any,
) -> None:
    _check(session, now, house, wanted, but=appointment.id)
    detail = {"from": appointment.starts_at.isoformat(), "to": wanted.starts_at.isoformat()}
    change(session, now, appointment, act, detail=detail, **signed)
    _answered(session, now, appointment, act.value)
    if wanted.place != appointment.place:
        appointment.latitude = appointment.longitude = None
    appointment.starts_at, appointment.minutes = wanted.starts_at, wanted.minutes
    appointment.place, appointment.wished_at = wanted.place, None
    appointment.version += 1
    appointment.told_at = now
    session.flush()
    appointment_plan.schedule(session, house, appointment)


def _answered(session: Session, now: datetime, appointment: Appointment, answer: str) -> None:
    questions.close_object(session, now, appointment.person_id, RDV, object_of(appointment), answer)


def _check(
    session: Session, now: datetime, house: House, meeting: Meeting, *, but: int | None = None
) -> None:
    if meeting.starts_at <= now:
        raise AppointmentRefused("past")
    if not SHORTEST <= meeting.minutes <= LONGEST:
        raise AppointmentRefused("length")
    if house.content.appointments.is_sensitive(meeting.subject):
        raise AppointmentRefused("sensitive")
    # The lock holds back a colleague who books the same person's time at this very instant.
    session.scalar(select(Staff.id).filter_by(id=meeting.staff.id).with_for_update())
    day = meeting.starts_at.astimezone(house.zone).date()
    if rota.absences(session, day, [meeting.staff.id]):
        raise AppointmentRefused("away")
    if _overlapping(session, meeting, Appointment.staff_id == meeting.staff.id, but):
        raise AppointmentRefused("overlap")
    if _overlapping(session, meeting, Appointment.person_id == meeting.person.id, but):
        raise AppointmentRefused("busy")


def _overlapping(session: Session, meeting: Meeting, whose: Any, but: int | None) -> bool:
    wanted = span(meeting.starts_at, meeting.minutes)
    longest = span(meeting.starts_at, 0, timedelta(minutes=LONGEST))
    near = session.scalars(
        select(Appointment).where(
            whose,
            Appointment.state.in_(LIVE),
            Appointment.id.is_distinct_from(but),
            Appointment.starts_at > longest.starts_at,
            Appointment.starts_at < wanted.ends_at,
        )
    )
    return any(wanted.overlaps(span(other.starts_at, other.minutes)) for other in near)
