"""Messages on their way: one row, unique for (recipient, kind, object, occasion), until its end is known."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import structlog
from sqlalchemy import Select, and_, bindparam, exists, insert, or_, select
from sqlalchemy.exc import NoResultFound
from sqlalchemy.orm import Session, aliased, joinedload
from sqlalchemy.orm.attributes import set_committed_value

from bot.domain import attention
from bot.domain.calendar import decent_instant
from bot.domain.delivery import Delayed, Fault, NotSent, Uncertain, backoff
from bot.domain.states import ChatState, OutboxState
from bot.domain.words import Drop, Words
from bot.services import delivery_lease, people, thread
from bot.services.house import House
from bot.services.kinds import REGISTRY, Attention, Lane, MessageKind, counted
from bot.storage import is_away
from bot.storage.notify import notify
from bot.storage.tables import Chat, DeliveryLease, Outbox, written

log = structlog.get_logger(__name__)

MAX_ATTEMPTS = 8
# How long what a quiet chat must not get now waits before it is looked at again.
_QUIET = timedelta(minutes=10)
SENT_AGAIN = "sent again"
NOT_WORDED = "not worded"


def enqueue(
    session: Session,
    now: datetime,
    house: House,
    chat: Chat,
    kind: MessageKind,
    *,
    occasion: str,
    object: str = "",
    words: Words | None = None,
    not_before: datetime | None = None,
) -> Outbox | None:
    """Queue one message to `chat`; None when the same one was queued before (whatever became of it)."""
    key = _key(chat, kind, object, occasion)
    if session.scalar(_KNOWN, key) is not None:
        return None
    return _add(session, now, house, chat, kind, key, words, not_before or now)


def answer(
    session: Session, now: datetime, house: House, chat: Chat, kind: MessageKind, words: Words, occasion: str
) -> Outbox:
    """Queue what answers `occasion`, in the transaction that closes it: it can't have been queued before."""
    return _add(session, now, house, chat, kind, _key(chat, kind, "", occasion), words, now)


def _key(chat: Chat, kind: MessageKind, object: str, occasion: str) -> dict[str, Any]:
    return {
        "organisation_id": chat.organisation_id,
        "recipient": f"chat:{chat.id}",
        "kind": kind.name,
        "object": object,
        "occasion": occasion,
    }


# Put together once: that takes longer than to run it.
_KNOWN = select(Outbox.id).where(
    Outbox.organisation_id == bindparam("organisation_id"),
    Outbox.recipient == bindparam("recipient"),
    Outbox.kind == bindparam("kind"),
    Outbox.object == bindparam("object"),
    Outbox.occasion == bindparam("occasion"),
)


def _add(
    session: Session,
    now: datetime,
    house: House,
    chat: Chat,
    kind: MessageKind,
    key: dict[str, Any],
    words: Words | None,
    start: datetime,
) -> Outbox:
    row = Outbox(
        **key,
        **_life(now, house, kind, start),
        bot_id=chat.bot_id,
        chat_id=chat.id,
        words=words.to_json() if words else None,
    )
    # Known without being a change: a related object to write would make the flush three times as long.
    set_committed_value(row, "chat", chat)
    session.add(row)
    notify(session)
    return row


def enqueue_all(
    session: Session,
    now: datetime,
    house: House,
    chats: Sequence[Chat],
    kind: MessageKind,
    *,
    occasion: str,
    object: str,
) -> int:
    """Queue the same message, which its kind words, to many chats of one landlord at once; returns to how
    many. Those to whom it was queued before are left out."""
    key = {"kind": kind.name, "object": object, "occasion": occasion}
    known = set(session.scalars(select(Outbox.chat_id).filter_by(**key)))
    life = _life(now, house, kind, now)
    rows = [
        {
            **key,
            **life,
            "organisation_id": chat.organisation_id,
            "recipient": f"chat:{chat.id}",
            "bot_id": chat.bot_id,
            "chat_id": chat.id,
            "state": OutboxState.QUEUED,
            "reason": "",
            "attempts": 0,
        }
        for chat in chats
        if chat.id not in known
    ]
    if rows:
        session.execute(insert(Outbox), rows)
        notify(session)
    return len(rows)


def _life(now: datetime, house: House, kind: MessageKind, start: datetime) -> dict[str, Any]:
    """When a row of that kind may leave, and until when it is useful."""
    if kind.held:
        start = decent_instant(start, house.zone, house.holidays)
    return {
        "lane": int(kind.lane),
        "not_before": start,
        "useful_until": start + kind.useful_for,
        "created_at": now,
    }


@dataclass(frozen=True)
class Sending:
    """A claimed row, in words, ready for the gateway."""

    row_id: int
    telegram_chat: int
    words: Words


class Candidate(NamedTuple):
    """A row that could leave now."""

    row_id: int
    chat_id: int
    lane: int


