"""Eco-gestures asked for, check-ins answered, in plain words."""

from actions.base import Turn
from bot.domain.words import Reply
from bot.services import checkins, tips


def tip(turn: Turn) -> Reply:
    return tips.asked(turn.session, turn.now, turn.house, turn.person, turn.text)


def checkin(turn: Turn) -> Reply:
    return checkins.told(turn.session, turn.now, turn.house, turn.chat, turn.person, turn.intent)
