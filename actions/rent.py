"""Rent: what is owed, what the tenant says of paying."""

from typing import Any

from actions.base import Turn
from bot.domain.short_days import day_meant
from bot.domain.words import Reply
from bot.services import questions, rent_talk


def info(turn: Turn) -> Reply:
    return Reply(rent_talk.info(turn.session, turn.now, turn.house, turn.person))


def talk(turn: Turn) -> Reply:
    """Paid, will pay, cannot pay: with the open rent question when there is one."""
    waiting = questions.open_questions(turn.session, turn.now, turn.person.id)
    question = next((q for q in waiting if q.kind == "rent"), None)
    return rent_talk.answer(
        turn.session, turn.now, turn.house, turn.person, turn.intent, _said(turn), question
    )


def _said(turn: Turn) -> dict[str, Any]:
    """What was said once: two days or two amounts in a message are asked about, not chosen from."""
    names = [entity["entity"] for entity in turn.entities]
    said = {e["entity"]: e.get("value") for e in turn.entities if names.count(e["entity"]) == 1}
    if "time" not in names:
        day = day_meant(turn.text, turn.now.astimezone(turn.house.zone).date())
        said |= {"time": day.isoformat()} if day else {}
    return said
