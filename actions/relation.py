"""The relation: pending questions, a person, hesitation, stop and resume."""

from actions.base import Turn
from bot.domain.words import Reply
from bot.services import answers, handover, linking, stop_words, workshop_talk
from bot.services.replies import joined


def answer(turn: Turn) -> Reply:
    return answers.answer(turn.session, turn.now, turn.house, turn.chat, turn.person, turn.intent)


def hand_over(turn: Turn) -> Reply:
    done = handover.hand_over(turn.session, turn.now, turn.house, turn.chat, turn.intent)
    if turn.intent != "report_high_bill":
        return done
    offer = workshop_talk.offer_energy(turn.session, turn.now, turn.house, turn.person)
    return joined([done, offer]) if offer else done


def later(turn: Turn) -> Reply:
    return handover.later(turn.session, turn.now, turn.house, turn.person, turn.intent)


def clarify(turn: Turn) -> Reply:
    likely = [name for name in turn.ranking if name != "nlu_fallback"][:3]
    return handover.clarify(turn.session, turn.now, turn.house, turn.chat, turn.person, likely)


def messages(turn: Turn) -> Reply:
    who = (turn.session, turn.now, turn.house, turn.chat, turn.person)
    return stop_words.stop(*who, turn.text) if turn.intent == "stop" else linking.resume(*who)
