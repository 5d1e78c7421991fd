"""Waking the delivery of another process: NOTIFY on PostgreSQL (on SQLite it polls)."""

import threading
from collections.abc import Callable

from sqlalchemy import text
from sqlalchemy.orm import Session

from bot.storage.engine import Database

_CHANNEL = "palier_outbox"


def notify(session: Session) -> None:
    """Tell the listeners at this transaction's commit."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text(f"NOTIFY {_CHANNEL}"))


def listen(database: Database, wake: Callable[[], None], stop: threading.Event) -> None:
    """Call `wake` at each notification until `stop`; returns at once on SQLite.

    Raises ConnectionError when the connection is lost: the caller starts again, polling covers the gap.
    """
    if database.is_sqlite:
        return
    import psycopg  # here only: on SQLite no process needs to hold it

    address = database.url.set(drivername="postgresql").render_as_string(hide_password=False)
    try:
        with psycopg.connect(address, autocommit=True) as connection:
            connection.execute(f"LISTEN {_CHANNEL}")
            while not stop.is_set():
                for _ in connection.notifies(timeout=1.0, stop_after=1):
                    wake()
    except psycopg.Error as error:
        raise ConnectionError("the notifications of PostgreSQL") from error
