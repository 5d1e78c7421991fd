"""The steps of each term, planned ahead as occurrence rows: a lease is looked at again when its plan runs
out or when it has changed, so that a night costs what is new and not what is known."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, time, timedelta
from itertools import accumulate
from typing import Any

from sqlalchemy import and_, insert, or_, select, update
from sqlalchemy.orm import Session, load_only

from bot.content.load import RentSteps
from bot.domain.calendar import next_morning
from bot.domain.rent import Account, LeaseTerms, terms
from bot.domain.rent_steps import Step, Verdict
from bot.domain.states import OccurrenceState
from bot.services.house import House
from bot.services.one_by_one import one_by_one, together, tried_lately
from bot.services.rent import rent
from bot.storage.tables import Lease, Occurrence, Organisation, Payment

_JOB, _REOPENING = "rent.plan", "rent.rejected"
# At what hour steps are taken.
AT = time(10)
# A lease is planned so far ahead, and again when fewer days are left. The spread keeps a landlord's
# leases, imported in one day, from all being planned anew in one night.
_AHEAD, _LEFT, _SPREAD = timedelta(days=40), timedelta(days=14), 28
# A lease imported late still gets the steps of the last month; what is older is for people.
_BEHIND = timedelta(days=31)
# The rule and the object of a step.
_Key = tuple[str, str]
# A bank gives a rejected debit back within days.
_REJECTION_REOPENS = timedelta(days=10)


def plan(session: Session, now: datetime, house: House, limit: int = 500) -> int:
    """Plan the steps of at most `limit` leases of one landlord whose plan runs out; returns how many
    leases were looked at: 0 when all are planned.

    A step not yet taken follows its term when the due day moves. A lease that can't be planned is left for a
    day, and holds up no other.
    """
    landlords = session.scalars(select(Organisation).order_by(Organisation.id)).all()
    one_by_one(session, now, landlords, lambda each: _notice_settings(session, house, each))
    found = _running_out(session, now, house, limit)
    together(session, now, _JOB, Lease, found, lambda ids: _plan(session, now, house, ids))
    return len(found)


def reopen_rejected(session: Session, now: datetime, house: House) -> int:
    """Plan again, for this morning, the questions and cases of terms that a rejection has opened again;
    returns how many."""
    today, opened = rent.local_day(now, house), 0
    rejected = select(Payment.lease_id).where(
        Payment.amount_cents < 0,
        Payment.on_day >= today - _REJECTION_REOPENS,
        Payment.lease_id.not_in(tried_lately(_REOPENING, now)),
    )

    def reopen(ids: Sequence[int]) -> None:
        nonlocal opened
        opened += _reopen(session, house, today, ids)

    # In their order by us: SQLite would go through the payments of every lease for it.
    leases = sorted(set(session.scalars(rejected)))
    together(session, now, _REOPENING, Lease, leases, reopen)
    return opened


def _reopen(session: Session, house: House, today: date, lease_ids: Sequence[int]) -> int:
    leases = session.scalars(select(Lease).where(Lease.id.in_(lease_ids)).order_by(Lease.id)).all()
    accounts, known = rent.accounts(session, leases, today), _questions_and_cases(session, leases)
    again, new = 0, []
    for lease in leases:
        steps = rent.steps_of(house, session.get_one(Organisation, lease.organisation_id))
        for key, step in _unpaid(lease, accounts[lease.id], steps):
            row = known.get(key)
            if row is None:
                # Paid for certain when its day came: it left no row.
                new.append(_row(lease.organisation_id, key, step, morning(today, house)))
            elif row.state is OccurrenceState.SKIPPED and row.reason == Verdict.PAID:
                row.state, row.reason, row.due_at = OccurrenceState.PLANNED, "", morning(today, house)
                again += 1
    if new:
        session.execute(insert(Occurrence), new)
    return again + len(new)


def offset(steps: RentSteps, step: Step) -> timedelta:
    """From the due day to the step's day."""
    days = {
        Step.REMINDER: -steps.reminder_days_before,
        Step.QUESTION: steps.question_days_after,
        Step.CASE: steps.case_days_after,
    }
    return timedelta(days=days[step])


def morning(day: date, house: House) -> datetime:
    """When the steps of that day are taken: that morning, or the next that is no Sunday and no holiday."""
    return next_morning(day, AT, house.zone, house.holidays)


@dataclass(frozen=True)
class _Planned:
    """A step that a term wants: its day, and what must have come in for nothing to be missing, in cents
    (None: only the account can tell)."""

    lease_id: int
    day: date
    needs_cents: int | None


def _notice_settings(session: Session, house: House, organisation: Organisation) -> None:
    """Other settings mean other days: every lease is planned anew."""
    settings = asdict(rent.steps_of(house, organisation)) | {"in_arrears": rent.in_arrears(organisation)}
    if organisation.planned_by != settings:
        organisation.planned_by = settings
        session.execute(
            update(Lease).where(Lease.organisation_id == organisation.id).values(planned_until=None)
        )


