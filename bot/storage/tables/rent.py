"""What is owed and paid: leases, their amounts over time, payments, movements, planned steps."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from bot.domain.states import CallState, InstalmentState, OccurrenceState, PlanState, PromiseState
from bot.storage.tables.base import OfOrganisation, Table, choice
from bot.storage.tables.people import Person, Staff
from bot.storage.types import EncryptedText


class Lease(OfOrganisation, Table):
    __tablename__ = "lease"
    __table_args__ = (
        UniqueConstraint("organisation_id", "reference"),
        CheckConstraint("due_day BETWEEN 1 AND 31", name="due_day"),
        Index("ix_lease_place", "organisation_id", "residence"),
    )

    reference: Mapped[str] = mapped_column(String(64))
    residence: Mapped[str] = mapped_column(String(120), default="")
    district: Mapped[str] = mapped_column(String(120), default="")
    town: Mapped[str] = mapped_column(String(120), default="")
    address: Mapped[str | None] = mapped_column(EncryptedText)
    dwelling: Mapped[str | None] = mapped_column(EncryptedText)
    typology: Mapped[str] = mapped_column(String(16), default="")
    heating: Mapped[str] = mapped_column(String(16), default="")
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]
    due_day: Mapped[int]
    payment_method: Mapped[str] = mapped_column(String(24), default="")
    # What was owed (positive) or in advance (negative) at the end of `opening_on`.
    opening_cents: Mapped[int | None]
    opening_on: Mapped[date | None]
    # Without an opening balance the account starts at the first term after this day.
    first_import_on: Mapped[date]
    # Every step up to this day is planned; None when the lease has changed since.
    planned_until: Mapped[date | None]

    amounts: Mapped[list["LeaseAmount"]] = relationship(order_by="LeaseAmount.effective_on")
    # Who is on the lease today: nobody whom the landlord's file no longer names.
    tenants: Mapped[list[Person]] = relationship(
        secondary="lease_person",
        secondaryjoin="and_(LeasePerson.person_id == Person.id, LeasePerson.absent_since.is_(None))",
        order_by="Person.id",
        viewonly=True,
    )


class LeasePerson(OfOrganisation, Table):
    __tablename__ = "lease_person"
    __table_args__ = (UniqueConstraint("organisation_id", "lease_id", "person_id"),)

    lease_id: Mapped[int] = mapped_column(ForeignKey("lease.id"), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    # The day of the landlord's file that still held the lease and no longer the person.
    absent_since: Mapped[date | None]


class LeaseAmount(OfOrganisation, Table):
    """Rent, charges and aid a month, in cents, from a date on (never backwards)."""

    __tablename__ = "lease_amount"
    __table_args__ = (
        UniqueConstraint("organisation_id", "lease_id", "effective_on"),
        CheckConstraint("rent_cents >= 0 AND charges_cents >= 0 AND aid_cents >= 0", name="not_negative"),
    )

    lease_id: Mapped[int] = mapped_column(ForeignKey("lease.id"))
    effective_on: Mapped[date]
    rent_cents: Mapped[int]
    charges_cents: Mapped[int] = mapped_column(default=0)
    aid_cents: Mapped[int] = mapped_column(default=0)
    aid_to_landlord: Mapped[bool] = mapped_column(default=True)


class Payment(OfOrganisation, Table):
    """One bank movement of the landlord's file, in cents; a rejected direct debit is negative."""

    __tablename__ = "payment"
    __table_args__ = (
        UniqueConstraint("organisation_id", "reference"),
        Index("ix_payment_lease", "lease_id", "on_day"),
        # The few that the bank took back, which every night looks for.
        Index(
            "ix_payment_rejected",
            "on_day",
            postgresql_where=text("amount_cents < 0"),
            sqlite_where=text("amount_cents < 0"),
        ),
    )

    reference: Mapped[str] = mapped_column(String(64))
    lease_id: Mapped[int] = mapped_column(ForeignKey("lease.id"))
    on_day: Mapped[date]
    amount_cents: Mapped[int]
    method: Mapped[str] = mapped_column(String(24), default="")
    label: Mapped[str | None] = mapped_column(EncryptedText)
    # The first day of the month whose term the label names, when it names one for certain.
    names_month: Mapped[date | None]


class Movement(OfOrganisation, Table):
    """A signed correction of the account in cents (régularisation, rappel d'aide…): positive is owed."""

    __tablename__ = "movement"
    __table_args__ = (
        UniqueConstraint("organisation_id", "reference"),
        Index("ix_movement_lease", "lease_id", "on_day"),
    )

    reference: Mapped[str] = mapped_column(String(64))
    lease_id: Mapped[int] = mapped_column(ForeignKey("lease.id"))
    on_day: Mapped[date]
    amount_cents: Mapped[int]
    kind: Mapped[str] = mapped_column(String(40), default="")
    label: Mapped[str | None] = mapped_column(EncryptedText)


