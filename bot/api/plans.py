"""Plans d'apurement of the lease of a case, and the households to call."""

from datetime import date, datetime
from typing import Annotated

from fastapi import APIRouter, Path, Request
from pydantic import BaseModel, Field

from bot.api.desk import Api, Visit
from bot.api.fields import Day, IdempotencyKey, Member, Number, Who, member, who
from bot.domain.plans import MOST_INSTALMENTS, Instalment
from bot.domain.states import InstalmentState, PlanState
from bot.services import access
from bot.services.cases.cases import CaseRefused
from bot.services.rent import calls as rent_calls
from bot.services.rent import plan_rows
from bot.services.rent import plans as rent_plans
from bot.services.rent.plans import PlanRefused
from bot.storage.tables import Case, Lease, Plan

PlanNumber = Annotated[int, Path(ge=1, le=2**63 - 1)]


class NewInstalment(BaseModel):
    """Une échéance du plan, en centimes."""

    due_on: Day
    amount_cents: int = Field(ge=1, le=10**9)


class NewPlan(BaseModel):
    """Un plan, proposé au locataire du dossier : des jours qui se suivent, à partir de demain."""

    instalments: list[NewInstalment] = Field(min_length=1, max_length=MOST_INSTALMENTS)


class InstalmentRead(BaseModel):
    """Une échéance et ce qu'elle est devenue."""

    number: int
    due_on: date
    amount_cents: int
    state: InstalmentState


class PlanRead(BaseModel):
    """Un plan d'apurement."""

    id: int
    lease: int
    state: PlanState
    tenant: Who | None
    proposed_by: Member | None
    proposed_at: datetime
    accepted_on: date | None
    ended_on: date | None
    instalments: list[InstalmentRead]


class CallLine(BaseModel):
    """Un ménage à appeler : Palier ne peut pas lui écrire. Le manque du terme, en centimes."""

    id: int
    tenant: Who | None
    phone: str | None
    referent: Member | None
    lease: int
    step: str
    due_on: date
    missing_cents: int
    noted_at: datetime


class Done(BaseModel):
    """L'appel est noté."""

    id: int


def router(api: Api) -> APIRouter:
    routes = APIRouter()

    @routes.get("/v1/cases/{number}/plans", tags=["plans"], summary="Les plans du bail d'un dossier")
    def plans(request: Request, number: Number) -> list[PlanRead]:
        with api.visit(request, reading=True) as visit:
            case = access.readable(visit.session, number, visit.staff)
            lease = plan_rows.lease_of(visit.session, case)
            return [_plan(plan) for plan in plan_rows.of_lease(visit.session, lease)] if lease else []

    @routes.post(
        "/v1/cases/{number}/plans", tags=["plans"], summary="Proposer un plan d'apurement", status_code=201
    )
    def propose(request: Request, number: Number, body: NewPlan, key: IdempotencyKey = None) -> PlanRead:
        with api.visit(request) as visit:
            return visit.once(request, key, body, PlanRead, lambda: _propose(visit, number, body))

    @routes.post(
        "/v1/cases/{number}/plans/{plan}/accept", tags=["plans"], summary="Noter que le locataire accepte"
    )
    def accept(request: Request, number: Number, plan: PlanNumber) -> PlanRead:
        with api.visit(request) as visit:
            found = _one(visit, number, plan)
            rent_plans.accept(visit.session, visit.now, visit.house, found, visit.member())
            return _plan(found)

    @routes.post("/v1/cases/{number}/plans/{plan}/end", tags=["plans"], summary="Arrêter le plan")
    def end(request: Request, number: Number, plan: PlanNumber) -> PlanRead:
        with api.visit(request) as visit:
            found = _one(visit, number, plan)
            rent_plans.end(visit.session, visit.now, visit.house, found, visit.member())
            return _plan(found)

    @routes.get("/v1/calls", tags=["calls"], summary="Les ménages à appeler, les siens d'abord")
    def calls(request: Request) -> list[CallLine]:
        with api.visit(request) as visit:
            found = rent_calls.open_calls(visit.session, visit.now, visit.house, visit.staff)
            return [_call(call) for call in found]

    @routes.post("/v1/calls/{number}/done", tags=["calls"], summary="Noter que le ménage a été appelé")
    def done(request: Request, number: Number) -> Done:
        with api.visit(request) as visit:
            rent_calls.done(visit.session, visit.now, visit.member(), number)
            return Done(id=number)

    return routes


def _mine(visit: Visit, number: int) -> tuple[Case, Lease]:
    """The case whose plan the visitor decides on, and its lease. Raises CaseRefused."""
    case = access.readable(visit.session, number, visit.staff)
    if not access.may_lead(case, visit.member()):
        raise CaseRefused("not_owner")
    lease = plan_rows.lease_of(visit.session, case)
    if lease is None:
        raise PlanRefused("no_person")
    return case, lease


def _propose(visit: Visit, number: int, body: NewPlan) -> PlanRead:
    case, lease = _mine(visit, number)
    parts = [Instalment(part.due_on, part.amount_cents) for part in body.instalments]
    return _plan(
        rent_plans.propose(visit.session, visit.now, visit.house, visit.member(), case, lease, parts)
    )


def _one(visit: Visit, number: int, plan_id: int) -> Plan:
    _, lease = _mine(visit, number)
    found = visit.session.get(Plan, plan_id)
    if found is None or found.lease_id != lease.id:
        raise CaseRefused("unknown")
    return found


def _plan(plan: Plan) -> PlanRead:
    return PlanRead(
        id=plan.id,
        lease=plan.lease_id,
        state=plan.state,
        tenant=who(plan.person),
        proposed_by=member(plan.proposed_by),
        proposed_at=plan.proposed_at,
        accepted_on=plan.accepted_on,
        ended_on=plan.ended_on,
        instalments=[
            InstalmentRead(
                number=part.number, due_on=part.due_on, amount_cents=part.amount_cents, state=part.state
            )
            for part in plan.instalments
        ],
    )


def _call(call: rent_calls.Call) -> CallLine:
    found = call.line
    return CallLine(
        id=found.id,
        tenant=who(found.person),
        phone=found.person.phone,
        referent=member(found.person.referent),
        lease=found.lease_id,
        step=found.rule,
        due_on=call.due_on,
        missing_cents=call.missing_cents,
        noted_at=found.noted_at,
    )
