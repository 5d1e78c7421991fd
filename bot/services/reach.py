"""Whether a chat can still be reached: blocked, gone, back again; and an answer that cannot leave."""

from datetime import datetime

from sqlalchemy.orm import Session

from bot.domain.states import ChatState, Urgency
from bot.domain.words import Reply
from bot.services import replies
from bot.services.cases import cases, handover
from bot.services.house import House
from bot.services.kinds import REPLY
from bot.storage.tables import Chat, Outbox

# The occasion of the words that leave instead of an answer; nothing replaces them in their turn.
_INSTEAD = "instead:"


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


def unanswered(session: Session, now: datetime, house: House, row: Outbox) -> None:
    """Telegram does not take these words, and never will (too long, say). An answer is owed to who wrote: a
    person reads a tenant's message, and its author is told so; the team is sent to the console."""
    if row.kind != REPLY.name or row.occasion.startswith(_INSTEAD):
        return
    if row.chat.staff_id is not None:
        reply = Reply(house.texts.say("staff.unsendable"))
    else:
        reply = handover.hand_over(
            session, now, house, row.chat, "unread", urgency=Urgency.HIGH, text="dialogue.down"
        )
    replies.send(session, now, house, row.chat, reply, f"{_INSTEAD}{row.id}")
