"""A landlord with a team, a tenant and her lease, and the console over them."""

import time
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import pytest
from fastapi import FastAPI
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.clock import Clock
from bot.domain.states import CaseState, Direction, InboxState, Role, Urgency
from bot.services import access, danger, thread
from bot.services.cases import cases
from bot.services.house import House
from bot.storage import Database
from bot.storage.tables import (
    Case,
    Chat,
    Inbox,
    Lease,
    LeaseAmount,
    LeasePerson,
    Message,
    Organisation,
    Person,
    Staff,
)
from tests.console.applications import Applications
from tests.console.browser import Browser


@dataclass
class Desk:
    """What a test of the console needs; ids, because sessions come and go."""

    database: Database
    clock: Clock
    house: House
    checks: dict[str, bool]
    app: FastAPI

    def staff(self, reference: str, role: Role = Role.CASEWORKER, organisation: int = 1) -> int:
        with self.database.transaction() as session:
            member = Staff(
                organisation_id=organisation,
                reference=reference,
                last_name=reference.title(),
                first_name="Maëlle",
                role=role,
            )
            session.add(member)
            session.flush()
            return member.id

    def tenant(self, last_name: str = "Delattre", referent: int | None = None) -> int:
        """A tenant with an active chat, and a lease of which the November rent is unpaid."""
        with self.database.transaction() as session:
            return _tenant(session, last_name, referent)

    def case(
        self,
        person: int,
        kind: str = "payment_difficulty",
        urgency: Urgency = Urgency.HIGH,
        **changes: object,
    ) -> int:
        with self.database.transaction() as session:
            case = cases.open_case(
                session,
                self.clock.now(session),
                self.house,
                kind=kind,
                urgency=urgency,
                reason="A écrit qu'elle ne pourra pas payer",
                person=session.get_one(Person, person),
            )
            session.flush()
            for name, value in changes.items():
                setattr(case, name, value)
            return case.id

    def taken(self, person: int, owner: int, kind: str = "payment_difficulty") -> int:
        return self.case(person, kind, state=CaseState.TAKEN, owner_id=owner)

    def message(self, person: int, words: str, *, sensitive: bool = False) -> None:
        with self.database.transaction() as session:
            chat = session.scalars(select(Chat).filter_by(person_id=person)).one()
            session.add(
                Message(
                    organisation_id=chat.organisation_id,
                    chat_id=chat.id,
                    person_id=person,
                    direction=Direction.IN,
                    at=self.clock.now(session),
                    words=words,
                    sensitive=sensitive,
                )
            )

    def danger(self, person: int, kind: str, words: str) -> int:
        """The tenant writes these words and is answered; returns the case of that danger."""
        with self.database.transaction() as session:
            chat, now = (
                session.scalars(select(Chat).filter_by(person_id=person)).one(),
                self.clock.now(session),
            )
            came = Inbox(
                organisation_id=chat.organisation_id, bot_id=1, update_id=time.monotonic_ns(),
                received_at=now, state=InboxState.HANDLED,
            )  # fmt: skip
            session.add(came)
            session.flush()
            thread.heard(session, now, chat, came.id, words, sensitive=True)
            for row in danger.raise_alarm(
                session, now, self.house, chat, chat.person, [kind], str(came.id), "lexicon"
            ):
                session.flush()
                thread.said(session, now, row, f"numéros utiles après « {words} »")
            opened = select(Case.id).filter_by(person_id=person, kind=danger.INTENT_OF_KIND[kind])
            return session.scalars(opened).one()

    def link(self, staff: int, case: int | None = None) -> str:
        """The path of a fresh one-time link."""
        with self.database.transaction() as session:
            found = session.get_one(Case, case) if case else None
            member = session.get_one(Staff, staff)
            url = access.new_link(session, self.clock.now(session), self.house, member, found)
        return url.removeprefix(self.house.base_address)

    def browser(self, staff: int | None = None) -> Browser:
        browser = Browser(self.app)
        if staff is not None:
            assert browser.post(self.link(staff)).status_code == 303
        return browser

    def move(self, **delta: float) -> None:
        with self.database.transaction() as session:
            self.clock.move_to(session, self.clock.now(session) + timedelta(**delta))

    def events(self, case: int) -> list[tuple[str, int | None]]:
        with self.database.reading() as session:
            return [(e.kind, e.actor_id) for e in session.get_one(Case, case).history]


@pytest.fixture(scope="session")
def applications() -> Applications:
    return Applications()


@pytest.fixture
def desk(database: Database, clock: Clock, house: House, now: datetime, applications: Applications) -> Desk:
    checks = {"database": True, "telegram": True}
    applications.serve(database, clock, house, checks)
    with database.transaction() as session:
        clock.move_to(session, now)
    return Desk(database, clock, house, checks, applications.console)


@pytest.fixture
def other_organisation(database: Database) -> int:
    with database.transaction() as session:
        other = Organisation(reference="autre", name="Autre bailleur", settings={})
        session.add(other)
        session.flush()
        return other.id


def _tenant(session: Session, last_name: str, referent: int | None) -> int:
    person = Person(
        organisation_id=1,
        reference=f"L-{last_name}"[:60],
        title="Mme",
        last_name=last_name,
        first_name="Ginette",
        phone="06 39 98 00 01",
        profiles=[],
        referent_id=referent,
    )
    lease = Lease(
        organisation_id=1,
        reference=f"B-{last_name}"[:60],
        residence="Les Tilleuls Blancs",
        district="Les Charmilles",
        town="Vauvercy",
        starts_on=date(2020, 4, 1),
        due_day=5,
        opening_cents=0,
        opening_on=date(2026, 10, 31),
        first_import_on=date(2026, 10, 31),
    )
    session.add_all([person, lease])
    session.flush()
    session.add_all(
        [
            LeasePerson(organisation_id=1, lease_id=lease.id, person_id=person.id),
            LeaseAmount(
                organisation_id=1, lease_id=lease.id, effective_on=date(2020, 4, 1), rent_cents=49800
            ),
            Chat(organisation_id=1, bot_id=1, telegram_id=1000 + person.id, person_id=person.id),
        ]
    )
    return person.id
