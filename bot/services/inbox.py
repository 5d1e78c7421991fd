"""The inbox: updates committed before they are acknowledged, worked on one at a time in each chat."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import ColumnElement, CursorResult, and_, bindparam, case, exists, or_, select, true, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, aliased
from sqlalchemy.sql.dml import ReturningUpdate

from bot.domain.states import InboxState
from bot.processes import is_dead
from bot.services import around, people
from bot.services.around import FLOOD, Around
from bot.storage.tables import Chat, Inbox, plain, written

# A worker that has not finished by then is taken for dead; its message is taken up again.
LEASE = timedelta(seconds=60)
# After so many tries that failed, or so many workers that died while they read it alone (somebody may have
# killed them for another reason, again and again), a message goes to a person.
MAX_ATTEMPTS, MAX_DEATHS = 3, 5
_MOST_URGENT = 20
_INBOX = plain(Inbox)
_OPEN = (written(InboxState.NEW), written(InboxState.WORKING))
Raw = dict[str, Any]


@dataclass(frozen=True)
class Received:
    """A raw update and the chat it belongs to (None: nobody's, kept only to be acknowledged). `urgent`: its
    words show danger."""

    update_id: int
    telegram_chat: int | None
    raw: Raw
    urgent: bool = False


@dataclass(frozen=True)
class Work:
    """A claimed message; `raw` is empty when it can't be read any more: a person must ask what it said."""

    inbox_id: int
    chat_id: int
    raw: Raw
    attempts: int
    suspect: bool = False

    @property
    def is_hopeless(self) -> bool:
        return not self.raw or self.attempts > (MAX_DEATHS if self.suspect else MAX_ATTEMPTS)


def receive(
    session: Session,
    real_now: datetime,
    bot_id: int,
    updates: Sequence[Received],
    *,
    owner: str | None = None,
    most: int = 20,
) -> list[tuple[Work, Around]]:
    """Keep the updates that are new (a second delivery changes nothing).

    With `owner`, it takes the first of each chat that is free: the urgent ones, and `most` others at most.
    They are returned, with their chats and what is open there. `real_now` is machine time: leases must not
    jump with a demo's clock. Raises IntegrityError when another process receives the same chat at this
    moment: nothing is kept, try again.
    """
    if not updates:
        return []
    fresh = {item.update_id: item for item in updates}.values()
    arounds, busy = _chats(session, bot_id, updates)
    chats = {number: found.chat for number, found in arounds.items()}
    taken = _taken(_first_of_free_chats(fresh, chats, busy), most) if owner else []
    rows = {item.update_id: _row(session, real_now, bot_id, item, chats) for item in fresh}
    for item, _ in taken:
        rows[item.update_id].update(
            state=InboxState.WORKING, owner=owner, lease_until=real_now + LEASE, attempts=1
        )
    kept = session.execute(_KEEP[session.get_bind().dialect.name], list(rows.values()))
    ids = {update_id: id_ for id_, update_id in kept}
    return [
        (Work(ids[item.update_id], chat.id, item.raw, 1), arounds[chat.telegram_id])
        for item, chat in taken
        if item.update_id in ids
    ]


def _chats(session: Session, bot_id: int, updates: Sequence[Received]) -> tuple[dict[int, Around], set[int]]:
    """The chats of these updates by their Telegram numbers, and the rows of those where a message is open."""
    numbers = {item.telegram_chat for item in updates if item.telegram_chat is not None}
    found = session.execute(_CHATS, {"bot": bot_id, "numbers": list(numbers)}).all()
    arounds = {row[0].telegram_id: Around(*row[:-1]) for row in found}
    for number in numbers - set(arounds):
        arounds[number] = around.look(session, people.chat_for(session, bot_id, number).id)
    # What floods a free chat comes with these updates.
    for chat, count in Counter(item.telegram_chat for item in updates).items():
        if chat is not None and count > FLOOD + 1:
            arounds[chat] = replace(arounds[chat], floods=True)
    return arounds, {row[0].id for row in found if row[-1]}


_CHATS = around.LOOK.add_columns(exists().where(Inbox.chat_id == Chat.id, Inbox.state.in_(_OPEN))).where(
    Chat.bot_id == bindparam("bot"), Chat.telegram_id.in_(bindparam("numbers", expanding=True))
)
# What was kept before is left out.
_KEEP = {
    module.dialect.name: module.insert(_INBOX)
    .on_conflict_do_nothing(index_elements=["bot_id", "update_id"])
    .returning(_INBOX.c.id, _INBOX.c.update_id)
    for module in (sqlite, postgresql)
}


def _row(session: Session, real_now: datetime, bot_id: int, item: Received, chats: Mapping[int, Chat]) -> Raw:
    chat = None if item.telegram_chat is None else chats[item.telegram_chat]
    return {
        "organisation_id": chat.organisation_id if chat else people.ensure_default_organisation(session).id,
        "bot_id": bot_id,
        "update_id": item.update_id,
        "chat_id": chat.id if chat else None,
        "received_at": real_now,
        "raw": item.raw if chat else None,
        "state": InboxState.NEW if chat else InboxState.HANDLED,
        "owner": None,
        "lease_until": None,
        "attempts": 0,
        "urgent": item.urgent,
    }


def _first_of_free_chats(
    updates: Iterable[Received], chats: Mapping[int, Chat], busy: set[int]
) -> list[tuple[Received, Chat]]:
    """The first update of each chat that has no other one open."""
    first: dict[int, Received] = {}
    for item in updates:
        if item.telegram_chat is not None:
            first.setdefault(item.telegram_chat, item)
    return [(item, chats[number]) for number, item in first.items() if chats[number].id not in busy]


def _taken(free: Sequence[tuple[Received, Chat]], most: int) -> list[tuple[Received, Chat]]:
    others = [one for one in free if not one[0].urgent]
    return [one for one in free if one[0].urgent] + others[:most]


_older = aliased(Inbox)
_FREE = and_(
    Inbox.state == written(InboxState.NEW),
    ~exists().where(_older.chat_id == Inbox.chat_id, _older.id < Inbox.id, _older.state.in_(_OPEN)),
    ~exists().where(
        _older.chat_id == Inbox.chat_id, _older.id != Inbox.id, _older.state == written(InboxState.WORKING)
    ),
)
# Something in its chat is urgent, or suspect: the oldest of the chat must be read before that one.
_URGENT_CHAT, _SUSPECT_CHAT = (
    exists().where(_older.chat_id == Inbox.chat_id, _older.state == written(InboxState.NEW), flag)
    for flag in (_older.urgent, _older.suspect)
)


def _claim(which: ColumnElement[bool]) -> ReturningUpdate[int, int | None, Any, int, bool]:
    # A common table expression is run once. A subquery with a limit may be run again for each row, by the
    # plan that PostgreSQL happens to choose, and then takes more than the limit each time.
    candidates = (
        select(Inbox.id)
        .where(_FREE, which)
        .order_by(_URGENT_CHAT.desc(), case((_SUSPECT_CHAT, Inbox.attempts), else_=0), Inbox.id)
        .limit(bindparam("most"))
        .with_for_update(skip_locked=True)
        .cte("candidates")
    )
    return (
        update(Inbox)
        .where(Inbox.id.in_(select(candidates.c.id)))
        .values(
            state=InboxState.WORKING,
            owner=bindparam("owner"),
            lease_until=bindparam("until"),
            attempts=Inbox.attempts + 1,
        )
        .returning(Inbox.id, Inbox.chat_id, Inbox.raw, Inbox.attempts, Inbox.suspect)
    )


# Put together once: that takes longer than to run it.
_CLAIM_ANY, _CLAIM_URGENT, _CLAIM_ALONE = (
    _claim(true()),
    _claim(and_(_URGENT_CHAT, ~Inbox.suspect)),
    _claim(_SUSPECT_CHAT),
)
_UNSYNCED = {"synchronize_session": False}


def claim(session: Session, real_now: datetime, owner: str, limit: int = 20) -> list[Work]:
    """Take messages to work on: the oldest of each chat that has none in work, first those of the chats
    where danger shows (these also when `limit` is 0).

    While a message is suspect (see `free_the_dead`), `owner` takes nothing else but what is urgent, and the
    suspect itself only when it has nothing else in work, first those that fewer workers died with.
    """
    _free_the_late(session, real_now)
    mine = and_(Inbox.state == InboxState.WORKING, Inbox.owner == owner)
    waits = and_(Inbox.state == InboxState.NEW, Inbox.suspect)
    busy, wary = session.execute(
        select(exists().where(mine), exists().where(or_(waits, and_(mine, Inbox.suspect))))
    ).one()
    values = {"owner": owner, "until": real_now + LEASE}
    if limit > 0 and not wary:
        return _take(session, _CLAIM_ANY, {**values, "most": limit})
    urgent = _take(session, _CLAIM_URGENT, {**values, "most": _MOST_URGENT})
    if urgent or busy or not wary:
        return urgent
    return _take(session, _CLAIM_ALONE, {**values, "most": 1})


def _take(
    session: Session, statement: ReturningUpdate[int, int | None, Any, int, bool], values: dict[str, Any]
) -> list[Work]:
    try:
        with session.begin_nested():
            rows = session.execute(statement, values, execution_options=_UNSYNCED).all()
    except IntegrityError:
        # Another process has just taken a message of the same chat: this one waits for the next claim.
        return []
    return [
        Work(id, chat, raw or {}, attempts, suspect)
        for id, chat, raw, attempts, suspect in sorted(rows, key=lambda row: row[0])
    ]


def close(
    session: Session, real_now: datetime, inbox_id: int, state: InboxState = InboxState.HANDLED
) -> bool:
    """Close the message and blank what it held: the thread keeps the words, encrypted.

    Called at the start of the transaction that answers it. False: another worker has answered (its lease
    had run out): there is nothing left to do.
    """
    values = {"row": inbox_id, "end": state, "at": real_now}
    closed = session.execute(_CLOSE, values)
    return cast("CursorResult[Any]", closed).rowcount == 1


def give_up(session: Session, real_now: datetime, work: Work) -> bool:
    """Close a message that a person gets instead, as `close` does. One that can't be read is not blanked:
    under the right key it may be read again."""
    if work.raw:
        return close(session, real_now, work.inbox_id, InboxState.FAILED)
    values = {"row": work.inbox_id, "end": InboxState.FAILED, "at": real_now}
    return cast("CursorResult[Any]", session.execute(_CLOSE_UNREAD, values)).rowcount == 1


_CLOSE_UNREAD = (
    update(_INBOX)
    .where(_INBOX.c.id == bindparam("row"), _INBOX.c.state.in_(_OPEN))
    .values(
        state=bindparam("end"),
        owner=None,
        lease_until=None,
        urgent=False,
        suspect=False,
        handled_at=bindparam("at"),
    )
)
_CLOSE = _CLOSE_UNREAD.values(raw=None)


def free(session: Session, inbox_id: int, *, counted: bool) -> None:
    """Working on it failed: it may be taken again at once. `counted`: this try was one of its few."""
    session.execute(
        update(Inbox)
        .where(Inbox.id == inbox_id, Inbox.state == InboxState.WORKING)
        .values(
            state=InboxState.NEW,
            owner=None,
            lease_until=None,
            attempts=Inbox.attempts if counted else Inbox.attempts - 1,
        )
        .execution_options(synchronize_session=False)
    )


def abandon(session: Session, owner: str, *, but: Iterable[int] = ()) -> None:
    """What this worker holds is free at once, `but` the rows that it is working on: at a clean stop, and
    when it can't know what it holds."""
    session.execute(
        update(Inbox)
        .where(Inbox.owner == owner, Inbox.state == InboxState.WORKING, Inbox.id.not_in(list(but)))
        .values(state=InboxState.NEW, owner=None, lease_until=None, attempts=Inbox.attempts - 1)
        .execution_options(synchronize_session=False)
    )


def look(session: Session, real_now: datetime) -> tuple[bool, bool]:
    """Whether a claim could find something, and whether a suspect is open (a look that takes no lock)."""
    waits, suspect = session.execute(_LOOK, {"now": real_now}).one()
    return bool(waits), bool(suspect)


_LATE = and_(
    Inbox.state == written(InboxState.WORKING),
    Inbox.lease_until < bindparam("now", type_=Inbox.lease_until.type),
)
_LOOK = select(
    exists().where(or_(Inbox.state == written(InboxState.NEW), _LATE)),
    exists().where(Inbox.state.in_(_OPEN), Inbox.suspect),
)


def free_the_dead(session: Session, me: str) -> int:
    """Take their messages back from workers that surely run no more. Returns how many messages.

    They are suspect from then on: one of them may have killed its worker, so each is read alone. The try
    counts for a message that was alone in work at that death; the others may only have been its company.
    """
    owners = session.scalars(select(Inbox.owner).where(Inbox.state == InboxState.WORKING).distinct()).all()
    dead = [owner for owner in owners if owner and is_dead(owner, me)]
    return _take_back(session, Inbox.owner.in_(dead)) if dead else 0


def _free_the_late(session: Session, real_now: datetime) -> None:
    """The same for workers that did not finish in time: dead on another machine, or hung."""
    _take_back(session, Inbox.lease_until < real_now)


def _take_back(session: Session, whose: ColumnElement[bool]) -> int:
    lost = and_(Inbox.state == InboxState.WORKING, whose)
    held = Counter(session.scalars(select(Inbox.owner).where(lost)))
    if not held:
        return 0
    alone = [owner for owner, messages in held.items() if messages == 1]
    taken = session.execute(
        update(Inbox)
        .where(lost)
        .values(
            state=InboxState.NEW,
            owner=None,
            lease_until=None,
            suspect=True,
            attempts=case((Inbox.owner.in_(alone), Inbox.attempts), else_=Inbox.attempts - 1),
        )
        .execution_options(synchronize_session=False)
    )
    return cast("CursorResult[Any]", taken).rowcount
