"""What the clock does for all leases: plans in batches, decides together what needs no account, ranks."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session
from structlog.testing import capture_logs

from bot import jobs
from bot.clock import Clock
from bot.domain.states import CaseState, Outcome
from bot.domain.triage import Rank
from bot.imports.run import import_file
from bot.services import people
from bot.services.house import House
from bot.services.rent import calendar as rent_calendar
from bot.services.rent import ranks as rent_ranks
from bot.services.rent import rent
from bot.services.rent import scan as rent_scan
from bot.storage import Database
from bot.storage.tables import Case, Lease, Movement, Occurrence, Organisation
from tests.services.rent_world import DONE, PLANNED, World, make_world, skipped

START = datetime(2026, 11, 27, 9, 0, tzinfo=UTC)


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    with database.transaction() as session:
        yield session


@pytest.fixture
def world(session: Session, house: House) -> World:
    return make_world(session, house, START, first_import_on=START.date())


def test_leases_are_planned_in_batches_of_one_landlord(session: Session, house: House) -> None:
    other = Organisation(reference="autre", name="Autre", settings={})
    session.add(other)
    session.flush()
    for number in range(3):
        make_world(session, house, START, reference=f"A{number}", organisation=other)
        make_world(session, house, START, reference=f"B{number}")
    batches = []
    while done := rent_calendar.plan(session, START, house, limit=2):
        batches.append(done)
    assert sorted(batches) == [1, 1, 2, 2]
    planned = session.scalars(select(Occurrence.lease_id)).all()
    assert set(planned) == set(session.scalars(select(Lease.id)))


@pytest.mark.slow
def test_a_tick_in_batches_commits_each_of_them(database: Database, house: House, clock: Clock) -> None:
    sessions: list[Session] = []

    def verb(session: Session, _now: datetime, _house: House) -> int:
        sessions.append(session)
        people.ensure_default_organisation(session).name = f"Bailleur {len(sessions)}"
        if len(sessions) == 3:
            raise ValueError("the third batch fails")
        return 1

    assert jobs.run(database, clock, house, jobs.Tick("rent.test", 60, verb, batches=True)) == 2
    assert len({id(session) for session in sessions}) == 3
    with database.reading() as session:
        assert people.ensure_default_organisation(session).name == "Bailleur 2"


def test_a_lease_that_the_file_changes_is_planned_anew(
    database: Database, house: House, tmp_path: Any
) -> None:
    header = "reference_bail;reference_locataire;nom;date_debut;loyer;jour_echeance;date_effet"
    path = tmp_path / "baux.csv"
    due: list[list[date]] = []
    for line in (
        "B1;L1;Durand;01/01/2020;350;5;",
        "B1;L1;Durand;01/01/2020;350;5;",
        "B1;L1;Durand;01/01/2020;350;9;",
    ):
        path.write_text(f"{header}\n{line}\n", encoding="utf-8")
        import_file(database, house, START, "baux", path)
        with database.transaction() as session:
            planned = rent_calendar.plan(session, START, house)
            rows = session.scalars(
                select(Occurrence).filter_by(rule="rent.reminder").order_by(Occurrence.due_on)
            )
            due.append([row.due_on for row in rows][:1] if planned else [])
    assert due == [[date(2026, 11, 30)], [], [date(2026, 12, 4)]]


def test_other_settings_plan_every_lease_anew(world: World) -> None:
    world.plans()
    world.organisation.settings = {"rent_steps": {"reminder_days_before": 2}}
    world.plans()
    rows = world.session.scalars(
        select(Occurrence).filter_by(rule="rent.reminder").order_by(Occurrence.due_on)
    )
    assert rows.first().due_on == date(2026, 12, 3)


def test_a_lease_without_tenants_stops_nobody(world: World) -> None:
    empty = make_world(world.session, world.house, START, reference="B0")
    world.tenant("Durand")
    world.covers(date(2026, 12, 31))
    world.at(12, 14)
    assert set(empty.steps().values()) == {skipped("nobody")}
    assert world.steps() == {"reminder": DONE, "question": DONE, "case": DONE}


def decided(world: World, at: datetime) -> int:
    last = rent_scan.slice_end(world.session, at)
    assert last is not None
    return rent_scan.decide_together(world.session, at, world.house, last)


def test_a_step_that_fails_holds_up_no_other(
    world: World, monkeypatch: pytest.MonkeyPatch, session: Session, house: House
) -> None:
    broken = make_world(session, house, START, reference="A0", organisation=world.organisation)
    broken.tenant("Cassé")
    world.tenant("Durand")
    world.covers(date(2026, 12, 31))
    open_cases = rent.open_cases

    def fails(session: Session, lease: Lease) -> Any:
        if lease.id == broken.lease.id:
            raise ZeroDivisionError
        return open_cases(session, lease)

    monkeypatch.setattr(rent, "open_cases", fails)
    with capture_logs() as logged:
        world.at(12, 14)
    assert {entry["fault"] for entry in logged} == {"ZeroDivisionError"}
    assert [case.person.last_name for case in session.scalars(select(Case)) if case.person] == ["Durand"]
    assert PLANNED in broken.steps().values()


def test_what_is_paid_or_not_covered_is_decided_without_an_account(world: World) -> None:
    world.plans()
    world.pays(date(2026, 12, 1), 35_000)
    world.covers(date(2026, 12, 7))
    at = datetime(2026, 12, 14, 10, tzinfo=UTC)
    assert decided(world, at) == 3
    assert world.steps() == {"question": PLANNED, "case": PLANNED}
    world.covers(date(2026, 12, 8))
    at += timedelta(days=1)
    assert decided(world, at) == 2
    # What was paid for certain leaves no row.
    assert world.steps() == {}


def test_what_is_paid_is_not_planned_again_until_the_lease_changes(world: World) -> None:
    world.tenant("Durand")
    world.covers(date(2027, 2, 28))
    world.pays(date(2026, 12, 1), 35_000)
    world.at(12, 14)
    assert world.steps() == {}
    # The plan runs out: it goes on from there.
    world.lease.planned_until = date(2026, 12, 15)
    world.plans()
    assert world.steps() == {}
    assert set(world.steps("2027-01").values()) == {PLANNED}
    # The landlord's file says something else: the last month is looked at again, and forgotten again.
    world.changes(payment_method="prelevement")
    world.plans()
    assert world.steps() == {"reminder": PLANNED, "question": PLANNED, "case": PLANNED}
    world.at(12, 14, 11)
    assert world.steps() == {}
    assert world.cases() == []


def test_a_slice_is_the_first_due_steps(world: World) -> None:
    world.plans()
    at = datetime(2026, 12, 14, 10, tzinfo=UTC)
    ids = sorted(world.session.scalars(select(Occurrence.id).where(Occurrence.due_at <= at)))
    assert [rent_scan.slice_end(world.session, at, limit) for limit in (1, 2, 9)] == [*ids[:2], ids[-1]]
    assert rent_scan.slice_end(world.session, START) is None


@pytest.mark.parametrize("trouble", ["unpaid", "rejected", "changed", "corrected", "named"])
def test_in_doubt_the_account_decides(world: World, trouble: str) -> None:
    world.plans()
    world.covers(date(2026, 12, 31))
    named = date(2027, 1, 1) if trouble == "named" else None
    world.pays(date(2026, 12, 1), 34_999 if trouble == "unpaid" else 35_000, names=named)
    if trouble == "rejected":
        world.pays(date(2026, 12, 2), 35_000)
        world.pays(date(2026, 12, 3), -35_000)
    if trouble == "changed":
        world.changes(due_day=6)
    if trouble == "corrected":
        own = {"organisation_id": world.organisation.id, "lease_id": world.lease.id}
        world.session.add(Movement(**own, reference="M", on_day=date(2026, 12, 1), amount_cents=100))
        world.session.flush()
    at = datetime(2026, 12, 14, 10, tzinfo=UTC)
    assert decided(world, at) == 0
    assert set(world.steps().values()) == {PLANNED}


def test_the_rank_of_open_cases_is_looked_at_every_night(world: World) -> None:
    world.tenant("Durand")
    world.covers(date(2027, 12, 31))
    world.at(12, 14)
    (case,) = world.cases()
    case.rank = Rank.PLAIN
    assert rent_ranks.refresh(world.session, world.now, world.house) == 1
    assert case.rank == Rank.FIRST
    assert rent_ranks.refresh(world.session, world.now, world.house) == 0
    world.now += timedelta(days=1)
    case.state, case.outcome = CaseState.CLOSED, Outcome.SETTLED
    world.session.flush()
    assert rent_ranks.refresh(world.session, world.now, world.house) == 0
