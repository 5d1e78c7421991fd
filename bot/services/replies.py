"""An answer to a person's message becomes one outbox row, with its buttons."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy.orm import Session

from bot.domain.words import Reply, Words
from bot.services import outbox, questions
from bot.services.house import House
from bot.services.kinds import REPLY
from bot.storage.tables import Chat, Outbox, Question


def send(
    session: Session, now: datetime, house: House, chat: Chat, reply: Reply, occasion: str
) -> Outbox | None:
    """Queue `reply`, once for an `occasion` (then None)."""
    words = worded(session, now, chat, reply)
    return outbox.enqueue(session, now, house, chat, REPLY, occasion=occasion, words=words)


def answer(session: Session, now: datetime, house: House, chat: Chat, reply: Reply, inbox_id: int) -> Outbox:
    """Queue the answer to a message, in the transaction that closes its inbox row."""
    words = worded(session, now, chat, reply)
    return outbox.answer(session, now, house, chat, REPLY, words, str(inbox_id))


def worded(session: Session, now: datetime, chat: Chat, reply: Reply) -> Words:
    """`reply` as a message to `chat`: its buttons get their keys."""
    question = session.get(Question, reply.question_id) if reply.question_id else None
    options = [(option.title, option.intent, option.values) for option in reply.options]
    rows = questions.choices(session, now, chat, question, options)
    return Words(reply.text, rows, reply.attachment, reply.sensitive, reply.document, erases=reply.erases)


def joined(replies: Iterable[Reply]) -> Reply:
    """Several answers in one message: Telegram takes one message a second in a chat."""
    parts = list(replies)
    options = tuple(option for part in parts for option in part.options)
    question_id = next((part.question_id for part in parts if part.question_id), None)
    return Reply("\n\n".join(part.text for part in parts), options, question_id)
