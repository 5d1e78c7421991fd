"""The day and the hour of the tip of the week, asked for in plain words or changed by button."""

import re
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from bot.domain import weekly
from bot.domain.states import ChatState
from bot.domain.weekly import Weekly
from bot.domain.words import Option, Reply
from bot.services import people, questions
from bot.services.house import House
from bot.services.tips import rhythm
from bot.services.tips.words import WHEN, has_rhythm
from bot.storage.tables import Chat, Person, Question
from bot.texts.format import folded, oclock, weekday

# The words that name tips, folded; never a "conseillère".
NAMED = re.compile(r"\b(?:l'?)?(?:conseils?|astuces?|eco.?gestes?)\b")
# The words that speak of when or how often they come.
_WHEN_WORDS = re.compile(
    r"\b(?:chaque|hebdomadaires?|toutes les semaines|par semaine|jours?|l?'?heures?|tot|tard)\b"
)
_HOURS = (9, 12, 15, 18)
_DAYS = tuple(Option(weekday(day).capitalize(), "affirm", {"weekday": day}) for day in range(weekly.SUNDAY))
_FEW_DAYS = (0, 2, 4)
_WAITS = timedelta(days=14)


def said(session: Session, now: datetime, house: House, person: Person, text: str) -> Reply | None:
    """ "Envoyez les conseils le samedi matin", "un conseil chaque semaine", "changer le jour des conseils".

    None when the words are not about when tips come.
    """
    words = folded(text)
    when = weekly.read(words)
    if not NAMED.search(words) or (when == Weekly(None, None) and not _WHEN_WORDS.search(words)):
        return None
    return wished(session, now, house, person, when)


def again(
    session: Session, now: datetime, house: House, chat: Chat, person: Person, text: str
) -> Reply | None:
    """ "Remettez les conseils"; None when other messages, or all of them, are wanted again."""
    words = folded(text)
    if chat.state is not ChatState.ACTIVE or not NAMED.search(words):
        return None
    return wished(session, now, house, person, weekly.read(words))


def wished(session: Session, now: datetime, house: House, person: Person, when: Weekly) -> Reply:
    """Take that day and hour; of what was not said the present one is kept, or it is asked for."""
    now_is = rhythm.current(session, house, person) or Weekly(None, None)
    if when.weekday == weekly.SUNDAY:
        asked = ask_day(session, now, house, person)
        return replace(asked, text=house.texts.say("tips.no_sunday", people.voice(person)))
    day = now_is.weekday if when.weekday is None else when.weekday
    hour = now_is.hour if when.hour is None else when.hour
    if day is None or when == Weekly(None, None):
        return ask_day(session, now, house, person)
    if hour is None:
        return ask_hour(house, person, _question(session, now, person), day)
    return take(session, now, house, person, day, hour)


def take(session: Session, now: datetime, house: House, person: Person, day: int, hour: int) -> Reply:
    """From now on on that day, at that hour."""
    questions.close_kind(session, now, person.id, WHEN, "chosen")
    rhythm.start(session, now, house, person, day, hour)
    voice = people.voice(person)
    return Reply(house.texts.say("tips.rhythm", voice, day=weekday(day), hour=oclock(hour)))


def ask_day(session: Session, now: datetime, house: House, person: Person) -> Reply:
    """On which day of the week a tip is wanted, if at all. Never on Sundays."""
    say, voice = house.texts.say, people.voice(person)
    key, none = (
        ("tips.day", "tips.button.stop") if has_rhythm(session, person) else ("tips.when", "tips.button.no")
    )
    days = _mornings(house, person) if people.takes_larger_steps(person) else _DAYS
    options = (Option(say(none, voice), "deny"), *days)
    picture = "week" if people.reads_pictures(person) else None
    return Reply(say(key, voice), options, _question(session, now, person).id, picture=picture)


def _mornings(house: House, person: Person) -> tuple[Option, ...]:
    """The day and the hour in one step, and three of them."""
    voice = people.voice(person)
    return tuple(
        Option(
            house.texts.say("tips.button.morning", voice, day=weekday(day).capitalize()),
            "affirm",
            {"weekday": day, "hour": _HOURS[0]},
        )
        for day in _FEW_DAYS
    )


def ask_hour(house: House, person: Person, question: Question, day: int) -> Reply:
    """The hours to choose from, once the day is."""
    options = tuple(Option(oclock(hour), "affirm", {"weekday": day, "hour": hour}) for hour in _HOURS)
    return Reply(house.texts.say("tips.hour", people.voice(person)), options, question.id)


def _question(session: Session, now: datetime, person: Person) -> Question:
    return questions.ask(session, now, person, WHEN, "rhythm", now + _WAITS)
