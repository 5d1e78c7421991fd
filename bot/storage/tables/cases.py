"""What needs a person: cases, their dated history, one-time links to a case page."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, false, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from bot.domain.states import CaseState, Outcome, Urgency
from bot.domain.triage import Rank
from bot.storage.tables.base import OfOrganisation, Table, choice
from bot.storage.tables.people import Chat, Person, Staff
from bot.storage.types import EncryptedJson


class Case(OfOrganisation, Table):
    """One open case a (person or unknown chat, kind, object): a new sign joins the open one."""

    __tablename__ = "case_file"
    __table_args__ = (
        Index("uq_case_open", "organisation_id", "subject", "kind", "object", unique=True,
              sqlite_where=text("state <> 'closed'"), postgresql_where=text("state <> 'closed'")),
        Index("ix_case_queue", "organisation_id", "state", "due_at"),
        Index("ix_case_list", "organisation_id", "state", "id"),
        Index("ix_case_owner", "owner_id", "state"),
        CheckConstraint("(state = 'closed') = (outcome IS NOT NULL)", name="outcome_when_closed"),
        CheckConstraint("state <> 'taken' OR owner_id IS NOT NULL", name="taken_has_owner"),
    )  # fmt: skip

    # "person:12", or "chat:5" for someone who is not linked.
    subject: Mapped[str] = mapped_column(String(40))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    chat_id: Mapped[int | None] = mapped_column(ForeignKey("chat.id"))
    kind: Mapped[str] = mapped_column(String(40))
    object: Mapped[str] = mapped_column(String(64))
    urgency: Mapped[Urgency] = mapped_column(choice(Urgency))
    # Among the cases of one urgency: the lower, the sooner (bot.domain.triage).
    rank: Mapped[int] = mapped_column(default=int(Rank.PLAIN), server_default=str(int(Rank.PLAIN)))
    # The day on which the rank was last looked at (cases about a rent, every night).
    ranked_on: Mapped[date | None]
    state: Mapped[CaseState] = mapped_column(choice(CaseState), default=CaseState.NEW)
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    opened_at: Mapped[datetime]
    due_at: Mapped[datetime]
    # When the next person of the ladder is alerted if nobody has taken the case; on a taken one, when
    # the team is if its owner has not looked at a new sign of danger.
    escalate_at: Mapped[datetime | None]
    level: Mapped[int] = mapped_column(default=0)
    outcome: Mapped[Outcome | None] = mapped_column(choice(Outcome))
    closed_at: Mapped[datetime | None]
    # When somebody first took it; the delay that counts.
    taken_at: Mapped[datetime | None]
    # While `waiting`: until when, and a code of WaitReason.
    waiting_until: Mapped[datetime | None]
    waiting_reason: Mapped[str | None] = mapped_column(String(24))
    # The closed case of the same matter that came before it.
    previous_id: Mapped[int | None] = mapped_column(ForeignKey("case_file.id"))
    # Closed as a duplicate: the case that goes on.
    merged_into_id: Mapped[int | None] = mapped_column(ForeignKey("case_file.id"))
    # How often it was given back to the team: each time its alerts are new ones.
    round: Mapped[int] = mapped_column(default=0, server_default="0")
    # Whether the tenant was told that somebody reads it: then they hear of what follows too.
    promised: Mapped[bool] = mapped_column(default=False, server_default=false())

    person: Mapped[Person | None] = relationship()
    chat: Mapped[Chat | None] = relationship()
    owner: Mapped[Staff | None] = relationship()
    previous: Mapped["Case | None"] = relationship(foreign_keys=[previous_id], remote_side="Case.id")
    merged_into: Mapped["Case | None"] = relationship(foreign_keys=[merged_into_id], remote_side="Case.id")
    history: Mapped[list["CaseEvent"]] = relationship(order_by="CaseEvent.id")


class CaseEvent(OfOrganisation, Table):
    """One line of a case's history: what was signalled, read or done, by whom (no actor: Palier)."""

    __tablename__ = "case_event"

    case_id: Mapped[int] = mapped_column(ForeignKey("case_file.id"), index=True)
    at: Mapped[datetime]
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    kind: Mapped[str] = mapped_column(String(32))
    detail: Mapped[Any | None] = mapped_column(EncryptedJson)

    actor: Mapped[Staff | None] = relationship()


class AccessLink(OfOrganisation, Table):
    """A one-time, short-lived address that opens a page for one member of staff."""

    __tablename__ = "access_link"
    __table_args__ = (UniqueConstraint("fingerprint"),)

    fingerprint: Mapped[str] = mapped_column(String(64))
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    case_id: Mapped[int | None] = mapped_column(ForeignKey("case_file.id"))
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]

    staff: Mapped[Staff] = relationship()


class WebSession(OfOrganisation, Table):
    """A browser of a member of staff, logged in by a one-time link."""

    __tablename__ = "web_session"
    __table_args__ = (UniqueConstraint("fingerprint"),)

    fingerprint: Mapped[str] = mapped_column(String(64))
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    expires_at: Mapped[datetime]

    staff: Mapped[Staff] = relationship()
