"""The inbox: updates committed before they are acknowledged, worked on one at a time in each chat."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import CursorResult, and_, bindparam, exists, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, aliased
from sqlalchemy.sql.dml import ReturningUpdate

from bot.domain.states import InboxState
from bot.processes import is_dead
from bot.services import people
from bot.storage.tables import Inbox

# A worker that has not finished by then is taken for dead; its message is taken up again.
LEASE = timedelta(seconds=60)
MAX_ATTEMPTS = 3
_OPEN = (InboxState.NEW, InboxState.WORKING)
Raw = dict[str, Any]


@dataclass(frozen=True)
class Received:
    """A raw update and the chat it belongs to (None: nobody's, kept only to be acknowledged)."""

    update_id: int
    telegram_chat: int | None
    raw: Raw


@dataclass(frozen=True)
class Work:
    """A claimed message."""

    inbox_id: int
    chat_id: int
    raw: Raw
    attempts: int


def receive(
    session: Session,
    real_now: datetime,
    bot_id: int,
    updates: Sequence[Received],
    *,
    owner: str | None = None,
    most: int = 20,
) -> list[Work]:
    """Keep the updates that are new (a second delivery changes nothing).

    With `owner`, it takes the first of each chat that is free, `most` in all: they are returned.
    `real_now` is machine time: leases must not jump with a demo's clock. Raises IntegrityError when
    another process receives the same chat at this moment: nothing is kept, try again.
    """
    ids = [item.update_id for item in updates]
    known = set(
        session.scalars(select(Inbox.update_id).where(Inbox.bot_id == bot_id, Inbox.update_id.in_(ids)))
    )
    fresh = {item.update_id: item for item in updates if item.update_id not in known}
    rows = [_row(session, real_now, bot_id, item) for item in fresh.values()]
    taken = _first_of_free_chats(session, rows)[:most] if owner else []
    for row in taken:
        row.state, row.owner, row.lease_until, row.attempts = InboxState.WORKING, owner, real_now + LEASE, 1
    session.add_all(rows)
    session.flush()
    return [Work(row.id, cast(int, row.chat_id), cast(Raw, row.raw), row.attempts) for row in taken]


def _row(session: Session, real_now: datetime, bot_id: int, item: Received) -> Inbox:
    chat = None if item.telegram_chat is None else people.chat_for(session, bot_id, item.telegram_chat)
    return Inbox(
        organisation_id=chat.organisation_id if chat else people.ensure_default_organisation(session).id,
        bot_id=bot_id,
        update_id=item.update_id,
        chat_id=chat.id if chat else None,
        received_at=real_now,
        raw=item.raw if chat else None,
        state=InboxState.NEW if chat else InboxState.HANDLED,
    )


def _first_of_free_chats(session: Session, rows: Sequence[Inbox]) -> list[Inbox]:
    """The first row of each chat that has no other one open."""
    first: dict[int, Inbox] = {}
    for row in rows:
        if row.chat_id is not None:
            first.setdefault(row.chat_id, row)
    busy = set(session.scalars(select(Inbox.chat_id).where(Inbox.chat_id.in_(first), Inbox.state.in_(_OPEN))))
    return [row for chat_id, row in first.items() if chat_id not in busy]


def _claim() -> ReturningUpdate[int, int | None, Any, int]:
    older = aliased(Inbox)
    busy = exists().where(older.chat_id == Inbox.chat_id, older.id < Inbox.id, older.state.in_(_OPEN))
    working = exists().where(
        older.chat_id == Inbox.chat_id, older.id != Inbox.id, older.state == InboxState.WORKING
    )
    free = or_(
        and_(Inbox.state == InboxState.NEW, ~busy, ~working),
        and_(
            Inbox.state == InboxState.WORKING,
            Inbox.lease_until < bindparam("now", type_=Inbox.lease_until.type),
        ),
    )
    candidates = (
        select(Inbox.id)
        .where(free)
        .order_by(Inbox.id)
        .limit(bindparam("most"))
        .with_for_update(skip_locked=True)
    )
    return (
        update(Inbox)
        .where(Inbox.id.in_(candidates.scalar_subquery()))
        .values(
            state=InboxState.WORKING,
            owner=bindparam("owner"),
            lease_until=bindparam("until"),
            attempts=Inbox.attempts + 1,
        )
        .returning(Inbox.id, Inbox.chat_id, Inbox.raw, Inbox.attempts)
    )


# Put together once: that takes longer than to run it.
_CLAIM = _claim()
_UNSYNCED = {"synchronize_session": False}


def claim(session: Session, real_now: datetime, owner: str, limit: int = 20) -> list[Work]:
    """Take messages to work on: the oldest of each chat that has none in work, and those of dead workers."""
    values = {"owner": owner, "now": real_now, "until": real_now + LEASE, "most": limit}
    try:
        with session.begin_nested():
            rows = session.execute(_CLAIM, values, execution_options=_UNSYNCED).all()
    except IntegrityError:
        # Another process has just taken a message of the same chat: this one waits for the next claim.
        return []
    return [Work(id_, chat_id, raw, attempts) for id_, chat_id, raw, attempts in sorted(rows)]


def handled(
    session: Session, real_now: datetime, inbox_id: int, state: InboxState = InboxState.HANDLED
) -> None:
    """Close the message and blank what it held: the thread keeps the words, encrypted."""
    session.execute(
        update(Inbox)
        .where(Inbox.id == inbox_id)
        .values(state=state, raw=None, owner=None, lease_until=None, handled_at=real_now)
        .execution_options(synchronize_session=False)
    )


def free(session: Session, inbox_id: int) -> None:
    """Working on it failed: it may be taken again at once; its attempts stay counted."""
    session.execute(
        update(Inbox)
        .where(Inbox.id == inbox_id, Inbox.state == InboxState.WORKING)
        .values(state=InboxState.NEW, owner=None, lease_until=None)
        .execution_options(synchronize_session=False)
    )


def abandon(session: Session, owner: str) -> None:
    """At a clean stop: what this worker had not finished is free at once."""
    session.execute(
        update(Inbox)
        .where(Inbox.owner == owner, Inbox.state == InboxState.WORKING)
        .values(state=InboxState.NEW, owner=None, lease_until=None, attempts=Inbox.attempts - 1)
        .execution_options(synchronize_session=False)
    )


def waits(session: Session, real_now: datetime) -> bool:
    """Whether a claim could find something (a look that takes no lock)."""
    found = session.scalar(
        select(Inbox.id)
        .where(
            or_(
                Inbox.state == InboxState.NEW,
                and_(Inbox.state == InboxState.WORKING, Inbox.lease_until < real_now),
            )
        )
        .limit(1)
    )
    return found is not None


def free_the_dead(session: Session, me: str) -> int:
    """Take their messages back from workers that surely run no more. Returns how many messages."""
    owners = session.scalars(select(Inbox.owner).where(Inbox.state == InboxState.WORKING).distinct()).all()
    dead = [owner for owner in owners if owner and is_dead(owner, me)]
    freed = session.execute(
        update(Inbox)
        .where(Inbox.state == InboxState.WORKING, Inbox.owner.in_(dead))
        .values(state=InboxState.NEW, owner=None, lease_until=None)
        .execution_options(synchronize_session=False)
    )
    return cast("CursorResult[Any]", freed).rowcount