def due(session: Session, now: datetime, bot_id: int, limit: int = 30) -> list[Candidate]:
    """What could leave now, by lane and hour: of each chat that has nothing on its way the most urgent row,
    the oldest of several."""
    rows = session.execute(_DUE, {"bot": bot_id, "now": now, "most": limit})
    return [Candidate(*row) for row in rows]


def is_steady(lane: int) -> bool:
    """Whether messages of that lane leave at an even step: Palier starts them, nobody waits for them."""
    return lane >= Lane.REMINDER


def _due() -> Select[int, int, int]:
    other = aliased(Outbox)
    now = bindparam("now", type_=Outbox.not_before.type)
    queued, sending = written(OutboxState.QUEUED), written(OutboxState.SENDING)
    # An answer does not wait for its tenant's turn in a broadcast.
    before = or_(other.lane < Outbox.lane, and_(other.lane == Outbox.lane, other.id < Outbox.id))
    waiting = exists().where(
        other.chat_id == Outbox.chat_id,
        other.state.in_((queued, sending)),
        or_(other.state == sending, and_(before, other.not_before <= now)),
    )
    return (
        select(Outbox.id, Outbox.chat_id, Outbox.lane)
        .where(
            Outbox.bot_id == bindparam("bot"),
            Outbox.state == queued,
            Outbox.not_before <= now,
            ~waiting,
        )
        # As the index has them: to sort a whole broadcast would cost each round.
        .order_by(Outbox.lane, Outbox.not_before, Outbox.id)
        .limit(bindparam("most"))
    )


# Put together once: that takes longer than to run it.
_DUE = _due()


def claim(session: Session, now: datetime, house: House, row_ids: Sequence[int]) -> list[Sending]:
    """Mark the rows as sending, in today's words; those that must not leave any more are dropped, and
    those that would ask too much of somebody's attention wait. One that the code can't word fails alone:
    it must not hold up all the others."""
    rows = session.scalars(
        select(Outbox)
        .where(Outbox.id.in_(row_ids), Outbox.state == OutboxState.QUEUED)
        .order_by(Outbox.lane, Outbox.id)
        .options(joinedload(Outbox.chat))
    ).all()
    claimed = (_claim_alone(session, now, house, row) for row in rows)
    return [sending for sending in claimed if sending is not None]


def _claim_alone(session: Session, now: datetime, house: House, row: Outbox) -> Sending | None:
    try:
        with session.begin_nested():
            return _claim(session, now, house, row)
    except Exception as fault:
        if is_away(fault):
            raise
        log.exception("not worded", row=row.id, kind=row.kind, fault=type(fault).__name__)
        row.state, row.reason = OutboxState.FAILED, NOT_WORDED
        return None


def goes_first(session: Session, now: datetime, row: Outbox, me: str, fence: int) -> bool:
    """Whether a row that this transaction queues may leave now: `me` still delivers under `fence`, and no
    other row of its chat is on its way or before it."""
    values = {
        "bot": row.bot_id,
        "me": me,
        "fence": fence,
        "chat": row.chat_id,
        "row": row.id,
        "lane": row.lane,
    }
    return row.not_before <= now and session.scalar(_FIRST, values) is not None


_FIRST = (
    select(DeliveryLease.id)
    .where(
        delivery_lease.HELD,
        ~exists().where(
            Outbox.chat_id == bindparam("chat"),
            Outbox.state.in_((written(OutboxState.QUEUED), written(OutboxState.SENDING))),
            or_(Outbox.state == written(OutboxState.SENDING), Outbox.lane <= bindparam("lane")),
            Outbox.id.is_distinct_from(bindparam("row")),
        ),
    )
    .with_for_update(read=True)
)


def claim_new(session: Session, now: datetime, house: House, row: Outbox) -> Sending | None:
    """Mark a row as sending in the very transaction that queues it; None when it is dropped.

    Nobody else sees the row before the commit, so nobody else can claim it.
    """
    return _claim(session, now, house, row)


def _claim(session: Session, now: datetime, house: House, row: Outbox) -> Sending | None:
    if row.chat.quiet_since is not None and row.lane >= Lane.HAND_OFF:
        # The telephone may be in other hands: nothing but answers until the person writes.
        row.not_before = now + _QUIET
        return None
    said: Words | Drop | None = _unwelcome(session, now, row)
    if said is None and _waits_its_turn(session, now, house, row):
        return None
    said = said or _worded(session, now, house, row)
    if isinstance(said, Drop):
        row.state, row.reason = OutboxState.DROPPED, said.reason
        return None
    row.state, row.words = OutboxState.SENDING, said.to_json()
    row.attempts = (row.attempts or 0) + 1
    session.flush()
    return Sending(row.id, row.chat.telegram_id, said)