class Occurrence(OfOrganisation, Table):
    """A step that a rule plans for an object, once, at an instant computed from wall-clock time."""

    __tablename__ = "occurrence"
    __table_args__ = (
        UniqueConstraint("organisation_id", "rule", "object", "due_on"),
        Index("ix_occurrence_due", "state", "due_at"),
    )

    rule: Mapped[str] = mapped_column(String(32))
    object: Mapped[str] = mapped_column(String(64))
    due_on: Mapped[date]
    due_at: Mapped[datetime]
    state: Mapped[OccurrenceState] = mapped_column(choice(OccurrenceState), default=OccurrenceState.PLANNED)
    reason: Mapped[str] = mapped_column(String(40), default="")
    # For the steps of a term: its lease, and what must have come in since the account began for nothing
    # to be missing on it, in cents (None: only the account can tell).
    lease_id: Mapped[int | None] = mapped_column(ForeignKey("lease.id"), index=True)
    needs_cents: Mapped[int | None]


class Promise(OfOrganisation, Table):
    """What one person said of paying a term: theirs alone, a co-tenant never learns of it."""

    __tablename__ = "promise"
    __table_args__ = (
        Index("ix_promise_term", "lease_id", "month"),
        CheckConstraint("amount_cents IS NULL OR amount_cents > 0", name="amount"),
    )

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    lease_id: Mapped[int] = mapped_column(ForeignKey("lease.id"))
    # The first day of the term's month.
    month: Mapped[date]
    said_at: Mapped[datetime]
    # None: no day was given yet.
    promised_on: Mapped[date | None]
    # None: all that is missing.
    amount_cents: Mapped[int | None]
    # What was missing on the term when it was said.
    missing_cents: Mapped[int]
    # Whether the next step of the term waits for it.
    holds: Mapped[bool]
    state: Mapped[PromiseState] = mapped_column(choice(PromiseState), default=PromiseState.OPEN)
    asked_again_at: Mapped[datetime | None]

    person: Mapped[Person] = relationship()
    lease: Mapped[Lease] = relationship()


class Plan(OfOrganisation, Table):
    """A plan d'apurement of a lease: proposed by a caseworker, answered by one tenant of it."""

    __tablename__ = "plan"
    __table_args__ = (
        Index("uq_plan_running", "organisation_id", "lease_id", unique=True,
              sqlite_where=text("state IN ('proposed', 'accepted')"),
              postgresql_where=text("state IN ('proposed', 'accepted')")),
        CheckConstraint("state <> 'accepted' OR (accepted_on IS NOT NULL AND debt_cents IS NOT NULL)",
                        name="accepted_from"),
    )  # fmt: skip

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    lease_id: Mapped[int] = mapped_column(ForeignKey("lease.id"), index=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case_file.id"), index=True)
    proposed_by_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    proposed_at: Mapped[datetime]
    state: Mapped[PlanState] = mapped_column(choice(PlanState), default=PlanState.PROPOSED)
    # From this day on money settles the rent first; what was due up to it is what the plan repays.
    accepted_on: Mapped[date | None]
    debt_cents: Mapped[int | None]
    ended_on: Mapped[date | None]

    person: Mapped[Person] = relationship()
    lease: Mapped[Lease] = relationship()
    proposed_by: Mapped[Staff] = relationship()
    instalments: Mapped[list["PlanInstalment"]] = relationship(order_by="PlanInstalment.number")


class PlanInstalment(OfOrganisation, Table):
    __tablename__ = "plan_instalment"
    __table_args__ = (
        UniqueConstraint("organisation_id", "plan_id", "number"),
        CheckConstraint("amount_cents > 0", name="amount"),
    )

    plan_id: Mapped[int] = mapped_column(ForeignKey("plan.id"), index=True)
    number: Mapped[int]
    due_on: Mapped[date]
    amount_cents: Mapped[int]
    state: Mapped[InstalmentState] = mapped_column(choice(InstalmentState), default=InstalmentState.PLANNED)


class CallLine(OfOrganisation, Table):
    """What Palier would have written to a household that it can't write to: a person calls instead.

    One line a person and object (a term, an instalment): its next step takes the place of the last.
    """

    __tablename__ = "call_line"
    __table_args__ = (
        UniqueConstraint("organisation_id", "person_id", "object"),
        Index("ix_call_open", "organisation_id", "state"),
    )

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    lease_id: Mapped[int] = mapped_column(ForeignKey("lease.id"))
    object: Mapped[str] = mapped_column(String(64))
    # The rule of the step that could not be said.
    rule: Mapped[str] = mapped_column(String(32))
    noted_at: Mapped[datetime]
    state: Mapped[CallState] = mapped_column(choice(CallState), default=CallState.OPEN)
    done_at: Mapped[datetime | None]
    done_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))

    person: Mapped[Person] = relationship()
    lease: Mapped[Lease] = relationship()
