"""What a tenant's message gets without the dialogue: commands, question buttons, files, stickers."""

from datetime import datetime

from sqlalchemy.orm import Session

from bot.domain import party, weekly
from bot.domain.incoming import Came, Incoming
from bot.domain.states import Urgency
from bot.domain.words import Reply
from bot.services import answers, linking, people, preferences, questions, stop_words, typed, wrong_person
from bot.services.appointments import drop_ins
from bot.services.appointments import talk as appointment_talk
from bot.services.appointments.turn import Talk
from bot.services.cases import handover
from bot.services.house import House
from bot.services.privacy import talk as privacy_talk
from bot.services.tips import wish
from bot.services.tips.words import WHEN
from bot.services.workshops import talk as workshop_talk
from bot.storage.tables import Button, Chat, Person, Question, Workshop
from bot.texts.format import folded


def command(session: Session, now: datetime, house: House, chat: Chat, incoming: Incoming) -> Reply:
    """A command of a tenant or of somebody unknown."""
    name, person = incoming.command, chat.person
    if name == "start":
        code = incoming.text.strip()
        return (
            linking.link(session, now, house, chat, code) if code else linking.start_without_code(house, chat)
        )
    if person is None:
        return Reply(house.texts.say("link.unknown_person"))
    if name in ("stop", "pause"):
        return linking.stop(session, now, house, chat, person)
    if name == "mesinfos":
        return privacy_talk.mine(session, now, house, chat, person)
    if name == "effacer":
        return privacy_talk.ask_erase(session, now, house, chat, person)
    if name == "simple":
        return preferences.switch_register(house, person)
    if name == "discret" and incoming.text.strip():
        return privacy_talk.set_code_word(session, now, house, chat, person, incoming.text)
    if name == "discret":
        return preferences.switch_discretion(now, house, person)
    key = "help.tenant" if name in ("aide", "help") else "command.unknown"
    return Reply(house.texts.say(key, people.voice(person)))


def answered_by_rule(session: Session, button: Button) -> bool:
    """Whether the button says all by itself, without the dialogue."""
    if appointment_talk.is_about(button.values):
        return True
    return _question_id(button) is not None and _kind(session, button) in answers.ANSWERS


def is_consent(session: Session, button: Button) -> bool:
    """Whether the button answers the first contact."""
    return _kind(session, button) == "consent"


def button(
    session: Session, now: datetime, house: House, chat: Chat, person: Person, pressed: Button
) -> Reply:
    """A button answers its own question, even late."""
    if appointment_talk.is_about(pressed.values):
        talk = Talk(session, now, house, chat, person)
        return appointment_talk.press(talk, pressed.meaning, pressed.values)
    return answers.answer(
        session,
        now,
        house,
        chat,
        person,
        pressed.meaning,
        question_id=_question_id(pressed),
        values=pressed.values,
    )


def words(session: Session, now: datetime, house: House, chat: Chat, incoming: Incoming) -> Reply:
    """A text that needs no dialogue: what a button says, stop, a partner's drop-in, or nothing to read."""
    if chat.person is not None:
        waiting = questions.open_questions(session, now, chat.person.id)
        said = typed.button(session, house.content.spoken, chat, waiting, incoming.text)
        if said is not None:
            return button(session, now, house, chat, chat.person, said)
        coming = _party(session, now, chat.person, waiting, incoming.text)
        if coming is not None:
            return workshop_talk.take(session, now, house, chat.person, *coming)
        if stop_words.is_stop(incoming.text):
            return stop_words.stop(session, now, house, chat, chat.person, incoming.text)
        if wrong_person.is_said(incoming.text):
            return wrong_person.ask(session, now, house, chat.person)
        if _says_when(waiting, incoming.text):
            when = weekly.read(folded(incoming.text))
            return wish.wished(session, now, house, chat.person, when)
    partner = drop_ins.asked(session, chat.person, incoming.text) if chat.person else None
    if chat.person is not None and partner is not None:
        return drop_ins.answer(session, now, house, chat.person, partner)
    return Reply(house.texts.say("empty.received", people.voice(chat.person)))


def answers_in_words(
    session: Session,
    now: datetime,
    house: House,
    chat: Chat,
    person: Person,
    waiting: list[Question],
    text: str,
) -> bool:
    """Whether the whole text says what a button of an open question says, when tips are wanted, or how many
    will come to the one workshop that it can be about."""
    found = typed.button(session, house.content.spoken, chat, waiting, text)
    if found is not None or _says_when(waiting, text):
        return True
    return _party(session, now, person, waiting, text) is not None


def _party(
    session: Session, now: datetime, person: Person, waiting: list[Question], text: str
) -> tuple[Workshop, int] | None:
    seats = party.read(typed.plain(text))
    if seats is None:
        return None
    workshop = workshop_talk.talked_of(session, now, person, waiting)
    return (workshop, seats) if workshop else None


def _says_when(waiting: list[Question], text: str) -> bool:
    return any(question.kind == WHEN for question in waiting) and weekly.is_all(folded(text))


def wordless(session: Session, now: datetime, house: House, chat: Chat, incoming: Incoming) -> Reply:
    """Photos, documents, voice messages and places go to a person; stickers get a word."""
    voice = people.voice(chat.person)
    if incoming.came is Came.FILE:
        return handover.hand_over(
            session, now, house, chat, "document", urgency=Urgency.NORMAL, text="file.received"
        )
    if incoming.came is Came.LOCATION:
        return handover.hand_over(
            session, now, house, chat, "document", urgency=Urgency.NORMAL, text="location.received"
        )
    if incoming.came is Came.EDITED:
        return Reply(house.texts.say("edited.received", voice))
    if incoming.came is Came.GROUP:
        return Reply(house.texts.say("group.received"))
    return Reply(house.texts.say("wordless.received", voice))


def _question_id(button: Button) -> int | None:
    return button.values.get("question") or button.question_id


def _kind(session: Session, button: Button) -> str:
    number = _question_id(button)
    question = session.get(Question, number) if number else None
    return question.kind if question else ""


def forget_clarification(session: Session, now: datetime, person_id: int) -> None:
    """The person said something understood: the question "est-ce que c'est…" is over."""
    questions.close_kind(session, now, person_id, "clarify", "said otherwise")
