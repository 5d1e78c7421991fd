"""What is said: inbox, outbox, the thread, questions, buttons, what actions already did."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, String, UniqueConstraint, false, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from bot.domain.states import Direction, InboxState, OutboxState
from bot.storage.tables.base import BigId, OfOrganisation, Table, choice
from bot.storage.tables.people import Chat
from bot.storage.types import EncryptedJson, EncryptedText, PerhapsJson


class Inbox(OfOrganisation, Table):
    """A raw update, committed before Telegram is acknowledged; blanked once handled."""

    __tablename__ = "inbox"
    __table_args__ = (
        UniqueConstraint("bot_id", "update_id"),
        Index("ix_inbox_open", "chat_id", "id", sqlite_where=text("state IN ('new', 'working')"),
              postgresql_where=text("state IN ('new', 'working')")),
        # One lane a chat, over all processes: a second message of a chat can't be worked on at once.
        Index("uq_inbox_working", "chat_id", unique=True, sqlite_where=text("state = 'working'"),
              postgresql_where=text("state = 'working'")),
    )  # fmt: skip

    bot_id: Mapped[int] = mapped_column(BigInteger)
    update_id: Mapped[int] = mapped_column(BigInteger)
    chat_id: Mapped[int | None] = mapped_column(ForeignKey("chat.id"))
    received_at: Mapped[datetime]
    # One that no key reads must not stop all those beside it.
    raw: Mapped[Any | None] = mapped_column(PerhapsJson)
    state: Mapped[InboxState] = mapped_column(choice(InboxState), default=InboxState.NEW)
    owner: Mapped[str | None] = mapped_column(String(40))
    lease_until: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)
    # Its words show danger: it is read before the others.
    urgent: Mapped[bool] = mapped_column(default=False, server_default=false())
    # It was in work when a worker died: it is read alone.
    suspect: Mapped[bool] = mapped_column(default=False, server_default=false())
    handled_at: Mapped[datetime | None]

    chat: Mapped[Chat | None] = relationship()


class Outbox(OfOrganisation, Table):
    """A message to leave, unique for (recipient, kind, object, occasion)."""

    __tablename__ = "outbox"
    __table_args__ = (
        UniqueConstraint("organisation_id", "recipient", "kind", "object", "occasion"),
        Index("ix_outbox_open", "chat_id", "id", sqlite_where=text("state IN ('queued', 'sending')"),
              postgresql_where=text("state IN ('queued', 'sending')")),
        # What has become of a workshop's invitations.
        Index("ix_outbox_invitation", "object", "occasion", sqlite_where=text("kind = 'workshop_invite'"),
              postgresql_where=text("kind = 'workshop_invite'")),
        Index("ix_outbox_due", "bot_id", "lane", "not_before", sqlite_where=text("state = 'queued'"),
              postgresql_where=text("state = 'queued'")),
    )  # fmt: skip

    bot_id: Mapped[int] = mapped_column(BigInteger)
    chat_id: Mapped[int] = mapped_column(ForeignKey("chat.id"))
    recipient: Mapped[str] = mapped_column(String(40))
    kind: Mapped[str] = mapped_column(String(40))
    object: Mapped[str] = mapped_column(String(64))
    occasion: Mapped[str] = mapped_column(String(64))
    lane: Mapped[int]
    not_before: Mapped[datetime]
    useful_until: Mapped[datetime | None]
    state: Mapped[OutboxState] = mapped_column(choice(OutboxState), default=OutboxState.QUEUED)
    reason: Mapped[str] = mapped_column(String(80), default="")
    # The final words when a person or the dialogue wrote them; else written at the claim, and kept.
    # As `Inbox.raw`.
    words: Mapped[Any | None] = mapped_column(PerhapsJson)
    attempts: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    message_id: Mapped[int | None] = mapped_column(BigInteger)

    chat: Mapped[Chat] = relationship()


class Message(OfOrganisation, Table):
    """The thread with a chat, both sides. `sensitive` words (danger, health) are purged first."""

    __tablename__ = "message"
    __table_args__ = (Index("ix_message_chat", "chat_id", "id"),)

    chat_id: Mapped[int] = mapped_column(ForeignKey("chat.id"))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    direction: Mapped[Direction] = mapped_column(choice(Direction))
    at: Mapped[datetime]
    words: Mapped[str] = mapped_column(EncryptedText)
    attachment: Mapped[Any | None] = mapped_column(EncryptedJson)
    intent: Mapped[str | None] = mapped_column(String(40))
    sensitive: Mapped[bool] = mapped_column(default=False)
    # Its number at Telegram, so that it can be deleted there; None for what we sent (see the outbox).
    telegram_message: Mapped[int | None] = mapped_column(BigInteger)
    inbox_id: Mapped[int | None] = mapped_column(ForeignKey("inbox.id"), index=True)
    outbox_id: Mapped[int | None] = mapped_column(ForeignKey("outbox.id"), unique=True)


class Question(OfOrganisation, Table):
    """A question that waits for an answer; "oui" answers the only open one."""

    __tablename__ = "question"
    __table_args__ = (
        Index("uq_question_open", "organisation_id", "person_id", "kind", "object", unique=True,
              sqlite_where=text("closed_at IS NULL"), postgresql_where=text("closed_at IS NULL")),
        Index("ix_question_person", "person_id", "closed_at"),
    )  # fmt: skip

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    kind: Mapped[str] = mapped_column(String(32))
    object: Mapped[str] = mapped_column(String(64))
    asked_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    answer: Mapped[str | None] = mapped_column(String(40))


class Button(OfOrganisation, Table):
    """What a pressed button means. Telegram carries only `key`; the meaning never leaves the database."""

    __tablename__ = "button"
    __table_args__ = (UniqueConstraint("key"),)

    key: Mapped[str] = mapped_column(String(32))
    chat_id: Mapped[int] = mapped_column(ForeignKey("chat.id"), index=True)
    title: Mapped[str] = mapped_column(String(64))
    # For a tenant an intent of the catalogue, for staff an act ("case.take").
    meaning: Mapped[str] = mapped_column(String(40))
    values: Mapped[dict[str, Any]] = mapped_column(EncryptedJson, default=dict)
    question_id: Mapped[int | None] = mapped_column(ForeignKey("question.id"))
    expires_at: Mapped[datetime]


class ActionRun(OfOrganisation, Table):
    """What an action did for a message: a replay changes nothing and gives the same answer."""

    __tablename__ = "action_run"
    __table_args__ = (UniqueConstraint("organisation_id", "inbox_id", "action"),)

    inbox_id: Mapped[int] = mapped_column(BigId)
    action: Mapped[str] = mapped_column(String(40))
    result: Mapped[Any] = mapped_column(EncryptedJson)
    at: Mapped[datetime]
