"""The schema: migrations and mapped tables agree on both databases, and every row has its organisation."""

from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import BigInteger, UniqueConstraint, inspect, text
from typer.testing import CliRunner

from bot.cli import app
from bot.storage import Database
from bot.storage.migrations import made_by_a_later_version, pending, upgrade
from bot.storage.tables import Table
from bot.storage.types import EncryptedJson, EncryptedText
from tests.conftest import SECRET

# What belongs to the machine or to the landlords themselves.
WITHOUT = {"organisation", "clock_offset", "delivery_lease"}
# Telegram's numbers and random codes are unique over all organisations; see the tables.
UNIQUE_OVER_ALL = {
    "chat",
    "inbox",
    "button",
    "invitation",
    "access_link",
    "web_session",
    "message",
    "api_token",
}
# Who people are and what they said: never in the clear.
PRIVATE = {
    "first_name", "last_name", "phone", "email", "born_on", "resources_cents", "address", "dwelling", "label",
    "words", "raw", "detail", "attachment", "values", "result", "body",
}  # fmt: skip


def test_the_migrations_make_the_mapped_tables(database: Database) -> None:
    with database.engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "compare_server_default": True, "render_as_batch": True}
        )
        assert compare_metadata(context, Table.metadata) == []


def test_the_database_holds_the_constraints_of_the_tables(database: Database) -> None:
    """Autogeneration sees no check constraint and no partial index: these are compared by name."""
    found = inspect(database.engine)
    for table in Table.metadata.sorted_tables:
        checks = {str(c["name"]) for c in found.get_check_constraints(table.name)}
        wanted = {str(c.name) for c in table.constraints if c.__visit_name__ == "check_constraint"}
        assert wanted <= checks, table.name
        indexes = {str(i["name"]) for i in found.get_indexes(table.name)}
        assert {str(index.name) for index in table.indexes} <= indexes, table.name


@pytest.mark.slow
@pytest.mark.parametrize("command", ["run", "migrate"])
def test_a_database_of_a_later_version_is_refused_with_a_word(
    command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"sqlite:///{tmp_path / 'palier.sqlite3'}"
    later = Database(url, SECRET)
    with later.engine.begin() as connection:
        connection.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32))"))
        connection.execute(text("INSERT INTO alembic_version VALUES ('tomorrow')"))
    later.close()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PALIER_DATABASE_URL", url)
    monkeypatch.setenv("PALIER_SECRET_KEY", SECRET)
    result = CliRunner().invoke(app, [command])
    assert result.exit_code == 1
    assert "version plus récente" in result.stderr


def test_nothing_is_pending_after_an_upgrade(database: Database) -> None:
    assert not pending(database.engine)
    assert not made_by_a_later_version(database.engine)
    upgrade(database.engine)
    assert not pending(database.engine)


def test_an_empty_database_is_behind(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'new.sqlite3'}", SECRET)
    try:
        assert pending(database.engine)
    finally:
        database.close()


def test_every_table_has_its_organisation_but_the_stated_ones() -> None:
    without = {table.name for table in Table.metadata.sorted_tables if "organisation_id" not in table.columns}
    assert without == WITHOUT
    for table in Table.metadata.sorted_tables:
        if table.name not in WITHOUT:
            column = table.columns["organisation_id"]
            assert not column.nullable, table.name
            assert {key.column.table.name for key in column.foreign_keys} == {"organisation"}, table.name


def test_every_unique_key_has_its_organisation_but_the_stated_ones() -> None:
    for table in Table.metadata.sorted_tables:
        keys = [c for c in table.constraints if isinstance(c, UniqueConstraint)]
        keys += [index for index in table.indexes if index.unique]
        for key in keys:
            columns = {column.name for column in key.columns}
            assert "organisation_id" in columns or table.name in WITHOUT | UNIQUE_OVER_ALL, (
                table.name,
                columns,
            )


def test_what_people_are_and_said_is_encrypted() -> None:
    for table in Table.metadata.sorted_tables:
        for column in table.columns:
            if column.name in PRIVATE:
                assert isinstance(column.type, EncryptedText | EncryptedJson), (table.name, column.name)


def test_telegrams_numbers_fit() -> None:
    for table in Table.metadata.sorted_tables:
        for name in ("telegram_id", "bot_id", "update_id", "message_id"):
            if name in table.columns:
                assert isinstance(table.columns[name].type, BigInteger), (table.name, name)


@pytest.mark.parametrize("words", ["Kévin", "é'\"; --", "🙂" * 1000, ""])
def test_private_words_are_not_in_the_file(database: Database, words: str) -> None:
    with database.transaction() as session:
        session.execute(
            text("INSERT INTO person (organisation_id, reference, title, last_name, first_name, profiles,"
                 " register, discreet) VALUES (1, 'x', '', :name, '', '[]', 'ordinary', false)"),
            {"name": database.vault.encrypt(words)},
        )  # fmt: skip
    with database.reading() as session:
        stored = session.execute(text("SELECT last_name FROM person")).scalar_one()
        assert words not in stored or not words
        assert database.vault.decrypt(stored) == words
