"""A household for the rent tests: one lease, its tenants, what they pay, what becomes of its steps."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.advance import next_due
from bot.domain.states import ChatState, OccurrenceState, Register
from bot.domain.words import Drop, Words
from bot.services import people
from bot.services.house import House
from bot.services.kinds import REGISTRY
from bot.services.rent import calendar as rent_calendar
from bot.services.rent import plans as rent_plans
from bot.services.rent import promises as rent_promises
from bot.services.rent import steps as rent_steps
from bot.storage.tables import (
    Case,
    Chat,
    Lease,
    LeaseAmount,
    LeasePerson,
    Occurrence,
    Organisation,
    Outbox,
    Payment,
    Person,
)


@dataclass
class World:
    session: Session
    house: House
    now: datetime
    organisation: Organisation
    lease: Lease

    @property
    def today(self) -> date:
        return self.now.astimezone(self.house.zone).date()

    def at(self, month: int, day: int, hour: int = 10, year: int = 2026) -> None:
        """Move to that local time, taking every due step on the way."""
        local = datetime.combine(date(year, month, day), time(hour), self.house.zone)
        self.plans()
        while self.now < local.astimezone(UTC):
            self._ticks()
            due = next_due(self.session, self.now) or local
            self.now = min(due, local).astimezone(UTC)
        self._ticks()

    def plans(self) -> int:
        """Plan as every hour; returns how many steps are new."""
        before = self.session.query(Occurrence).count()
        rent_calendar.plan(self.session, self.now, self.house)
        rent_calendar.reopen_rejected(self.session, self.now, self.house)
        return self.session.query(Occurrence).count() - before

    def changes(self, **values: object) -> None:
        """The landlord's file says something else of the lease."""
        for name, value in values.items():
            setattr(self.lease, name, value)
        self.lease.planned_until = None
        self.session.flush()

    def _ticks(self) -> None:
        rent_promises.check_due(self.session, self.now, self.house)
        rent_plans.follow_due(self.session, self.now, self.house)
        rent_steps.fire_due(self.session, self.now, self.house)
        self.session.flush()

    def tenant(
        self,
        name: str,
        *,
        linked: bool = True,
        consents: bool = True,
        register: Register = Register.ORDINARY,
        discreet: bool = False,
        state: ChatState = ChatState.ACTIVE,
    ) -> Person:
        own = {"organisation_id": self.organisation.id}
        person = Person(
            **own, reference=name, last_name=name, first_name="Ana", register=register, discreet=discreet
        )
        self.session.add(person)
        self.session.flush()
        self.session.add(LeasePerson(**own, lease_id=self.lease.id, person_id=person.id))
        if linked:
            self.session.add(
                Chat(
                    **own,
                    bot_id=1,
                    telegram_id=1000 + person.id,
                    person_id=person.id,
                    state=state,
                )
            )
        if consents:
            people.set_consent(self.session, self.now, person, "rent", True, "consent.ask")
        self.session.flush()
        self.session.expire(self.lease, ["tenants"])
        return person

    def pays(self, day: date, cents: int, method: str = "virement", names: date | None = None) -> None:
        self.session.add(
            Payment(
                organisation_id=self.organisation.id,
                reference=f"P{self.session.query(Payment).count()}",
                lease_id=self.lease.id,
                on_day=day,
                amount_cents=cents,
                method=method,
                names_month=names,
            )
        )
        self.session.flush()

    def covers(self, day: date) -> None:
        self.organisation.bank_covered_until = day
        self.session.flush()

    def steps(self, month: str = "2026-12") -> dict[str, tuple[str, str]]:
        """The state and the reason of a month's steps; nothing of one that was paid for certain."""
        rows = self.session.scalars(
            select(Occurrence)
            .filter_by(object=f"lease:{self.lease.id}/{month}")
            .order_by(Occurrence.due_at, Occurrence.id)
        )
        return {row.rule.removeprefix("rent."): (row.state.value, row.reason) for row in rows}

    def queued(self) -> list[Outbox]:
        return list(
            self.session.scalars(select(Outbox).where(Outbox.kind.like("rent_%")).order_by(Outbox.id))
        )

    def outbox(self) -> list[Outbox]:
        """Everything that was queued, the oldest first, but alerts."""
        rows = select(Outbox).where(Outbox.kind.not_like("case_%")).order_by(Outbox.id)
        return list(self.session.scalars(rows))

    def leaves(self, row: Outbox) -> Words | Drop:
        """What delivery gets when it claims the row now."""
        render = REGISTRY[row.kind].render
        assert render is not None
        return render(self.session, self.now, self.house, row)

    def cases(self) -> list[Case]:
        return list(self.session.scalars(select(Case).filter_by(kind="rent_arrears").order_by(Case.id)))

    def cases_of_lease(self) -> list[Case]:
        """The same, of this world's lease alone."""
        return [case for case in self.cases() if case.object.startswith(f"lease:{self.lease.id}/")]

    def reasons(self) -> list[str]:
        return [event.detail["reason"] for case in self.cases() for event in case.history if event.detail]


PLANNED = (OccurrenceState.PLANNED.value, "")
DONE = (OccurrenceState.DONE.value, "")


def skipped(reason: str) -> tuple[str, str]:
    return OccurrenceState.SKIPPED.value, reason


def make_world(
    session: Session,
    house: House,
    now: datetime,
    *,
    organisation: Organisation | None = None,
    amounts: Sequence[dict[str, Any]] = ({"effective_on": date(2018, 1, 1), "rent_cents": 35_000},),
    **lease: object,
) -> World:
    """A lease at 350 € due on the 5th, with an account that starts at zero on 30 November 2026."""
    organisation = organisation or people.ensure_default_organisation(session)
    defaults = {
        "reference": "B1",
        "starts_on": date(2018, 1, 1),
        "due_day": 5,
        "payment_method": "virement",
        "opening_cents": 0,
        "opening_on": date(2026, 11, 30),
        "first_import_on": date(2026, 12, 1),
    }
    row = Lease(organisation_id=organisation.id, **(defaults | lease))
    row.amounts = [LeaseAmount(organisation_id=organisation.id, **amount) for amount in amounts]
    session.add(row)
    session.flush()
    return World(session, house, now, organisation, row)
