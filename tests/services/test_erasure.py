"""Erasure reaches every table and every store: a canary in each column of a person is found nowhere after."""

from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import structlog
from sqlalchemy import JSON, Boolean, Date, Enum, Float, Integer, String, Text, Time, insert, select
from sqlalchemy import Table as SqlTable
from sqlalchemy.orm import Session

from bot import logs
from bot.content import load
from bot.domain.states import CaseState, Outcome, Urgency
from bot.services.cases import cases
from bot.services.house import House
from bot.services.people import ensure_default_organisation
from bot.services.privacy import erasure, retention
from bot.storage import Database
from bot.storage.tables import Case, Chat, Erasure, Inbox, Lease, Message, Outbox, Person, Table, Workshop
from bot.storage.types import EncryptedJson, EncryptedText, UtcDateTime
from bot.texts import Texts

CANARY = "Canari-Zephyrine"
DAY = timedelta(days=1)
ERASED = {name for name, table in load().personal_data.tables.items() if table.erase == "delete"}
# The machine's own.
_NOT_SEEDED = {"organisation", "clock_offset", "delivery_lease", "retention_run", "erasure"}
# What a constraint asks for, or a row that is over.
_HAVE_NAMES = {"payment": "label", "movement": "label", "lease": "address", "api_answer": "body"}
_VALUES: dict[str, dict[str, Any]] = {
    "person": {"erased_at": None},
    "lease_person": {"absent_since": None},
    # A plan of payment hangs on it: the row stays with the account, what was said in it goes.
    "case_file": {
        "state": "closed",
        "outcome": "regle",
        "subject": "person:1",
        "kind": "x",
        "object": "y",
        "waiting_reason": None,
    },
    "inbox": {"state": "handled"},
    "outbox": {"state": "sent"},
    "chat": {"staff_id": None},
    "invitation": {"staff_id": None},
    "relay": {"why": "worker"},
    "absence": {"stand_in_id": None},
    "appointment": {"minutes": 30},
    "appointment_series": {"minutes": 30, "ends_on": None},
    "workshop_place": {"state": "coming", "offered_until": None},
}


def _value(column: Any, now: datetime, number: int, word: str) -> Any:
    kind = column.type
    if isinstance(kind, EncryptedJson):
        return {"said": word}
    if isinstance(kind, EncryptedText):
        return word
    if isinstance(kind, Enum):
        return kind.enums[0]
    if isinstance(kind, String | Text):
        return f"{word}{number}"[-(kind.length or 99) :]
    plain: list[tuple[Any, Any]] = [
        (JSON, [word]),
        (Boolean, True),
        (UtcDateTime, now - DAY),
        (Date, date(2026, 11, 1)),
        (Time, time(9)),
        (Float, 1.0),
        (Integer, number),
    ]
    return next(value for type_, value in plain if isinstance(kind, type_))


def seed(session: Session, now: datetime, number: int = 1) -> dict[str, int]:
    """One row in every table, all of one person; its number by table."""
    ids: dict[str, int] = {"organisation": 1}
    # The run of an action knows its message by number alone.
    for table in sorted(Table.metadata.sorted_tables, key=lambda table: table.name == "action_run"):
        if table.name not in _NOT_SEEDED:
            ids[table.name] = _row(session, table, now, ids, number)
    return ids


def _row(session: Session, table: SqlTable, now: datetime, ids: dict[str, int], number: int) -> int:
    values: dict[str, Any] = {}
    # The landlord's and the team's own rows speak of something else, but for the names in a bank's labels.
    word = CANARY if table.name in ERASED | {"person"} else "autre"
    for column in table.columns:
        if column.name == "id":
            continue
        targets = [key.column.table.name for key in column.foreign_keys]
        values[column.name] = ids.get(targets[0]) if targets else _value(column, now, number, word)
    values |= _VALUES.get(table.name, {})
    if table.name in _HAVE_NAMES:
        values[_HAVE_NAMES[table.name]] = CANARY
    if table.name == "action_run":
        values["inbox_id"] = ids["inbox"]
    given = session.execute(insert(table).values(values).returning(table.c.id))
    return int(given.scalar_one())


def found_in(session: Session) -> set[str]:
    """The tables in which the canary sings."""
    return {
        table.name
        for table in Table.metadata.sorted_tables
        for row in session.execute(select(table))
        if CANARY in str(tuple(row))
    }


def _erase(database: Database, house: House, now: datetime, person_id: int) -> erasure.Erased:
    with database.transaction() as session:
        return erasure.erase(session, now, house, session.get_one(Person, person_id), "tenant")


def _night(database: Database, house: House, now: datetime) -> None:
    while True:
        with database.transaction() as session:
            if not retention.night(session, now, house):
                return


