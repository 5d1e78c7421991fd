"""Pending questions and the buttons that answer them."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from bot.domain.words import Choice
from bot.storage.secrets import new_code
from bot.storage.tables import Button, Chat, Person, Question

# A button outlives its question: pressed late, it says so instead of doing nothing.
BUTTON_LIFE = timedelta(days=60)
# So long after a question's end, plain words may still be meant for it.
LAPSED = timedelta(days=3)


def ask(
    session: Session, now: datetime, person: Person, kind: str, object: str, expires_at: datetime
) -> Question:
    """Write down that the question was asked; the same open one is asked anew, not doubled."""
    key = {
        "organisation_id": person.organisation_id,
        "person_id": person.id,
        "kind": kind,
        "object": object,
    }
    question = session.scalar(select(Question).filter_by(**key, closed_at=None))
    if question is None:
        question = Question(**key, asked_at=now, expires_at=expires_at)
        session.add(question)
    question.asked_at, question.expires_at = now, expires_at
    session.flush()
    return question


def open_questions(session: Session, now: datetime, person_id: int) -> list[Question]:
    """The questions that wait for that person's answer, the latest first."""
    return list(
        session.scalars(
            select(Question)
            .where(Question.person_id == person_id, Question.closed_at.is_(None), Question.expires_at > now)
            .order_by(Question.asked_at.desc(), Question.id.desc())
        )
    )


def lapsed(session: Session, now: datetime, person_id: int) -> Question | None:
    """The last question that the person was asked, if its time has just passed without an answer: words
    that come now are probably for it."""
    last = session.scalar(
        select(Question)
        .where(Question.person_id == person_id)
        .order_by(Question.asked_at.desc(), Question.id.desc())
        .limit(1)
    )
    if last is None or last.closed_at is not None or not now - LAPSED <= last.expires_at <= now:
        return None
    return last


def close(session: Session, now: datetime, question: Question, answer: str) -> None:
    question.closed_at, question.answer = now, answer


def close_kind(session: Session, now: datetime, person_id: int, kind: str, answer: str) -> None:
    """Close the person's open questions of a kind (a message in plain words has answered them)."""
    session.execute(
        update(Question)
        .where(Question.person_id == person_id, Question.kind == kind, Question.closed_at.is_(None))
        .values(closed_at=now, answer=answer)
    )


def close_object(
    session: Session, now: datetime, person_id: int, kind: str, object: str, answer: str
) -> None:
    """Close the person's open question about that very object: it was settled elsewhere."""
    session.execute(
        update(Question)
        .where(
            Question.person_id == person_id,
            Question.kind == kind,
            Question.object == object,
            Question.closed_at.is_(None),
        )
        .values(closed_at=now, answer=answer)
    )


def choices(
    session: Session,
    now: datetime,
    chat: Chat,
    question: Question | None,
    options: Iterable[tuple[str, str, dict[str, Any]]],
) -> tuple[tuple[Choice, ...], ...]:
    """Make one button a line of (title, meaning, values); the meaning stays in the database. So does the
    title, which the thread shows when it is pressed; not that of the team's buttons, which name tenants."""
    rows = []
    for title, meaning, values in options:
        button = Button(
            organisation_id=chat.organisation_id,
            key=new_code(),
            chat_id=chat.id,
            title="" if chat.staff_id else title,
            meaning=meaning,
            values=values,
            question_id=question.id if question else None,
            expires_at=now + BUTTON_LIFE,
        )
        session.add(button)
        rows.append((Choice(title, key=button.key),))
    return tuple(rows)


def pressed(session: Session, now: datetime, chat: Chat, key: str) -> Button | None:
    """The button, if it is one of this very chat and not too old; a forged key finds nothing."""
    return session.scalar(
        select(Button).where(Button.key == key, Button.chat_id == chat.id, Button.expires_at > now)
    )
