"""What the dialogue server must be asked about a message, and what it must know to answer."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from bot.content.situations import Situation
from bot.domain.incoming import Came, Incoming
from bot.services import people, questions, situations, stop_words, tenant_desk, thread, wrong_person
from bot.services.appointments import drop_ins
from bot.services.around import Around
from bot.services.house import House
from bot.services.inbox import Work
from bot.services.privacy import talk as privacy_talk
from bot.services.relay import relay
from bot.services.relay import talk as relay_talk
from bot.services.staff_desk import workshop_creation
from bot.storage.tables import Chat, Question

# The dialogue reads no more than this of a message (Telegram's own limit); the danger nets read it all.
MAX_TALK = 4096


@dataclass(frozen=True)
class Ask:
    """What the dialogue server must be asked, outside any transaction.

    `clarifies`: Palier had not understood, and asked what was meant.
    """

    chat_id: int
    conversation: str
    context: dict[str, Any]
    words: str
    talks: bool
    clarifies: bool
    # A person holds the talk: the dialogue only reads the words, for the danger net and the record.
    relayed: bool = False
    # What the words tell of who speaks: then a rule of ours answers, and the dialogue looks for danger only.
    situation: Situation | None = None
    # Too many messages wait behind this one: it is read for danger and kept for a person.
    floods: bool = False
    text: str | None = None
    intent: str | None = None
    entities: dict[str, Any] | None = None


def ask(
    session: Session, now: datetime, house: House, around: Around, work: Work, incoming: Incoming
) -> Ask | None:
    """What to ask the dialogue about a text or a button without danger words; None: a rule of ours answers.

    Changes nothing.
    """
    chat = around.chat
    if chat.staff_id:
        return _staff_ask(session, now, house, chat, work, incoming)
    waiting = (
        questions.open_questions(session, now, chat.person_id) if around.question and chat.person_id else []
    )
    followed = around.case and situations.followed(session, chat) is not None
    relayed = around.talk and relay.held(session, now, chat) is not None
    alone = chat.person_id is not None and not followed and not relayed
    asked_for = Ask(
        chat_id=chat.id,
        conversation=thread.next_turn(now, chat),
        context=_context(now, house, chat, waiting, work, incoming),
        words=incoming.text,
        # Otherwise the model only looks for danger: a person talks, or must answer.
        talks=alone,
        clarifies=any(question.kind == "clarify" for question in waiting),
        relayed=relayed,
    )
    if incoming.came is Came.TEXT:
        text = _readable(incoming.text)
        if _needs_no_dialogue(session, now, house, chat, waiting, text, asked_for):
            return None
        if not text:
            return None
        situation = situations.said(house, text) if alone and not around.floods else None
        talks = alone and not situation and not around.floods
        return replace(asked_for, text=text, talks=talks, situation=situation, floods=around.floods)
    if relayed:
        return None
    button = questions.pressed(session, now, chat, incoming.button)
    if button is None or chat.person_id is None or tenant_desk.answered_by_rule(session, button):
        return None
    if followed:
        return None
    entities = {name: value for name, value in button.values.items() if name != "question"}
    return replace(asked_for, words=button.title, intent=button.meaning, entities=entities)


def _staff_ask(
    session: Session, now: datetime, house: House, chat: Chat, work: Work, incoming: Incoming
) -> Ask | None:
    """The team does not talk to the dialogue; it only reads the date that was asked for."""
    text = _readable(incoming.text) if incoming.came is Came.TEXT else ""
    if not text or chat.staff_id is None or not workshop_creation.reads_time(session, now, chat.staff_id):
        return None
    context = _context(now, house, chat, [], work, incoming)
    conversation = f"staff-{work.inbox_id}"
    return Ask(chat.id, conversation, context, incoming.text, talks=False, clarifies=False, text=text)


def _needs_no_dialogue(
    session: Session,
    now: datetime,
    house: House,
    chat: Chat,
    waiting: list[Question],
    text: str,
    ask: Ask,
) -> bool:
    """Whether a rule of ours answers that text: every word of it is one of ours."""
    if privacy_talk.wipes(house, chat, text):
        return True
    if ask.relayed:
        return relay_talk.ends(text)
    if not ask.talks or chat.person is None:
        return False
    if tenant_desk.answers_in_words(session, now, house, chat, chat.person, waiting, text):
        return True
    return (
        stop_words.is_stop(text)
        or wrong_person.is_said(text)
        or drop_ins.asked(session, chat.person, text) is not None
    )


def _context(
    now: datetime, house: House, chat: Chat, waiting: list[Question], work: Work, incoming: Incoming
) -> dict[str, Any]:
    question = waiting[0] if len(waiting) == 1 else None
    voice = people.voice(chat.person)
    return {
        "organisation_id": chat.organisation_id,
        "person_id": chat.person_id,
        "chat_id": chat.id,
        "inbox_id": work.inbox_id,
        "sent_at": incoming.sent_at.isoformat(),
        "now": now.isoformat(),
        "timezone": house.zone.key,
        "question": question and {"id": question.id, "kind": question.kind, "object": question.object},
        "register": voice.register.value,
        "discreet": voice.discreet,
    }


def _readable(text: str) -> str:
    """What the dialogue gets: printable, no longer than it reads; empty when there is nothing to read."""
    kept = "".join(char if char.isprintable() else " " for char in text)
    return " ".join(kept.split())[:MAX_TALK]
