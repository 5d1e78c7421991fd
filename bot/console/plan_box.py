"""The plan d'apurement on a case's page: what was agreed, how it goes, and the form that proposes one."""

from dataclasses import dataclass
from datetime import date, timedelta

from bot.console.desk import Desk, Visit
from bot.domain.plans import evenly
from bot.domain.signals import share_percent
from bot.domain.states import InstalmentState, PlanState
from bot.services import access
from bot.services.rent import plan_rows, rent
from bot.services.rent import signals as rent_signals
from bot.storage.tables import Case, Lease, Organisation, Plan, PlanInstalment
from bot.texts import format as say

_STATES = {
    PlanState.PROPOSED: "Proposé, sans réponse pour l’instant",
    PlanState.ACCEPTED: "Accepté, en cours",
    PlanState.DISCUSSED: "Le locataire aimerait en discuter",
    PlanState.KEPT: "Tenu jusqu’au bout",
    PlanState.ENDED: "Arrêté",
}
# The lengths that the simulation shows, in months, and the least worth asking for a month.
_MONTHS = (2, 3, 6, 9, 12, 18, 24, 36)
_LEAST_CENTS = 15_00
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
class Choice:
    """One way to split the debt. `last`: the last instalment, where it is another sum. `share`: of the
    resources, with the rent; `beyond`: above the mark."""

    count: int
    each: str
    last: str
    ends: str
    share: str
    beyond: bool


@dataclass(frozen=True)
class PlanBox:
    """`state` is empty without a plan. `owed`: what a plan may cover, empty when there is no form.
    `choices` are what it would cost a month, by its length; `mark` in percent of the resources."""

    number: int
    lease: str
    state: str
    proposed: str
    rows: list[InstalmentRow]
    can_accept: bool
    can_end: bool
    owed: str
    first_day: str
    choices: list[Choice]
    mark: int
    error: str = ""


def read(desk: Desk, visit: Visit, case: Case) -> PlanBox | None:
    """None when the case is about no lease, or when there is nothing to see or to propose."""
    lease = plan_rows.lease_of(visit.session, case)
    if lease is None:
        return None
    today = visit.now.astimezone(desk.house.zone).date()
    organisation = visit.session.get_one(Organisation, lease.organisation_id)
    steps = rent.steps_of(desk.house, organisation)
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
        choices=_choices(desk, visit, lease, overdue, today) if owed else [],
        mark=rent.signals_of(desk.house, organisation).share_percent,
    )


def _choices(desk: Desk, visit: Visit, lease: Lease, overdue: int, today: date) -> list[Choice]:
    """The debt in so many months: each instalment, the last month, the share of resources with the rent."""
    signals = rent_signals.of_lease(visit.session, desk.house, lease, today)
    amounts = rent_signals.amounts_on(rent.books(visit.session, [lease])[lease.id], today)
    resources = rent_signals.resources(lease.tenants)
    net = rent_signals.net_cents(amounts) if amounts else 0
    found = []
    for count in _MONTHS:
        if overdue // count < _LEAST_CENTS:
            break
        parts = evenly(overdue, count, today + timedelta(days=30))
        usual, last = parts[0].amount_cents, parts[-1].amount_cents
        share = share_percent(net + usual, resources)
        beyond = share is not None and share > signals.limits.share_percent
        ends = f"{say.short_month(parts[-1].due_on)} {parts[-1].due_on.year}"
        rest = f"puis {say.euros(last)}" if last != usual else ""
        found.append(
            Choice(count, say.euros(usual), rest, ends, f"{share} %" if share is not None else "", beyond)
        )
    return found


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
