"""Workshops from the console: made, changed, sent, stopped, cancelled; and who came."""

from dataclasses import asdict, dataclass
from typing import Annotated

from fastapi import APIRouter, File, Form, HTTPException, Request, Response, UploadFile
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import RedirectResponse
from sqlalchemy import select

from bot import posters
from bot.console import workshops_page
from bot.console.case_routes import CsrfField, Number
from bot.console.desk import Desk, Visit
from bot.console.forms import instant, kept, number_of
from bot.console.workshops_page import WorkshopPage
from bot.domain.files import FileStore
from bot.domain.words import Attachment
from bot.posters import PosterRefused
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


@dataclass(frozen=True)
class _Audience:
    """What was ticked of whom it is for."""

    quartiers: list[str]
    residences: list[str]
    profils: list[str]
    interets: list[str]
    deja_venus: str

    def chosen(self) -> list[str]:
        """The boxes that are ticked, as "field/value"."""
        fields = asdict(self) | {"deja_venus": ["oui"] if self.deja_venus else []}
        return [f"{name}/{value}" for name, values in fields.items() for value in values]


def router(desk: Desk, files: FileStore | None) -> APIRouter:
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
        interets: Several,
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
        public = _Audience(quartiers, residences, profils, interets, deja_venus)
        with desk.visit(request) as visit:
            desk.check_form(request, csrf)
            try:
                wanted = _wanted(desk, typed, public, relances)
                organisation = visit.staff.organisation_id
                made = creation.create(
                    visit.session, visit.now, desk.house, organisation, visit.staff, wanted
                )
                number = made[0].id
            except WorkshopRefused as refused:
                page = workshops_page.new(desk, visit)
                return desk.pages.show(
                    "workshop_new.html",
                    422,
                    page=page,
                    typed=kept(**asdict(typed)),
                    chosen=(*public.chosen(), *([] if relances else ["sans_relance/oui"])),
                    error=desk.house.texts.say(f"staff.workshops.refused.{refused.code}"),
                )
        return RedirectResponse(f"/ateliers/{number}?avis=cree", 303)

    @routes.get("/ateliers/{number}")
    def read(request: Request, number: Number, avis: str = "") -> Response:
        with desk.visit(request, reading=True) as visit:
            page = workshops_page.one(desk, visit, _one(visit, number))
        return _shown(desk, page, notice=avis)

    @routes.post("/ateliers/{number}/affiche")
    async def poster(
        request: Request,
        number: Number,
        csrf: CsrfField = "",
        image: Annotated[UploadFile | None, File()] = None,
    ) -> Response:
        def where() -> tuple[int, str]:
            with desk.visit(request) as visit:
                desk.check_form(request, csrf)
                workshop = _one(visit, number)
                return creation.poster_chat(visit.session, visit.now, desk.house, workshop, visit.staff)

        def keep(kept: Attachment) -> None:
            with desk.visit(request) as visit:
                creation.give_poster(visit.session, visit.now, _one(visit, number), kept)

        def refused(status: int, error: str = "", wrong_poster: str = "") -> Response:
            with desk.visit(request, reading=True) as visit:
                page = workshops_page.one(desk, visit, _one(visit, number))
            return _shown(desk, page, status, error=error, wrong_poster=wrong_poster)

        content = await image.read(posters.MOST_BYTES + 1) if image is not None else b""
        try:
            chat, caption = await run_in_threadpool(where)
            await run_in_threadpool(keep, await posters.keep(files, chat, caption, content))
        except WorkshopRefused as error:
            wrong = desk.house.texts.say(f"staff.workshops.refused.{error.code}")
            return await run_in_threadpool(refused, 422, error=wrong)
        except PosterRefused as error:
            status = 422 if error.code == "poster" else 503
            wrong = desk.house.texts.say(f"poster.refused.{error.code}")
            return await run_in_threadpool(refused, status, wrong_poster=wrong)
        return RedirectResponse(f"/ateliers/{number}?avis=affiche", 303)

    @routes.post("/ateliers/{number}/{act}")
    def act(
        request: Request,
        number: Number,
        act: str,
        quartiers: Several,
        residences: Several,
        profils: Several,
        interets: Several,
        csrf: CsrfField = "",
        jour: Text = "",
        heure: Text = "",
        lieu: Text = "",
        places: Text = "",
        place: Text = "",
        venu: Text = "",
        reference: Text = "",
        quand: Text = "",
        titre: Text = "",
        theme: Text = "",
        deja_venus: Text = "",
    ) -> Response:
        public = _Audience(quartiers, residences, profils, interets, deja_venus)
        given = _Given(jour, heure, lieu, places, place, venu, reference.strip(), quand, titre, theme, public)
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
                return _shown(desk, page, 422, error=wrong, wrong=act, typed=given)
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
    titre: str
    theme: str
    public: _Audience


def _shown(
    desk: Desk,
    page: WorkshopPage,
    status: int = 200,
    *,
    notice: str = "",
    error: str = "",
    wrong_poster: str = "",
    wrong: str = "",
    typed: _Given | None = None,
) -> Response:
    """`wrong` is the form that was refused, `typed` what it held: it is shown again, open."""
    return desk.pages.show(
        "workshop.html",
        status,
        page=page,
        notice=notice,
        error=error,
        wrong_poster=wrong_poster,
        wrong=wrong,
        typed=typed,
    )


def _one(visit: Visit, number: int) -> Workshop:
    own = {"id": number, "organisation_id": visit.staff.organisation_id}
    found = visit.session.scalar(select(Workshop).filter_by(**own))
    if found is None:
        raise HTTPException(404)
    return found


def _wanted(
    desk: Desk,
    typed: _Typed,
    public: _Audience,
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
        districts=tuple(public.quartiers),
        residences=tuple(public.residences),
        profiles=tuple(public.profils),
        interests=tuple(public.interets),
        came_before=bool(public.deja_venus),
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


def _describe(desk: Desk, visit: Visit, workshop: Workshop, given: _Given) -> None:
    public = given.public
    wanted = creation.Description(
        title=given.titre,
        theme=given.theme.strip(),
        districts=tuple(public.quartiers),
        residences=tuple(public.residences),
        profiles=tuple(public.profils),
        interests=tuple(public.interets),
        came_before=bool(public.deja_venus),
    )
    creation.describe(visit.session, visit.now, workshop, wanted)


def _no_poster(desk: Desk, visit: Visit, workshop: Workshop, given: _Given) -> None:
    creation.give_poster(visit.session, visit.now, workshop, None)


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
    "decrire": _describe,
    "sans-affiche": _no_poster,
    "envoyer": _send,
    "arreter": _stop,
    "annuler": _cancel,
    "presence": _presence,
    "venu": _walk_in,
}
