"""What is owed and paid: leases, their amounts over time, payments, movements, planned steps."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from bot.domain.states import OccurrenceState, PromiseState
from bot.storage.tables.base import OfOrganisation, Table, choice
from bot.storage.tables.people import Person
from bot.storage.types import EncryptedText


class Lease(OfOrganisation, Table):
    __tablename__ = "lease"
    __table_args__ = (
        UniqueConstraint("organisation_id", "reference"),
        CheckConstraint("due_day BETWEEN 1 AND 31", name="due_day"),
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

    amounts: Mapped[list["LeaseAmount"]] = relationship(order_by="LeaseAmount.effective_on")
    tenants: Mapped[list[Person]] = relationship(secondary="lease_person", order_by="Person.id")


class LeasePerson(OfOrganisation, Table):
    __tablename__ = "lease_person"
    __table_args__ = (UniqueConstraint("organisation_id", "lease_id", "person_id"),)

    lease_id: Mapped[int] = mapped_column(ForeignKey("lease.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)


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
    )

    reference: Mapped[str] = mapped_column(String(64))
    lease_id: Mapped[int] = mapped_column(ForeignKey("lease.id"))
    on_day: Mapped[date]
    amount_cents: Mapped[int]
    method: Mapped[str] = mapped_column(String(24), default="")
    label: Mapped[str | None] = mapped_column(EncryptedText)


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
