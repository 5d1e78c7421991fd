"""The last answer once more, for who did not understand it; the second time, a person."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.domain.states import Direction
from bot.domain.words import Option, Reply
from bot.services import people
from bot.services.cases import handover
from bot.services.house import House
from bot.services.kinds import REPLY
from bot.storage.tables import Chat, Message, Person

REPEAT = "ask_repeat"


def again(session: Session, now: datetime, house: House, chat: Chat, person: Person) -> Reply:
    """What Palier answered last, with a way to a person; a person, if that was already a repetition."""
    of_chat = select(Message).filter_by(chat_id=chat.id).order_by(Message.id.desc()).limit(1)
    before = session.scalar(of_chat.filter_by(direction=Direction.IN))
    if before is not None and before.intent == REPEAT:
        return handover.hand_over(session, now, house, chat, "request_human", text="repeat.person")
    voice = people.voice(person)
    options = (Option(house.texts.say("button.person"), "request_human"),)
    last = session.scalar(of_chat.filter_by(direction=Direction.OUT, intent=REPLY.name, sensitive=False))
    if last is None:
        return Reply(house.texts.say("repeat.nothing", voice), options)
    return Reply(house.texts.say("repeat.again", voice, words=last.words), options)
