"""The inbox: kept once, one message at a time in a chat, never left with a dead worker."""

import functools
from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from bot.domain.states import InboxState
from bot.processes import my_name
from bot.services import inbox, people
from bot.services.inbox import LEASE, MAX_DEATHS, Received, Work
from bot.storage import Database
from bot.storage.tables import Inbox
from tests.conftest import NOW
from tests.services.race import race
from tests.services.team import BOT

A, B = 1001, 1002
WORKER, OTHER = "elsewhere:1:a", "elsewhere:2:b"


def updates(*chats: int | None, first: int = 1, urgent: bool = False) -> list[Received]:
    return [Received(first + n, chat, {"update_id": first + n}, urgent) for n, chat in enumerate(chats)]


def keep(database: Database, now: datetime, *chats: int | None, first: int = 1, urgent: bool = False) -> int:
    """Receive without taking. Returns how many are kept by now."""
    with database.transaction() as session:
        assert inbox.receive(session, now, BOT, updates(*chats, first=first, urgent=urgent)) == []
        return len(session.scalars(select(Inbox.id)).all())


def take(
    database: Database, now: datetime, *chats: int, first: int = 1, owner: str = WORKER, most: int = 20
) -> list[int]:
    with database.transaction() as session:
        works = inbox.receive(session, now, BOT, updates(*chats, first=first), owner=owner, most=most)
        return [work.raw["update_id"] for work, _ in works]


def claimed(database: Database, now: datetime, owner: str = WORKER, limit: int = 20) -> list[int]:
    with database.transaction() as session:
        return [work.raw["update_id"] for work in inbox.claim(session, now, owner, limit)]


def handle(database: Database, now: datetime, update_id: int) -> None:
    with database.transaction() as session:
        row = session.scalars(select(Inbox).filter_by(update_id=update_id)).one()
        inbox.close(session, now, row.id)


def test_a_second_delivery_changes_nothing(database: Database, now: datetime) -> None:
    assert keep(database, now, A, B) == 2
    assert keep(database, now, A, B, A) == 3
    assert claimed(database, now) == [1, 2]
    handle(database, now, 1)
    assert keep(database, now, A) == 3


def test_a_message_that_no_key_reads_stops_no_other(database: Database, now: datetime) -> None:
    keep(database, now, A, B)
    with database.transaction() as session:
        session.execute(text("UPDATE inbox SET raw = 'gAAAAAB-not-ours' WHERE update_id = 1"))
    with database.transaction() as session:
        works = inbox.claim(session, now, WORKER)
        assert [(work.raw, work.is_hopeless) for work in works] == [({}, True), ({"update_id": 2}, False)]
        for work in works:
            assert inbox.give_up(session, now, work)
            assert not inbox.give_up(session, now, work)
        kept = session.execute(text("SELECT state, raw FROM inbox ORDER BY update_id")).all()
        assert [tuple(row) for row in kept] == [("failed", "gAAAAAB-not-ours"), ("failed", None)]


def test_the_same_update_twice_in_one_batch(database: Database, now: datetime) -> None:
    update = Received(1, A, {"update_id": 1})
    with database.transaction() as session:
        ((work, _),) = inbox.receive(session, now, BOT, [update, update], owner=WORKER)
    assert work.raw == {"update_id": 1}


def test_what_is_received_is_taken_at_once_one_a_chat(database: Database, now: datetime) -> None:
    assert take(database, now, A, B, A) == [1, 2]
    assert take(database, now, A, first=4) == []
    assert claimed(database, now) == []
    handle(database, now, 1)
    assert take(database, now, A, first=5) == []
    assert claimed(database, now, OTHER) == [3]


def test_a_message_is_closed_once(database: Database, now: datetime) -> None:
    keep(database, now, A)
    take(database, now, B, first=2)
    with database.transaction() as session:
        rows = session.scalars(select(Inbox).order_by(Inbox.id)).all()
        for row in rows:
            assert inbox.close(session, now, row.id)
            assert not inbox.close(session, now, row.id)
    assert claimed(database, now + 2 * LEASE) == []


def test_no_more_is_taken_than_the_worker_can_do(database: Database, now: datetime) -> None:
    assert take(database, now, A, B, most=1) == [1]
    assert claimed(database, now, OTHER) == [2]


