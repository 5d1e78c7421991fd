"""Booking an appointment from a case's page."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from bot.console import case_routes
from bot.console.case_routes import CsrfField, Number
from bot.console.desk import Desk
from bot.console.forms import instant, kept, number_of
from bot.domain.states import AppointmentKind
from bot.services import access
from bot.services.appointments import appointments
from bot.services.appointments.appointments import Meeting
from bot.services.appointments.rows import AppointmentRefused
from bot.services.cases.cases import CaseRefused

Text = Annotated[str, Form()]

_NO_TIME = "Choisissez un moment, ou un jour et une heure."
_OTHER = "autre"


def router(desk: Desk) -> APIRouter:
    routes = APIRouter(include_in_schema=False)

    @routes.post("/dossiers/{number}/rendez-vous")
    def book(
        request: Request,
        number: Number,
        csrf: CsrfField = "",
        moment: Text = _OTHER,
        jour: Text = "",
        heure: Text = "",
        type: Text = "",
        minutes: Text = "",
        lieu: Text = "",
        sujet: Text = "",
    ) -> Response:
        typed = kept("rdv", jour=jour, heure=heure, type=type, minutes=minutes, lieu=lieu)
        with desk.visit(request) as visit:
            desk.check_form(request, csrf)
            case = access.readable(visit.session, number, visit.staff)
            if case.person is None:
                raise CaseRefused("unknown")
            at = instant(jour, heure, desk.house.zone) if moment == _OTHER else _chosen(moment)
            if at is None or type not in list(AppointmentKind):
                return case_routes.refused(desk, visit, number, _NO_TIME, typed)
            subject = desk.house.content.appointments.subjects.get(sujet)
            meeting = Meeting(
                person=case.person,
                staff=visit.staff,
                kind=AppointmentKind(type),
                starts_at=at,
                minutes=number_of(minutes),
                subject=subject.label if subject else "",
                place=lieu.strip()[:200],
                papers=subject.papers if subject else (),
            )
            try:
                appointments.book(visit.session, visit.now, desk.house, meeting, actor=visit.staff)
            except AppointmentRefused as refused:
                sentence = desk.house.texts.say(f"rdv.refused.{refused.code}")
                return case_routes.refused(desk, visit, number, sentence, typed)
        return RedirectResponse(f"/dossiers/{number}?avis=rendez-vous", 303)

    return routes


def _chosen(moment: str) -> datetime | None:
    """One of the free times that the page offered; None for anything else."""
    try:
        at = datetime.fromisoformat(moment)
    except ValueError:
        return None
    return at if at.tzinfo is not None and 1900 < at.year < 2100 else None
