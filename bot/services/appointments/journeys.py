"""Journeys: the meetings that a scheme asks for are proposed by Palier, and flagged when they did not happen.

`premier_mois` (a meeting within the first month of the lease) and `visite_hebdomadaire` (a home visit every
week, for whoever has a series of it); an organisation follows those of its settings.
"""

from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.content.appointments import Journey
from bot.domain.calendar import OFFICE_FROM, add_business_days, instant
from bot.domain.states import AppointmentState, OccurrenceState, Urgency
from bot.services.appointments import offers as appointment_offers
from bot.services.appointments.offers import OFFERED, Wanted
from bot.services.appointments.rows import rules_of
from bot.services.cases import cases
from bot.services.house import House
from bot.services.one_by_one import one_by_one
from bot.storage.tables import (
    Appointment,
    AppointmentOffer,
    AppointmentSeries,
    Lease,
    LeasePerson,
    Occurrence,
    Organisation,
    Person,
)

FIRST_MONTH, WEEKLY = "premier_mois", "visite_hebdomadaire"
_RULES = (f"journey.{FIRST_MONTH}", f"journey.{WEEKLY}")


def follow(session: Session, now: datetime, house: House) -> int:
    """Tick: propose the meetings that are asked for, and plan the days on which they are looked for.

    Returns how many were proposed or planned.
    """
    done = 0

    def look(organisation: Organisation) -> None:
        nonlocal done
        followed = rules_of(session, house, organisation.id).journeys
        if FIRST_MONTH in followed:
            done += _first_months(session, now, house, organisation)
        if WEEKLY in followed:
            done += _weeks(session, now, house, organisation)

    one_by_one(session, now, session.scalars(select(Organisation).order_by(Organisation.id)).all(), look)
    return done


def _first_months(session: Session, now: datetime, house: House, organisation: Organisation) -> int:
    journey = house.content.appointments.journeys[FIRST_MONTH]
    today = now.astimezone(house.zone).date()
    fresh = session.scalars(
        select(LeasePerson)
        .join(Lease, LeasePerson.lease_id == Lease.id)
        .where(
            Lease.organisation_id == organisation.id,
            Lease.starts_on <= today,
            Lease.starts_on > today - timedelta(days=journey.days),
        )
        .order_by(LeasePerson.lease_id, LeasePerson.person_id)
    ).all()
    done = 0

    def look(link: LeasePerson) -> None:
        nonlocal done
        starts_on = session.scalars(select(Lease.starts_on).filter_by(id=link.lease_id)).one()
        last = starts_on + timedelta(days=journey.days)
        if _plan(session, house, organisation, FIRST_MONTH, f"lease:{link.lease_id}/{link.person_id}", last):
            _propose(session, now, house, journey, session.get_one(Person, link.person_id))
            done += 1

    one_by_one(session, now, fresh, look)
    return done


def _propose(session: Session, now: datetime, house: House, journey: Journey, person: Person) -> None:
    """Three times of the référent's, once; without a référent a person is found when it is looked for."""
    booked = session.scalar(select(Appointment.id).filter_by(person_id=person.id, journey=journey.name))
    offered = session.scalar(select(AppointmentOffer.id).filter_by(person_id=person.id, journey=journey.name))
    if person.referent is None or booked is not None or offered is not None:
        return
    wanted = Wanted(
        person=person,
        staff=person.referent,
        kind=journey.kind,
        subject=journey.subject,
        journey=journey.name,
    )
    times = appointment_offers.free_times(session, now, house, wanted)
    made = appointment_offers.offer(session, now, house, wanted, times)
    appointment_offers.send(session, now, house, made, OFFERED)


def _weeks(session: Session, now: datetime, house: House, organisation: Organisation) -> int:
    """This week of each series is looked at when it is over."""
    today = now.astimezone(house.zone).date()
    monday = today - timedelta(days=today.weekday())
    sunday = monday + timedelta(days=6)
    running = session.scalars(
        select(AppointmentSeries).where(
            AppointmentSeries.organisation_id == organisation.id,
            AppointmentSeries.journey == WEEKLY,
            AppointmentSeries.first_on <= sunday,
            (AppointmentSeries.ends_on.is_(None)) | (AppointmentSeries.ends_on >= sunday),
        )
    ).all()
    return sum(
        _plan(session, house, organisation, WEEKLY, f"series:{series.id}/{monday.isoformat()}", sunday)
        for series in running
    )


def _plan(
    session: Session, house: House, organisation: Organisation, name: str, object: str, last: date
) -> bool:
    """Look for the meeting on the second working day after its last day: "venu ?" has been asked twice."""
    key = {"organisation_id": organisation.id, "rule": f"journey.{name}", "object": object}
    if session.scalar(select(Occurrence.id).filter_by(**key)) is not None:
        return False
    day = add_business_days(last, 2, house.holidays)
    session.add(Occurrence(**key, due_on=day, due_at=instant(day, OFFICE_FROM, house.zone)))
    return True


def check_due(session: Session, now: datetime, house: House, limit: int = 50) -> int:
    """Tick: flag the meetings that did not happen in time. Returns how many were looked for."""
    rows = session.scalars(
        select(Occurrence)
        .where(
            Occurrence.state == OccurrenceState.PLANNED,
            Occurrence.due_at <= now,
            Occurrence.rule.in_(_RULES),
        )
        .order_by(Occurrence.due_at, Occurrence.id)
        .limit(limit)
    ).all()

    def look(row: Occurrence) -> None:
        name = row.rule.removeprefix("journey.")
        person, first, last = _looked_for(session, house, row, name)
        if not _met(session, house, person, first, last):
            reason = house.texts.say(f"rdv.staff.reason.{name}")
            cases.open_case(
                session, now, house, kind="appointment_journey", urgency=Urgency.NORMAL, reason=reason,
                person=person, object=name,
            )  # fmt: skip
        row.state = OccurrenceState.DONE

    return one_by_one(session, now, rows, look)


def _looked_for(session: Session, house: House, row: Occurrence, name: str) -> tuple[Person, date, date]:
    """Who should have met somebody, between which days (both included)."""
    subject, detail = row.object.split(":")[1].split("/")
    if name == FIRST_MONTH:
        lease, person = session.get_one(Lease, int(subject)), session.get_one(Person, int(detail))
        days = house.content.appointments.journeys[name].days
        return person, lease.starts_on - timedelta(days=days), lease.starts_on + timedelta(days=days)
    monday = date.fromisoformat(detail)
    return session.get_one(AppointmentSeries, int(subject)).person, monday, monday + timedelta(days=6)


def _met(session: Session, house: House, person: Person, first: date, last: date) -> bool:
    starts = session.scalars(
        select(Appointment.starts_at).filter_by(person_id=person.id, state=AppointmentState.HONOURED)
    )
    return any(first <= at.astimezone(house.zone).date() <= last for at in starts)
