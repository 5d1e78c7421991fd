"""Eco-gestures and workshops asked for, check-ins answered, in plain words."""

from actions.base import Turn
from bot.domain.words import Reply
from bot.services.appointments import talk as appointment_talk
from bot.services.appointments.rows import upcoming
from bot.services.appointments.turn import Talk
from bot.services.checkins import checkins
from bot.services.tips import tips
from bot.services.workshops import talk as workshop_talk


def tip(turn: Turn) -> Reply:
    return tips.asked(turn.session, turn.now, turn.house, turn.person, turn.text)


def checkin(turn: Turn) -> Reply:
    return checkins.told(turn.session, turn.now, turn.house, turn.chat, turn.person, turn.intent)


def workshop(turn: Turn) -> Reply:
    """What there is, "on sera trois", "je ne peux plus venir"."""
    who = (turn.session, turn.now, turn.house, turn.person)
    if turn.intent == "register_workshop":
        return workshop_talk.register(*who, turn.text, _number(turn))
    if turn.intent == "ask_workshops":
        return workshop_talk.ask(*who)
    mine = (turn.session, turn.now, turn.person)
    if not workshop_talk.mine(*mine) and upcoming(*mine):
        # "Je ne peux plus venir", of somebody who comes to no workshop: it is the appointment.
        about = Talk(turn.session, turn.now, turn.house, turn.chat, turn.person)
        return appointment_talk.answer(about, "cancel_appointment", turn.entities, turn.text)
    return workshop_talk.unregister(*who)


def _number(turn: Turn) -> int | None:
    """The number of seats, when exactly one whole number was said."""
    said = [entity.get("value") or {} for entity in turn.entities if entity["entity"] == "number"]
    values = [value.get("value") for value in said if isinstance(value, dict)]
    whole = [int(value) for value in values if isinstance(value, int | float) and value == int(value)]
    return whole[0] if len(values) == len(whole) == 1 else None
