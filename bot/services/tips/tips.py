"""What a tenant gets who asks for a tip or answers one."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from bot.content.tips import Tips
from bot.domain.tips import TipAnswer
from bot.domain.words import Option, Reply
from bot.services import people, questions
from bot.services.cases import handover
from bot.services.house import House
from bot.services.replies import joined
from bot.services.tips import eco_kit, home_traits, wish
from bot.services.tips import rhythm as tip_rhythm
from bot.services.tips import words as tip_words
from bot.storage.tables import Chat, Person, Question, TipGiven
from bot.texts.format import folded

# What plain words mean when no button was pressed.
_PLAIN = {
    "affirm": "will_try",
    "deny": "no",
    "unsure": "will_try",
    "stop": "stop",
    "request_human": "question",
}
_PLAIN_LATER = {"affirm": "tried", "deny": "hard", "unsure": "not_yet", "stop": "stop"}


def asked(session: Session, now: datetime, house: House, person: Person, text: str) -> Reply:
    """Answer "un conseil ?", "comment baisser ma facture ?", "c'est quoi le kit ?": the best tip now."""
    voice, said = people.voice(person), folded(text)
    if re.search(r"\bkits?\b", said):
        return eco_kit.offer(session, now, house, person)
    rhythm_wish = wish.said(session, now, house, person, text)
    if rhythm_wish is not None:
        return rhythm_wish
    given = tip_words.give(session, now, house, person, theme=theme_of(house.content.tips, said))
    if given is None:
        return tip_words.ask_trait(session, now, house, person) or Reply(
            house.texts.say("tips.none", voice),
            (Option(house.texts.say("button.person", voice), "request_human"),),
        )
    return tip_words.told(session, now, house, person, given, "tips.asked")


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
    """The answer to a tip, and one short question more where it helps."""
    said = values.get("tip") or _PLAIN.get(meaning, "question")
    given, voice = _given(session, question), people.voice(person)
    if said == "week":
        return wish.ask_day(session, now, house, person)
    questions.close(session, now, question, said)
    if said == "stop":
        return _stopped(session, now, house, person)
    given.answer, given.answered_at = TipAnswer(said), now
    if said == "question":
        return handover.hand_over(session, now, house, chat, "ask_eco_tip")
    if said == "not_here":
        _note_lacking(session, now, house, person, given)
    key = f"tips.answer.{said}"
    if said == "will_try" and tip_words.has_rhythm(session, person):
        tip_rhythm.follow(session, now, house, given)
        key = "tips.answer.will_try.followed"
    return _with_next(session, now, house, person, house.texts.say(key, voice))


def answer_later(
    session: Session,
    now: datetime,
    house: House,
    chat: Chat,
    person: Person,
    question: Question,
    meaning: str,
    values: Mapping[str, Any],
) -> Reply:
    """The answer to "avez-vous essayé ?", a month after."""
    said = values.get("tip") or _PLAIN_LATER.get(meaning)
    if said is None:
        return handover.hand_over(session, now, house, chat, "ask_eco_tip")
    questions.close(session, now, question, said)
    if said == "stop":
        return _stopped(session, now, house, person)
    _given(session, question).answer = TipAnswer(said)
    return _with_next(
        session, now, house, person, house.texts.say(f"tips.later.{said}", people.voice(person))
    )


def answer_trait(
    session: Session,
    now: datetime,
    house: House,
    chat: Chat,
    person: Person,
    question: Question,
    meaning: str,
) -> Reply:
    """Yes, no or I do not know, about the home. A cold home is offered a person."""
    voice = people.voice(person)
    questions.close(session, now, question, meaning)
    if meaning == "request_human":
        return handover.hand_over(session, now, house, chat, meaning)
    present = {"affirm": True, "deny": False}.get(meaning)
    home_traits.note(session, now, person, question.object, present)
    if question.object == "cold" and present:
        return _offer_help_with_cold(session, now, house, person)
    return Reply(house.texts.say("tips.trait.noted", voice))


def answer_when(
    session: Session,
    now: datetime,
    house: House,
    chat: Chat,
    person: Person,
    question: Question,
    meaning: str,
    values: Mapping[str, Any],
) -> Reply:
    """The day, then the hour, at which a tip is wanted each week; or no."""
    voice = people.voice(person)
    if "hour" in values:
        taken = wish.take(session, now, house, person, values["weekday"], values["hour"])
        return _with_next(session, now, house, person, taken.text)
    if "weekday" in values:
        return wish.ask_hour(house, person, question, values["weekday"])
    if meaning in ("deny", "stop", "unsure"):
        questions.close(session, now, question, "refused")
        tip_rhythm.stop(session, now, person)
        return Reply(house.texts.say("tips.refused", voice))
    return wish.ask_day(session, now, house, person)


def theme_of(tips: Tips, folded: str) -> str | None:
    """The theme that the words name, the longer words telling more ("chauffe-eau" is not "chauffage");
    None when they name none, or two as much as each other."""
    words = re.findall(r"[a-z-]+", folded)
    found = {
        theme: sum(len(start) for word in words for start in starts if word.startswith(start))
        for theme, starts in tips.themes.items()
    }
    best = max(found.values())
    named = [theme for theme, count in found.items() if count == best]
    return named[0] if best and len(named) == 1 else None


def _given(session: Session, question: Question) -> TipGiven:
    return session.get_one(TipGiven, int(question.object.split(":")[1]))


def _stopped(session: Session, now: datetime, house: House, person: Person) -> Reply:
    tip_rhythm.stop(session, now, person)
    return Reply(house.texts.say("tips.stopped", people.voice(person)))


def _with_next(session: Session, now: datetime, house: House, person: Person, text: str) -> Reply:
    following = _next_question(session, now, house, person)
    return joined([Reply(text), following] if following else [Reply(text)])


def _next_question(session: Session, now: datetime, house: House, person: Person) -> Reply | None:
    """One short question at most: whether tips are wanted each week, else what helps to choose them.

    Who takes larger steps is asked about the home only when no tip is left.
    """
    if not people.was_asked(session, person, tip_words.CONSENT):
        return wish.ask_day(session, now, house, person)
    if tip_words.has_rhythm(session, person) and not people.takes_larger_steps(person):
        return tip_words.ask_trait(session, now, house, person)
    return None


def _note_lacking(session: Session, now: datetime, house: House, person: Person, given: TipGiven) -> None:
    """ "Pas chez moi", for a tip that needs one thing: that thing is not there."""
    entry = tip_words.entry_of(house, given)
    if entry is not None and len(entry.tip.needs) == 1:
        home_traits.note(session, now, person, next(iter(entry.tip.needs)), False)


def _offer_help_with_cold(session: Session, now: datetime, house: House, person: Person) -> Reply:
    offer = handover.later(session, now, house, person, "report_repair")
    return Reply(house.texts.say("tips.cold", people.voice(person)), offer.options, offer.question_id)
