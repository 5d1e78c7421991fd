"""A database that is away, and a statement that is wrong, are told apart."""

import sqlite3

import pytest
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from bot.storage import Database, is_away


def error_of(database: Database, statement: str) -> SQLAlchemyError:
    with pytest.raises(SQLAlchemyError) as caught, database.engine.begin() as connection:
        connection.execute(text(statement))
    return caught.value


def test_a_wrong_statement_is_not_a_database_away(database: Database) -> None:
    assert not is_away(error_of(database, "SELECT * FROM nothing_of_that_name"))
    assert not is_away(error_of(database, "INSERT INTO organisation (id) VALUES (1)"))
    assert not is_away(ValueError("not ours"))


def test_a_value_that_no_column_takes_is_not_a_database_away(database: Database) -> None:
    with pytest.raises(SQLAlchemyError) as caught, database.engine.begin() as connection:
        connection.execute(text("SELECT :it"), {"it": {"a", "set"}})
    assert not is_away(caught.value)


def test_a_lock_is_waited_for(sqlite: Database) -> None:
    lock = sqlite3.connect(str(sqlite.url.database), isolation_level=None)
    lock.execute("BEGIN IMMEDIATE")
    with sqlite.reading() as session:
        session.connection().exec_driver_sql("PRAGMA busy_timeout = 0")
    try:
        assert is_away(error_of(sqlite, "SELECT 1"))  # every transaction begins by taking the lock
    finally:
        lock.close()


@pytest.mark.slow
def test_a_connection_that_is_cut(postgres_database: Database) -> None:
    assert is_away(error_of(postgres_database, "SELECT pg_terminate_backend(pg_backend_pid())"))
    # The next one is a new one.
    with postgres_database.engine.begin() as connection:
        assert connection.scalar(text("SELECT 1")) == 1
