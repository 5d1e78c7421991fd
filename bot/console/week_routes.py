"""Appointments from the console: the week, one appointment, booked, moved, cancelled, settled."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Form, HTTPException, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy import select

from bot.console import week_page
from bot.console.case_routes import CsrfField, Number
from bot.console.desk import Desk, Visit
from bot.console.forms import day, instant, kept, number_of
from bot.console.tenant_field import NotOne, tenant_of
from bot.domain.appointments import Act
from bot.domain.rights import Right, holders
from bot.domain.states import AppointmentKind
from bot.services.appointments import appointments
from bot.services.appointments.appointments import Meeting
from bot.services.appointments.rows import AppointmentRefused
from bot.storage.tables import Appointment, Staff

Text = Annotated[str, Form()]

_NO_TIME = "Choisissez un jour et une heure."
_NO_STAFF = "Choisissez qui reçoit."
_NO_KIND = "Choisissez où se passe le rendez-vous."
_NO_OUTCOME = "Choisissez ce qu’il en est."


class _Wrong(Exception):
    """A field of the form is missing or not readable; the message is shown."""


def router(desk: Desk) -> APIRouter:
    routes = APIRouter(include_in_schema=False)

    @routes.get("/rendez-vous")
    def week(request: Request, semaine: str = "", equipe: str = "") -> Response:
        with desk.visit(request, reading=True) as visit:
            asked = day(semaine) or visit.now.astimezone(desk.house.zone).date()
            page = week_page.week(desk, visit, week_page.monday_of(asked), team=bool(equipe))
        return desk.pages.show("week.html", page=page)

    @routes.get("/rendez-vous/nouveau")
    def new(request: Request, locataire: str = "", jour: str = "") -> Response:
        with desk.visit(request, reading=True) as visit:
            page = week_page.new(desk, visit)
        return desk.pages.show(
            "meeting_new.html", page=page, typed=kept(locataire=locataire, jour=jour), error=""
        )

    @routes.post("/rendez-vous")
    def book(
        request: Request,
        csrf: CsrfField = "",
        locataire: Text = "",
        choisi: Text = "",
        qui: Text = "",
        type: Text = "",
        jour: Text = "",
        heure: Text = "",
        minutes: Text = "",
        lieu: Text = "",
        sujet: Text = "",
    ) -> Response:
        typed = kept(
            locataire=locataire, qui=qui, type=type, jour=jour, heure=heure, minutes=minutes, lieu=lieu,
            sujet=sujet,
        )  # fmt: skip
        with desk.visit(request) as visit:
            desk.check_form(request, csrf)
            try:
                subject = desk.house.content.appointments.subjects.get(sujet)
                meeting = Meeting(
                    person=tenant_of(desk, visit, locataire, choisi),
                    staff=_member(visit, number_of(qui)),
                    kind=_kind(type),
                    starts_at=_time(desk, jour, heure),
                    minutes=number_of(minutes),
                    subject=subject.label if subject else "",
                    place=lieu.strip()[:200],
                    papers=subject.papers if subject else (),
                )
                booked = appointments.book(visit.session, visit.now, desk.house, meeting, actor=visit.staff)
                number = booked.id
            except (_Wrong, NotOne, AppointmentRefused) as refused:
                page = week_page.new(desk, visit, refused.choices if isinstance(refused, NotOne) else ())
                error = _sentence(desk, refused)
                return desk.pages.show("meeting_new.html", 422, page=page, typed=typed, error=error)
        return RedirectResponse(f"/rendez-vous/{number}?avis=pris", 303)

    @routes.get("/rendez-vous/{number}")
    def read(request: Request, number: Number, avis: str = "") -> Response:
        with desk.visit(request, reading=True) as visit:
            page = week_page.one(desk, visit, _one(visit, number))
        return desk.pages.show("meeting.html", page=page, notice=avis, error="", typed=kept())

    @routes.post("/rendez-vous/{number}/{act}")
    def act(
        request: Request,
        number: Number,
        act: str,
        csrf: CsrfField = "",
        version: Text = "",
        jour: Text = "",
        heure: Text = "",
        minutes: Text = "",
        lieu: Text = "",
        issue: Text = "",
        souhait: Text = "",
    ) -> Response:
        with desk.visit(request) as visit:
            desk.check_form(request, csrf)
            found = _one(visit, number)
            seen, common = number_of(version), (visit.session, visit.now, desk.house, number, visit.staff)
            try:
                if act == "deplacer":
                    at = _time(desk, jour, heure)
                    length, place = number_of(minutes), lieu.strip()[:200]
                    appointments.move(*common, at, version=seen, minutes=length, place=place)
                elif act == "annuler":
                    appointments.cancel(*common, version=seen)
                elif act == "issue":
                    appointments.settle(*common, _outcome(issue))
                elif act == "accepter":
                    appointments.accept_wish(*common, _wish(souhait))
                else:
                    raise HTTPException(404)
            except (_Wrong, AppointmentRefused) as refused:
                page = week_page.one(desk, visit, found)
                error = _sentence(desk, refused)
                typed = kept(act, jour=jour, heure=heure, minutes=minutes, lieu=lieu)
                return desk.pages.show("meeting.html", 422, page=page, notice="", error=error, typed=typed)
        return RedirectResponse(f"/rendez-vous/{number}?avis={act}", 303)

    return routes


def _sentence(desk: Desk, refused: _Wrong | NotOne | AppointmentRefused) -> str:
    if isinstance(refused, AppointmentRefused):
        return desk.house.texts.say(f"rdv.refused.{refused.code}")
    return str(refused)


def _one(visit: Visit, number: int) -> Appointment:
    """Raises HTTPException when it is not of the visitor's organisation."""
    own = {"id": number, "organisation_id": visit.staff.organisation_id}
    found = visit.session.scalar(select(Appointment).filter_by(**own))
    if found is None:
        raise HTTPException(404)
    return found


def _member(visit: Visit, number: int) -> Staff:
    own = {"organisation_id": visit.staff.organisation_id, "id": number}
    meets = Staff.role.in_(holders(Right.MANAGE_APPOINTMENTS))
    found = visit.session.scalar(select(Staff).filter_by(**own).where(meets))
    if found is None:
        raise _Wrong(_NO_STAFF)
    return found


def _kind(text: str) -> AppointmentKind:
    if text not in list(AppointmentKind):
        raise _Wrong(_NO_KIND)
    return AppointmentKind(text)


def _time(desk: Desk, on: str, at: str) -> datetime:
    found = instant(on, at, desk.house.zone)
    if found is None:
        raise _Wrong(_NO_TIME)
    return found


def _outcome(text: str) -> Act:
    if text not in [act.value for act in week_page.SETTLED]:
        raise _Wrong(_NO_OUTCOME)
    return Act(text)


def _wish(text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise AppointmentRefused("changed") from error
    if found.tzinfo is None:
        raise AppointmentRefused("changed")
    return found
