"""Appointments: what the tenant says of them in plain words."""

from actions.base import Turn
from bot.domain.words import Reply
from bot.services.appointments import talk as appointment_talk
from bot.services.appointments.rows import upcoming
from bot.services.appointments.turn import Talk
from bot.services.workshops import talk as workshop_talk


def talk(turn: Turn) -> Reply:
    """Comes, does not, another time, late, when and where."""
    about = Talk(turn.session, turn.now, turn.house, turn.chat, turn.person)
    if not upcoming(turn.session, turn.now, turn.person):
        # "Je ne peux plus venir" names nothing: then it is about the workshop that they come to.
        of_workshop = workshop_talk.said_of_mine(turn.session, turn.now, turn.house, turn.person, turn.intent)
        if of_workshop is not None:
            return of_workshop
    return appointment_talk.answer(about, turn.intent, turn.entities, turn.text)
