"""Signals before the debt, legal dates and the rank of a case."""

from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest
from sqlalchemy.orm import Session

from bot.domain.states import Role
from bot.domain.triage import Rank
from bot.services.cases import queue as case_queue
from bot.services.house import House
from bot.services.rent import signals as rent_signals
from bot.services.rent import talk as rent_talk
from bot.services.rent.said import NOTHING
from bot.storage import Database
from bot.storage.tables import LeaseAmount, Staff
from tests.services.rent_world import World, make_world


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    with database.transaction() as session:
        yield session


def world_since(session: Session, house: House, opening: date, **lease: object) -> World:
    now = datetime(2026, 12, 1, 9, 0, tzinfo=UTC)
    return make_world(session, house, now, opening_on=opening, **lease)


def paid_until(world: World, year: int, month: int, *, late: tuple[int, ...] = ()) -> None:
    """350 € a month, on the 4th, from January of that year to the month; on the 25th when `late`."""
    for number in range(1, month + 1):
        world.pays(date(year, number, 25 if number in late else 4), 35_000)


def signals(world: World, today: date) -> rent_signals.Signals:
    return rent_signals.of_lease(world.session, world.house, world.lease, today)


def words(world: World, today: date) -> str:
    said = " ".join(rent_signals.in_words(world.house, signals(world, today)))
    return said.replace("\u00a0", " ").replace("\u202f", " ")


def test_the_first_after_twelve_clean_months_ranks_above_the_repeated(session: Session, house: House) -> None:
    clean = world_since(session, house, date(2025, 12, 31))
    paid_until(clean, 2026, 11)
    assert (found := signals(clean, date(2026, 12, 14))).first_unpaid
    assert not found.repeated
    assert "Premier retard" in words(clean, date(2026, 12, 14))
    again = world_since(session, house, date(2025, 12, 31), reference="B2")
    paid_until(again, 2026, 11, late=(7, 9, 11))
    found_again = signals(again, date(2026, 12, 14))
    assert (found_again.first_unpaid, found_again.repeated, found_again.late) == (False, True, 4)
    assert "4 des 6 derniers termes" in words(again, date(2026, 12, 14))
    assert found.rank < found_again.rank


def test_a_debt_from_before_the_account_is_no_first(session: Session, house: House) -> None:
    world = world_since(session, house, date(2026, 11, 30), opening_cents=20_000)
    assert signals(world, date(2026, 12, 14)).rank is Rank.PLAIN


def test_announced_before_the_due_day_it_is_a_first_too(session: Session, house: House) -> None:
    world = world_since(session, house, date(2025, 12, 31))
    paid_until(world, 2026, 11)
    assert signals(world, date(2026, 12, 1)).rank is Rank.FIRST


def with_aid(world: World) -> None:
    world.session.add(
        LeaseAmount(
            organisation_id=world.organisation.id,
            lease_id=world.lease.id,
            effective_on=date(2025, 1, 1),
            rent_cents=35_000,
            charges_cents=5_000,
            aid_cents=20_000,
        )
    )
    world.session.flush()


def test_a_legal_date_within_thirty_days_comes_first(session: Session, house: House) -> None:
    world = world_since(session, house, date(2026, 9, 30))
    with_aid(world)
    # 200 € net: October and November unpaid make 400 € on 5 November; to be told by 5 January 2027.
    near, far = signals(world, date(2026, 12, 6)), signals(world, date(2026, 12, 5))
    assert near.legal is not None
    assert (near.legal.reached_on, near.legal.report_by) == (date(2026, 11, 5), date(2027, 1, 5))
    assert near.rank is Rank.LEGAL
    assert not far.legal_near
    assert "au plus tard le 5 janvier 2027, à vérifier" in words(world, date(2026, 12, 6))


def test_without_aid_there_is_no_threshold(session: Session, house: House) -> None:
    world = world_since(session, house, date(2026, 6, 30))
    assert signals(world, date(2026, 12, 6)).legal is None


def test_the_share_of_resources_by_the_organisations_setting(session: Session, house: House) -> None:
    world = world_since(session, house, date(2026, 11, 30))
    with_aid(world)
    first, second = world.tenant("Haddouche"), world.tenant("Petit")
    # 200 € of 740 € is 27 %; the file repeats the household's resources on each row.
    first.resources_cents = second.resources_cents = "74000"
    session.flush()
    assert signals(world, date(2026, 12, 14)).share == 27
    assert "ressources" not in words(world, date(2026, 12, 14))
    world.organisation.settings = {"rent_signals": {"share_percent": 25}}
    session.flush()
    assert "27 % des ressources (repère de l’organisation : 25 %)" in words(world, date(2026, 12, 14))


def test_resources_that_fall_are_told_for_a_time(session: Session, house: House) -> None:
    world = world_since(session, house, date(2026, 11, 30))
    person = world.tenant("Ngoma")
    person.resources_before_cents, person.resources_cents = "122000", "74000"
    person.resources_changed_on = date(2026, 12, 1)
    session.flush()
    assert "de 1 220,00 € à 740,00 €" in words(world, date(2026, 12, 14))
    assert signals(world, date(2027, 7, 1)).fall is None
    person.resources_cents = "115000"  # 5 % less
    assert signals(world, date(2026, 12, 14)).fall is None


def test_the_case_says_its_signals_once_and_takes_their_rank(session: Session, house: House) -> None:
    world = world_since(session, house, date(2025, 12, 31))
    person = world.tenant("Ngoma")
    paid_until(world, 2026, 11)
    rent_talk.answer(session, world.now, house, person, "payment_difficulty", NOTHING, None)
    rent_talk.answer(session, world.now, house, person, "payment_difficulty", NOTHING, None)
    (case,) = world.cases()
    assert case.rank == Rank.FIRST
    assert ["Premier retard" in reason for reason in world.reasons()] == [True, False]


def test_the_queue_follows_the_rank_within_an_urgency(session: Session, house: House) -> None:
    world = world_since(session, house, date(2025, 12, 31))
    paid_until(world, 2026, 11, late=(7, 9, 11))
    repeated = world.tenant("Lopes")
    rent_talk.answer(session, world.now, house, repeated, "payment_difficulty", NOTHING, None)
    other = world_since(session, house, date(2025, 12, 31), reference="B2")
    paid_until(other, 2026, 11)
    first = other.tenant("Ngoma")
    rent_talk.answer(session, world.now, house, first, "payment_difficulty", NOTHING, None)
    staff = Staff(organisation_id=world.organisation.id, reference="EQ1", last_name="K", role=Role.CASEWORKER)
    session.add(staff)
    session.flush()
    assert [case.person_id for case in case_queue.first(session, staff)] == [first.id, repeated.id]
