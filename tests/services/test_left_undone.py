"""One row that can't be served costs the others nothing, and people hear of it: no figure, no name."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.orm import Session
from structlog.testing import capture_logs

from bot import doctor, jobs
from bot.clock import Clock
from bot.domain.states import OccurrenceState, Role
from bot.domain.words import Drop, Words
from bot.services import left_undone, tenant_search
from bot.services.checkins import rows as checkin_rows
from bot.services.house import House
from bot.services.privacy import retention
from bot.services.rent import calendar as rent_calendar
from bot.services.rent import steps as rent_steps
from bot.storage import Database
from bot.storage.tables import (
    Lease,
    LeftUndone,
    Occurrence,
    Organisation,
    Outbox,
    Person,
    RetentionRun,
)
from tests.services.rent_world import World, make_world
from tests.services.team import staff, tenant

# A Monday, in office hours.
MONDAY = datetime.fromisoformat("2026-11-30T10:30+01:00")
SPOILED = "gAAAAAB-not-ours"


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    with database.transaction() as session:
        yield session


@pytest.fixture
def worlds(session: Session, house: House) -> list[World]:
    """Three households of one landlord."""
    made = [make_world(session, house, MONDAY, reference=f"B{number}") for number in range(3)]
    for number, world in enumerate(made):
        world.tenant(f"Durand{number}")
    made[0].covers(date(2027, 6, 30))
    return made


def noted(session: Session) -> list[tuple[str, str, int, str]]:
    rows = session.scalars(select(LeftUndone).order_by(LeftUndone.id)).all()
    return [(row.job, row.what, row.row, row.fault) for row in rows]


def spoil(session: Session, person: Person) -> None:
    """The encrypted name is no longer readable."""
    session.flush()
    session.execute(
        text("UPDATE person SET last_name = :name WHERE id = :id"), {"name": SPOILED, "id": person.id}
    )
    session.expire_all()


def break_lease(monkeypatch: pytest.MonkeyPatch, broken: int) -> None:
    steps_of = rent_calendar._steps_of

    def breaks(lease_id: int, *rest: Any) -> Any:
        if lease_id == broken:
            raise OverflowError("date value out of range")
        return steps_of(lease_id, *rest)

    monkeypatch.setattr(rent_calendar, "_steps_of", breaks)


def test_a_lease_that_can_not_be_planned_is_left_for_a_day_alone(
    session: Session, house: House, worlds: list[World], monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = worlds[1].lease.id
    with monkeypatch.context() as patch, capture_logs() as logged:
        break_lease(patch, broken)
        assert [rent_calendar.plan(session, MONDAY, house) for _ in range(2)] == [3, 0]
    assert set(session.scalars(select(Occurrence.lease_id))) == {worlds[0].lease.id, worlds[2].lease.id}
    assert noted(session) == [("rent.plan", "lease", broken, "OverflowError")]
    assert [entry["row"] for entry in logged if entry["event"] == "left undone"] == [broken]
    assert "Durand" not in str(logged)
    assert rent_calendar.plan(session, MONDAY + timedelta(hours=19), house) == 0
    assert rent_calendar.plan(session, MONDAY + timedelta(hours=21), house) == 1
    assert broken in set(session.scalars(select(Occurrence.lease_id)))


def test_settings_that_mean_nothing_stop_one_landlord(
    session: Session, house: House, worlds: list[World]
) -> None:
    other = Organisation(reference="autre", name="Autre", settings={"rent_steps": {"unknown": 1}})
    session.add(other)
    session.flush()
    theirs = make_world(session, house, MONDAY, reference="A1", organisation=other)
    with capture_logs():
        while rent_calendar.plan(session, MONDAY, house):
            pass
    planned = set(session.scalars(select(Occurrence.lease_id)))
    assert planned == {world.lease.id for world in worlds}
    assert ("rent.plan", "lease", theirs.lease.id, "TypeError") in noted(session)


def test_a_name_that_can_not_be_read_keeps_the_steps_of_nobody_else(
    session: Session, house: House, worlds: list[World]
) -> None:
    rent_calendar.plan(session, MONDAY, house)
    spoil(session, worlds[1].lease.tenants[0])
    later = datetime.fromisoformat("2026-12-14T10:30+01:00")
    with capture_logs():
        while rent_steps.fire_due(session, later, house):
            pass
    waiting = session.scalars(
        select(Occurrence).where(
            Occurrence.state == OccurrenceState.PLANNED, Occurrence.due_on <= later.date()
        )
    ).all()
    assert {row.lease_id for row in waiting} == {worlds[1].lease.id}
    assert {row.due_at.astimezone(house.zone).isoformat() for row in waiting} == {"2026-12-15T10:00:00+01:00"}
    assert {fault for _, _, _, fault in noted(session)} == {"InvalidToken"}


def test_a_rejection_opens_the_terms_of_the_others(
    session: Session, house: House, worlds: list[World], monkeypatch: pytest.MonkeyPatch
) -> None:
    late = datetime.fromisoformat("2026-12-14T10:30+01:00")
    for world in worlds:
        world.pays(date(2026, 12, 11), -35_000, "prelevement")
    broken, unpaid = worlds[1].lease.id, rent_calendar._unpaid

    def breaks(lease: Lease, *rest: Any) -> Any:
        if lease.id == broken:
            raise OverflowError
        return unpaid(lease, *rest)

    monkeypatch.setattr(rent_calendar, "_unpaid", breaks)
    with capture_logs():
        assert rent_calendar.reopen_rejected(session, late, house) > 0
    opened = set(session.scalars(select(Occurrence.lease_id)))
    assert opened == {worlds[0].lease.id, worlds[2].lease.id}
    assert noted(session) == [("rent.rejected", "lease", broken, "OverflowError")]


def test_check_ins_and_the_search_leave_out_one_person(session: Session, house: House, now: datetime) -> None:
    people = [tenant(session, f"L-{number}") for number in range(3)]
    for person in people:
        person.profiles = ["senior"]
    session.flush()
    session.execute(update(Person).where(Person.id == people[1].id).values(profiles=7))
    spoil(session, people[2])
    with capture_logs():
        assert checkin_rows.plan(session, now, house) == 2
        assert [tenant_search.refresh(session, now, house) for _ in range(2)] == [3, 0]
    planned = select(Occurrence.object).filter_by(rule=checkin_rows.RULE).order_by(Occurrence.object)
    assert session.scalars(planned).all() == [f"person:{people[0].id}", f"person:{people[2].id}"]
    assert noted(session) == [
        ("checkins.plan", "person", people[1].id, "TypeError"),
        ("tenants.words", "person", people[2].id, "InvalidToken"),
    ]


def test_the_purge_of_the_others_goes_on(session: Session, house: House, worlds: list[World]) -> None:
    worlds[0].organisation.settings = {"retention": {"lease": 365}}
    for world in worlds:
        world.lease.ends_on = date(2025, 1, 31)
    people = [world.lease.tenants[0] for world in worlds]
    unread = people[1].id
    spoil(session, people[1])
    with capture_logs():
        while retention.night(session, MONDAY, house):
            pass
    session.expire_all()
    assert [people[number].last_name for number in (0, 2)] == ["", ""]
    assert noted(session) == [("privacy.retention", "person", unread, "InvalidToken")]
    assert session.scalars(select(RetentionRun)).one().ended_at == MONDAY


def test_the_administration_hears_of_it_once_a_working_day(
    session: Session, house: House, worlds: list[World]
) -> None:
    staff(session, "ADM", Role.ADMINISTRATOR)
    staff(session, "CO", Role.COORDINATOR)
    (person,) = worlds[1].lease.tenants
    friday = MONDAY - timedelta(days=3)
    for job, what, row in (("rent.plan", "lease", worlds[1].lease.id), ("cases.digest", "", 0)):
        session.add(
            LeftUndone(organisation_id=1, job=job, what=what, row=row, at=friday, fault="OverflowError")
        )
    session.flush()
    assert [left_undone.tell(session, at, house) for at in (MONDAY - timedelta(days=1), MONDAY, MONDAY)] == [
        0,
        1,
        0,
    ]
    row = session.scalars(select(Outbox).filter_by(kind="left_undone")).one()
    assert row.chat.staff is not None
    assert row.chat.staff.reference == "ADM"
    words = left_undone._render(session, MONDAY, house, row)
    assert isinstance(words, Words)
    assert "traiter\N{NO-BREAK SPACE}: 2." in words.text
    assert words.text.endswith(f"/locataires/{person.id}")
    assert "Durand" not in words.text
    # Mended: it was not tried in vain any more.
    assert isinstance(left_undone._render(session, MONDAY + timedelta(days=1), house, row), Drop)


def test_a_tick_that_fails_whole_is_told_by_the_doctor(
    database: Database, clock: Clock, house: House, now: datetime
) -> None:
    def breaks(_session: Session, _now: datetime, _house: House) -> int:
        raise ZeroDivisionError

    with database.transaction() as session:
        clock.move_to(session, now)
        tenant(session)
    parts: Any = SimpleNamespace(database=database, clock=clock, house=house)
    assert doctor.undone(parts).good
    with capture_logs():
        jobs.run(database, clock, house, jobs.Tick("rent.test", 60, breaks))
    assert "laissé de côté : rent.test (" in doctor.undone(parts).advice
