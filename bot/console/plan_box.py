"""The plan d'apurement on a case's page: what was agreed, how it goes, and the form that proposes one."""

from dataclasses import dataclass
from datetime import timedelta

from bot.console.desk import Desk, Visit
from bot.domain.states import InstalmentState, PlanState
from bot.services import access
from bot.services.rent import plan_rows, rent
from bot.storage.tables import Case, Organisation, Plan, PlanInstalment
from bot.texts import format as say

_STATES = {
    PlanState.PROPOSED: "Proposé, sans réponse pour l’instant",
    PlanState.ACCEPTED: "Accepté, en cours",
    PlanState.DISCUSSED: "Le locataire aimerait en discuter",
    PlanState.KEPT: "Tenu jusqu’au bout",
    PlanState.ENDED: "Arrêté",
}
_INSTALMENTS = {
    InstalmentState.PLANNED: "à venir",
    InstalmentState.PAID: "payée",
    InstalmentState.MISSED: "manquée",
}


@dataclass(frozen=True)
class InstalmentRow:
    due_on: str
    amount: str
    state: str
    late: bool


@dataclass(frozen=True)
class PlanBox:
    """`state` is empty without a plan. `owed`: what a plan may cover, empty when there is no form."""

    number: int
    lease: str
    state: str
    proposed: str
    rows: list[InstalmentRow]
    can_accept: bool
    can_end: bool
    owed: str
    first_day: str
    error: str = ""


def read(desk: Desk, visit: Visit, case: Case) -> PlanBox | None:
    """None when the case is about no lease, or when there is nothing to see or to propose."""
    lease = plan_rows.lease_of(visit.session, case)
    if lease is None:
        return None
    today = visit.now.astimezone(desk.house.zone).date()
    steps = rent.steps_of(desk.house, visit.session.get_one(Organisation, lease.organisation_id))
    overdue = rent.account(visit.session, lease, today).overdue_cents
    plan = next(iter(plan_rows.of_lease(visit.session, lease)), None)
    followed = plan is not None and plan.state is PlanState.ACCEPTED
    decides = access.may_lead(case, visit.staff)
    owed = say.euros(overdue) if decides and not followed and overdue >= steps.minimum_cents else ""
    if plan is None and not owed:
        return None
    return PlanBox(
        number=plan.id if plan else 0,
        lease=lease.reference,
        state=_STATES[plan.state] if plan else "",
        proposed=_proposed(desk, visit, plan) if plan else "",
        rows=[_row(part) for part in plan.instalments] if plan else [],
        can_accept=decides and plan is not None and plan.state is PlanState.PROPOSED,
        can_end=decides and plan is not None and plan.state in (PlanState.PROPOSED, PlanState.ACCEPTED),
        owed=owed,
        first_day=(today + timedelta(days=1)).isoformat(),
    )


def _proposed(desk: Desk, visit: Visit, plan: Plan) -> str:
    who = "vous" if plan.proposed_by_id == visit.staff.id else plan.proposed_by.display_name
    return f"Proposé par {who} {desk.pages.when(plan.proposed_at, visit.now)} à {plan.person.display_name}"


def _row(part: PlanInstalment) -> InstalmentRow:
    return InstalmentRow(
        due_on=f"{part.due_on:%d/%m/%Y}",
        amount=say.euros(part.amount_cents),
        state=_INSTALMENTS[part.state],
        late=part.state is InstalmentState.MISSED,
    )