def test_two_who_receive_from_one_chat_at_once_do_not_both_take(database: Database, now: datetime) -> None:
    """Each in its own process: one takes, the other takes nothing or is refused and tries again."""
    with database.transaction() as session:
        people.chat_for(session, BOT, A)

    taken: list[list[int]] = []

    def receive(me: int) -> None:
        try:
            taken.append(take(database, now, A, first=me, owner=f"elsewhere:{me}:x"))
        except IntegrityError:
            keep(database, now, A, first=me)

    race([functools.partial(receive, me) for me in range(1, 9)])
    assert len([one for one in taken if one]) == 1
    with database.reading() as session:
        assert len(session.scalars(select(Inbox.id)).all()) == 8


def test_what_belongs_to_nobody_is_acknowledged_and_forgotten(database: Database, now: datetime) -> None:
    keep(database, now, None)
    assert claimed(database, now) == []
    with database.reading() as session:
        row = session.scalars(select(Inbox)).one()
        assert (row.state, row.raw) == (InboxState.HANDLED, None)


def test_one_at_a_time_in_a_chat_and_in_order(database: Database, now: datetime) -> None:
    keep(database, now, A, A, B, A)
    assert claimed(database, now) == [1, 3]
    assert claimed(database, now, OTHER) == []
    handle(database, now, 1)
    assert claimed(database, now, OTHER) == [2]
    handle(database, now, 2)
    assert claimed(database, now) == [4]


def test_a_claim_takes_no_more_than_it_may(database: Database, now: datetime) -> None:
    keep(database, now, *range(100, 110))
    assert claimed(database, now, limit=3) == [1, 2, 3]
    assert claimed(database, now, limit=3) == [4, 5, 6]


@pytest.mark.slow
def test_a_claim_takes_no_more_whatever_plan_postgresql_chooses(
    postgres_only: Database, now: datetime
) -> None:
    # Counted while it is empty, the table is so small to the planner that an inner query, unless it stands
    # apart, may be run again for each row.
    with postgres_only.transaction() as session:
        session.execute(text("ANALYZE inbox"))
    keep(postgres_only, now, *range(100, 110))
    with postgres_only.transaction() as session:
        works = inbox.claim(session, now, WORKER, 3)
    assert [work.raw["update_id"] for work in works] == [1, 2, 3]


def test_a_lease_that_runs_out_is_taken_over(database: Database, now: datetime) -> None:
    keep(database, now, A, A)
    assert claimed(database, now) == [1]
    assert claimed(database, now + LEASE - timedelta(seconds=1), OTHER) == []
    with database.transaction() as session:
        (work,) = inbox.claim(session, now + LEASE + timedelta(seconds=1), OTHER)
        assert (work.raw["update_id"], work.attempts) == (1, 2)


def test_a_clean_stop_frees_without_counting_a_try(database: Database, now: datetime) -> None:
    keep(database, now, A, B)
    claimed(database, now, limit=1)
    claimed(database, now, OTHER)
    with database.transaction() as session:
        inbox.abandon(session, WORKER)
    with database.transaction() as session:
        (work,) = inbox.claim(session, now, OTHER)
        assert (work.raw["update_id"], work.attempts) == (1, 1)


@pytest.mark.parametrize(("counted", "attempts"), [(True, 2), (False, 1)])
def test_a_try_counts_unless_the_database_was_away(
    database: Database, now: datetime, counted: bool, attempts: int
) -> None:
    keep(database, now, A)
    assert claimed(database, now) == [1]
    with database.transaction() as session:
        row = session.scalars(select(Inbox)).one()
        inbox.free(session, row.id, counted=counted)
    with database.transaction() as session:
        (work,) = inbox.claim(session, now, OTHER, 1)
    assert work.attempts == attempts


def test_the_messages_of_a_dead_process_are_free_at_once(database: Database, now: datetime) -> None:
    me = my_name()
    host = me.split(":")[0]
    keep(database, now, A, B, 1003)
    claimed(database, now, f"{host}:999999999:a", limit=1)
    claimed(database, now, WORKER, limit=1)
    claimed(database, now, me, limit=1)
    with database.transaction() as session:
        assert inbox.free_the_dead(session, me) == 1
    assert claimed(database, now, OTHER) == [1]


def test_danger_is_taken_first_with_what_its_chat_said_before(database: Database, now: datetime) -> None:
    keep(database, now, A, B, 1003)
    keep(database, now, B, first=4, urgent=True)
    assert claimed(database, now, limit=1) == [2]
    assert claimed(database, now, limit=1) == [1]
    handle(database, now, 2)
    assert claimed(database, now, limit=0) == [4]
    assert claimed(database, now, limit=0) == []


def test_danger_is_taken_as_it_arrives_whatever_else_is_in_work(database: Database, now: datetime) -> None:
    received = [*updates(A, B), *updates(1003, first=3, urgent=True)]
    with database.transaction() as session:
        works = inbox.receive(session, now, BOT, received, owner=WORKER, most=1)
        assert [work.raw["update_id"] for work, _ in works] == [3, 1]


