"""What a tenant asks about their data and their chat: a copy, an erasure, an empty screen."""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from bot.domain.words import Document, Option, Reply
from bot.services import people, questions, situations
from bot.services.cases import handover
from bot.services.house import House
from bot.services.privacy import copy, erasure
from bot.storage.tables import Chat, Person, Question
from bot.texts.format import folded

ERASE = "erase"
_WAITS = timedelta(days=1)
_STILL_DISCREET = timedelta(days=30)
# "Tout effacer", alone: the screen, not the data (that is /effacer).
_WIPE = re.compile(
    r"(tout (effacer|supprimer)|(efface[rz]?|supprime[rz]?) (tout|les messages|la conversation))[ .!]*"
)
CODE_WORD_LENGTH = 4


def mine(session: Session, now: datetime, house: House, chat: Chat, person: Person) -> Reply:
    """The file of what is held. Where somebody else may read or write, a person gives it another way; for a
    while after discreet messages were turned off, too: whoever holds the telephone can do that."""
    turned_off = person.discreet_until is not None and now - person.discreet_until < _STILL_DISCREET
    if person.discreet or turned_off or situations.followed(session, chat) is not None:
        return handover.hand_over(session, now, house, chat, "erase_data")
    document = Document("mes-informations.txt", copy.copy_of(session, now, house, person))
    options = (Option(house.texts.say("button.person"), "request_human"),)
    return Reply(house.texts.say("mine.done", people.voice(person)), options, document=document)


def ask_erase(session: Session, now: datetime, house: House, chat: Chat, person: Person) -> Reply:
    """Once, with what goes and what stays. Somebody in danger decides with a person: traces may matter."""
    if situations.followed(session, chat) is not None:
        return handover.hand_over(session, now, house, chat, "erase_data")
    question = questions.ask(session, now, person, ERASE, "", now + _WAITS)
    options = (
        Option(house.texts.say("erase.button.yes"), "affirm", {"confirm": True}),
        Option(house.texts.say("erase.button.no"), "deny"),
    )
    return Reply(house.texts.say("erase.ask", people.voice(person)), options, question.id)


def answer_erase(
    session: Session,
    now: datetime,
    house: House,
    chat: Chat,
    person: Person,
    question: Question,
    meaning: str,
    values: Mapping[str, Any],
) -> Reply:
    """Only the button erases: a "oui" about something else must not."""
    voice = people.voice(person)
    if meaning != "affirm":
        questions.close(session, now, question, meaning)
        return Reply(house.texts.say("erase.refused", voice))
    if not values.get("confirm"):
        return ask_erase(session, now, house, chat, person)
    numbers = erasure.numbers_at_telegram(session, now, chat)
    erased = erasure.erase(session, now, house, person, "tenant")
    parts = [
        "erase.done",
        *(["erase.kept"] if erased.kept else []),
        *(["erase.waits"] if erased.waits else []),
    ]
    text = "\n\n".join(house.texts.say(part, voice) for part in parts)
    return Reply(text, erases=numbers)


def wipes(house: House, chat: Chat, text: str) -> bool:
    """Whether the words ask for an empty screen: "tout effacer", or the chat's own word."""
    said = folded(text)
    return bool(_WIPE.fullmatch(said)) or chat.code_word == _fingerprint(house, said)


def wipe(session: Session, now: datetime, house: House, chat: Chat) -> Reply:
    """Clear the chat as far as Telegram allows, say something innocent, and write no more until the person
    does. What was said stays with the team."""
    session.flush()
    chat.quiet_since = now
    return Reply(house.texts.say("wipe.done"), erases=erasure.numbers_at_telegram(session, now, chat))


def set_code_word(
    session: Session, now: datetime, house: House, chat: Chat, person: Person, word: str
) -> Reply:
    """Take the word, make messages discreet, and take the word off the screen."""
    said = folded(word)
    if len(said) < CODE_WORD_LENGTH:
        return Reply(house.texts.say("code_word.short", people.voice(person)))
    session.flush()
    chat.code_word, person.discreet = _fingerprint(house, said), True
    # The last message of the chat is the one that holds the word.
    numbers = erasure.numbers_at_telegram(session, now, chat)
    return Reply(house.texts.say("code_word.set", people.voice(person)), erases=numbers[-1:])


def _fingerprint(house: House, said: str) -> str:
    return house.vault.fingerprint(f"code word:{said}")
