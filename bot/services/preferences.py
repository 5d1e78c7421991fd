"""How a person wants to be written to: register, pictures and discretion at once, the rest by a person."""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from bot.domain.states import Register
from bot.domain.words import Option, Reply
from bot.services import people, questions
from bot.services.cases import handover
from bot.services.house import House
from bot.storage.tables import Chat, Person, Question
from bot.texts.format import folded

PREFERENCE = "preference"
_WAITS = timedelta(days=2)
_PICTURES = re.compile(r"\b(?:images?|dessins?|pictos?|pictogrammes?)\b")
_WITHOUT = re.compile(r"\bn[e'] ?\w+ plus\b|\b(?:sans|pas|stop|arret\w*|enlev\w*|retir\w*|supprim\w*)\b")
_BOTH_WAYS = re.compile(r"\bplus (?:d|de|aucune?)\b")


def switch_register(house: House, person: Person) -> Reply:
    """*Phrases simples*, or back."""
    simple = person.register is not Register.SIMPLE
    person.register = Register.SIMPLE if simple else Register.ORDINARY
    return Reply(house.texts.say("simple.on" if simple else "simple.off", people.voice(person)))


def switch_discretion(now: datetime, house: House, person: Person) -> Reply:
    """Discreet messages, or back."""
    if person.discreet:
        person.discreet_until = now
    person.discreet = not person.discreet
    key = "discreet.on" if person.discreet else "discreet.off"
    return Reply(house.texts.say(key, people.voice(person)))


def be_discreet(house: House, person: Person) -> Reply:
    """Discreet messages from now on, whatever was before."""
    person.discreet = True
    return Reply(house.texts.say("discreet.on", people.voice(person)))


def pictures_wished(session: Session, now: datetime, house: House, person: Person, text: str) -> Reply | None:
    """ "Je veux des images", "sans images"; words that can be read both ways ("plus d'images") are asked
    about. None when they are about something else."""
    words = folded(text)
    if not _PICTURES.search(words):
        return None
    if _WITHOUT.search(words):
        return choose_pictures(house, person, False)
    if _BOTH_WAYS.search(words):
        return ask(session, now, house, person)
    return choose_pictures(house, person, True)


def choose_pictures(house: House, person: Person, wanted: bool) -> Reply:
    """Drawings with the words and one idea a message, or words alone; whatever the landlord's file says."""
    person.pictures = wanted
    key = "pictures.on" if wanted else "pictures.off"
    return Reply(house.texts.say(key, people.voice(person)), picture="home" if wanted else None)


def ask(session: Session, now: datetime, house: House, person: Person) -> Reply:
    """Which one?"""
    question = questions.ask(session, now, person, PREFERENCE, "", now + _WAITS)
    simple = "ordinary" if person.register is Register.SIMPLE else "simple"
    discreet = "detailed" if person.discreet else "hidden"
    pictures = "no_pictures" if people.reads_pictures(person) else "pictures"
    options = tuple(
        Option(house.texts.say(f"preference.{name}"), "affirm", {"choice": choice})
        for name, choice in (
            (simple, "register"),
            (pictures, pictures),
            (discreet, "discretion"),
            ("other", "other"),
        )
    )
    return Reply(house.texts.say("told.change_preference", people.voice(person)), options, question.id)


def answer(
    session: Session,
    now: datetime,
    house: House,
    chat: Chat,
    person: Person,
    question: Question,
    meaning: str,
    values: Mapping[str, Any],
) -> Reply:
    """What was chosen is changed at once; for another hour, number or language a person does it."""
    questions.close(session, now, question, meaning)
    choice = values.get("choice")
    if choice == "register":
        return switch_register(house, person)
    if choice in ("pictures", "no_pictures"):
        return choose_pictures(house, person, choice == "pictures")
    if choice == "discretion":
        return switch_discretion(now, house, person)
    if meaning == "deny":
        return Reply(house.texts.say("later.refused", people.voice(person)))
    return handover.hand_over(session, now, house, chat, "change_preference", text="preference.handed")
