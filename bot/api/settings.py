"""The settings of the organisation: read with their bounds and defaults, changed, their changes read."""

from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field, StringConstraints
from sqlalchemy import select
from sqlalchemy.orm import selectinload

from bot.api import lists
from bot.api.desk import Api, Visit
from bot.api.fields import Member, Reference, member
from bot.api.lists import Cursor, Limit, Page
from bot.content.organisation_settings import SettingKind
from bot.services import organisation_settings as settings
from bot.services.organisation_settings import SettingsRefused
from bot.storage.tables import Organisation, SettingChange

Written = Annotated[str, StringConstraints(max_length=400, pattern=r"^[^\x00]*$")]
_UNKNOWN = "Ce réglage n’existe pas."


class Setting(BaseModel):
    """Un réglage. `written` : sa valeur, comme on l'écrit ici et dans la console."""

    key: str
    label: str
    help: str
    kind: SettingKind
    unit: str
    least: int = Field(description="Borne basse d'un nombre ; en centimes pour une somme.")
    most: int
    names: dict[str, str] = Field(description="Les choix possibles d'une liste.")
    written: str
    usual: str = Field(description="La valeur de qui n'a rien réglé.")


class Settings(BaseModel):
    """Tous les réglages."""

    items: list[Setting]


class SettingsChange(BaseModel):
    """Les seuls réglages à changer, par clé : « 15,00 », « oui » ou vide, « lundi 9h-12h », des noms séparés
    par une espace. Un seul illisible, et rien ne change."""

    values: dict[Reference, Written] = Field(min_length=1, max_length=100)


class Changed(BaseModel):
    """Un changement de réglage ou de membre, et son auteur."""

    id: int
    at: datetime
    by: Member | None
    key: str
    before: Any
    after: Any


def router(api: Api) -> APIRouter:
    routes = APIRouter(prefix="/v1/settings", tags=["settings"])

    @routes.get("", summary="Lire les réglages de l'organisation")
    def read(request: Request) -> Settings:
        with api.visit(request, reading=True) as visit:
            return _settings(visit)

    @routes.post("", summary="Changer des réglages, tous ou aucun")
    def change(request: Request, body: SettingsChange) -> Settings:
        with api.visit(request) as visit:
            author, now_written = visit.member(), _written(visit)
            unknown = {key: _UNKNOWN for key in body.values if key not in now_written}
            if unknown:
                raise SettingsRefused(unknown)
            settings.change(visit.session, visit.now, visit.house, author, now_written | body.values)
            return _settings(visit)

    @routes.get("/changes", summary="Qui a changé quoi des réglages et des membres, du premier au dernier")
    def changes(request: Request, cursor: Cursor = None, limit: Limit = 50) -> Page[Changed]:
        with api.visit(request, reading=True) as visit:
            query = select(SettingChange).filter_by(organisation_id=visit.organisation_id)
            query = query.options(selectinload(SettingChange.staff))
            found, following = lists.read(visit.session, query, cursor, limit, SettingChange.id)
            return Page(items=[_changed(one) for one in found], next=following)

    return routes


def _written(visit: Visit) -> dict[str, str]:
    organisation = visit.session.get_one(Organisation, visit.organisation_id)
    values = settings.current(visit.house, organisation)
    return {one.key: settings.in_form(one, values[one.key]) for one in settings.every(visit.house)}


def _settings(visit: Visit) -> Settings:
    written, usual = _written(visit), settings.defaults(visit.house)
    return Settings(
        items=[
            Setting(
                key=one.key,
                label=one.label,
                help=one.help,
                kind=one.kind,
                unit=one.unit,
                least=one.least,
                most=one.most,
                names=one.names,
                written=written[one.key],
                usual=settings.in_form(one, usual[one.key]),
            )
            for one in settings.every(visit.house)
        ]
    )


def _changed(one: SettingChange) -> Changed:
    return Changed(
        id=one.id,
        at=one.at.astimezone(UTC),
        by=member(one.staff),
        key=one.name,
        before=one.before,
        after=one.after,
    )
