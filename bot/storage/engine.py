"""The engine and `transaction()`, on SQLite (WAL) or PostgreSQL."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnection
from sqlalchemy.orm import Session

from bot.storage.secrets import Vault
from bot.storage.types import hang_vault

_BUSY_SECONDS = 15
_COMMITTED, _BROKEN = "palier_committed", "palier_broken"
# Busy, locked, read-only, I/O error, full, cannot open: what passes without any statement being wrong.
_SQLITE_AWAY = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_CANTOPEN,
}


class Database:
    """One engine of one process. Sessions are synchronous and never open across a network call."""

    def __init__(self, url: str, secret_key: str, old_key: str | None = None) -> None:
        self.url = make_url(url)
        self.vault = Vault(secret_key, old_key)
        self.engine = (
            _sqlite(url)
            if self.is_sqlite
            else create_engine(url, pool_size=10, pool_pre_ping=True, hide_parameters=True)
        )
        hang_vault(self.engine.dialect, self.vault)

    @property
    def is_sqlite(self) -> bool:
        return self.url.get_backend_name() == "sqlite"

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """A session that commits at the end of the block, or rolls back when it raises."""
        with Session(self.engine, expire_on_commit=False) as session:
            try:
                with session.begin():
                    yield session
            except BaseException:
                for call in session.info.pop(_BROKEN, ()):
                    call()
                raise
            for call in session.info.pop(_COMMITTED, ()):
                call()

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session that only reads: on SQLite it takes no write lock. Nothing is committed."""
        engine = self.engine.execution_options(palier_reading=True)
        with Session(engine, expire_on_commit=False, autoflush=False) as session:
            yield session

    def close(self) -> None:
        self.engine.dispose()


def is_away(error: BaseException) -> bool:
    """Whether the database can't be used now (away, locked, full): the same will work once it is back."""
    if isinstance(error, NoConnection):
        return True
    if not isinstance(error, DBAPIError):
        return False
    if isinstance(error.orig, sqlite3.Error):
        # A wrong value never reaches SQLite: its error has no code.
        return getattr(error.orig, "sqlite_errorcode", 0) & 0xFF in _SQLITE_AWAY
    return error.connection_invalidated or isinstance(error, OperationalError)


def after_commit(session: Session, call: Callable[[], None]) -> None:
    """Call `call` once the `transaction()` of this session has committed; never when it rolls back."""
    session.info.setdefault(_COMMITTED, []).append(call)


def if_broken(session: Session, call: Callable[[], None]) -> None:
    """Call `call` if the `transaction()` of this session raises. Its commit may hold all the same, when what
    broke is the connection that should have said so."""
    session.info.setdefault(_BROKEN, []).append(call)


def _sqlite(url: str) -> Engine:
    path = make_url(url).database
    if path and path != ":memory:":
        Path(path).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(
        url,
        connect_args={"timeout": _BUSY_SECONDS, "check_same_thread": False},
        hide_parameters=True,
        # The connection used last: SQLite empties a connection's cache when another one has written.
        pool_use_lifo=True,
    )

    @event.listens_for(engine, "connect")
    def _pragmas(connection: Any, _record: object) -> None:
        connection.isolation_level = None  # SQLAlchemy says BEGIN below, not the driver
        # FULL: a message acknowledged to Telegram must survive a power cut, not only a crash.
        # secure_delete: what is erased is overwritten, not only out of sight.
        pragmas = ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "secure_delete=ON")
        for pragma in pragmas:
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        # IMMEDIATE: a transaction that will write waits for its turn at the start, instead of
        # failing in the middle when two readers both want to become writers.
        reading = connection.get_execution_options().get("palier_reading")
        connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")

    return engine
