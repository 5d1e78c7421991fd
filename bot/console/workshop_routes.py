"""Workshops from the console: made, changed, sent, stopped, cancelled; and who came."""

from dataclasses import asdict, dataclass
from typing import Annotated

from fastapi import APIRouter, Form, HTTPException, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy import select

from bot.console import workshops_page
from bot.console.case_routes import CsrfField, Number
from bot.console.desk import Desk, Visit
from bot.console.forms import instant, kept, number_of
from bot.services.workshops import audience, creation, day, sending
from bot.services.workshops.creation import NewWorkshop
from bot.services.workshops.refusals import WorkshopRefused
from bot.storage.tables import Person, Workshop

Text = Annotated[str, Form()]
Several = Annotated[list[str], Form(default_factory=list, max_length=50)]

_NO_TENANT = "Aucun locataire n’a cette référence."


@dataclass(frozen=True)
class _Typed:
    """What the fields of the new workshop held."""

    titre: str
    theme: str
    jour: str
    heure: str
    minutes: str
    lieu: str
    places: str
    seances: str
    tous_les: str


def router(desk: Desk) -> APIRouter:
    routes = APIRouter(include_in_schema=False)

    @routes.get("/ateliers")
    def listed(request: Request) -> Response:
        with desk.visit(request, reading=True) as visit:
            page = workshops_page.listed(desk, visit)
        return desk.pages.show("workshops.html", page=page)

    @routes.get("/ateliers/nouveau")
    def new(request: Request) -> Response:
        with desk.visit(request, reading=True) as visit:
            page = workshops_page.new(desk, visit)
        return desk.pages.show("workshop_new.html", page=page, typed=kept(), chosen=(), error="")

    @routes.post("/ateliers")
    def create(
        request: Request,
        quartiers: Several,
        residences: Several,
        profils: Several,
        csrf: CsrfField = "",
        titre: Text = "",
        theme: Text = "",
        jour: Text = "",
        heure: Text = "",
        minutes: Text = "",
        lieu: Text = "",
        places: Text = "",
        seances: Text = "1",
        tous_les: Text = "7",
        deja_venus: Text = "",
        relances: Text = "",
    ) -> Response:
        typed = _Typed(titre, theme, jour, heure, minutes, lieu, places, seances, tous_les)
        with desk.visit(request) as visit:
            desk.check_form(request, csrf)
            try:
                wanted = _wanted(desk, typed, quartiers, residences, profils, deja_venus, relances)
                organisation = visit.staff.organisation_id
                made = creation.create(
                    visit.session, visit.now, desk.house, organisation, visit.staff, wanted
                )
                number = made[0].id
            except WorkshopRefused as refused:
                page = workshops_page.new(desk, visit)
                chosen = (*quartiers, *residences, *profils, *filter(None, (deja_venus and "deja_venus",)))
                return desk.pages.show(
                    "workshop_new.html",
                    422,
                    page=page,
                    typed=kept(**asdict(typed)),
                    chosen=chosen,
                    error=desk.house.texts.say(f"staff.workshops.refused.{refused.code}"),
                )
        return RedirectResponse(f"/ateliers/{number}?avis=cree", 303)

    @routes.get("/ateliers/{number}")
    def read(request: Request, number: Number, avis: str = "") -> Response:
        with desk.visit(request, reading=True) as visit:
            page = workshops_page.one(desk, visit, _one(visit, number))
        return desk.pages.show("workshop.html", page=page, notice=avis, error="")

    @routes.post("/ateliers/{number}/{act}")
    def act(
        request: Request,
        number: Number,
        act: str,
        csrf: CsrfField = "",
        jour: Text = "",
        heure: Text = "",
        lieu: Text = "",
        places: Text = "",
        place: Text = "",
        venu: Text = "",
        reference: Text = "",
        quand: Text = "",
    ) -> Response:
        given = _Given(jour, heure, lieu, places, place, venu, reference.strip(), quand)
        with desk.visit(request) as visit:
            desk.check_form(request, csrf)
            workshop = _one(visit, number)
            try:
                _ACTS[act](desk, visit, workshop, given)
            except KeyError as error:
                raise HTTPException(404) from error
            except WorkshopRefused as refused:
                wrong = _NO_TENANT
                if refused.code != "unknown":
                    wrong = desk.house.texts.say(f"staff.workshops.refused.{refused.code}")
                page = workshops_page.one(desk, visit, workshop)
                return desk.pages.show("workshop.html", 422, page=page, notice="", error=wrong)
        return RedirectResponse(f"/ateliers/{number}?avis={act}", 303)

    return routes


