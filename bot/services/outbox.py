"""Putting a message on its way: one row, unique for (recipient, kind, object, occasion)."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.domain.calendar import decent_instant
from bot.domain.words import Words
from bot.services.house import House
from bot.services.kinds import MessageKind
from bot.storage.tables import Chat, Outbox


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
    key = {
        "organisation_id": chat.organisation_id,
        "recipient": f"chat:{chat.id}",
        "kind": kind.name,
        "object": object,
        "occasion": occasion,
    }
    if session.scalar(select(Outbox.id).filter_by(**key)) is not None:
        return None
    start = not_before or now
    if kind.held:
        start = decent_instant(start, house.zone, house.holidays)
    row = Outbox(
        **key,
        bot_id=chat.bot_id,
        chat_id=chat.id,
        lane=int(kind.lane),
        not_before=start,
        useful_until=start + kind.useful_for,
        words=words.to_json() if words else None,
        created_at=now,
    )
    session.add(row)
    return row
