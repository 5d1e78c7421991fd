"""What is open around a chat: read with it in one look, as there is seldom anything."""

from dataclasses import dataclass

from sqlalchemy import and_, bindparam, exists, or_, select
from sqlalchemy.orm import Session

from bot.domain.situations import HELD
from bot.domain.states import CaseState, InboxState
from bot.services import people
from bot.storage.tables import Case, Chat, Inbox, Question, Relay, written

# With more messages than that waiting behind one, a chat gets no answer to each of them.
FLOOD = 20
_WAITS = (InboxState.NEW, InboxState.WORKING)


@dataclass(frozen=True)
class Around:
    """A chat with who writes in it, and whether there may be an open question, an open case that a person
    alone answers, an open talk with a person: what is there is read by whom it concerns. `floods`: too many
    messages of the chat wait, the one in work not counted."""

    chat: Chat
    question: bool
    case: bool
    talk: bool
    floods: bool


_ALONE = (
    Case.state != written(CaseState.CLOSED),
    Case.kind.in_([written(kind) for kind in (*people.DANGER_KINDS, *HELD)]),
)
# For every message, and for every answer. Put together once: that takes longer than to run it.
LOOK = select(
    Chat,
    exists().where(Question.person_id == Chat.person_id, Question.closed_at.is_(None)),
    or_(
        exists().where(Case.person_id == Chat.person_id, *_ALONE),
        and_(Chat.person_id.is_(None), exists().where(Case.chat_id == Chat.id, *_ALONE)),
    ),
    exists().where(Relay.chat_id == Chat.id, Relay.ended_at.is_(None)),
    select(Inbox.id)
    .where(Inbox.chat_id == Chat.id, Inbox.state.in_([written(state) for state in _WAITS]))
    .correlate(Chat)
    .limit(1)
    .offset(FLOOD + 1)
    .exists(),
).options(people.WHO_WRITES)
_ONE = LOOK.where(Chat.id == bindparam("chat"))


def look(session: Session, chat_id: int) -> Around:
    """The chat and what is open around it. Raises NoResultFound for no chat."""
    return Around(*session.execute(_ONE, {"chat": chat_id}).one())
