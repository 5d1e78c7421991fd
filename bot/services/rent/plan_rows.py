"""The plans of a lease: which one runs, what it repays, what came in under it."""

from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.domain import plans
from bot.domain.rent import Account
from bot.domain.states import PlanState
from bot.services.rent import rent
from bot.storage.tables import Case, Lease, Plan

_RUNNING = (PlanState.PROPOSED, PlanState.ACCEPTED)


def lease_of(session: Session, case: Case) -> Lease | None:
    """The lease that the case is about, else the person's oldest lease."""
    if case.person is None:
        return None
    leases = rent.leases_of(session, case.person)
    if case.object.startswith("lease:"):
        wanted = int(case.object.removeprefix("lease:").split("/")[0])
        return next((lease for lease in leases if lease.id == wanted), None)
    return leases[0] if leases else None


def running(session: Session, lease: Lease) -> Plan | None:
    """The plan that waits for its answer or is being followed; a lease has one at most."""
    return session.scalar(select(Plan).where(Plan.lease_id == lease.id, Plan.state.in_(_RUNNING)))


def of_lease(session: Session, lease: Lease) -> list[Plan]:
    """Every plan of the lease, the latest first."""
    return list(session.scalars(select(Plan).where(Plan.lease_id == lease.id).order_by(Plan.id.desc())))


def repays(session: Session, lease: Lease, due_on: date) -> bool:
    """Whether a plan that is being followed repays what was due on that day."""
    found = select(Plan.id).where(
        Plan.lease_id == lease.id, Plan.state == PlanState.ACCEPTED, Plan.accepted_on >= due_on
    )
    return session.scalar(found.limit(1)) is not None


def instalments(plan: Plan) -> list[plans.Instalment]:
    return [plans.Instalment(row.due_on, row.amount_cents) for row in plan.instalments]


def paid_cents(plan: Plan, account: Account) -> int:
    """What came in for the plan since it was accepted, in cents."""
    if plan.accepted_on is None or plan.debt_cents is None:
        return 0
    return max(0, plan.debt_cents - account.owed_since_before(plan.accepted_on))
