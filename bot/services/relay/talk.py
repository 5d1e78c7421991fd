"""What a tenant writes while a person holds the talk: to that person, unless it ends the talk."""

from dataclasses import asdict
from datetime import datetime

from sqlalchemy.orm import Session

from bot.domain.incoming import Came, Incoming
from bot.domain.relay import RelayEnd, asks_for_palier, asks_to_stop
from bot.domain.words import Attachment, Reply
from bot.services import linking, questions, replies, tenant_desk
from bot.services.house import House
from bot.services.relay import relay
from bot.services.relay import words as relay_words
from bot.storage.tables import Chat, Relay

_STOPS = ("stop", "pause")


def ends(text: str) -> bool:
    """Whether these words end a talk with a person."""
    return asks_for_palier(text) or asks_to_stop(text)


def take(
    session: Session, now: datetime, house: House, chat: Chat, inbox_id: int, incoming: Incoming
) -> bool:
    """Give the message to the person who holds the talk. False: it is Palier's to answer.

    Commands and buttons of Palier's own questions stay Palier's; STOP and PALIER end the talk.
    """
    talk = relay.held(session, now, chat)
    if talk is None:
        return False
    if incoming.came is Came.COMMAND:
        if incoming.command in _STOPS:
            relay.end(session, now, house, talk, RelayEnd.STOP)
        return False
    if incoming.came is Came.TEXT and asks_to_stop(incoming.text) and chat.person is not None:
        relay.end(session, now, house, talk, RelayEnd.STOP)
        reply = linking.stop(session, now, house, chat, chat.person)
        replies.send(session, now, house, chat, reply, str(inbox_id))
        return True
    if incoming.came is Came.TEXT and asks_for_palier(incoming.text):
        _give_back(session, now, house, chat, talk, inbox_id)
        return True
    words = _words(session, now, house, chat, incoming)
    if words is None:
        return False
    attachment = Attachment(incoming.file_kind, incoming.file_id) if incoming.file_id else None
    relay.pass_on(session, now, house, talk, inbox_id, words, attachment)
    return True


def _give_back(session: Session, now: datetime, house: House, chat: Chat, talk: Relay, inbox_id: int) -> None:
    voice = relay_words.voice_to(session, talk.person)
    relay.end(session, now, house, talk, RelayEnd.TENANT)
    text = house.texts.say("relay.given_back", voice, worker=relay_words.writer(house, talk.staff))
    replies.send(session, now, house, chat, Reply(text), str(inbox_id))


def _words(session: Session, now: datetime, house: House, chat: Chat, incoming: Incoming) -> str | None:
    """What the worker reads of the message; None when Palier answers it."""
    if incoming.came in (Came.TEXT, Came.FILE):
        return incoming.text
    if incoming.came is Came.EDITED:
        return f"{house.texts.say('relay.back.edited')}\n{incoming.text}"
    if incoming.came is Came.LOCATION and incoming.place is not None:
        point = asdict(incoming.place)
        return f"{house.texts.say('relay.back.location', **point)}\n{incoming.text}".rstrip()
    if incoming.came is Came.WORDLESS:
        return house.texts.say("relay.back.wordless")
    if incoming.came is Came.BUTTON:
        button = questions.pressed(session, now, chat, incoming.button)
        if button is not None and not tenant_desk.answered_by_rule(session, button):
            return button.title
    return None
