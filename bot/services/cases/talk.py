"""What was said with the person of a case, and who may read it from there."""

from sqlalchemy import ColumnElement, Select, and_, select
from sqlalchemy.orm import Session

from bot.services import access
from bot.storage.tables import Case, Chat, Message, Staff


def messages(case: Case) -> Select[Message]:
    """The messages of both sides, those of before the chat was linked included."""
    return select(Message).where(Message.organisation_id == case.organisation_id, _about(case))


def _about(case: Case) -> ColumnElement[bool]:
    if case.person_id is None:
        return Message.chat_id == case.chat_id
    chats = select(Chat.id).where(Chat.person_id == case.person_id)
    unsigned = and_(Message.person_id.is_(None), Message.chat_id.in_(chats))
    return (Message.person_id == case.person_id) | unsigned


def may_read(message: Message, case: Case, staff: Staff) -> bool:
    """Words of danger and health are read on a danger case, and by the people who follow this one."""
    return not message.sensitive or access.is_danger(case) or access.follows(case, staff)


def file_id(session: Session, case: Case, staff: Staff, message_id: int) -> str | None:
    """Telegram's id of the file of a message of that case's talk, if `staff` may read the message."""
    message = session.scalar(messages(case).where(Message.id == message_id))
    if message is None or not message.attachment or not may_read(message, case, staff):
        return None
    found: str | None = message.attachment.get("id")
    return found
