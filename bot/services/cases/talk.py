"""What was said with the person of a case, and who may read it from there."""

from sqlalchemy import ColumnElement, Select, and_, select
from sqlalchemy.orm import Session

from bot.services import access
from bot.services.people import DANGER_KINDS
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


def shows_sensitive(session: Session, case: Case, staff: Staff) -> bool:
    """Whether that case shows `staff`, who may read it, the words of danger and health.

    A danger case does. Another one does to the people who follow it, unless a danger of the same person is
    in other hands: taking an ordinary case must not open what that one keeps closed.
    """
    if access.is_danger(case) or not access.follows(case, staff):
        return access.is_danger(case)
    same = Case.chat_id == case.chat_id if case.person_id is None else Case.person_id == case.person_id
    open_to_them = select(Case.id).where(same, access.readable_by(staff))
    elsewhere = select(Case.id).where(same, Case.kind.in_(DANGER_KINDS), Case.id.not_in(open_to_them))
    return session.scalar(elsewhere.limit(1)) is None


def file_id(session: Session, case: Case, staff: Staff, message_id: int) -> str | None:
    """Telegram's id of the file of a message of that case's talk, if `staff` may read the message."""
    message = session.scalar(messages(case).where(Message.id == message_id))
    if message is None or not message.attachment:
        return None
    if message.sensitive and not shows_sensitive(session, case, staff):
        return None
    found: str | None = message.attachment.get("id")
    return found