def _running_out(session: Session, now: datetime, house: House, limit: int) -> list[int]:
    """Some leases of one landlord that must be planned, in the order of their numbers; not those that could
    not be, less than a day ago."""
    today = rent.local_day(now, house)
    runs_out = and_(
        or_(Lease.planned_until.is_(None), Lease.planned_until < today + _LEFT),
        or_(Lease.ends_on.is_(None), Lease.ends_on >= today - 2 * _BEHIND),
    )
    found = session.execute(
        select(Lease.id, Lease.organisation_id)
        .where(runs_out, Lease.id.not_in(tried_lately(_JOB, now)))
        .order_by(Lease.organisation_id, Lease.id)
        .limit(limit)
    ).all()
    return [lease for lease, landlord in found if landlord == found[0].organisation_id]


def _plan(session: Session, now: datetime, house: House, lease_ids: Sequence[int]) -> None:
    """Plan these leases of one landlord."""
    found = (
        select(Lease)
        .where(Lease.id.in_(lease_ids))
        .order_by(Lease.id)
        # Planning reads no name and no address: nothing to decrypt.
        .options(
            load_only(
                Lease.organisation_id,
                Lease.starts_on,
                Lease.ends_on,
                Lease.due_day,
                Lease.opening_cents,
                Lease.opening_on,
                Lease.first_import_on,
                Lease.planned_until,
            )
        )
    )
    leases, today = session.scalars(found).all(), rent.local_day(now, house)
    organisation = session.get_one(Organisation, leases[0].organisation_id)
    steps = rent.steps_of(house, organisation)
    rules = rent.lease_terms(session, leases)
    wanted: dict[_Key, _Planned] = {}
    unchanged = {lease.id for lease in leases if lease.planned_until is not None}
    for lease in leases:
        lease.planned_until = today + _AHEAD + timedelta(days=lease.id % _SPREAD)
        until = lease.planned_until + timedelta(days=steps.reminder_days_before)
        wanted |= dict(_steps_of(lease.id, rules[lease.id], steps, today - _BEHIND, until))
    session.flush()
    _follow_known(session, house, lease_ids, wanted)
    rows = [
        _row(organisation.id, key, step, due_at)
        for key, step in wanted.items()
        # A step of the past that has no row was decided, unless the lease has changed since.
        if (due_at := morning(step.day, house)) > now or step.lease_id not in unchanged
    ]
    if rows:
        session.execute(insert(Occurrence), rows)


def _row(organisation_id: int, key: _Key, step: _Planned, due_at: datetime) -> dict[str, Any]:
    rule, object = key
    return {
        "organisation_id": organisation_id,
        "rule": rule,
        "object": object,
        "due_on": step.day,
        "due_at": due_at,
        "state": OccurrenceState.PLANNED,
        "reason": "",
        "lease_id": step.lease_id,
        "needs_cents": step.needs_cents,
    }


def _questions_and_cases(session: Session, leases: Sequence[Lease]) -> dict[_Key, Occurrence]:
    rows = session.scalars(
        select(Occurrence).where(
            Occurrence.lease_id.in_([lease.id for lease in leases]),
            Occurrence.rule.in_([Step.QUESTION, Step.CASE]),
        )
    )
    return {(row.rule, row.object): row for row in rows}


def _unpaid(lease: Lease, account: Account, steps: RentSteps) -> Iterator[tuple[_Key, _Planned]]:
    """The questions and cases whose day has come, of the terms that something is missing on; what was
    due before the lease was first planned is for people."""
    for line in account.lines:
        if line.term is None or line.remaining_cents <= 0 or line.due_on < lease.first_import_on - _BEHIND:
            continue
        for step in (Step.QUESTION, Step.CASE):
            day = line.due_on + offset(steps, step)
            if day <= account.today:
                key = (step.value, rent.object_of(lease.id, line.term.month))
                yield key, _Planned(lease.id, day, needs_cents=None)


def _steps_of(
    lease_id: int, rules: LeaseTerms, steps: RentSteps, since: date, until: date
) -> Iterator[tuple[_Key, _Planned]]:
    """The steps of the lease's terms due from `since` to `until`, by rule and object."""
    owed = list(terms(rules, until))
    sums = accumulate((term.due_cents for term in owed), initial=rules.opening_cents)
    next(sums)
    for term, needs in zip(owed, sums, strict=True):
        if term.due_on >= since:
            for step in Step:
                key = (step.value, rent.object_of(lease_id, term.month))
                yield key, _Planned(lease_id, term.due_on + offset(steps, step), needs)


def _follow_known(
    session: Session, house: House, lease_ids: Sequence[int], wanted: dict[_Key, _Planned]
) -> None:
    """Take what is planned already out of `wanted`; steps not yet taken follow their term."""
    changes: list[dict[str, Any]] = []
    for row in session.execute(
        select(
            Occurrence.id,
            Occurrence.rule,
            Occurrence.object,
            Occurrence.due_on,
            Occurrence.state,
            Occurrence.needs_cents,
        ).where(Occurrence.lease_id.in_(lease_ids))
    ):
        step = wanted.pop((row.rule, row.object), None)
        if row.state is not OccurrenceState.PLANNED:
            continue
        # A term that has left the account: only the account can tell what is missing.
        needs = step.needs_cents if step else None
        if step and step.day != row.due_on:
            due_at = morning(step.day, house)
            changes.append({"id": row.id, "due_on": step.day, "due_at": due_at, "needs_cents": needs})
        elif needs != row.needs_cents:
            changes.append({"id": row.id, "needs_cents": needs})
    moved = [change for change in changes if "due_at" in change]
    for group in (moved, [change for change in changes if "due_at" not in change]):
        if group:
            session.execute(update(Occurrence), group)
