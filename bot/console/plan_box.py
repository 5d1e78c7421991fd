"""The plan d'apurement on a case's page: what was agreed, how it goes, and the form that proposes one."""

from dataclasses import dataclass
from datetime import date, timedelta

from bot.console.desk import Desk, Visit
from bot.domain.plans import MOST_INSTALMENTS, bearable_cents, evenly, within
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
# When the first instalment of a simulation falls.
_FIRST = timedelta(days=30)
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
class Bearable:
    """What the resources leave for a plan: a sentence, and how it was counted (empty when it was not)."""

    sentence: str
    how: str = ""


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
    bearable: Bearable | None
    mark: int
    error: str = ""
    wrong: str = ""  # the field that the error is about; none: the plan as a whole


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
    weight = _weight(desk, visit, lease, today)
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
        choices=_choices(weight, overdue, today) if owed else [],
        bearable=_bearable(weight, overdue, today) if owed else None,
        mark=weight.mark,
    )


@dataclass(frozen=True)
class _Weight:
    """What the dwelling weighs each month and what it may weigh: cents, cents (None: unknown), percent."""

    net_cents: int
    resources_cents: int | None
    mark: int


def _weight(desk: Desk, visit: Visit, lease: Lease, today: date) -> _Weight:
    signals = rent_signals.of_lease(visit.session, desk.house, lease, today)
    amounts = rent_signals.amounts_on(rent.books(visit.session, [lease])[lease.id], today)
    net = rent_signals.net_cents(amounts) if amounts else 0
    return _Weight(net, rent_signals.resources(lease.tenants), signals.limits.share_percent)


def _choices(weight: _Weight, overdue: int, today: date) -> list[Choice]:
    """The debt in so many months: each instalment, the last month, the share of resources with the rent."""
    found = []
    for count in _MONTHS:
        if overdue // count < _LEAST_CENTS:
            break
        parts = evenly(overdue, count, today + _FIRST)
        usual, last = parts[0].amount_cents, parts[-1].amount_cents
        share = share_percent(weight.net_cents + usual, weight.resources_cents)
        beyond = share is not None and share > weight.mark
        rest = f"puis {say.euros(last)}" if last != usual else ""
        said = f"{share} %" if share is not None else ""
        found.append(Choice(count, say.euros(usual), rest, _month(parts[-1].due_on), said, beyond))
    return found


def _bearable(weight: _Weight, overdue: int, today: date) -> Bearable:
    """What the household can bear as far as the figures tell, how long that takes, or what else to try."""
    if not weight.resources_cents:
        return Bearable(
            "On ne sait pas ce que le foyer peut supporter : ses ressources ne sont pas connues. "
            "Demandez-les avant de proposer une somme."
        )
    most = bearable_cents(weight.net_cents, weight.resources_cents, weight.mark)
    how = (
        f"{weight.mark} % de {say.euros(weight.resources_cents)} de ressources, moins "
        f"{say.euros(max(0, weight.net_cents))} de loyer et charges, aide au logement déduite."
    )
    if most == 0:
        return Bearable(
            f"Le logement prend déjà {weight.mark} % des ressources ou plus : aucune somme par mois ne tient "
            "sous ce repère. Un plan seul ne suffira pas ; pensez au FSL et à un rendez-vous.",
            how,
        )
    parts = within(overdue, most, today + _FIRST)
    if not parts:
        return Bearable(
            f"Au plus {say.euros(most)} par mois : trop peu pour tout régler en {MOST_INSTALMENTS} mois. "
            "Un plan seul ne suffira pas ; pensez au FSL et à un rendez-vous.",
            how,
        )
    ends = say.month(parts[-1].due_on)
    long = f"{len(parts)} mois, jusqu’en {ends}" if len(parts) > 1 else f"en une fois, en {ends}"
    return Bearable(f"Au plus {say.euros(most)} par mois : {long}.", how)


def _month(day: date) -> str:
    return f"{say.short_month(day)} {day.year}"


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
