"""Rent: what is owed, what the tenant says of paying."""

from actions.base import Turn
from bot.domain.words import Reply
from bot.services import questions, rent_talk


def info(turn: Turn) -> Reply:
    return Reply(rent_talk.info(turn.session, turn.now, turn.house, turn.person))


def talk(turn: Turn) -> Reply:
    """Paid, will pay, cannot pay: with the open rent question when there is one."""
    waiting = questions.open_questions(turn.session, turn.now, turn.person.id)
    question = next((q for q in waiting if q.kind == "rent"), None)
    entities = {entity["entity"]: entity.get("value") for entity in turn.entities}
    return rent_talk.answer(turn.session, turn.now, turn.house, turn.person, turn.intent, entities, question)
