"""Rent: what is owed, what the tenant says of paying."""

from actions.base import Turn
from bot.domain.words import Reply
from bot.services import questions
from bot.services.rent import rent
from bot.services.rent import talk as rent_talk
from bot.services.rent.messages import RENT
from bot.services.rent.promise_messages import WHEN
from bot.services.rent.said import said


def info(turn: Turn) -> Reply:
    return Reply(rent_talk.info(turn.session, turn.now, turn.house, turn.person))


def talk(turn: Turn) -> Reply:
    """Paid, will pay, cannot pay: about the term of the question that waits, when there is one."""
    waiting = {q.kind: q for q in questions.open_questions(turn.session, turn.now, turn.person.id)}
    told = said(turn.entities, rent.local_day(turn.now, turn.house))
    question = waiting.get(WHEN) or waiting.get(RENT)
    return rent_talk.answer(turn.session, turn.now, turn.house, turn.person, turn.intent, told, question)
