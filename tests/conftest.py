"""Fixtures of the whole suite: a migrated database (SQLite, PostgreSQL), a house, a clock that moves."""

import gc
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import structlog
from hypothesis import settings
from sqlalchemy import event

from bot import content, wiring
from bot.clock import Clock
from bot.services.house import House
from bot.services.people import ensure_default_organisation
from bot.storage import Database
from bot.storage.migrations import upgrade
from bot.texts import Texts
from tests.postgres import Postgres, empty, running_postgres

# How long an example takes says more about the machine than about the code.
settings.register_profile("palier", deadline=None)
settings.load_profile("palier")

# Where there is a file system in memory with room enough, databases lie there: no test waits for a disk.
_MEMORY, _ROOM = Path("/dev/shm"), 2 * 2**30
if "TMPDIR" not in os.environ and _MEMORY.is_dir() and shutil.disk_usage(_MEMORY).free > _ROOM:
    os.environ["TMPDIR"] = tempfile.tempdir = str(_MEMORY)

SECRET = "a secret for tests only"
# A Tuesday, 10:00 in Paris, before the December terms.
NOW = datetime(2026, 12, 1, 9, 0, tzinfo=UTC)


def pytest_collection_finish() -> None:
    """What was imported stays to the end: no use looking through it for garbage again and again."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def _own_logs() -> Iterator[None]:
    """A command that sets the logs up writes to streams that end with its test."""
    yield
    structlog.reset_defaults()


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres]:
    with running_postgres(tmp_path_factory.mktemp("postgres")) as server:
        yield server


@pytest.fixture(scope="session")
def postgres_database(postgres: Postgres) -> Iterator[Database]:
    database = Database(postgres.new_database(), SECRET)
    upgrade(database.engine)
    yield database
    database.close()


@pytest.fixture(scope="session")
def empty_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file that each test copies: migrations run once."""
    path = tmp_path_factory.mktemp("sqlite") / "empty.sqlite3"
    database = Database(f"sqlite:///{path}", SECRET)
    upgrade(database.engine)
    database.close()
    return path


@pytest.fixture(scope="session")
def sqlite_database(tmp_path_factory: pytest.TempPathFactory) -> Database:
    """One engine for the run: what it has compiled once serves every test.

    Rows that no statement orders come backwards: what relies on the order of their numbers, which SQLite
    gives by chance and PostgreSQL does not, is found here.
    """
    database = Database(f"sqlite:///{tmp_path_factory.mktemp('sqlite') / 'palier.sqlite3'}", SECRET)
    event.listen(database.engine, "connect", _backwards)
    return database


def _backwards(connection: sqlite3.Connection, _record: object) -> None:
    connection.execute("PRAGMA reverse_unordered_selects = ON")


@pytest.fixture
def sqlite(empty_sqlite: Path, sqlite_database: Database) -> Iterator[Database]:
    """A fresh copy of the migrated file."""
    path = str(sqlite_database.url.database)
    for beside in ("-wal", "-shm"):  # of a test that left a connection open
        Path(path + beside).unlink(missing_ok=True)
    Path(path).write_bytes(empty_sqlite.read_bytes())
    yield sqlite_database
    sqlite_database.close()


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.slow)])
def database(request: pytest.FixtureRequest) -> Database:
    """A migrated database with its default organisation: the same test on SQLite and on PostgreSQL."""
    if request.param == "sqlite":
        chosen: Database = request.getfixturevalue("sqlite")
    else:
        chosen = request.getfixturevalue("postgres_database")
        empty(chosen.engine)
    with chosen.transaction() as session:
        ensure_default_organisation(session)
    return chosen


@pytest.fixture(scope="session")
def texts() -> Texts:
    return wiring.files()[0]


@pytest.fixture(scope="session")
def loaded_content() -> content.Content:
    return wiring.files()[1]


@pytest.fixture
def house(database: Database) -> House:
    return wiring.house(database, ZoneInfo("Europe/Paris"), "http://127.0.0.1:8080")


@pytest.fixture
def clock() -> Clock:
    return Clock(movable=True)


@pytest.fixture
def now() -> datetime:
    return NOW
