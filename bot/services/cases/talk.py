"""What was said with the person of a case, and who may read it from there."""

from collections.abc import Callable, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Select, and_, select
from sqlalchemy.orm import Session

from bot.domain.states import Direction
from bot.services import access
from bot.services.danger import INTENT_OF_SAFE_WORDS, SAFE_WORDS
from bot.services.people import DANGER_KINDS
from bot.storage.tables import Case, CaseEvent, Chat, Message, Outbox, Relay, Staff


def messages(case: Case) -> Select[Message]:
    """The messages of both sides, those of before the chat was linked included."""
    return select(Message).where(Message.organisation_id == case.organisation_id, _about(case))


def _about(case: Case) -> ColumnElement[bool]:
    if case.person_id is None:
        return Message.chat_id == case.chat_id
    chats = select(Chat.id).where(Chat.person_id == case.person_id)
    unsigned = and_(Message.person_id.is_(None), Message.chat_id.in_(chats))
    return (Message.person_id == case.person_id) | unsigned


def reader(session: Session, case: Case, staff: Staff) -> Callable[[Message], bool]:
    """Tells of a message of that case's talk whether the case shows its words to `staff`, who may read it.

    Words of danger and health are shown by a danger case, and by another one to the people who follow it.
    Where a danger of the same person is in other hands, no case opens what that one keeps closed: an ordinary
    case shows none of these words, a danger case those that were said about it.
    """
    ours = access.is_danger(case)
    if not ours and not access.follows(case, staff):
        return lambda message: not message.sensitive
    if not _danger_elsewhere(session, case, staff):
        return lambda message: True
    if not ours:
        return lambda message: not message.sensitive
    signs, talks = _signs(session, case), _talks(session, case)

    def said_about_it(message: Message) -> bool:
        if not message.sensitive:
            return True
        if message.direction is Direction.OUT:
            return _answers(session, case, message, [talk.id for talk in talks])
        return message.at in signs or any(_within(talk, message) for talk in talks)

    return said_about_it


def _danger_elsewhere(session: Session, case: Case, staff: Staff) -> bool:
    """Whether a danger of the same person is closed to `staff`."""
    same = Case.chat_id == case.chat_id if case.person_id is None else Case.person_id == case.person_id
    open_to_them = select(Case.id).where(same, access.readable_by(staff))
    elsewhere = select(Case.id).where(same, Case.kind.in_(DANGER_KINDS), Case.id.not_in(open_to_them))
    return session.scalar(elsewhere.limit(1)) is not None


def _signs(session: Session, case: Case) -> set[datetime]:
    """When the case had a sign: the message that brought it was kept in the same instant."""
    joined = select(Case.id).where((Case.id == case.id) | (Case.merged_into_id == case.id))
    of_message = CaseEvent.kind.in_(("opened", "sign"))
    return set(session.scalars(select(CaseEvent.at).where(CaseEvent.case_id.in_(joined), of_message)))


def _talks(session: Session, case: Case) -> Sequence[Relay]:
    return session.scalars(select(Relay).filter_by(case_id=case.id).order_by(Relay.id)).all()


def _within(talk: Relay, message: Message) -> bool:
    over = talk.ended_at is not None and message.at > talk.ended_at
    return message.chat_id == talk.chat_id and message.at >= talk.opened_at and not over


def _answers(session: Session, case: Case, message: Message, talks: list[int]) -> bool:
    """Whether we said it about this case: its safe words, or a colleague's in a talk that it opened."""
    row = session.get(Outbox, message.outbox_id) if message.outbox_id else None
    if row is None:
        return False
    if row.kind == SAFE_WORDS.name:
        return INTENT_OF_SAFE_WORDS.get(row.object) == case.kind
    return row.object in [f"relay:{talk}" for talk in talks]


def file_id(session: Session, case: Case, staff: Staff, message_id: int) -> str | None:
    """Telegram's id of the file of a message of that case's talk, if `staff` may read the message."""
    message = session.scalar(messages(case).where(Message.id == message_id))
    if message is None or not message.attachment:
        return None
    if not reader(session, case, staff)(message):
        return None
    found: str | None = message.attachment.get("id")
    return found
