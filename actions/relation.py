"""The relation: pending questions, a person, hesitation, stop and resume."""

from actions.base import Turn
from bot.domain.words import Reply
from bot.services import answers, follow_up, linking, preferences, said_again, stop_words
from bot.services.cases import handover
from bot.services.replies import joined
from bot.services.tips import wish
from bot.services.workshops import talk as workshop_talk


def answer(turn: Turn) -> Reply:
    tired = workshop_talk.tired_of_theme(turn.session, turn.now, turn.house, turn.person, turn.text)
    if tired is not None:
        return tired
    return answers.answer(turn.session, turn.now, turn.house, turn.chat, turn.person, turn.intent)


def hand_over(turn: Turn) -> Reply:
    given = (turn.session, turn.now, turn.house)
    if turn.place:
        return handover.also(*given, turn.chat, turn.intent)
    offer = None
    if turn.intent == "report_high_bill" and turn.alone:
        offer = workshop_talk.offer_energy(*given, turn.person)
    alone = turn.alone and offer is None  # one question at a time
    told = follow_up.take_over(*given, turn.chat, turn.person, turn.intent, alone=alone)
    return joined([told, offer]) if offer else told


def later(turn: Turn) -> Reply:
    if turn.place:
        return handover.also(turn.session, turn.now, turn.house, turn.chat, turn.intent)
    return follow_up.inform(turn.session, turn.now, turn.house, turn.person, turn.intent)


def preference(turn: Turn) -> Reply:
    if turn.place:
        return handover.also(turn.session, turn.now, turn.house, turn.chat, turn.intent)
    who = (turn.session, turn.now, turn.house, turn.person)
    return preferences.pictures_wished(*who, turn.text) or wish.said(*who, turn.text) or preferences.ask(*who)


def repeat(turn: Turn) -> Reply:
    return said_again.again(turn.session, turn.now, turn.house, turn.chat, turn.person)


def clarify(turn: Turn) -> Reply:
    given = (turn.session, turn.now, turn.house)
    if turn.doubt == "person":
        return handover.at_once(*given, turn.chat, turn.person)
    asked = follow_up.detail_asked(turn.session, turn.now, turn.person)
    if asked is not None:
        return follow_up.in_own_words(*given, turn.person, asked)
    return handover.clarify(*given, turn.chat, turn.person, turn.ranking[:3])


def messages(turn: Turn) -> Reply:
    who = (turn.session, turn.now, turn.house, turn.chat, turn.person)
    tired = workshop_talk.tired_of_theme(turn.session, turn.now, turn.house, turn.person, turn.text)
    if tired is not None:
        return tired
    pictures = preferences.pictures_wished(turn.session, turn.now, turn.house, turn.person, turn.text)
    if pictures is not None:
        return pictures
    if turn.intent == "stop":
        return stop_words.stop(*who, turn.text)
    return wish.again(*who, turn.text) or linking.resume(*who)
