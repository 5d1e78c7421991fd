"""The same meeting every week or two: its appointments are made some weeks ahead, its exceptions kept."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from bot.domain.appointments import LIVE, series_days
from bot.domain.calendar import instant
from bot.domain.states import AppointmentKind
from bot.services.appointments import appointments
from bot.services.appointments.appointments import Meeting
from bot.services.appointments.rows import AppointmentRefused, begun
from bot.services.house import House
from bot.services.one_by_one import one_by_one
from bot.storage.tables import Appointment, AppointmentSeries, Person, Staff

_AHEAD = timedelta(days=28)


@dataclass(frozen=True)
class Rhythm:
    """Every so many weeks from a day on, at a wall-clock time; `ends_on` None: until somebody ends it."""

    first_on: date
    at: time
    minutes: int
    every_weeks: int = 1
    ends_on: date | None = None


def start(
    session: Session,
    now: datetime,
    house: House,
    person: Person,
    staff: Staff,
    rhythm: Rhythm,
    *,
    kind: AppointmentKind = AppointmentKind.HOME,
    subject: str = "",
    place: str = "",
    journey: str = "",
    exceptions: Sequence[date] = (),
) -> AppointmentSeries:
    """Begin a series and make its next appointments; the tenant is told of the first one.

    Raises AppointmentRefused: past, length, sensitive.
    """
    if instant(rhythm.first_on, rhythm.at, house.zone) <= now:
        raise AppointmentRefused("past")
    if not appointments.SHORTEST <= rhythm.minutes <= appointments.LONGEST:
        raise AppointmentRefused("length")
    if house.content.appointments.is_sensitive(subject):
        raise AppointmentRefused("sensitive")
    series = AppointmentSeries(
        organisation_id=person.organisation_id,
        person=person,
        staff=staff,
        kind=kind,
        subject=subject,
        place=place,
        first_on=rhythm.first_on,
        at=rhythm.at,
        minutes=rhythm.minutes,
        every_weeks=rhythm.every_weeks,
        ends_on=rhythm.ends_on,
        exceptions=[day.isoformat() for day in exceptions],
        journey=journey,
    )
    session.add(series)
    session.flush()
    _extend(session, now, house, series)
    return series


def extend_all(session: Session, now: datetime, house: House) -> int:
    """Tick: make the appointments of the next weeks that are still missing. Returns how many."""
    today = now.astimezone(house.zone).date()
    running = session.scalars(
        select(AppointmentSeries)
        .where(or_(AppointmentSeries.ends_on.is_(None), AppointmentSeries.ends_on >= today))
        .order_by(AppointmentSeries.id)
    ).all()
    made: list[int] = []
    one_by_one(session, now, running, lambda series: made.append(_extend(session, now, house, series)))
    return sum(made)


def not_made(session: Session, now: datetime, house: House, series: AppointmentSeries) -> list[date]:
    """The days of the next weeks that stay without a meeting: a holiday, an absence, something else."""
    made = _made(session, series)
    return [day for day in _days(now, house, series) if day not in made]


def leave_out(
    session: Session, now: datetime, house: House, series: AppointmentSeries, day: date, staff: Staff
) -> None:
    """No meeting on that day of the series; the one that was booked is cancelled and the tenant told."""
    if day.isoformat() not in series.exceptions:
        series.exceptions = [*series.exceptions, day.isoformat()]
    booked = session.scalar(select(Appointment).filter_by(series_id=series.id, series_day=day))
    if booked is not None and booked.state in LIVE and not begun(booked, now):
        appointments.cancel(session, now, house, booked.id, staff, version=booked.version)


def end(
    session: Session, now: datetime, house: House, series: AppointmentSeries, last: date, staff: Staff
) -> None:
    """No meeting after that day; those that were booked are cancelled and the tenant told."""
    series.ends_on = max(last, series.first_on)
    later = session.scalars(
        select(Appointment)
        .where(
            Appointment.series_id == series.id,
            Appointment.series_day > last,
            Appointment.state.in_(LIVE),
            Appointment.starts_at > now,
        )
        .order_by(Appointment.starts_at, Appointment.id)
    ).all()
    for booked in later:
        appointments.cancel(session, now, house, booked.id, staff, version=booked.version)


def _extend(session: Session, now: datetime, house: House, series: AppointmentSeries) -> int:
    made = _made(session, series)
    return sum(
        _book(session, now, house, series, day, first=not made)
        for day in _days(now, house, series)
        if day not in made and day not in house.holidays
    )


def _made(session: Session, series: AppointmentSeries) -> set[date | None]:
    return set(session.scalars(select(Appointment.series_day).filter_by(series_id=series.id)))


def _days(now: datetime, house: House, series: AppointmentSeries) -> list[date]:
    """The days of the series that are made by now."""
    last = now.astimezone(house.zone).date() + _AHEAD
    last = min(last, series.ends_on) if series.ends_on else last
    exceptions = [date.fromisoformat(day) for day in series.exceptions]
    return list(series_days(series.first_on, last, series.every_weeks, exceptions))


def _book(
    session: Session, now: datetime, house: House, series: AppointmentSeries, day: date, *, first: bool
) -> bool:
    """One appointment of the series; a day on which the caseworker is away or taken stays without."""
    meeting = Meeting(
        person=series.person,
        staff=series.staff,
        kind=series.kind,
        starts_at=instant(day, series.at, house.zone),
        minutes=series.minutes,
        subject=series.subject,
        place=series.place,
        journey=series.journey,
    )
    told = first and day == series.first_on
    try:
        appointments.book(session, now, house, meeting, series=series, series_day=day, tell=told)
    except AppointmentRefused:
        return False
    return True