@dataclass(frozen=True)
class _Given:
    jour: str
    heure: str
    lieu: str
    places: str
    place: str
    venu: str
    reference: str
    quand: str


def _one(visit: Visit, number: int) -> Workshop:
    own = {"id": number, "organisation_id": visit.staff.organisation_id}
    found = visit.session.scalar(select(Workshop).filter_by(**own))
    if found is None:
        raise HTTPException(404)
    return found


def _wanted(
    desk: Desk,
    typed: _Typed,
    districts: list[str],
    residences: list[str],
    profiles: list[str],
    came_before: str,
    asks_again: str,
) -> NewWorkshop:
    """Raises WorkshopRefused when the day or the hour is not readable."""
    starts_at = instant(typed.jour, typed.heure, desk.house.zone)
    if starts_at is None:
        raise WorkshopRefused("start")
    return NewWorkshop(
        title=typed.titre,
        starts_at=starts_at,
        minutes=number_of(typed.minutes),
        seats=number_of(typed.places),
        place=typed.lieu,
        theme=typed.theme,
        districts=tuple(districts),
        residences=tuple(residences),
        profiles=tuple(profiles),
        came_before=bool(came_before),
        asks_again=bool(asks_again),
        sessions=number_of(typed.seances),
        every_days=number_of(typed.tous_les),
    )


def _change(desk: Desk, visit: Visit, workshop: Workshop, given: _Given) -> None:
    starts_at = instant(given.jour, given.heure, desk.house.zone)
    if starts_at is None:
        raise WorkshopRefused("start")
    creation.change(
        visit.session, visit.now, desk.house, workshop,
        starts_at=starts_at, place=given.lieu, seats=number_of(given.places),
    )  # fmt: skip


def _send(desk: Desk, visit: Visit, workshop: Workshop, given: _Given) -> None:
    at = None
    if given.quand == "plus-tard":
        at = instant(given.jour, given.heure, desk.house.zone)
        if at is None or at <= visit.now:
            raise WorkshopRefused("start")
    sending.send(visit.session, visit.now, desk.house, workshop, visit.staff, at)


def _stop(desk: Desk, visit: Visit, workshop: Workshop, given: _Given) -> None:
    going = sending.open_one(visit.session, workshop)
    if going is None:
        raise WorkshopRefused("sending_over")
    sending.stop(visit.session, visit.now, desk.house, going)


def _cancel(desk: Desk, visit: Visit, workshop: Workshop, given: _Given) -> None:
    audience.cancel(visit.session, visit.now, desk.house, workshop)


def _presence(desk: Desk, visit: Visit, workshop: Workshop, given: _Given) -> None:
    place, came = number_of(given.place), given.venu == "oui"
    day.mark(visit.session, visit.now, desk.house, workshop, place, came)


def _walk_in(desk: Desk, visit: Visit, workshop: Workshop, given: _Given) -> None:
    """Somebody who had not said so: by their reference, else only counted."""
    if not given.reference:
        day.add_walk_ins(visit.session, visit.now, desk.house, workshop, 1)
        return
    own = {"organisation_id": visit.staff.organisation_id, "reference": given.reference}
    person = visit.session.scalar(select(Person).filter_by(**own))
    if person is None:
        raise WorkshopRefused("unknown")
    day.came_unexpected(visit.session, visit.now, desk.house, workshop, person)


_ACTS = {
    "changer": _change,
    "envoyer": _send,
    "arreter": _stop,
    "annuler": _cancel,
    "presence": _presence,
    "venu": _walk_in,
}
