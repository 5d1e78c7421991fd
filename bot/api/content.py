"""What the organisation gives of the tips and check-ins: read, switched on and off."""

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field

from bot.api.desk import Api, Visit
from bot.api.fields import Reference
from bot.api.problems import Refused
from bot.services import switches
from bot.services.switches import Kind, UnknownSwitch


class Part(BaseModel):
    """Un thème de conseils, un conseil, une série de nouvelles, ou ce que l'équipe apporte (kit éco)."""

    kind: Kind
    name: str
    title: str
    on: bool
    theme: str = Field(description="Le thème d'un conseil ; coupé, il coupe aussi ses conseils.")


class Parts(BaseModel):
    """Tout ce qui se coupe : chaque thème suivi de ses conseils, puis les séries, puis ce qui s'apporte."""

    items: list[Part]


class Turn(BaseModel):
    """Couper (`on` faux) ou remettre."""

    kind: Kind
    name: Reference
    on: bool


def router(api: Api) -> APIRouter:
    routes = APIRouter(prefix="/v1/content", tags=["content"])

    @routes.get("", summary="Lire ce que l'organisation donne")
    def read(request: Request) -> Parts:
        with api.visit(request, reading=True) as visit:
            return _parts(visit)

    @routes.post("", summary="Couper ou remettre un thème, un conseil, une série ou le kit éco")
    def turn(request: Request, body: Turn) -> Parts:
        with api.visit(request) as visit:
            visit.member()
            try:
                switches.turn(
                    visit.session, visit.house, visit.organisation_id, body.kind, body.name, body.on
                )
            except UnknownSwitch as error:
                raise Refused(404) from error
            return _parts(visit)

    return routes


def _parts(visit: Visit) -> Parts:
    found = switches.listed(visit.session, visit.house, visit.organisation_id)
    return Parts(items=[Part(**vars(one)) for one in found])
