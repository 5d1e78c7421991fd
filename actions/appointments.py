"""Appointments: what the tenant says of them in plain words."""

from actions.base import Turn
from bot.domain.words import Reply
from bot.services.appointments import talk as appointment_talk
from bot.services.appointments.turn import Talk


def talk(turn: Turn) -> Reply:
    """Comes, does not, another time, late, when and where."""
    about = Talk(turn.session, turn.now, turn.house, turn.chat, turn.person)
    return appointment_talk.answer(about, turn.intent, turn.entities, turn.text)
