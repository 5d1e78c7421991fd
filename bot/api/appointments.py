"""Appointments: who meets whom and when; booked, moved, cancelled, settled, and series of them."""

from datetime import date, datetime, time
from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field
from sqlalchemy import select
from sqlalchemy.orm import selectinload

from bot.api import lists
from bot.api.desk import Api, Visit
from bot.api.fields import (
    Day,
    IdempotencyKey,
    Instant,
    Line,
    Member,
    Number,
    Reference,
    Who,
    member,
    who,
)
from bot.api.lists import Cursor, Limit, Page
from bot.api.problems import Refused
from bot.domain.appointments import Act
from bot.domain.rights import Right, may
from bot.domain.states import AppointmentKind, AppointmentState
from bot.services.appointments import appointments, series
from bot.services.appointments import calls as appointment_calls
from bot.services.appointments.appointments import LONGEST, SHORTEST, Meeting
from bot.services.appointments.rows import AppointmentRefused
from bot.services.appointments.series import Rhythm
from bot.services.cases import cases
from bot.storage.tables import Appointment, AppointmentSeries, Person, Staff

Minutes = Annotated[int, Field(ge=SHORTEST, le=LONGEST)]
WallClock = Annotated[
    str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$", description="L'heure sur place : 13:10.")
]
_OUTCOMES = {
    AppointmentState.HONOURED: Act.HONOUR,
    AppointmentState.EXCUSED: Act.EXCUSE,
    AppointmentState.ABSENT: Act.MISS,
}


class AppointmentRead(BaseModel):
    """Un rendez-vous. « version » change avec l'heure ou le lieu."""

    id: int
    reference: str | None
    tenant: Who | None
    staff: Member | None
    kind: AppointmentKind
    subject: str
    place: str
    papers: list[str]
    starts_at: datetime
    minutes: int
    state: AppointmentState
    version: int
    wished_at: datetime | None = Field(description="Une autre heure, demandée par le locataire.")
    needs_help: bool
    series: int | None


class _New(BaseModel):
    tenant: Reference = Field(description="La référence du locataire.")
    staff: Reference = Field(description="La référence du membre de l'équipe.")
    kind: AppointmentKind
    minutes: Minutes
    subject: Line = Field(default="", description="En mots neutres : un autre peut le lire.")
    place: Line = ""


class NewAppointment(_New):
    """Un rendez-vous à prendre ; le locataire en est prévenu."""

    starts_at: Instant
    papers: list[Line] = Field(default=[], max_length=20)
    latitude: float | None = Field(default=None, ge=-90, le=90)
    longitude: float | None = Field(default=None, ge=-180, le=180)


class NewSeries(_New):
    """Le même rendez-vous, toutes les tant de semaines, à la même heure de la montre."""

    first_on: Day
    at: WallClock
    every_weeks: int = Field(default=1, ge=1, le=52)
    ends_on: Day | None = None


class SeriesRead(BaseModel):
    """Une série ; ses rendez-vous se font quatre semaines à l'avance."""

    id: int
    tenant: Who | None
    staff: Member | None
    first_on: date
    at: WallClock
    minutes: int
    every_weeks: int
    ends_on: date | None
    exceptions: list[str]


class Seen(BaseModel):
    """« version » : celle que l'on a lue ; si elle a changé, rien n'est fait."""

    version: int = Field(ge=1, le=10**6)


class Move(Seen):
    """Une autre heure, un autre lieu ; le locataire est prévenu et redit s'il vient."""

    starts_at: Instant
    minutes: Minutes | None = None
    place: Line | None = None


class AcceptWish(BaseModel):
    """L'heure que le locataire a demandée, telle qu'on l'a lue."""

    wished_at: Instant


class Became(BaseModel):
    """Ce qu'il est devenu : honore, absent_excuse ou absent."""

    outcome: AppointmentState


class Exception_(BaseModel):
    """Un jour de la série sans rendez-vous."""

    day: Day


class Last(BaseModel):
    """Le dernier jour de la série."""

    last: Day