def _unwelcome(session: Session, now: datetime, row: Outbox) -> Drop | None:
    """Why the row must not leave, whatever it says."""
    kind = REGISTRY[row.kind]
    if row.useful_until is not None and row.useful_until < now:
        return Drop("late")
    if row.chat.state is ChatState.UNREACHABLE:
        return Drop("unreachable")
    if row.chat.state is ChatState.PAUSED and kind.lane >= Lane.REMINDER:
        return Drop("paused")
    if _disturbs(session, kind, row.chat):
        return Drop("left in peace")
    if kind.consent is None:
        return None
    if row.chat.person is None:
        return Drop("unlinked")
    if people.in_danger(session, row.chat.person):
        return Drop("danger")
    return None if people.has_consent(session, row.chat.person, kind.consent) else Drop("consent")


def _disturbs(session: Session, kind: MessageKind, chat: Chat) -> bool:
    """Whether Palier would start something where it must not; what becomes of a request is told."""
    starts = kind.lane >= Lane.REMINDER and not kind.of_a_case
    return starts and chat.person is not None and people.left_in_peace(session, chat.person)


def _waits_its_turn(session: Session, now: datetime, house: House, row: Outbox) -> bool:
    """Hold the row until the attention budget of its chat has room for it."""
    if REGISTRY[row.kind].attention is not Attention.HELD:
        return False
    # By the unique key, so that no other index is needed.
    sent = session.scalars(
        select(Outbox.sent_at).where(
            Outbox.organisation_id == row.organisation_id,
            Outbox.recipient == row.recipient,
            Outbox.kind.in_(counted()),
            Outbox.sent_at > now - attention.WINDOW,
        )
    )
    free_at = attention.free_at([at for at in sent if at is not None], now)
    if free_at <= now:
        return False
    row.not_before = decent_instant(free_at, house.zone, house.holidays)
    return True


def _worded(session: Session, now: datetime, house: House, row: Outbox) -> Words | Drop:
    kind = REGISTRY[row.kind]
    if kind.render is not None:
        try:
            # Also on a second try: what was worded for the first may be paid, answered or taken by now.
            return kind.render(session, now, house, row)
        except NoResultFound:
            return Drop("gone")  # erased since it was queued, with whom it spoke of
    if row.words is None:
        raise ValueError(f"{kind.name}: a row without words and a kind without a renderer")
    return Words.from_json(row.words)


def sent(session: Session, now: datetime, arrived: Mapping[int, tuple[int, str]]) -> None:
    """These rows arrived, each as Telegram's message of that number and those words: keep the words in the
    thread. A row that was sent again keeps saying so."""
    rows = select(Outbox).where(Outbox.id.in_(arrived)).order_by(Outbox.id).options(joinedload(Outbox.chat))
    for row in session.scalars(rows):
        message_id, text = arrived[row.id]
        row.state, row.sent_at, row.message_id = OutboxState.SENT, now, message_id
        thread.said(session, now, row, text)


def failed(session: Session, now: datetime, row_id: int, fault: Fault) -> Outbox:
    """It did not surely arrive: what the fault means for the row."""
    row = session.get_one(Outbox, row_id)
    if isinstance(fault, Delayed):
        row.state, row.attempts = OutboxState.QUEUED, row.attempts - 1
    elif isinstance(fault, NotSent) and row.attempts < MAX_ATTEMPTS:
        row.state, row.not_before = OutboxState.QUEUED, now + timedelta(seconds=backoff(row.attempts))
    elif isinstance(fault, Uncertain):
        _doubtful(row)
    else:
        row.state, row.reason = OutboxState.FAILED, str(fault)
    return row


def put_back(session: Session, row_ids: Sequence[int]) -> list[int]:
    """Queue again those of the rows that are marked as sending though nobody began. Returns which."""
    sending = Outbox.state == OutboxState.SENDING
    found = session.scalars(select(Outbox).where(Outbox.id.in_(row_ids), sending)).all()
    for row in found:
        row.state, row.attempts = OutboxState.QUEUED, row.attempts - 1
    return [row.id for row in found]


def take_over(session: Session, bot_id: int) -> int:
    """A new delivery worker: what the last one was sending is doubtful. Returns how many rows were."""
    rows = session.scalars(
        select(Outbox).where(Outbox.bot_id == bot_id, Outbox.state == OutboxState.SENDING)
    ).all()
    for row in rows:
        _doubtful(row)
    return len(rows)


def _doubtful(row: Outbox) -> None:
    """Sent once more when its kind says so, and once only; else a person sees it among the unknown."""
    if REGISTRY[row.kind].resend and row.reason != SENT_AGAIN:
        row.state, row.reason = OutboxState.QUEUED, SENT_AGAIN
    else:
        row.state = OutboxState.UNKNOWN
