"""The invitations of a workshop: seen before, sent now or at an hour, followed, stopped; and its poster."""

from datetime import datetime

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, Field
from sqlalchemy import select

from bot import posters
from bot.api.desk import Api, Visit
from bot.api.fields import Instant, Number
from bot.api.problems import Refused
from bot.domain.files import FileStore
from bot.domain.words import Attachment
from bot.domain.workshops import SendingState
from bot.services.workshops import audience, creation, sending
from bot.services.workshops import messages as workshop_messages
from bot.services.workshops.refusals import WorkshopRefused
from bot.storage.tables import Workshop, WorkshopSending
from bot.texts import PLAIN

_PICTURE = {"schema": {"type": "string", "format": "binary", "minLength": 1, "maxLength": posters.MOST_BYTES}}
_UPLOAD = {
    "requestBody": {"required": True, "content": {"image/jpeg": _PICTURE, "image/png": _PICTURE}},
}


class Preview(BaseModel):
    """Qui l'invitation toucherait, en nombres, et ce qu'elle dirait."""

    invited: int
    later: int = Field(description="Parmi les invités, ceux qui la recevront plus tard : assez de messages.")
    left_out: dict[str, int] = Field(description="Combien ne sont pas invités, par raison.")
    blockers: list[str] = Field(description="Ce qui interdit d'envoyer, en français.")
    warnings: list[str] = Field(description="Ce qu'il faut savoir avant d'envoyer, en français.")
    message: str
    poster: bool


class When(BaseModel):
    """Quand envoyer : tout de suite, ou à un instant à venir."""

    at: Instant | None = None


class Progress(BaseModel):
    """Où en est le dernier envoi. `told` : à combien de personnes Palier écrit."""

    state: SendingState
    starts_at: datetime
    told: int
    waiting: int
    sent: int
    unreachable: int = Field(description="Ont bloqué Palier, ou fermé leur compte.")
    refused: int
    unknown: int
    other: int
    answered: int


class Stopped(BaseModel):
    """À combien de personnes Palier n'écrira pas."""

    told: int


class Kept(BaseModel):
    """Si l'atelier a une affiche."""

    poster: bool


def router(api: Api, files: FileStore | None) -> APIRouter:
    routes = APIRouter(prefix="/v1/workshops/{number}", tags=["workshops"])

    @routes.get("/preview", summary="Voir l'invitation avant de l'envoyer")
    def preview(request: Request, number: Number) -> Preview:
        with api.visit(request, reading=True) as visit:
            return _preview(visit, workshop_of(visit, number))

    @routes.post("/send", summary="Envoyer l'invitation, à chacun une fois, maintenant ou à une heure")
    def send(request: Request, number: Number, body: When | None = None) -> Progress:
        with api.visit(request) as visit:
            staff, at = visit.member(), body.at if body else None
            if at is not None and at <= visit.now:
                raise WorkshopRefused("past")
            found = workshop_of(visit, number)
            return _progress(visit, sending.send(visit.session, visit.now, visit.house, found, staff, at))

    @routes.get("/sending", summary="Où en est le dernier envoi")
    def progress(request: Request, number: Number) -> Progress:
        with api.visit(request, reading=True) as visit:
            found = workshop_of(visit, number)
            last = select(WorkshopSending).filter_by(workshop_id=found.id).order_by(WorkshopSending.id.desc())
            going = visit.session.scalar(last.limit(1))
            if going is None:
                raise Refused(404)
            return _progress(visit, going)

    @routes.post("/stop", summary="Arrêter l'envoi, aussi de ce qui attend")
    def stop(request: Request, number: Number) -> Stopped:
        with api.visit(request) as visit:
            visit.member()
            going = sending.open_one(visit.session, workshop_of(visit, number))
            if going is None:
                raise WorkshopRefused("sending_over")
            return Stopped(told=sending.stop(visit.session, visit.now, visit.house, going))

    @routes.post(
        "/poster",
        summary="Donner l'affiche (JPEG ou PNG, 2 Mio) à la série ; vous la recevez sur Telegram",
        openapi_extra=_UPLOAD,
        responses={503: {"description": "Telegram ne prend pas l'image pour l'instant."}},
    )
    async def poster(request: Request, number: Number) -> Kept:
        content = await request.body()
        chat, caption = await run_in_threadpool(_where_to, api, request, number)
        kept = await posters.keep(files, chat, caption, content)
        return await run_in_threadpool(_keep, api, request, number, kept)

    @routes.post("/poster/remove", summary="Retirer l'affiche ; aussi celle des autres séances de la série")
    def remove(request: Request, number: Number) -> Kept:
        with api.visit(request) as visit:
            visit.member()
            creation.give_poster(visit.session, visit.now, workshop_of(visit, number), None)
            return Kept(poster=False)

    return routes


def workshop_of(visit: Visit, number: int) -> Workshop:
    """Raises Refused (404) when the organisation has no such workshop."""
    found = visit.session.scalar(select(Workshop).filter_by(id=number, organisation_id=visit.organisation_id))
    if found is None:
        raise Refused(404)
    return found


def _preview(visit: Visit, found: Workshop) -> Preview:
    session, now, house = visit.session, visit.now, visit.house
    seen, checks = audience.preview(session, now, found), sending.checks(session, now, house, found)
    return Preview(
        invited=len(seen.invited),
        later=seen.later,
        left_out=seen.left_out,
        blockers=[house.texts.say(f"staff.workshops.blocked.{code}") for code in checks.blockers],
        warnings=[house.texts.say(f"staff.workshops.warned.{code}") for code in checks.warnings],
        message=workshop_messages.invitation_text(house, PLAIN, found),
        poster=found.poster is not None,
    )


def _progress(visit: Visit, going: WorkshopSending) -> Progress:
    counted = vars(sending.counts(visit.session, going)).copy()
    return Progress(state=going.state, starts_at=going.starts_at, told=counted.pop("invited"), **counted)


def _where_to(api: Api, request: Request, number: int) -> tuple[int, str]:
    with api.visit(request, reading=True) as visit:
        member, found = visit.member(), workshop_of(visit, number)
        return creation.poster_chat(visit.session, visit.now, visit.house, found, member)


def _keep(api: Api, request: Request, number: int, poster: Attachment) -> Kept:
    with api.visit(request) as visit:
        creation.give_poster(visit.session, visit.now, workshop_of(visit, number), poster)
        return Kept(poster=True)
