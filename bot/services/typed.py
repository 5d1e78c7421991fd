"""What a button says, written instead of pressed: "déjà fait" below a tip, "samedi" below the days."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.content.spoken import Spoken
from bot.services import answers
from bot.storage.tables import Button, Chat, Question
from bot.texts.format import folded

# The buttons of the last messages.
_LAST = 40


def button(session: Session, spoken: Spoken, chat: Chat, waiting: list[Question], text: str) -> Button | None:
    """The button of a question in `waiting` that the whole text says: its own words or, when nothing else
    waits for an answer, one of the phrases of `spoken`.

    None when there is none, or when buttons of several questions say the same. "Oui" and "non" alone are
    left to the dialogue, which knows which question they answer.
    """
    opened = {question.id: question for question in waiting if question.kind in answers.ANSWERS}
    words = plain(text)
    if not opened or not words:
        return None
    shown = session.scalars(
        select(Button).filter_by(chat_id=chat.id).order_by(Button.id.desc()).limit(_LAST)
    ).all()
    said: dict[int, Button] = {}
    for one in shown:
        question = opened.get(one.values.get("question") or one.question_id or 0)
        if question is None or not one.values.keys() - {"question"}:
            continue
        others = spoken.phrases(question.kind, one.values) if len(waiting) == 1 else ()
        if words == plain(one.title) or words in others:
            said.setdefault(question.id, one)
    return next(iter(said.values())) if len(said) == 1 else None


def plain(text: str) -> str:
    """Letters and digits alone: a picture before the words, or a full stop after them, is no matter."""
    return " ".join("".join(char if char.isalnum() else " " for char in folded(text)).split())
