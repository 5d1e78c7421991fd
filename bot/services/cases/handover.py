"""Handing a matter to a person, and saying so: who reads it, by when."""

from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.domain.states import Urgency
from bot.domain.words import Option, Reply
from bot.services import people, questions, replies
from bot.services.cases import cases, tenant_word
from bot.services.house import House
from bot.services.one_by_one import one_by_one
from bot.storage.tables import Chat, Person, Question

# Unanswered for this long, a message that Palier did not understand is read by a person.
CLARIFY_WAITS = timedelta(minutes=30)
OFFER_WAITS = timedelta(days=3)


def hand_over(
    session: Session,
    now: datetime,
    house: House,
    chat: Chat,
    kind: str,
    *,
    urgency: Urgency | None = None,
    text: str = "handover.done",
) -> Reply:
    """Open the case of an intent (or of a kind of ours) and tell the person what happens next."""
    intent = house.content.intents.get(kind)
    case = cases.open_case(
        session,
        now,
        house,
        kind=kind,
        urgency=urgency or (intent.urgency if intent and intent.urgency else Urgency.NORMAL),
        reason=intent.label if intent else house.texts.say(f"case.kind.{kind}"),
        person=chat.person,
        chat=None if chat.person else chat,
    )
    voice = people.voice(chat.person)
    return Reply(house.texts.say(text, voice, promise=cases.promise(now, house, case, voice)))


def also(session: Session, now: datetime, house: House, chat: Chat, intent: str) -> Reply:
    """Another matter of a message that is about something else first.

    A person reads what the catalogue gives to one; the rest waits behind a button. Nothing is asked.
    """
    meaning, voice = house.content.intents[intent], people.voice(chat.person)
    if meaning.urgency is None:
        title = house.texts.say("button.yes") if voice.discreet else meaning.ask
        return Reply(house.texts.say("handover.other", voice), (Option(title, intent),))
    case = cases.open_case(
        session,
        now,
        house,
        kind=intent,
        urgency=meaning.urgency,
        reason=house.texts.say("case.reason.also", label=meaning.label),
        person=chat.person,
    )
    promise = cases.promise(now, house, case, voice)
    return Reply(house.texts.say("handover.also", voice, matter=meaning.ask, promise=promise))


def foreign(session: Session, now: datetime, house: House, chat: Chat) -> Reply:
    """A message in a language that Palier does not speak: a person reads it soon, it may be anything."""
    if chat.person_id is not None:
        questions.close_kind(session, now, chat.person_id, "clarify", "another language")
    return hand_over(session, now, house, chat, "foreign", urgency=Urgency.HIGH, text="foreign.received")


def worrying(session: Session, now: datetime, house: House, chat: Chat, answer: Reply | None) -> Reply:
    """Words that may be of danger, too unsure for the alarm: a person reads them within the working day,
    whatever Palier answers (None: it hesitates, and does not ask)."""
    if answer is None:
        if chat.person_id is not None:
            questions.close_kind(session, now, chat.person_id, "clarify", "a person reads")
        return hand_over(session, now, house, chat, "worry", urgency=Urgency.HIGH, text="clarify.person")
    told = hand_over(session, now, house, chat, "worry", urgency=Urgency.HIGH)
    return replace(answer, text=f"{answer.text}\n\n{told.text}")


def flooded(session: Session, now: datetime, house: House, chat: Chat) -> None:
    """Too many messages at once for an answer to each: all are kept, a person reads them, and the chat is
    told so once in ten minutes."""
    reply = hand_over(session, now, house, chat, "flood", urgency=Urgency.NORMAL, text="flood.received")
    replies.send(session, now, house, chat, reply, f"flood:{int(now.timestamp()) // 600}")


_INVITED = ("ask_workshops", "register_workshop")