def router(api: Api) -> APIRouter:
    routes = APIRouter(prefix="/v1/appointments", tags=["appointments"])

    @routes.get("", summary="Lister les rendez-vous, dans l'ordre du calendrier")
    def listed(
        request: Request,
        start: Annotated[Instant | None, Query(description="À partir de cet instant.")] = None,
        end: Annotated[Instant | None, Query(description="Avant cet instant.")] = None,
        tenant: Annotated[Reference | None, Query()] = None,
        staff: Annotated[Reference | None, Query()] = None,
        state: Annotated[AppointmentState | None, Query()] = None,
        cursor: Cursor = None,
        limit: Limit = 50,
    ) -> Page[AppointmentRead]:
        with api.visit(request, reading=True) as visit:
            own = {"organisation_id": visit.organisation_id}
            query = select(Appointment).filter_by(**own)
            if start is not None:
                query = query.where(Appointment.starts_at >= start)
            if end is not None:
                query = query.where(Appointment.starts_at < end)
            if tenant is not None:
                query = query.where(
                    Appointment.person_id.in_(select(Person.id).filter_by(**own, reference=tenant))
                )
            if staff is not None:
                query = query.where(
                    Appointment.staff_id.in_(select(Staff.id).filter_by(**own, reference=staff))
                )
            if state is not None:
                query = query.filter_by(state=state)
            query = query.options(selectinload(Appointment.person), selectinload(Appointment.staff))
            keys = (Appointment.starts_at, Appointment.id)
            found, following = lists.read(visit.session, query, cursor, limit, *keys)
            return Page(items=[_read(one) for one in found], next=following)

    @routes.post("", summary="Prendre un rendez-vous", status_code=201)
    def book(request: Request, body: NewAppointment, key: IdempotencyKey = None) -> AppointmentRead:
        with api.visit(request) as visit:
            return visit.once(request, key, body, AppointmentRead, lambda: _book(visit, body))

    @routes.get("/to-call", summary="Les rendez-vous à dire par téléphone, dans les sept jours")
    def to_call(request: Request) -> list[AppointmentRead]:
        with api.visit(request, reading=True) as visit:
            found = appointment_calls.to_call(visit.session, visit.now, visit.staff)
            return [_read(one) for one in found]

    @routes.post("/{number}/called", summary="Noter que le locataire en a été prévenu par téléphone")
    def called(request: Request, number: Number) -> AppointmentRead:
        with api.visit(request) as visit:
            return _read(appointment_calls.called(visit.session, visit.now, visit.member(), number))

    @routes.get("/{number}", summary="Lire un rendez-vous")
    def read(request: Request, number: Number) -> AppointmentRead:
        with api.visit(request, reading=True) as visit:
            found = visit.session.scalar(
                select(Appointment).filter_by(id=number, organisation_id=visit.organisation_id)
            )
            if found is None:
                raise AppointmentRefused("unknown")
            return _read(found)

    @routes.post("/{number}/move", summary="Déplacer")
    def move(request: Request, number: Number, body: Move) -> AppointmentRead:
        with api.visit(request) as visit:
            moved = appointments.move(
                visit.session,
                visit.now,
                visit.house,
                number,
                visit.member(),
                body.starts_at,
                version=body.version,
                minutes=body.minutes,
                place=body.place,
            )
            return _read(moved)

    @routes.post("/{number}/accept-wish", summary="Accepter l'heure demandée par le locataire")
    def accept_wish(request: Request, number: Number, body: AcceptWish) -> AppointmentRead:
        with api.visit(request) as visit:
            session, now, house, mine = visit.session, visit.now, visit.house, visit.member()
            agreed = appointments.accept_wish(session, now, house, number, mine, body.wished_at)
            cases.settle_for(session, now, house, mine, "appointment_wish", f"rdv:{agreed.id}")
            return _read(agreed)

    @routes.post("/{number}/cancel", summary="Annuler, par le service")
    def cancel(request: Request, number: Number, body: Seen) -> AppointmentRead:
        with api.visit(request) as visit:
            mine, version = visit.member(), body.version
            return _read(
                appointments.cancel(visit.session, visit.now, visit.house, number, mine, version=version)
            )

    @routes.post("/{number}/outcome", summary="Renseigner : venu, excusé, absent")
    def outcome(request: Request, number: Number, body: Became) -> AppointmentRead:
        with api.visit(request) as visit:
            act = _OUTCOMES.get(body.outcome)
            if act is None:
                raise Refused(422, visit.house.texts.say("api.refused.outcome"))
            mine = visit.member()
            return _read(appointments.settle(visit.session, visit.now, visit.house, number, mine, act))

    return routes


