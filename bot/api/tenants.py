"""Tenants: who they are and how they are reached."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field
from sqlalchemy import select
from sqlalchemy.orm import selectinload

from bot.api import lists
from bot.api.desk import Api, Visit
from bot.api.fields import Asked, Line, Member, Number, member
from bot.api.lists import Cursor, Limit, Page
from bot.api.problems import Refused
from bot.domain.states import ChatState, Register
from bot.services import tenant_search, tenants
from bot.storage.tables import Chat, LeasePerson, Person


class Tenant(BaseModel):
    """Un locataire. « telegram » : vide sans discussion reliée."""

    id: int
    reference: str
    title: str
    first_name: str
    last_name: str
    phone: str | None
    email: str | None
    household_size: int | None
    register_: Register = Field(serialization_alias="register")
    discreet: bool
    telegram: ChatState | None
    referent: Member | None
    leases: list[int] = Field(description="Les numéros de ses baux.")


def router(api: Api) -> APIRouter:
    routes = APIRouter(prefix="/v1/tenants", tags=["tenants"])

    @routes.get("", summary="Lister les locataires")
    def listed(
        request: Request,
        reference: Asked = None,
        search: Annotated[
            Line | None,
            Query(description="Les premières lettres d'un nom, un téléphone, une référence de bail."),
        ] = None,
        residence: Annotated[Line | None, Query(description="Le nom exact de la résidence.")] = None,
        cursor: Cursor = None,
        limit: Limit = 50,
    ) -> Page[Tenant]:
        with api.visit(request, reading=True) as visit:
            own = select(Person).filter_by(organisation_id=visit.organisation_id)
            query = own.options(selectinload(Person.referent))
            if reference is not None:
                query = query.filter_by(reference=reference)
            if search is not None:
                query = query.where(tenant_search.matching(visit.house, visit.organisation_id, search))
            if residence is not None:
                query = query.where(tenants.lives_in(visit.organisation_id, residence))
            found, following = lists.read(visit.session, query, cursor, limit, Person.id)
            return Page(items=_tenants(visit, found), next=following)

    @routes.get("/{number}", summary="Lire un locataire")
    def tenant(request: Request, number: Number) -> Tenant:
        with api.visit(request, reading=True) as visit:
            found = visit.session.scalar(
                select(Person).filter_by(id=number, organisation_id=visit.organisation_id)
            )
            if found is None:
                raise Refused(404)
            return _tenants(visit, [found])[0]

    return routes


def _tenants(visit: Visit, people: Sequence[Person]) -> list[Tenant]:
    ids = [person.id for person in people]
    chats: dict[int | None, set[ChatState]] = defaultdict(set)
    for person_id, state in visit.session.execute(
        select(Chat.person_id, Chat.state).where(Chat.person_id.in_(ids))
    ):
        chats[person_id].add(state)
    leases: dict[int, list[int]] = defaultdict(list)
    for person_id, lease_id in visit.session.execute(
        select(LeasePerson.person_id, LeasePerson.lease_id)
        .where(LeasePerson.person_id.in_(ids))
        .order_by(LeasePerson.lease_id)
    ):
        leases[person_id].append(lease_id)
    return [
        Tenant(
            id=person.id,
            reference=person.reference,
            title=person.title,
            first_name=person.first_name,
            last_name=person.last_name,
            phone=person.phone,
            email=person.email,
            household_size=person.household_size,
            register_=person.register,
            discreet=person.discreet,
            telegram=_reached(chats[person.id]),
            referent=member(person.referent),
            leases=leases[person.id],
        )
        for person in people
    ]


def _reached(states: set[ChatState]) -> ChatState | None:
    """The best of the person's chats."""
    return next((state for state in ChatState if state in states), None)