def test_what_was_in_work_at_a_death_is_read_alone_and_before_the_rest(
    database: Database, now: datetime
) -> None:
    keep(database, now, A, B)
    claimed(database, now, dies(1))
    keep(database, now, 1003, first=3)
    keep(database, now, 1004, first=4, urgent=True)
    take_back(database)
    # Danger does not wait for the suspects, and while it is read no suspect is.
    assert claimed(database, now) == [4]
    assert claimed(database, now) == []
    handle(database, now, 4)
    for number in (1, 2):
        assert claimed(database, now) == [number]
        assert claimed(database, now) == []
        handle(database, now, number)
    assert claimed(database, now) == [3]


def test_only_the_message_that_kills_its_workers_is_given_up(database: Database, now: datetime) -> None:
    """Killed by the second of three messages each time that it is read: the others cost no try."""
    keep(database, now, A, B, 1003)
    tries: dict[int, int] = {}
    for death in range(1, 20):
        while works := claim_all(database, now, dies(death)):
            for work in works:
                tries[work.raw["update_id"]] = work.attempts
            if any(work.raw["update_id"] == 2 and not work.is_hopeless for work in works):
                break
            for work in works:
                handle(database, now, work.raw["update_id"])
        if not works:
            break
        take_back(database)
    assert tries == {1: 1, 2: MAX_DEATHS + 1, 3: 1}
    # Once in company, then alone each time.
    assert death == 1 + MAX_DEATHS + 1


def dies(number: int) -> str:
    """A worker of this machine that runs no more."""
    return f"{my_name().split(':')[0]}:999999999:{number}"


def take_back(database: Database) -> None:
    with database.transaction() as session:
        assert inbox.free_the_dead(session, my_name())


def claim_all(database: Database, now: datetime, owner: str) -> list[Work]:
    with database.transaction() as session:
        return inbox.claim(session, now, owner)


def test_what_is_ours_without_being_in_work_is_free_again(database: Database, now: datetime) -> None:
    keep(database, now, A, B)
    works = claim_all(database, now, WORKER)
    with database.transaction() as session:
        inbox.abandon(session, WORKER, but={works[0].inbox_id})
    assert claimed(database, now) == [2]


def test_a_handled_message_is_blank(database: Database, now: datetime) -> None:
    keep(database, now, A)
    claimed(database, now)
    handle(database, now, 1)
    with database.reading() as session:
        row = session.scalars(select(Inbox)).one()
        assert (row.raw, row.owner, row.lease_until, row.handled_at) == (None, None, None, now)


@pytest.mark.slow
def test_many_workers_share_the_inbox(postgres_only: Database, now: datetime) -> None:
    """Every message is worked on by one worker; in each chat they come one by one, in order."""
    chats = [1000 + n % 5 for n in range(60)]
    keep(postgres_only, now, *chats)
    worked: list[tuple[int, int]] = []

    def work(me: int) -> None:
        while True:
            with postgres_only.transaction() as session:
                found = inbox.claim(session, now, f"elsewhere:{me}:x", 3)
            if not found:
                with postgres_only.reading() as session:
                    if not any(inbox.look(session, now)):
                        return
                continue
            for item in found:
                worked.append((item.chat_id, item.raw["update_id"]))
                handle(postgres_only, now, item.raw["update_id"])

    race([lambda me=me: work(me) for me in range(4)])
    assert len(worked) == 60
    assert len(set(worked)) == 60
    for chat in {chat for chat, _ in worked}:
        of_chat = [update for found, update in worked if found == chat]
        assert all(earlier < later for earlier, later in pairwise(of_chat))


@settings(max_examples=30)
@given(st.lists(st.sampled_from([A, B, None]), max_size=12), st.integers(1, 4))
def test_whatever_comes_is_worked_on_once_and_in_order(
    empty_inbox: Database, chats: list[int | None], at_once: int
) -> None:
    now = NOW
    with empty_inbox.transaction() as session:
        session.query(Inbox).delete()
    keep(empty_inbox, now, *chats)
    done: list[int] = []
    while found := claimed(empty_inbox, now, limit=at_once):
        assert len({chats[update - 1] for update in found}) == len(found)
        for update in found:
            handle(empty_inbox, now, update)
        done += found
    assert sorted(done) == [n for n, chat in enumerate(chats, start=1) if chat is not None]
    for chat in (A, B):
        of_chat = [update for update in done if chats[update - 1] == chat]
        assert of_chat == sorted(of_chat)