def series_router(api: Api) -> APIRouter:
    routes = APIRouter(prefix="/v1/appointment-series", tags=["appointments"])

    @routes.post("", summary="Commencer une série de rendez-vous", status_code=201)
    def start(request: Request, body: NewSeries, key: IdempotencyKey = None) -> SeriesRead:
        with api.visit(request) as visit:
            return visit.once(request, key, body, SeriesRead, lambda: _start(visit, body))

    @routes.post("/{number}/exceptions", summary="Un jour de la série sans rendez-vous")
    def leave_out(request: Request, number: Number, body: Exception_) -> SeriesRead:
        with api.visit(request) as visit:
            found = _series(visit, number)
            series.leave_out(visit.session, visit.now, visit.house, found, body.day, visit.member())
            return _series_read(found)

    @routes.post("/{number}/end", summary="Terminer la série")
    def end(request: Request, number: Number, body: Last) -> SeriesRead:
        with api.visit(request) as visit:
            found = _series(visit, number)
            series.end(visit.session, visit.now, visit.house, found, body.last, visit.member())
            return _series_read(found)

    return routes


def _book(visit: Visit, body: NewAppointment) -> AppointmentRead:
    person, staff = _people(visit, body)
    meeting = Meeting(
        person=person,
        staff=staff,
        kind=body.kind,
        starts_at=body.starts_at,
        minutes=body.minutes,
        subject=body.subject,
        place=body.place,
        papers=[paper for paper in body.papers if paper.strip()],
        latitude=body.latitude,
        longitude=body.longitude,
    )
    booked = appointments.book(visit.session, visit.now, visit.house, meeting, actor=visit.token.staff)
    return _read(booked)


def _start(visit: Visit, body: NewSeries) -> SeriesRead:
    person, staff = _people(visit, body)
    rhythm = Rhythm(body.first_on, time.fromisoformat(body.at), body.minutes, body.every_weeks, body.ends_on)
    if body.ends_on is not None and body.ends_on < body.first_on:
        raise Refused(422, visit.house.texts.say("api.refused.order"))
    made = series.start(
        visit.session,
        visit.now,
        visit.house,
        person,
        staff,
        rhythm,
        kind=body.kind,
        subject=body.subject,
        place=body.place,
    )
    return _series_read(made)


def _people(visit: Visit, body: _New) -> tuple[Person, Staff]:
    """The tenant and the member of the team, of this organisation. Raises Refused (422)."""
    own = {"organisation_id": visit.organisation_id}
    person = visit.session.scalar(select(Person).filter_by(**own, reference=body.tenant))
    if person is None:
        raise Refused(422, visit.house.texts.say("api.refused.no_tenant"))
    staff = visit.session.scalar(select(Staff).filter_by(**own, reference=body.staff))
    if staff is None or not may(staff.role, Right.MANAGE_APPOINTMENTS):
        raise Refused(422, visit.house.texts.say("api.refused.no_member"))
    return person, staff


def _series(visit: Visit, number: int) -> AppointmentSeries:
    found = visit.session.scalar(
        select(AppointmentSeries).filter_by(id=number, organisation_id=visit.organisation_id)
    )
    if found is None:
        raise AppointmentRefused("unknown")
    return found


def _series_read(found: AppointmentSeries) -> SeriesRead:
    return SeriesRead(
        id=found.id,
        tenant=who(found.person),
        staff=member(found.staff),
        first_on=found.first_on,
        at=f"{found.at:%H:%M}",
        minutes=found.minutes,
        every_weeks=found.every_weeks,
        ends_on=found.ends_on,
        exceptions=sorted(found.exceptions),
    )


def _read(one: Appointment) -> AppointmentRead:
    return AppointmentRead(
        id=one.id,
        reference=one.reference,
        tenant=who(one.person),
        staff=member(one.staff),
        kind=one.kind,
        subject=one.subject,
        place=one.place,
        papers=one.papers,
        starts_at=one.starts_at,
        minutes=one.minutes,
        state=one.state,
        version=one.version,
        wished_at=one.wished_at,
        needs_help=one.needs_help,
        series=one.series_id,
    )
