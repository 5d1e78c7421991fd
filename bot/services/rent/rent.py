"""The account of a lease, from what the landlord's files brought."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from typing import cast

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from bot.content.load import RentSignals, RentSteps
from bot.domain.calendar import add_business_days
from bot.domain.rent import Account, Amounts, LeaseTerms, Line, Movement, Payment, PlanPeriod, settle
from bot.domain.states import CaseState
from bot.services.house import House
from bot.storage import tables
from bot.storage.tables import Case, Lease, LeaseAmount, LeasePerson, Organisation, Person

# The kind of the cases about an unpaid rent.
ARREARS = "rent_arrears"
# How the imports write "prélèvement" as a way to pay.
DIRECT_DEBIT = "prelevement"
# An account shows the terms due up to so long after its day: always the next one.
HORIZON = timedelta(days=62)
# After a rejected debit the household is reminded again, for so long.
_REJECTION_COUNTS = timedelta(days=60)


def object_of(lease_id: int, month: date) -> str:
    """How occurrences, questions and cases name the term of a month: lease:12/2026-12."""
    return f"lease:{lease_id}/{month:%Y-%m}"


def read_object(object: str) -> tuple[int, date]:
    """The lease's id and the first day of the month of a name made by `object_of`."""
    lease_id, month = object.removeprefix("lease:").split("/")
    return int(lease_id), date.fromisoformat(f"{month}-01")


def steps_of(house: House, organisation: Organisation) -> RentSteps:
    """The organisation's steps: the defaults, with what its settings (`rent_steps`) change."""
    return RentSteps(**asdict(house.content.rent_steps) | organisation.settings.get("rent_steps", {}))


def signals_of(house: House, organisation: Organisation) -> RentSignals:
    """From when on a sign counts: the defaults, with the organisation's settings (`rent_signals`)."""
    return RentSignals(**asdict(house.content.rent_signals) | organisation.settings.get("rent_signals", {}))


def account(session: Session, lease: Lease, today: date) -> Account:
    """The account of the lease on `today`, with the terms due in the next two months."""
    return accounts(session, [lease], today)[lease.id]


def accounts(session: Session, leases: Sequence[Lease], today: date) -> dict[int, Account]:
    """The accounts of several leases by their ids, in five queries whatever their number."""
    return {lease_id: book.account(today) for lease_id, book in books(session, leases).items()}


@dataclass(frozen=True)
class Book:
    """All that decides the account of a lease on any day."""

    terms: LeaseTerms
    payments: list[Payment]
    movements: list[Movement]

    def account(self, today: date) -> Account:
        return settle(self.terms, self.payments, self.movements, today, today + HORIZON)

    def as_of(self, day: date) -> Account:
        """The account at the end of a past day: later money does not count, later terms are left out."""
        payments = [payment for payment in self.payments if payment.on_day <= day]
        movements = [movement for movement in self.movements if movement.on_day <= day]
        return settle(self.terms, payments, movements, day, day)

    def balance_on(self, day: date) -> int:
        """The balance at the end of a past day, in cents."""
        return self.as_of(day).balance_cents


def books(session: Session, leases: Sequence[Lease]) -> dict[int, Book]:
    """What decides the accounts of these leases, by their ids."""
    ids = [lease.id for lease in leases]
    payments: dict[int, list[Payment]] = defaultdict(list)
    paid = tables.Payment
    for lease_id, on_day, cents, method, reference, names in session.execute(
        select(
            paid.lease_id, paid.on_day, paid.amount_cents, paid.method, paid.reference, paid.names_month
        ).where(paid.lease_id.in_(ids))
    ):
        payments[lease_id].append(Payment(on_day, cents, method, reference, names))
    movements: dict[int, list[Movement]] = defaultdict(list)
    moved = tables.Movement
    for lease_id, on_day, cents, reference in session.execute(
        select(moved.lease_id, moved.on_day, moved.amount_cents, moved.reference).where(
            moved.lease_id.in_(ids)
        )
    ):
        movements[lease_id].append(Movement(on_day, cents, reference))
    terms = lease_terms(session, leases)
    return {lease_id: Book(terms[lease_id], payments[lease_id], movements[lease_id]) for lease_id in ids}


