"""An answer to a person's message becomes one outbox row, with its buttons."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from sqlalchemy.orm import Session

from bot.domain.words import Reply, Words
from bot.services import outbox, people, questions
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
    """Queue the answer to a message, in the transaction that closes its inbox row; returns its first row.

    Who reads pictures gets one idea a message.
    """
    parts = _ideas(reply) if people.reads_pictures(chat.person) else [reply]
    said = [worded(session, now, chat, part) for part in parts]
    occasions = [str(inbox_id), *(f"{inbox_id}/{number}" for number in range(2, len(said) + 1))]
    rows = [
        outbox.answer(session, now, house, chat, REPLY, words, occasion)
        for words, occasion in zip(said, occasions, strict=True)
    ]
    return rows[0]


def _ideas(reply: Reply) -> list[Reply]:
    """Each paragraph by itself, the buttons and the picture with the last."""
    *before, last = reply.text.split("\n\n")
    return [*(Reply(text, sensitive=reply.sensitive) for text in before), replace(reply, text=last)]


def worded(session: Session, now: datetime, chat: Chat, reply: Reply) -> Words:
    """`reply` as a message to `chat`: its buttons get their keys."""
    question = session.get(Question, reply.question_id) if reply.question_id else None
    options = [(option.title, option.intent, option.values) for option in reply.options]
    rows = questions.choices(session, now, chat, question, options)
    return Words(
        reply.text,
        rows,
        reply.attachment,
        reply.sensitive,
        reply.document,
        erases=reply.erases,
        picture=reply.picture,
    )


def joined(replies: Iterable[Reply]) -> Reply:
    """Several answers in one message: Telegram takes one message a second in a chat."""
    parts = list(replies)
    options = tuple(option for part in parts for option in part.options)
    question_id = next((part.question_id for part in parts if part.question_id), None)
    picture = next((part.picture for part in reversed(parts) if part.picture), None)
    return Reply("\n\n".join(part.text for part in parts), options, question_id, picture=picture)
