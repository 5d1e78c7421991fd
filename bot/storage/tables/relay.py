"""The relay between a caseworker and a tenant: drafts that wait for "Envoyer", and open talks."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from bot.domain.relay import DraftState, RelayEnd
from bot.storage.tables.base import OfOrganisation, Table, choice
from bot.storage.tables.cases import Case
from bot.storage.tables.people import Chat, Person, Staff
from bot.storage.types import EncryptedJson, EncryptedText


class Relay(OfOrganisation, Table):
    """A talk between a member of staff and a tenant about one case; one at a time in a tenant's chat.

    `staff` holds it. Before `starts_at` (the decent hour at which its first message leaves) the tenant
    still speaks to Palier.
    """

    __tablename__ = "relay"
    __table_args__ = (
        Index("uq_relay_open", "organisation_id", "chat_id", unique=True,
              sqlite_where=text("ended_at IS NULL"), postgresql_where=text("ended_at IS NULL")),
        CheckConstraint("(ended_at IS NULL) = (why IS NULL)", name="why_when_ended"),
    )  # fmt: skip

    case_id: Mapped[int] = mapped_column(ForeignKey("case_file.id"), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    chat_id: Mapped[int] = mapped_column(ForeignKey("chat.id"))
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), index=True)
    # The owner of the case when the relay was last looked at: another one now is a hand-over.
    owner_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    opened_at: Mapped[datetime]
    starts_at: Mapped[datetime]
    staff_at: Mapped[datetime]
    tenant_at: Mapped[datetime | None]
    # When silence ends it.
    silent_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    why: Mapped[RelayEnd | None] = mapped_column(choice(RelayEnd))

    case: Mapped[Case] = relationship()
    person: Mapped[Person] = relationship()
    chat: Mapped[Chat] = relationship()
    staff: Mapped[Staff] = relationship(foreign_keys=[staff_id])


class Draft(OfOrganisation, Table):
    """A message to a tenant that a member of staff writes; one open at a time in a staff chat.

    It remembers everything that was true when the recipient was shown: case, owner, person, chat.
    `fingerprint` is of the words that were shown: only a button that carries it sends them.
    """

    __tablename__ = "relay_draft"
    __table_args__ = (
        Index("uq_relay_draft_open", "organisation_id", "chat_id", unique=True,
              sqlite_where=text("state IN ('writing', 'shown')"),
              postgresql_where=text("state IN ('writing', 'shown')")),
        Index("ix_relay_draft_state", "state", "expires_at"),
    )  # fmt: skip

    # The staff member's chat; empty for a draft of the console.
    chat_id: Mapped[int | None] = mapped_column(ForeignKey("chat.id"))
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    case_id: Mapped[int] = mapped_column(ForeignKey("case_file.id"), index=True)
    owner_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    to_chat_id: Mapped[int] = mapped_column(ForeignKey("chat.id"))
    state: Mapped[DraftState] = mapped_column(choice(DraftState), default=DraftState.WRITING)
    opened_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    words: Mapped[str | None] = mapped_column(EncryptedText)
    attachment: Mapped[Any | None] = mapped_column(EncryptedJson)
    fingerprint: Mapped[str] = mapped_column(String(64), default="")
    relay_id: Mapped[int | None] = mapped_column(ForeignKey("relay.id"))
    # Its message is the first of the relay: it says who writes.
    opens: Mapped[bool] = mapped_column(default=False)

    staff: Mapped[Staff] = relationship(foreign_keys=[staff_id])
    case: Mapped[Case] = relationship()
    person: Mapped[Person] = relationship()
    relay: Mapped[Relay | None] = relationship()