def lease_terms(session: Session, leases: Sequence[Lease]) -> dict[int, LeaseTerms]:
    """What decides the terms of these leases, by their ids."""
    amounts: dict[int, list[Amounts]] = defaultdict(list)
    row = LeaseAmount
    for lease_id, effective_on, rent, charges, aid, to_landlord in session.execute(
        select(
            row.lease_id,
            row.effective_on,
            row.rent_cents,
            row.charges_cents,
            row.aid_cents,
            row.aid_to_landlord,
        )
        .where(row.lease_id.in_([lease.id for lease in leases]))
        .order_by(row.lease_id, row.effective_on)
    ):
        amounts[lease_id].append(Amounts(effective_on, rent, charges, aid, to_landlord))
    plans = _plan_periods(session, [lease.id for lease in leases])
    arrears = _in_arrears(session, {lease.organisation_id for lease in leases})
    return {
        lease.id: LeaseTerms(
            starts_on=lease.starts_on,
            ends_on=lease.ends_on,
            due_day=lease.due_day,
            amounts=amounts[lease.id],
            opens_on=lease.opening_on or lease.first_import_on,
            opening_cents=lease.opening_cents or 0,
            in_arrears=arrears[lease.organisation_id],
            plans=tuple(plans[lease.id]),
        )
        for lease in leases
    }


def _plan_periods(session: Session, lease_ids: list[int]) -> dict[int, list[PlanPeriod]]:
    periods: dict[int, list[PlanPeriod]] = defaultdict(list)
    for plan in session.scalars(
        select(tables.Plan)
        .where(tables.Plan.lease_id.in_(lease_ids), tables.Plan.accepted_on.is_not(None))
        .order_by(tables.Plan.lease_id, tables.Plan.accepted_on)
        .options(selectinload(tables.Plan.instalments))
    ):
        amounts = tuple(part.amount_cents for part in plan.instalments)
        periods[plan.lease_id].append(PlanPeriod(cast(date, plan.accepted_on), plan.ended_on, amounts))
    return periods


def missing_cents(account: Account, month: date) -> int:
    """What is missing on the term of that month, in cents.

    A term that a newer opening balance has swallowed is missing what is left of that balance.
    """
    line = account.term(month)
    if line is None and account.opening is not None and month <= account.opening.due_on:
        line = account.opening
    return line.remaining_cents if line else 0


def due_term(account: Account) -> Line | None:
    """The term to talk about: the oldest one due and not settled, else the next one."""
    waiting = (x for x in account.lines if x.term and x.due_on <= account.today and x.remaining_cents)
    return next(waiting, account.next_term)


def covered(organisation: Organisation, due_on: date, steps: RentSteps, house: House) -> bool:
    """Whether the bank file reaches past that due day: nothing is asked for a day that it does not."""
    until = organisation.bank_covered_until
    return until is not None and add_business_days(due_on, steps.bank_days, house.holidays) <= until


def leases_of(session: Session, person: Person) -> list[Lease]:
    """The person's leases, the oldest first; not one on which the landlord's file no longer names them."""
    return list(
        session.scalars(
            select(Lease)
            .join(LeasePerson, LeasePerson.lease_id == Lease.id)
            .where(LeasePerson.person_id == person.id, LeasePerson.absent_since.is_(None))
            .order_by(Lease.starts_on, Lease.id)
        )
    )


def is_tenant(session: Session, person: Person, lease: Lease) -> bool:
    """Whether the landlord's file still names the person on the lease: only then is its rent talked of."""
    return (
        session.scalar(
            select(LeasePerson.id).filter_by(lease_id=lease.id, person_id=person.id, absent_since=None)
        )
        is not None
    )


def is_direct_debit(lease: Lease) -> bool:
    return lease.payment_method == DIRECT_DEBIT


def rejected_lately(session: Session, lease_ids: Iterable[int], today: date) -> set[int]:
    """Which of these leases had a payment rejected in the last 60 days."""
    row = tables.Payment
    return set(
        session.scalars(
            select(row.lease_id).where(
                row.lease_id.in_(list(lease_ids)),
                row.amount_cents < 0,
                row.on_day >= today - _REJECTION_COUNTS,
            )
        )
    )


def open_cases(session: Session, lease: Lease) -> list[Case]:
    """The open cases about this lease's rent, whichever month and person they began with."""
    return list(
        session.scalars(
            select(Case)
            .where(
                Case.organisation_id == lease.organisation_id,
                Case.kind == ARREARS,
                Case.state != CaseState.CLOSED,
                Case.object.like(f"lease:{lease.id}/%"),
            )
            .order_by(Case.id)
        )
    )


def local_day(now: datetime, house: House) -> date:
    return now.astimezone(house.zone).date()


def in_arrears(organisation: Organisation) -> bool:
    """Whether rents are due after their month (terme échu), by the setting `rent_in_arrears`."""
    return bool(organisation.settings.get("rent_in_arrears", False))


def _in_arrears(session: Session, organisation_ids: set[int]) -> dict[int, bool]:
    rows = session.scalars(select(Organisation).where(Organisation.id.in_(organisation_ids)))
    return {row.id: in_arrears(row) for row in rows}
