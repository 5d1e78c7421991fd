"""Households referred to the team; each sees their own referrals."""

from datetime import datetime

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field
from sqlalchemy import select
from sqlalchemy.orm import selectinload

from bot.api import lists
from bot.api.desk import Api, Visit
from bot.api.fields import IdempotencyKey, Line, Number, Reference, Words
from bot.api.lists import Cursor, Limit, Page
from bot.api.problems import Refused
from bot.domain.rights import Right, may
from bot.limits import Pace
from bot.services import referrals
from bot.services.referrals import Danger, Progress
from bot.storage.tables import Person, Referral


class NewReferral(BaseModel):
    """Un ménage à orienter. « danger » : la personne est en danger, l'équipe est alertée tout de suite."""

    tenant: Reference = Field(description="La référence du locataire.")
    family_name: Line = Field(
        default="",
        description="Son nom de famille, exact : demandé à qui n'a pas le droit de lire les locataires.",
    )
    words: Words = Field(description="Ce qui se passe, et ce qui est attendu.")
    danger: Danger | None = None


class ReferralRead(BaseModel):
    """Une orientation que l'on a faite, et où en est l'équipe."""

    id: int
    tenant: str
    words: str
    made_at: datetime
    progress: Progress


def router(api: Api) -> APIRouter:
    routes = APIRouter(prefix="/v1/referrals", tags=["referrals"])
    wrong = Pace(referrals.WRONG_TRIES, seconds=referrals.WRONG_SECONDS)

    @routes.get("", summary="Lister ses orientations")
    def listed(request: Request, cursor: Cursor = None, limit: Limit = 50) -> Page[ReferralRead]:
        with api.visit(request, reading=True) as visit:
            query = referrals.of(visit.member())
            query = query.options(selectinload(Referral.person), selectinload(Referral.case))
            found, following = lists.read(visit.session, query, cursor, limit, Referral.id)
            return Page(items=[_read(one) for one in found], next=following)

    @routes.post("", summary="Orienter un ménage vers l'équipe", status_code=201)
    def refer(request: Request, body: NewReferral, key: IdempotencyKey = None) -> ReferralRead:
        with api.visit(request) as visit:
            return visit.once(request, key, body, ReferralRead, lambda: _refer(visit, body, wrong))

    @routes.get("/{number}", summary="Lire une de ses orientations")
    def read(request: Request, number: Number) -> ReferralRead:
        with api.visit(request, reading=True) as visit:
            found = visit.session.scalar(referrals.of(visit.member()).filter_by(id=number))
            if found is None:
                raise Refused(404)
            return _read(found)

    return routes


def _refer(visit: Visit, body: NewReferral, wrong: Pace) -> ReferralRead:
    member, words = visit.member(), body.words.strip()
    person = _tenant(visit, body, wrong)
    return _read(referrals.refer(visit.session, visit.now, visit.house, member, person, words, body.danger))


def _tenant(visit: Visit, body: NewReferral, wrong: Pace) -> Person:
    """Raises Refused. Who may not look tenants up gives the name too, and a wrong answer tells nothing."""
    say = visit.house.texts.say
    if may(visit.staff.role, Right.READ_TENANTS):
        own = {"organisation_id": visit.organisation_id, "reference": body.tenant}
        person = visit.session.scalar(select(Person).filter_by(**own))
        if person is None:
            raise Refused(422, say("api.refused.no_tenant"))
        return person
    wait = wrong.full(visit.staff.id)
    if wait:
        raise Refused(429, say("api.refused.tries"), {"Retry-After": str(wait)})
    person = referrals.household(visit.session, visit.staff, body.tenant, body.family_name)
    if person is None:
        wrong.count(visit.staff.id)
        raise Refused(422, say("api.refused.no_household"))
    return person


def _read(found: Referral) -> ReferralRead:
    return ReferralRead(
        id=found.id,
        tenant=found.person.reference,
        words=found.words,
        made_at=found.made_at,
        progress=referrals.progress(found),
    )
