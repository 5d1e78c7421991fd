"""Databases for what only one of the two engines, or many examples, can show."""

from collections.abc import Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot import wiring
from bot.services.house import House
from bot.services.people import ensure_default_organisation
from bot.storage import Database
from tests.conftest import SECRET
from tests.postgres import empty


@pytest.fixture
def postgres_only(postgres_database: Database) -> Database:
    """PostgreSQL, empty: for what only happens when several processes write at once."""
    empty(postgres_database.engine)
    with postgres_database.transaction() as session:
        ensure_default_organisation(session)
    return postgres_database


@pytest.fixture(scope="module")
def empty_inbox(empty_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """One SQLite database for many examples of one property; each empties what it fills."""
    path = tmp_path_factory.mktemp("examples") / "palier.sqlite3"
    path.write_bytes(empty_sqlite.read_bytes())
    database = Database(f"sqlite:///{path}", SECRET)
    with database.transaction() as session:
        ensure_default_organisation(session)
    yield database
    database.close()


@pytest.fixture
def house_pg(postgres_only: Database) -> House:
    return wiring.house(postgres_only, ZoneInfo("Europe/Paris"), "http://127.0.0.1:8080")
