"""Tenants found by what one knows of them, though their names are encrypted."""

from datetime import datetime

from sqlalchemy import func, select

from bot.services import tenant_search
from bot.services.house import House
from bot.services.privacy import erasure
from bot.storage import Database
from bot.storage.secrets import Vault
from bot.storage.tables import Lease, LeasePerson, Person, PersonWord


def person(database: Database, house: House, reference: str, first: str, last: str, phone: str = "") -> int:
    with database.transaction() as session:
        added = Person(
            organisation_id=1, reference=reference, first_name=first, last_name=last, phone=phone or None
        )
        session.add(added)
        session.flush()
        tenant_search.index(session, house, [added])
        return added.id


def found(database: Database, house: House, asked: str, organisation: int = 1) -> list[str]:
    with database.reading() as session:
        wanted = tenant_search.matching(house, organisation, asked)
        return list(session.scalars(select(Person.reference).where(wanted).order_by(Person.reference)))


def test_a_name_is_found_by_its_beginning_whatever_its_accents(database: Database, house: House) -> None:
    person(database, house, "L-1", "Maëlle", "Le Guennec-Benchaïb")
    person(database, house, "L-2", "Ly", "Delattre")
    assert found(database, house, "bench") == ["L-1"]
    assert found(database, house, "Maelle le GUENNEC") == ["L-1"]
    assert found(database, house, "ly delat") == ["L-2"]
    assert found(database, house, "be") == []
    assert found(database, house, "guennec ly") == []
    assert found(database, house, "delattre", organisation=2) == []


def test_a_number_and_references_are_found_whole(database: Database, house: House, now: datetime) -> None:
    tenant = person(database, house, "L-0102", "Issouf", "Ouédraogo", "06 39 98 20 11")
    with database.transaction() as session:
        lease = Lease(
            organisation_id=1,
            reference="B-7",
            starts_on=now.date(),
            due_day=5,
            first_import_on=now.date(),
        )
        session.add(lease)
        session.flush()
        session.add(LeasePerson(organisation_id=1, lease_id=lease.id, person_id=tenant))
    for asked in ("0639982011", "+33 6 39 98 20 11", "l-0102", " b-7 "):
        assert found(database, house, asked) == ["L-0102"], asked
    for asked in ("", " ", "?!", "063998", "B-70"):
        assert found(database, house, asked) == [], asked


def test_a_new_name_a_new_key_and_an_erasure_are_followed(
    database: Database, house: House, now: datetime
) -> None:
    tenant = person(database, house, "L-1", "Ginette", "Delattre")
    with database.transaction() as session:
        session.get_one(Person, tenant).last_name = "Moreau"
    assert found(database, house, "moreau") == []
    with database.transaction() as session:
        assert tenant_search.refresh(session, now, house) == 1
        assert tenant_search.refresh(session, now, house) == 0
    assert (found(database, house, "moreau"), found(database, house, "delattre")) == (["L-1"], [])
    later = House(
        house.zone, house.holidays, house.texts, house.content, Vault("another key of 16"), house.base_address
    )
    with database.transaction() as session:
        assert tenant_search.refresh(session, now, later) == 1
    assert found(database, later, "moreau") == ["L-1"]
    with database.transaction() as session:
        erasure.erase(session, now, house, session.get_one(Person, tenant), "tenant")
    with database.reading() as session:
        assert session.scalar(select(func.count(PersonWord.id))) == 0