def test_after_a_lease_nothing_of_the_person_is_left(
    database: Database, house: House, now: datetime, capfd: pytest.CaptureFixture[str]
) -> None:
    logs.set_up()
    with database.transaction() as session:
        ids = seed(session, now)
        session.get_one(Lease, ids["lease"]).ends_on = date(2026, 11, 15)
        seeded = found_in(session)
    assert seeded >= ERASED - {"promise", "workshop_place", "relay", "case_file"} | {"payment", "lease"}

    _erase(database, house, now, ids["person"])
    _night(database, house, now + DAY)

    with database.reading() as session:
        assert found_in(session) == set()
        assert session.scalar(select(Chat.id)) is None
        (proof,) = session.scalars(select(Erasure))
        assert CANARY not in str((proof.counts, proof.kept))
        assert proof.fingerprint == database.vault.fingerprint(f"person:{CANARY}1")
        assert proof.counts["message"] == proof.counts["case_event"] == 1
    # Nor did the logs ever hold it.
    structlog.get_logger("tests").info("the log is written")
    said = "".join(capfd.readouterr())
    assert "the log is written" in said
    assert CANARY not in said


def test_the_files_of_sqlite_hold_nothing_of_it_either(sqlite: Database, now: datetime, texts: Texts) -> None:
    house = House(ZoneInfo("Europe/Paris"), {}, texts, load(), sqlite.vault, "")
    with sqlite.transaction() as session:
        ensure_default_organisation(session)
        ids = seed(session, now)
        session.get_one(Lease, ids["lease"]).ends_on = date(2026, 11, 15)
    path = Path(str(sqlite.url.database))
    assert b"Zephyrine1" in path.read_bytes() + path.with_name(path.name + "-wal").read_bytes()

    _erase(sqlite, house, now, ids["person"])
    _night(sqlite, house, now + DAY)
    sqlite.close()
    files = [file for file in path.parent.iterdir() if file.is_file()]
    assert [file.name for file in files if b"Zephyrine" in file.read_bytes()] == []


def test_while_the_lease_runs_its_account_stays_and_says_why(
    database: Database, house: House, now: datetime
) -> None:
    with database.transaction() as session:
        ids = seed(session, now)
        session.get_one(Lease, ids["lease"]).ends_on = None
    erased = _erase(database, house, now, ids["person"])
    assert {"person", "lease", "payment", "movement", "lease_amount"} <= set(erased.kept)
    declared = house.content.personal_data
    assert all(declared.tables[name].because in declared.bases for name in erased.kept)
    with database.reading() as session:
        person = session.get_one(Person, ids["person"])
        assert (person.last_name, person.erased_at) == (CANARY, now)
        assert session.scalar(select(Message.id)) is None


def test_a_co_tenant_and_other_households_lose_nothing(
    database: Database, house: House, now: datetime
) -> None:
    with database.transaction() as session:
        ids, other = seed(session, now, 1), seed(session, now, 2)
        before = _rows_of_person(session, other)
    _erase(database, house, now, ids["person"])
    _night(database, house, now + DAY)
    with database.reading() as session:
        assert _rows_of_person(session, other) == before


def test_who_was_on_that_telephone_before_loses_nothing_and_holds_nothing_up(
    database: Database, house: House, now: datetime
) -> None:
    with database.transaction() as session:
        before, after = seed(session, now, 1), seed(session, now, 2)
        session.get_one(Chat, before["chat"]).person_id = after["person"]
    _erase(database, house, now, after["person"])
    _night(database, house, now + DAY)
    with database.reading() as session:
        for table in (Message, Inbox, Outbox):
            assert session.get(table, before[table.__tablename__]) is not None, table
            assert session.get(table, after[table.__tablename__]) is None, table


def test_what_others_are_in_the_middle_of_stays_until_its_end(
    database: Database, house: House, now: datetime
) -> None:
    with database.transaction() as session:
        ids = seed(session, now)
        person = session.get_one(Person, ids["person"])
        case = cases.open_case(
            session, now, house, kind="report_repair", urgency=Urgency.NORMAL, reason=CANARY, person=person
        )
        number = case.id
    erased = _erase(database, house, now, ids["person"])
    assert erased.waits == ("case_file",)
    _night(database, house, now + DAY)
    with database.transaction() as session:
        open_one = session.get_one(Case, number)
        assert open_one.history
        open_one.state, open_one.outcome = CaseState.CLOSED, Outcome.SETTLED
    _night(database, house, now + 2 * DAY)
    with database.reading() as session:
        assert session.get(Case, number) is None


def test_seats_of_a_workshop_to_come_are_free_again(database: Database, house: House, now: datetime) -> None:
    with database.transaction() as session:
        ids = seed(session, now)
        session.get_one(Workshop, ids["workshop"]).starts_at = now + DAY
    _erase(database, house, now, ids["person"])
    with database.reading() as session:
        assert session.get_one(Workshop, ids["workshop"]).seats_taken == 0


def _rows_of_person(session: Session, ids: dict[str, int]) -> dict[str, int]:
    kept = {}
    for table in Table.metadata.sorted_tables:
        if table.name in ids and table.name != "organisation":
            kept[table.name] = session.scalar(select(table.c.id).where(table.c.id == ids[table.name])) or 0
    return kept
