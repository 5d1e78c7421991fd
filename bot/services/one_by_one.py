"""A tick serves many rows: one that the code can't serve must neither hold up the others nor undo them."""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import TypeVar

import structlog
from sqlalchemy.orm import Session

from bot.storage import is_away
from bot.storage.tables import Occurrence, Table

log = structlog.get_logger(__name__)

Row = TypeVar("Row", bound=Table)
_A_DAY = timedelta(days=1)


def one_by_one(session: Session, now: datetime, rows: Iterable[Row], act: Callable[[Row], object]) -> int:
    """Act on each row in a savepoint of its own; returns on how many.

    What fails is undone, logged with its row, and comes back at the next beat; a planned step, a day later.
    Raises only when the database is away.
    """
    done = 0
    for row in rows:
        which = {"table": row.__tablename__, "row": row.id}
        try:
            with session.begin_nested():
                act(row)
        except Exception as fault:
            if is_away(fault):
                raise
            log.exception("left undone", **which, fault=type(fault).__name__)
            if isinstance(row, Occurrence):
                row.due_at = now + _A_DAY
        else:
            done += 1
    return done
