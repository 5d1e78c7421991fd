"""The thread: what was said on both sides, and the talk it belongs to."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, insert, update
from sqlalchemy.orm import Session

from bot.domain.states import Direction
from bot.storage.secrets import new_code
from bot.storage.tables import Chat, Message, Outbox, plain

# A talk with the dialogue server ends after this silence or this many turns (long talks slow Rasa down).
TALK_SILENCE = timedelta(hours=2)
TALK_TURNS = 40


_KEEP = insert(plain(Message))
_TURN = (
    update(plain(Chat))
    .where(plain(Chat).c.id == bindparam("chat"))
    .values(turns=bindparam("count"), conversation=bindparam("talk"), last_message_at=bindparam("at"))
)


def heard(
    session: Session,
    now: datetime,
    chat: Chat,
    inbox_id: int,
    words: str,
    *,
    intent: str | None = None,
    sensitive: bool = False,
    attachment: dict[str, Any] | None = None,
    telegram_message: int | None = None,
) -> None:
    """Keep what the person wrote, in the transaction that closes the inbox row; who wanted quiet is back."""
    if chat.quiet_since is not None:
        chat.quiet_since = None
    message = {
        "organisation_id": chat.organisation_id,
        "chat_id": chat.id,
        "person_id": chat.person_id,
        "direction": Direction.IN,
        "at": now,
        "words": words,
        "inbox_id": inbox_id,
        "attachment": attachment,
        "intent": intent,
        "sensitive": sensitive,
        "telegram_message": telegram_message,
    }
    session.execute(_KEEP, message)


def said(session: Session, now: datetime, row: Outbox, words: str) -> None:
    """Keep what was sent, as it was sent."""
    sent = row.words or {}
    message = {
        "organisation_id": row.organisation_id,
        "chat_id": row.chat_id,
        "person_id": row.chat.person_id,
        "direction": Direction.OUT,
        "at": now,
        "words": words,
        "intent": row.kind,
        "sensitive": row.kind == "safe_words" or sent.get("sensitive", False),
        "attachment": sent.get("attachment"),
        "outbox_id": row.id,
    }
    session.execute(_KEEP, message)


def next_turn(now: datetime, chat: Chat) -> str:
    """The conversation id of this turn; a new one after a silence or many turns. Changes nothing."""
    stale = chat.last_message_at is None or now - chat.last_message_at > TALK_SILENCE
    if chat.conversation is None or stale or chat.turns >= TALK_TURNS:
        return f"c-{new_code(16)}"
    return chat.conversation


def count_turn(session: Session, now: datetime, chat: Chat, conversation: str) -> None:
    """The turn is over: a conversation id that is new starts its count. Only the row changes, not `chat`."""
    count = chat.turns + 1 if chat.conversation == conversation else 1
    session.execute(_TURN, {"chat": chat.id, "count": count, "talk": conversation, "at": now})
