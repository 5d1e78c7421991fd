"""A tick serves many rows: one that the code can't serve must neither hold up the others nor undo them."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial
from typing import Any, TypeVar, cast

import structlog
from sqlalchemy import Select, inspect, select, update
from sqlalchemy.orm import Session

from bot.services.people import ensure_default_organisation
from bot.storage import is_away
from bot.storage.tables import LeftUndone, Occurrence, Organisation, Table

log = structlog.get_logger(__name__)

Row = TypeVar("Row", bound=Table)
_A_DAY = timedelta(days=1)
# Less than a day: what failed in the morning is tried again the next morning.
_TRIED_LATELY = timedelta(hours=20)


def one_by_one(session: Session, now: datetime, rows: Iterable[Row], act: Callable[[Row], object]) -> int:
    """Act on each row in a savepoint of its own; returns on how many.

    What fails is undone, logged and noted with its row (`LeftUndone`), and comes back at the next beat; a
    planned step, a day later. Raises only when the database is away.
    """
    done = 0
    for row in rows:
        # Not `row.id`: it may have to be read again after a failure, and be what can't be read.
        (number,) = cast(tuple[int], inspect(row).identity)
        done += _alone(session, now, "", type(row), number, partial(act, row))
    return done


def together(
    session: Session,
    now: datetime,
    job: str,
    table: type[Table],
    ids: Sequence[int],
    act: Callable[[Sequence[int]], object],
) -> list[int]:
    """Act on these rows of `table` at once, in one savepoint; if that fails, on each as `one_by_one` does.
    Returns the numbers of those that failed: `tried_lately` knows them by the job's name."""
    if not ids:
        return []
    try:
        with session.begin_nested():
            act(ids)
    except Exception as fault:
        if is_away(fault):
            raise
        log.warning(
            "each alone", job=job, table=table.__tablename__, rows=len(ids), fault=type(fault).__name__
        )
        return [id for id in ids if not _alone(session, now, job, table, id, partial(act, [id]))]
    return []


@contextmanager
def spared(session: Session, **which: Any) -> Iterator[None]:
    """What the rest can do without: when it fails it is undone, and logged with `which`. Raises only when the
    database is away."""
    try:
        with session.begin_nested():
            yield
    except Exception as fault:
        if is_away(fault):
            raise
        log.exception("left out", fault=type(fault).__name__, **which)


def tried_lately(job: str, now: datetime) -> Select[int]:
    """The rows that failed that job less than a day ago: it would else take them up again and again."""
    return select(LeftUndone.row).where(LeftUndone.job == job, LeftUndone.at > now - _TRIED_LATELY)


def note(
    session: Session,
    now: datetime,
    fault: BaseException,
    job: str,
    what: str = "",
    row: int = 0,
    organisation: int | None = None,
) -> None:
    """Keep what could not be done, once, for `palier doctor` and the team; a whole tick has no `what`."""
    organisation = organisation or ensure_default_organisation(session).id
    key = {"organisation_id": organisation, "job": job, "what": what, "row": row}
    known = session.scalar(select(LeftUndone).filter_by(**key))
    if known is None:
        known = LeftUndone(**key)
        session.add(known)
    known.at, known.fault = now, type(fault).__name__[:40]
    session.flush()


def _alone(
    session: Session, now: datetime, job: str, table: type[Table], id: int, act: Callable[[], object]
) -> bool:
    """Whether it could be done."""
    try:
        with session.begin_nested():
            act()
    except Exception as fault:
        if is_away(fault):
            raise
        name = table.__tablename__
        log.exception("left undone", table=name, row=id, fault=type(fault).__name__)
        note(session, now, fault, job, name, id, _organisation_of(session, table, id))
        if table is Occurrence:
            session.execute(update(Occurrence).where(Occurrence.id == id).values(due_at=now + _A_DAY))
        return False
    return True


def _organisation_of(session: Session, table: Any, id: int) -> int | None:
    column = table.id if table is Organisation else table.organisation_id
    found: int | None = session.scalar(select(column).where(table.id == id))
    return found
