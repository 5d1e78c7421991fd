"""Who delivers for a bot: one at a time, known by a fencing number, remembered silence."""

from datetime import datetime, timedelta

import pytest

from bot.processes import my_name
from bot.services import delivery_lease
from bot.services.delivery_lease import LEASE
from bot.storage import Database
from tests.services.race import race
from tests.services.team import BOT

ONE, TWO = "elsewhere:1:a", "elsewhere:2:b"


def hold(database: Database, now: datetime, me: str) -> tuple[int, bool] | None:
    with database.transaction() as session:
        return delivery_lease.hold(session, now, BOT, me)


def held(database: Database, me: str, fence: int) -> bool:
    with database.transaction() as session:
        return delivery_lease.is_held(session, BOT, me, fence)


def test_the_first_leads_and_renews(database: Database, now: datetime) -> None:
    assert hold(database, now, ONE) == (1, True)
    assert hold(database, now + timedelta(seconds=3), ONE) == (1, False)
    assert hold(database, now + timedelta(seconds=4), TWO) is None


def test_another_takes_over_when_it_runs_out(database: Database, now: datetime) -> None:
    hold(database, now, ONE)
    assert hold(database, now + LEASE, TWO) == (2, True)
    # The first one wakes up late: its number is over.
    assert not held(database, ONE, 1)
    assert held(database, TWO, 2)
    assert hold(database, now + LEASE, ONE) is None


def test_another_takes_over_from_a_dead_process_at_once(database: Database, now: datetime) -> None:
    me = my_name()
    hold(database, now, f"{me.split(':')[0]}:999999999:a")
    assert hold(database, now, me) == (2, True)


def test_a_clean_stop_lets_another_take_over_at_once(database: Database, now: datetime) -> None:
    hold(database, now, ONE)
    with database.transaction() as session:
        delivery_lease.release(session, now, BOT, ONE)
    assert hold(database, now, TWO) == (2, True)


def test_a_silence_outlives_the_worker(database: Database, now: datetime) -> None:
    hold(database, now, ONE)
    with database.transaction() as session:
        delivery_lease.keep_silent(session, BOT, now + timedelta(seconds=30))
    hold(database, now + LEASE, TWO)
    with database.reading() as session:
        assert delivery_lease.silent_until(session, BOT) == now + timedelta(seconds=30)


@pytest.mark.slow
def test_of_many_that_start_at_once_one_leads(postgres_only: Database, now: datetime) -> None:
    hold(postgres_only, now, "elsewhere:0:z")
    found: list[tuple[int, bool] | None] = []
    later = now + LEASE
    race([lambda n=n: found.append(hold(postgres_only, later, f"elsewhere:{n}:x")) for n in range(1, 7)])
    assert [answer for answer in found if answer] == [(2, True)]
