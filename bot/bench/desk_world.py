"""The landlord of `palier bench desk`: invented tenants, each with a lease, and open cases."""

import random
from datetime import UTC, datetime, timedelta
from itertools import islice

from sqlalchemy import func, insert, select, text

from bot.bench import rent_world
from bot.bench.rent_world import NIGHT, Leases
from bot.domain.states import CaseState, Role, Urgency
from bot.services import access, tenant_search
from bot.services.house import House
from bot.storage import Database
from bot.storage.tables import Case, CaseEvent, LeasePerson, Person, Staff

NOW = datetime(NIGHT.year, NIGHT.month, NIGHT.day, 9, tzinfo=UTC)
_BATCH = 2000
_TEAM = 20
_FIRST = ("Aminata", "Bruno", "Danuta", "Élodie", "Issouf", "Kévin", "Lurdes", "Orhan", "Samira", "Yamina")
_SYLLABLES = ("ba", "cor", "del", "fon", "gué", "har", "lem", "mo", "nas", "per", "rou", "sau", "tre", "vas")
_KINDS = (
    "payment_difficulty",
    "rent_arrears",
    "request_human",
    "dispute_charge",
    "report_hazard",
    "complain",
)
_URGENCIES = (Urgency.NORMAL, Urgency.NORMAL, Urgency.HIGH, Urgency.HIGH, Urgency.URGENT)


def fill(database: Database, house: House, tenants: int, cases: int) -> str:
    """Write the tenants, their leases and cases; returns the token of a caseworker's browser."""
    # Always the same landlord: two measures compare.
    chance = random.Random(1)  # noqa: S311
    rent_world.fill(database, Leases(1, tenants, terms=1, unpaid=3))
    _team(database)
    _tenants(database, house, tenants, chance)
    _cases(database, tenants, cases, chance)
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("ANALYZE" if database.is_sqlite else "VACUUM ANALYZE")
    return _log_in(database, house)


def a_name(database: Database) -> str:
    """The last name of somebody in the middle of the list."""
    with database.reading() as session:
        middle = (session.scalar(select(func.max(Person.id))) or 0) // 2
        return session.scalars(select(Person.last_name).where(Person.id >= middle).limit(1)).one()


def _team(database: Database) -> None:
    with database.transaction() as session:
        session.add_all(
            Staff(
                organisation_id=1,
                reference=f"EQ{number}",
                first_name="Maëlle",
                last_name=f"Équipe {number}",
                role=Role.CASEWORKER,
                districts=[],
            )
            for number in range(1, _TEAM + 1)
        )


def _tenants(database: Database, house: House, count: int, chance: random.Random) -> None:
    numbers = iter(range(1, count + 1))
    while batch := list(islice(numbers, _BATCH)):
        with database.transaction() as session:
            people = [_person(number, chance) for number in batch]
            session.add_all(people)
            tenant_search.index(session, house, people)
            links = [{"organisation_id": 1, "lease_id": p.id, "person_id": p.id} for p in people]
            session.execute(insert(LeasePerson), links)
    with database.transaction() as session:
        residence = (
            "UPDATE lease SET residence = 'Résidence ' || (id % 200), district = 'Quartier ' || (id % 20)"
        )
        session.execute(text(residence))


def _person(number: int, chance: random.Random) -> Person:
    return Person(
        id=number,
        organisation_id=1,
        reference=f"L-{number:06}",
        title=chance.choice(("M.", "Mme")),
        first_name=chance.choice(_FIRST),
        last_name="".join(chance.choice(_SYLLABLES) for _ in range(3)).title(),
        phone=f"06 39 98 {number % 100:02} {number // 100 % 100:02}",
        profiles=[],
        referent_id=number % _TEAM + 1,
    )


def _cases(database: Database, tenants: int, count: int, chance: random.Random) -> None:
    with database.transaction() as session:
        for number in range(1, count + 1):
            person, opened = chance.randint(1, tenants), NOW - timedelta(hours=chance.randint(0, 400))
            urgency = chance.choice(_URGENCIES)
            taken = number % 3 == 0
            case = Case(
                organisation_id=1,
                subject=f"person:{person}",
                person_id=person,
                kind=chance.choice(_KINDS),
                object=str(number),
                urgency=urgency,
                state=CaseState.TAKEN if taken else CaseState.NEW,
                owner_id=number % _TEAM + 1 if taken else None,
                opened_at=opened,
                due_at=opened + timedelta(days=3),
            )
            event = CaseEvent(organisation_id=1, kind="opened", at=opened, detail={"reason": "A écrit"})
            case.history.append(event)
            session.add(case)


def _log_in(database: Database, house: House) -> str:
    with database.transaction() as session:
        member = session.scalars(select(Staff).order_by(Staff.id).limit(1)).one()
        real = datetime.now(UTC)
        code = access.new_link(session, real, house, member, None).rpartition("/")[2]
        session.flush()
        redeemed = access.redeem(session, real, house, code)
        assert redeemed is not None
        return redeemed[1]
