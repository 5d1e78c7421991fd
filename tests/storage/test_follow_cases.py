"""The second migration: a database of the first schema, with a case in it, is brought up to date."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text

from bot.storage import Database
from bot.storage.migrations import config
from bot.storage.tables import Case, Table
from tests.conftest import SECRET

OURS = ("case_file", "absence", "duty")
OLD_CASE = """
INSERT INTO organisation (id, reference, name, settings) VALUES (1, 'principal', 'Palier', '{}');
INSERT INTO case_file (id, organisation_id, subject, kind, object, urgency, state, level, opened_at, due_at)
VALUES (7, 1, 'chat:1', 'unclear', '', 'normal', 'new', 0, '2026-12-01 09:00:00', '2026-12-02 09:00:00')
"""


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.slow)])
def old(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A database at the first schema."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'old.sqlite3'}"
    else:
        url = request.getfixturevalue("postgres").new_database()
    database = Database(url, SECRET)
    migrate(database, "0001")
    yield database
    database.close()


def migrate(database: Database, revision: str) -> None:
    with database.engine.begin() as connection:
        command.upgrade(config(connection), revision)


@pytest.mark.slow
def test_what_was_there_stays_and_the_schema_is_that_of_the_tables(old: Database) -> None:
    with old.engine.begin() as connection:
        for statement in OLD_CASE.split(";"):
            connection.execute(text(statement))

    migrate(old, "head")

    with old.reading() as session:
        case = session.get_one(Case, 7)
        assert (case.round, case.promised, case.waiting_until, case.previous_id) == (0, False, None, None)
    with old.engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"include_object": lambda _o, name, kind, *_: kind != "table" or name in OURS}
        )
        assert compare_metadata(context, Table.metadata) == []


def test_the_old_constraints_still_hold(old: Database) -> None:
    migrate(old, "head")
    with old.engine.connect() as connection:
        found = connection.dialect.get_check_constraints(connection, "case_file")  # type: ignore[attr-defined]
        names = {constraint["name"] for constraint in found}
    assert {"ck_case_file_outcome_when_closed", "ck_case_file_taken_has_owner"} <= names
