"""The due steps that need no account to be decided: of a whole landlord in two statements.

What they decide is what `bot.domain.rent_steps.decide` would; in doubt a step is left to it.
"""

from datetime import date, datetime, timedelta
from typing import Any, cast

from sqlalchemy import ColumnElement, CursorResult, Select, and_, delete, exists, func, or_, select, update
from sqlalchemy.orm import Session

from bot.content.load import RentSteps
from bot.domain.rent_steps import Step
from bot.domain.states import OccurrenceState
from bot.services.house import House
from bot.services.rent import rent
from bot.services.rent.calendar import morning, offset
from bot.storage.tables import Lease, Movement, Occurrence, Organisation, Payment, Plan


def slice_end(session: Session, now: datetime, limit: int = 50_000) -> int | None:
    """The number of the last of the first `limit` due steps; None when none is due."""
    first = select(Occurrence.id).where(_due(now)).order_by(Occurrence.id).limit(limit).subquery()
    last: int | None = session.scalar(select(func.max(first.c.id)))
    return last


def decide_together(session: Session, now: datetime, house: House, last: int) -> int:
    """Among the due steps up to number `last`, let those wait whose day the bank file does not cover, and
    forget those of terms that are paid for certain: they asked nothing, and the account says why. Returns
    how many."""
    decided = 0
    first_due = and_(_due(now), Occurrence.id <= last)
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
    came = (
        _summed(Payment, due)
        .add_columns(func.max(Payment.names_month).label("names"))
        .having(func.min(Payment.amount_cents) >= 0)
        .subquery()
    )
    moved = _summed(Movement, due).subquery()
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
    )


def _summed(table: type[Payment] | type[Movement], due: ColumnElement[bool]) -> Select[int, int]:
    """The sum of each lease's rows since its account began, for the leases of the due steps."""
    opens_on = func.coalesce(Lease.opening_on, Lease.first_import_on)
    return (
        select(Lease.id.label("lease_id"), func.sum(table.amount_cents).label("cents"))
        .join(table, table.lease_id == Lease.id)
        .where(
            # By the lease's own number: SQLite then meets the rows in the order of the groups.
            Lease.id.in_(select(Occurrence.lease_id).where(due)),
            Lease.planned_until.is_not(None),
            table.on_day > opens_on,
        )
        .group_by(Lease.id)
    )
