"""Whether a chat can still be reached: blocked, gone, back again."""

from datetime import datetime

from sqlalchemy.orm import Session

from bot.domain.states import ChatState, Urgency
from bot.services.cases import cases
from bot.services.house import House
from bot.storage.tables import Chat


def changed(session: Session, now: datetime, house: House, chat: Chat, reachable: bool) -> None:
    """Telegram says that the person blocked the bot, or let it in again."""
    if reachable:
        if chat.state is ChatState.UNREACHABLE:
            chat.state = ChatState.ACTIVE
        return
    if chat.state is ChatState.UNREACHABLE:
        return
    chat.state = ChatState.UNREACHABLE
    if chat.person:
        # From now on this household is called: its référent must know.
        cases.open_case(
            session,
            now,
            house,
            kind="undelivered",
            urgency=Urgency.NORMAL,
            reason=house.texts.say("undelivered.reason"),
            person=chat.person,
        )
