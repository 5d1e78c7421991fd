"""What was said with the person of a case, and what became of Palier's messages."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, select

from bot.console.desk import Desk, Visit
from bot.domain.states import Direction, OutboxState
from bot.services.cases import talk as case_talk
from bot.services.relay import words as relay_words
from bot.storage.tables import Case, Chat, Message, Outbox, Staff

_SHOWN = 30
# Fewer at first sight: on a phone the account and the form come below.
_RECENT = 8
_ALERTS = ("case_alert", "case_alert_urgent")
_TROUBLED = (OutboxState.FAILED, OutboxState.UNKNOWN)
_ATTACHMENTS = {
    "photo": "une photo",
    "document": "un document",
    "voice": "un message vocal",
    "video": "une vidéo",
    "video_note": "une vidéo",
    "audio": "un son",
    "location": "une position",
}


@dataclass(frozen=True)
class Said:
    """One message. `words` is None when the reader may not see it; `file` is the number under which its
    file is opened, `point` the place that was sent, as a browser passes it to a map."""

    at: str
    who: str
    mine: bool
    words: str | None
    attachment: str
    file: int | None
    point: str


@dataclass(frozen=True)
class Sending:
    """One thing that Palier sent about the case, or could not."""

    at: str
    what: str
    state: str
    trouble: bool


@dataclass(frozen=True)
class Thread:
    """Both oldest first; `older` is folded away."""

    older: list[Said]
    recent: list[Said]


def thread(desk: Desk, visit: Visit, case: Case) -> Thread:
    """The last messages of the person's chats, both sides.

    Words of danger or health are shown where `case_talk.reader` says.
    """
    messages = visit.session.scalars(case_talk.messages(case).order_by(Message.id.desc()).limit(_SHOWN)).all()
    shown = case_talk.reader(visit.session, case, visit.staff)
    read = {message.id: shown(message) for message in messages}
    name = case.person.display_name if case.person else "La personne"
    writers = relay_words.writers(visit.session, (message.outbox_id for message in messages))
    said = [
        Said(
            at=desk.pages.when(message.at, visit.now),
            who=name if message.direction is Direction.IN else writers.get(message.outbox_id or 0, "Palier"),
            mine=message.direction is Direction.OUT,
            words=message.words if read[message.id] else None,
            attachment=_attachment(message.attachment),
            file=message.id if read[message.id] and (message.attachment or {}).get("id") else None,
            point=_point(message) if read[message.id] else "",
        )
        for message in reversed(messages)
    ]
    return Thread(older=said[:-_RECENT], recent=said[-_RECENT:])


def sendings(desk: Desk, visit: Visit, case: Case) -> list[Sending]:
    """The alerts of the case, and the messages that did not reach the person."""
    session = visit.session
    alerts = session.execute(
        select(Outbox, Staff)
        .join(Chat, Chat.id == Outbox.chat_id)
        .join(Staff, Staff.id == Chat.staff_id)
        .where(
            Outbox.organisation_id == case.organisation_id,
            Outbox.kind.in_(_ALERTS),
            Outbox.object == f"case:{case.id}",
        )
        .order_by(Outbox.id)
    ).all()
    lost = session.scalars(
        select(Outbox)
        .join(Chat, Chat.id == Outbox.chat_id)
        .where(
            Outbox.organisation_id == case.organisation_id,
            Outbox.state.in_(_TROUBLED),
            Outbox.created_at >= case.opened_at,
            _chats(case),
        )
        .order_by(Outbox.id)
    ).all()
    lines = [_sending(desk, visit, row, f"Alerte à {staff.display_name}") for row, staff in alerts]
    return lines + [_sending(desk, visit, row, "Message à la personne") for row in lost]


def _sending(desk: Desk, visit: Visit, row: Outbox, what: str) -> Sending:
    return Sending(
        at=desk.pages.when(row.sent_at or row.created_at, visit.now),
        what=what,
        state=desk.pages.label(f"console.sending.{row.state}", row.state),
        trouble=row.state in _TROUBLED,
    )


def _chats(case: Case) -> ColumnElement[bool]:
    return Chat.id == case.chat_id if case.person_id is None else Chat.person_id == case.person_id


def _point(message: Message) -> str:
    attachment = message.attachment
    if not attachment or "latitude" not in attachment:
        return ""
    return f"{attachment['latitude']:.5f},{attachment['longitude']:.5f}"


def _attachment(attachment: Any | None) -> str:
    if not attachment:
        return ""
    return _ATTACHMENTS.get(attachment.get("kind", ""), "un fichier")
