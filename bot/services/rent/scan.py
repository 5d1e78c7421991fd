"""The due steps that need no account to be decided: of a whole landlord in two statements.

What they decide is what `bot.domain.rent_steps.decide` would; in doubt a step is left to it.
"""

from datetime import date, datetime, timedelta
from typing import Any, cast

from sqlalchemy import (
    CTE,
    ColumnElement,
    CursorResult,
    Select,
    and_,
    delete,
    exists,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.orm import Session

from bot.content.load import RentSteps
from bot.domain.rent_steps import Step
from bot.domain.states import OccurrenceState
from bot.services.house import House
from bot.services.rent import rent
from bot.services.rent.calendar import morning, offset
from bot.storage.tables import Lease, Movement, Occurrence, Organisation, Payment, Plan

# SQLite lets nobody else write meanwhile.
_AT_ONCE_SQLITE, _AT_ONCE = 50_000, 250_000


def slice_end(session: Session, now: datetime, limit: int | None = None) -> int | None:
    """The number of the last of the first `limit` due steps that may be decided together; None: there is
    none. Without a limit: as many as the database decides without holding up anybody."""
    if limit is None:
        limit = _AT_ONCE_SQLITE if session.get_bind().dialect.name == "sqlite" else _AT_ONCE
    first = select(Occurrence.id).where(_due(now), _UNDECIDED).order_by(Occurrence.id).limit(limit).subquery()
    last: int | None = session.scalar(select(func.max(first.c.id)))
    return last


def decide_together(session: Session, now: datetime, house: House, last: int) -> int:
    """Among the due steps up to number `last`, let those wait whose day the bank file does not cover, and
    forget those of terms that are paid for certain: they asked nothing, and the account says why. Returns
    how many. Only the account can tell of the others: they are not looked at again here."""
    decided = 0
    first_due = and_(_due(now), _UNDECIDED, Occurrence.id <= last)
    for organisation in session.scalars(
        select(Organisation).where(exists().where(first_due, Occurrence.organisation_id == Organisation.id))
    ).all():
        steps = rent.steps_of(house, organisation)
        covered = last_covered(organisation, steps, house)
        mine = and_(first_due, Occurrence.organisation_id == organisation.id)
        tomorrow = morning(rent.local_day(now, house) + timedelta(days=1), house)
        waiting = update(Occurrence).where(mine, _uncovered(steps, covered), _planned_lately())
        named = _named_at_most(session, organisation, mine, steps)
        paid = delete(Occurrence).where(Occurrence.id.in_(_paid(mine, named)))
        for statement in (waiting.values(due_at=tomorrow), paid):
            result = session.execute(statement, execution_options={"synchronize_session": False})
            decided += cast(CursorResult[Any], result).rowcount
        session.execute(
            update(Occurrence).where(mine).values(needs_cents=None),
            execution_options={"synchronize_session": False},
        )
    for known in [row for row in session.identity_map.values() if isinstance(row, Occurrence)]:
        session.expire(known)
    return decided


def last_covered(organisation: Organisation, steps: RentSteps, house: House) -> date | None:
    """The latest due day that the bank file covers (`rent.covered`); None without a file."""
    day = organisation.bank_covered_until
    while day is not None and not rent.covered(organisation, day, steps, house):
        day -= timedelta(days=1)
    return day


def _due(now: datetime) -> ColumnElement[bool]:
    return and_(
        Occurrence.state == OccurrenceState.PLANNED,
        Occurrence.due_at <= now,
        Occurrence.rule.in_(list(Step)),
    )


_UNDECIDED = Occurrence.needs_cents.is_not(None)


def _uncovered(steps: RentSteps, covered: date | None) -> ColumnElement[bool]:
    """A reminder needs no bank file."""
    return or_(
        *(
            and_(Occurrence.rule == step, Occurrence.due_on > (covered or date.min) + offset(steps, step))
            for step in (Step.QUESTION, Step.CASE)
        )
    )


def _planned_lately() -> ColumnElement[bool]:
    """The lease has not changed since its steps were planned."""
    return exists().where(Lease.id == Occurrence.lease_id, Lease.planned_until.is_not(None))


def _named_at_most(
    session: Session, organisation: Organisation, due: ColumnElement[bool], steps: RentSteps
) -> dict[str, date]:
    """For each step, the latest month that a payment may name without being for a later term than the
    oldest of the due ones."""
    first = select(Occurrence.rule, func.min(Occurrence.due_on)).where(due).group_by(Occurrence.rule)
    found = {}
    for rule, day in session.execute(first):
        month = (day - offset(steps, Step(rule))).replace(day=1)
        if rent.in_arrears(organisation):
            month = (month - timedelta(days=1)).replace(day=1)
        found[rule] = month
    return found


def _paid(due: ColumnElement[bool], named_at_most: dict[str, date]) -> Select[int]:
    """The steps of terms on which nothing can be missing: as much has come in as is owed up to them.

    Money then lies on no later term, as long as no payment names one, the bank has rejected nothing and no
    plan says otherwise. A correction counts against the household before its day: then the account decides.
    """
    leases = _leases(due)
    came = (
        _summed(Payment, leases)
        .add_columns(func.max(Payment.names_month).label("names"))
        .having(func.min(Payment.amount_cents) >= 0)
        .subquery()
    )
    moved = _summed(Movement, leases).subquery()
    return (
        select(Occurrence.id)
        .join(came, came.c.lease_id == Occurrence.lease_id)
        .outerjoin(moved, moved.c.lease_id == Occurrence.lease_id)
        .where(
            due,
            or_(
                came.c.names.is_(None),
                *(and_(Occurrence.rule == rule, came.c.names <= day) for rule, day in named_at_most.items()),
            ),
            Occurrence.needs_cents <= came.c.cents - func.coalesce(moved.c.cents, 0),
            ~exists().where(Plan.lease_id == Occurrence.lease_id),
        )
        # Within: a statement that begins with WITH tells no number of rows on SQLite.
        .add_cte(leases, nest_here=True)
    )


def _leases(due: ColumnElement[bool]) -> CTE:
    """The leases of the due steps, each with the day on which its account began."""
    opens_on = func.coalesce(Lease.opening_on, Lease.first_import_on).label("opens_on")
    found = select(Lease.id, opens_on).where(
        Lease.id.in_(select(Occurrence.lease_id).where(due)), Lease.planned_until.is_not(None)
    )
    # PostgreSQL would else meet each payment with the leases, then with the steps.
    return found.cte("due_lease").prefix_with("MATERIALIZED", dialect="postgresql")


def _summed(table: type[Payment] | type[Movement], leases: CTE) -> Select[int, int]:
    """The sum of each lease's rows since its account began."""
    return (
        # By the lease's own number: SQLite then meets the rows in the order of the groups.
        select(leases.c.id.label("lease_id"), func.sum(table.amount_cents).label("cents"))
        .join(table, table.lease_id == leases.c.id)
        .where(table.on_day > leases.c.opens_on)
        .group_by(leases.c.id)
    )