def stranger(
    session: Session,
    now: datetime,
    house: House,
    chat: Chat,
    intent: str | None,
    *,
    worry: bool = False,
    doubted: bool = False,
) -> Reply:
    """Somebody who is not linked: how to get a code; a person reads what asks for a person, worries, or is
    `doubted`, that is left to a person by the model."""
    if worry:
        return hand_over(session, now, house, chat, "worry", urgency=Urgency.HIGH, text="stranger.heard")
    meaning = house.content.intents.get(intent or "")
    if intent in _INVITED:
        # A neighbour told them: a person links them. Nothing is said of who else comes.
        return hand_over(session, now, house, chat, "stranger", urgency=Urgency.NORMAL, text="stranger.heard")
    wanted = meaning.urgency if meaning else None
    if wanted is None and not doubted:
        return Reply(house.texts.say("link.unknown_person"))
    urgency = Urgency.NORMAL if wanted is None or (meaning and meaning.is_danger) else wanted
    return hand_over(session, now, house, chat, "stranger", urgency=urgency, text="stranger.heard")


def clarify(
    session: Session, now: datetime, house: House, chat: Chat, person: Person, likely: list[str]
) -> Reply:
    """The model hesitates: ask once, with the likeliest meanings as buttons; the second time, a person."""
    voice = people.voice(person)
    if any(q.kind == "clarify" for q in questions.open_questions(session, now, person.id)):
        return not_that(session, now, house, chat, person)
    question = questions.ask(session, now, person, "clarify", f"chat:{chat.id}", now + CLARIFY_WAITS)
    meanings = [house.content.intents[name] for name in likely if name in house.content.intents]
    # In discreet mode a button that names the matter would tell it to whoever looks at the screen.
    named = [] if voice.discreet else [meaning for meaning in meanings if not meaning.is_danger]
    options = [Option(meaning.ask, meaning.name) for meaning in named[:3]]
    options.append(Option(house.texts.say("button.person"), "request_human"))
    return Reply(house.texts.say("clarify.ask", voice), tuple(options), question.id)


def not_that(session: Session, now: datetime, house: House, chat: Chat, person: Person) -> Reply:
    """None of the meanings offered, or not understood again: a person reads."""
    questions.close_kind(session, now, person.id, "clarify", "not understood again")
    return hand_over(session, now, house, chat, "unclear", text="clarify.person")


def at_once(session: Session, now: datetime, house: House, chat: Chat, person: Person) -> Reply:
    """Not understood, and long, or likely to matter to a person: one reads it the same working day."""
    questions.close_kind(session, now, person.id, "clarify", "a person reads")
    return hand_over(session, now, house, chat, "unclear", urgency=Urgency.HIGH, text="clarify.at_once")


def later(
    session: Session, now: datetime, house: House, person: Person, intent: str, *, text: str = "later.offer"
) -> Reply:
    """Understood, and not something that Palier does by itself: offer a person."""
    voice = people.voice(person)
    question = questions.ask(session, now, person, "offer_person", intent, now + OFFER_WAITS)
    options = (
        Option(house.texts.say("button.yes"), "affirm"),
        Option(house.texts.say("button.no"), "deny"),
    )
    return Reply(house.texts.say(text, voice), options, question.id)


def answer_offer(
    session: Session,
    now: datetime,
    house: House,
    chat: Chat,
    person: Person,
    question: Question,
    meaning: str,
) -> Reply:
    """The answer to "voulez-vous qu'une personne vous réponde ?"."""
    questions.close(session, now, question, meaning)
    if meaning == "deny":
        return Reply(house.texts.say("later.refused", people.voice(person)))
    return hand_over(session, now, house, chat, question.object)


def unanswered_clarifications(session: Session, now: datetime, house: House, limit: int = 50) -> int:
    """Tick: what was not understood and not cleared up in time goes to a person. Returns how many."""
    expired = session.scalars(
        select(Question)
        .where(Question.kind == "clarify", Question.closed_at.is_(None), Question.expires_at <= now)
        .order_by(Question.expires_at, Question.id)
        .limit(limit)
    ).all()

    def bring_somebody(question: Question) -> None:
        questions.close(session, now, question, "no answer")
        case = cases.open_case(
            session,
            now,
            house,
            kind="unclear",
            urgency=Urgency.NORMAL,
            reason=house.texts.say("case.kind.unclear"),
            person=session.get_one(Person, question.person_id),
        )
        tenant_word.unclear(session, now, house, case)

    return one_by_one(session, now, expired, bring_somebody)
