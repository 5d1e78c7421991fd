"""What holds of the steps whatever a household pays, says, and whatever the bank's file brings."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from bot import wiring
from bot.domain.calendar import add_business_days
from bot.domain.rent_steps import Step
from bot.domain.states import OccurrenceState
from bot.imports.run import import_file
from bot.services.house import House
from bot.services.people import ensure_default_organisation
from bot.services.rent import calendar as rent_calendar
from bot.services.rent import rent
from bot.services.rent import scan as rent_scan
from bot.services.rent import steps as rent_steps
from bot.storage import Database
from bot.storage.tables import Lease, Movement, Occurrence, Outbox, Payment
from tests.conftest import SECRET
from tests.services.rent_world import World, make_world

PARIS = ZoneInfo("Europe/Paris")
FEW = settings(
    max_examples=10,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
FIRST = date(2027, 3, 1)


@pytest.fixture(scope="module")
def one_database(empty_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """For many examples, each undone."""
    path = tmp_path_factory.mktemp("rent") / "palier.sqlite3"
    path.write_bytes(empty_sqlite.read_bytes())
    database = Database(f"sqlite:///{path}", SECRET)
    with database.transaction() as session:
        ensure_default_organisation(session)
    yield database
    database.close()


@pytest.fixture
def house(one_database: Database) -> House:
    return wiring.house(one_database, PARIS, "http://127.0.0.1:8080")


# Around 28 March 2027, when the clocks change, and 29 February 2028.
starts = st.sampled_from([date(2027, 3, 1), date(2027, 10, 4), date(2028, 2, 1)])
cents = st.sampled_from([35_000, 17_500, 34_000, 100, -35_000, 70_000, 50_000])
# The month that a payment names, counted from its own.
named = st.none() | st.integers(-1, 1)
moves = st.sampled_from([3_840, -3_000, -35_000])
offsets = st.integers(-10, 45)


def household(session: Session, house: House, first: date, due_day: int, opening: int) -> World:
    now = datetime.combine(first, time(9), PARIS).astimezone(UTC)
    before = first - timedelta(days=12)
    world = make_world(
        session, house, now, due_day=due_day, opening_on=before, opening_cents=opening, first_import_on=before
    )
    world.tenant("Durand")
    return world


def corrects(world: World, day: date, amount: int) -> None:
    own = {"organisation_id": world.organisation.id, "lease_id": world.lease.id}
    number = world.session.query(Movement).count()
    world.session.add(Movement(**own, reference=f"M{number}", on_day=day, amount_cents=amount))
    world.session.flush()


@pytest.mark.slow
@FEW
@given(
    starts,
    st.integers(1, 31),
    st.sampled_from([0, 0, 6_240, -5_730]),
    st.lists(st.tuples(offsets, cents, named), max_size=5),
    st.lists(st.tuples(offsets, moves), max_size=2),
    st.lists(offsets, max_size=5),
    st.integers(1, 31) | st.none(),
)
def test_steps_are_taken_once_and_only_for_days_that_the_bank_file_covers(
    one_database: Database,
    house: House,
    first: date,
    due_day: int,
    opening: int,
    paid: list[tuple[int, int, int | None]],
    moved: list[tuple[int, int]],
    files: list[int],
    new_due_day: int | None,
) -> None:
    with one_database.transaction() as session:
        world = household(session, house, first, due_day, opening)
        known = rent.steps_of(house, world.organisation)
        for day in (first + timedelta(days=n) for n in range(40)):
            _evening(world, first, day - timedelta(days=1), paid, moved, files)
            if new_due_day and day == first + timedelta(days=20):
                world.changes(due_day=new_due_day)
            world.now = datetime.combine(day, time(10), PARIS).astimezone(UTC)
            rent_calendar.plan(session, world.now, house)
            rent_calendar.reopen_rejected(session, world.now, house)
            if not _due(world):
                continue
            _decided_together_as_the_account_says(world)
            before = _taken(world)
            rent_steps.fire_due(session, world.now, house)
            session.flush()
            for step in _taken(world) - before:
                due_on = step.due_on - rent_calendar.offset(known, Step(step.rule))
                assert add_business_days(due_on, known.bank_days, house.holidays) <= _covered(world)
        objects = [(row.kind, row.object) for row in session.scalars(select(Outbox))]
        assert not [what for what, count in Counter(objects).items() if count > 1]
        steps = [(row.rule, row.object) for row in session.scalars(select(Occurrence))]
        assert len(set(steps)) == len(steps)
        for row in session.scalars(select(Occurrence)):
            local = row.due_at.astimezone(PARIS)
            assert (local.hour, local.minute) == (10, 0)
            assert local.weekday() != 6
        session.rollback()


def _evening(
    world: World,
    first: date,
    day: date,
    paid: list[tuple[int, int, int | None]],
    moved: list[tuple[int, int]],
    files: list[int],
) -> None:
    number = (day - first).days
    for offset, amount, months_away in paid:
        if offset == number:
            world.pays(day, amount, names=_month(day, months_away))
    for offset, amount in moved:
        if offset == number:
            corrects(world, day, amount)
    if number in files:
        world.covers(day)


def _month(day: date, months_away: int | None) -> date | None:
    if months_away is None:
        return None
    index = day.year * 12 + day.month - 1 + months_away
    return date(index // 12, index % 12 + 1, 1)


def _decided_together_as_the_account_says(world: World) -> None:
    """What two statements decide for all leases is what each account shows."""
    steps = {row.id: (row.rule, row.object, row.due_on) for row in _due(world)}
    account = rent.account(world.session, world.lease, world.today)
    known = rent.steps_of(world.house, world.organisation)
    rent_scan.decide_together(world.session, world.now, world.house, max(steps))
    left = {row.id: row for row in world.session.scalars(select(Occurrence))}
    for number, (rule, object, day) in steps.items():
        _, month = rent.read_object(object)
        due_on = day - rent_calendar.offset(known, Step(rule))
        covered = rent.covered(world.organisation, due_on, known, world.house)
        if number not in left:
            assert rent.missing_cents(account, month) == 0
            assert covered or rule == Step.REMINDER
        elif left[number].due_at > world.now:
            assert not covered
            assert rule != Step.REMINDER


def _due(world: World) -> list[Occurrence]:
    waiting = Occurrence.state == OccurrenceState.PLANNED
    return list(world.session.scalars(select(Occurrence).where(waiting, Occurrence.due_at <= world.now)))


def _taken(world: World) -> set[Occurrence]:
    """The questions and cases that were taken."""
    done = select(Occurrence).where(
        Occurrence.state == OccurrenceState.DONE, Occurrence.rule != Step.REMINDER
    )
    return set(world.session.scalars(done))


def _covered(world: World) -> date:
    return world.organisation.bank_covered_until or date.min


@FEW
@given(
    st.lists(st.tuples(st.integers(1, 28), st.integers(-60_000, 60_000)), min_size=1, max_size=12),
    st.lists(st.tuples(st.integers(0, 11), st.integers(0, 11)), max_size=4),
)
def test_files_that_overlap_change_nothing(
    one_database: Database,
    house: House,
    tmp_path: Path,
    rows: list[tuple[int, int]],
    spans: list[tuple[int, int]],
) -> None:
    with one_database.transaction() as session:
        now = datetime(2027, 1, 31, 9, tzinfo=UTC)
        session.execute(delete(Payment))
        _a_lease(session, now)
    lines = [f"OP{n};B1;{day:02}/01/2027;{amount / 100:.2f}" for n, (day, amount) in enumerate(rows)]
    created = 0
    for start, end in [*spans, (0, 11)]:
        created += _import(one_database, house, now, tmp_path, lines[min(start, end) : max(start, end) + 1])
    before = _payments(one_database)
    assert created == len(before) == len(rows)
    for start, end in spans:
        assert _import(one_database, house, now, tmp_path, lines[min(start, end) : max(start, end) + 1]) == 0
    assert _payments(one_database) == before


def _a_lease(session: Session, now: datetime) -> None:
    if session.scalar(select(Lease).filter_by(reference="B1")) is None:
        organisation = ensure_default_organisation(session)
        session.add(
            Lease(
                organisation_id=organisation.id,
                reference="B1",
                starts_on=FIRST,
                due_day=5,
                first_import_on=now.date(),
            )
        )


def _import(database: Database, house: House, now: datetime, folder: Path, lines: list[str]) -> int:
    """How many payments the file created; nothing else changed."""
    path = folder / "encaissements.csv"
    path.write_text("\n".join(["reference_operation;reference_bail;date;montant", *lines]), encoding="utf-8")
    report = import_file(database, house, now, "encaissements", path)
    assert (report.updated, report.refused) == (0, [])
    return report.created


def _payments(database: Database) -> set[tuple[str, date, int]]:
    with database.reading() as session:
        return {(row.reference, row.on_day, row.amount_cents) for row in session.scalars(select(Payment))}
