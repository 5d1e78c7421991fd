"""Eco-gestures, asked for in plain words."""

from actions.base import Turn
from bot.domain.words import Reply
from bot.services import tips


def tip(turn: Turn) -> Reply:
    return tips.asked(turn.session, turn.now, turn.house, turn.person, turn.text)
