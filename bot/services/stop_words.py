""" "Stop", for everything or for the one kind of messages that is named."""

import re
from datetime import datetime

from sqlalchemy.orm import Session

from bot.domain.words import Reply
from bot.services import linking, people
from bot.services.checkins import messages as checkin_messages
from bot.services.house import House
from bot.services.replies import joined
from bot.services.tips import words as tip_words
from bot.services.tips.wish import NAMED
from bot.services.workshops import messages as workshop_messages
from bot.storage.tables import Chat, Person
from bot.texts.format import folded

# The beginnings of words, without accents, that name a kind; and the sentence that says it is stopped.
_KINDS = {
    tip_words.CONSENT: (NAMED.pattern, "tips.stopped"),
    workshop_messages.CONSENT: (r"\b(atelier|invitation|m.inviter)", "workshop.said.stop"),
    checkin_messages.CONSENT: (r"\b(nouvelles|comment ca va)", "checkin.stopped"),
}
# Then everything is meant, whatever else is named.
_ALL = r"\b(tou[st]|toutes?|loyers?|messages?|rappels?|rien)\b"

# Stop and nothing else, in the spellings of a hurry; it must work without the dialogue too.
_STOP = re.compile(
    r"(s ?t ?[o0]+ ?p+|stope?r?|stoppe[rz]?|arrete[rz]?|arret|desabonne[rz]?( moi)?|desabonnement"
    r"|desinscri(re|ption)|unsubscribe|plus (de|aucun) (messages?|sms|textos?)"
    r"|n[' ]?ecri(s|vez) plus|laisse[rz] moi tranquille)"
    r"( (svp|stp|merci|tout|s'il vous plait|les messages|de m'ecrire))*[ .!]*"
)


def is_stop(text: str) -> bool:
    """Whether the words say stop and nothing else."""
    return bool(_STOP.fullmatch(folded(text).replace("-", " ")))


def stop(session: Session, now: datetime, house: House, chat: Chat, person: Person, text: str) -> Reply:
    """Withdraw the consents that the words name; without a name, or with "tout", all of them."""
    said = folded(text)
    named = [kind for kind, (words, _) in _KINDS.items() if re.search(words, said)]
    if not named or re.search(_ALL, said):
        return linking.stop(session, now, house, chat, person)
    for kind in named:
        people.set_consent(session, now, person, kind, False, "stop")
    voice = people.voice(person)
    return joined(Reply(house.texts.say(_KINDS[kind][1], voice)) for kind in named)
