"""The members of the team, for who gives roles: their role, their link to Telegram, their leaving."""

from datetime import UTC, datetime

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field
from sqlalchemy import select

from bot.api import invitations, lists
from bot.api.desk import Api, Visit
from bot.api.fields import IdempotencyKey, Number
from bot.api.lists import Cursor, Limit, Page
from bot.api.problems import Refused
from bot.bot_name import BotName, username
from bot.domain.states import Role
from bot.services import members, people
from bot.storage.tables import Staff


class TeamMember(BaseModel):
    """Un membre de l'équipe, présent ou parti."""

    id: int
    reference: str
    name: str
    role: Role
    linked: bool = Field(description="Si son Telegram est relié.")
    left_at: datetime | None


class NewRole(BaseModel):
    """Le rôle vaut aussitôt, ici comme sur Telegram et dans la console."""

    role: Role


class Invitation(BaseModel):
    """Un lien Telegram, qui sert une fois."""

    link: str
    expires: str = Field(description="Le dernier jour, en mots.")


class Left(BaseModel):
    """Combien de dossiers reviennent à l'équipe."""

    released: int


def router(api: Api, bot_name: BotName | None) -> APIRouter:
    routes = APIRouter(prefix="/v1/members", tags=["team"])

    @routes.get("", summary="Lister les membres, aussi ceux qui sont partis")
    def listed(request: Request, cursor: Cursor = None, limit: Limit = 50) -> Page[TeamMember]:
        with api.visit(request, reading=True) as visit:
            query = select(Staff).filter_by(organisation_id=visit.organisation_id)
            found, following = lists.read(visit.session, query, cursor, limit, Staff.id)
            return Page(items=[_member(visit, one) for one in found], next=following)

    @routes.post("/{number}/role", summary="Changer le rôle d'un membre")
    def role(request: Request, number: Number, body: NewRole) -> TeamMember:
        with api.visit(request) as visit:
            author, member = visit.member(), members.of(visit.session, visit.staff, number)
            members.change_role(visit.session, visit.now, visit.house, author, member, body.role)
            return _member(visit, member)

    @routes.post("/{number}/leave", summary="Dire qu'un membre est parti ; l'équipe a ses dossiers")
    def leave(request: Request, number: Number) -> Left:
        with api.visit(request) as visit:
            author, member = visit.member(), members.of(visit.session, visit.staff, number)
            return Left(released=members.leave(visit.session, visit.now, visit.house, author, member))

    @routes.post("/{number}/come-back", summary="Dire qu'un membre est de retour")
    def come_back(request: Request, number: Number) -> TeamMember:
        with api.visit(request) as visit:
            author, member = visit.member(), members.of(visit.session, visit.staff, number)
            members.come_back(visit.session, visit.now, author, member)
            return _member(visit, member)

    @routes.post(
        "/{number}/invitation",
        summary="Donner un lien Telegram à un membre",
        responses={503: {"description": "Telegram ne dit pas le nom du bot pour l'instant."}},
    )
    def invite(request: Request, number: Number, key: IdempotencyKey = None) -> Invitation:
        with api.visit(request, reading=True) as visit:
            visit.member()
            members.of(visit.session, visit.staff, number)
        # Outside of any transaction: Telegram is asked.
        bot = username(bot_name)
        if not bot:
            raise Refused(503, api.house.texts.say("api.refused.no_name"))
        with api.visit(request) as visit:
            member = members.of(visit.session, visit.staff, number)
            if member.left_at is not None:
                raise Refused(409, visit.house.texts.say("api.refused.left"))
            (letter,) = invitations.given(visit, request, key, None, bot, [member])
            return Invitation(link=letter.link, expires=letter.expires)

    return routes


def _member(visit: Visit, one: Staff) -> TeamMember:
    return TeamMember(
        id=one.id,
        reference=one.reference,
        name=one.display_name,
        role=one.role,
        linked=people.staff_chat(visit.session, one) is not None,
        left_at=one.left_at.astimezone(UTC) if one.left_at else None,
    )
