"""Workshops: what takes place when, its seats, and who comes."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, UniqueConstraint, false, text, true
from sqlalchemy.orm import Mapped, mapped_column, relationship

from bot.domain.workshops import PlaceState, SendingState, WorkshopState
from bot.storage.tables.base import OfOrganisation, Table, choice
from bot.storage.tables.people import Person, Staff
from bot.storage.types import EncryptedJson


class Workshop(OfOrganisation, Table):
    """A collective workshop. `seats_taken` is changed by conditional updates alone: never oversold."""

    __tablename__ = "workshop"
    __table_args__ = (
        UniqueConstraint("organisation_id", "reference"),
        CheckConstraint("seats_taken BETWEEN 0 AND seats", name="never_oversold"),
        Index("ix_workshop_starts", "organisation_id", "starts_at"),
    )

    reference: Mapped[str] = mapped_column(String(64))
    title: Mapped[str] = mapped_column(String(120))
    theme: Mapped[str] = mapped_column(String(60), default="")
    starts_at: Mapped[datetime]
    minutes: Mapped[int]
    place: Mapped[str] = mapped_column(String(200))
    seats: Mapped[int]
    seats_taken: Mapped[int] = mapped_column(default=0)
    # Whom it is for; an empty list is everybody.
    districts: Mapped[list[str]] = mapped_column(JSON, default=list)
    residences: Mapped[list[str]] = mapped_column(JSON, default=list)
    profiles: Mapped[list[str]] = mapped_column(JSON, default=list)
    # Themes that they said yes to before; empty in rows older than the column.
    interests: Mapped[list[str] | None] = mapped_column(JSON, default=list)
    # Only for those who came to an earlier workshop of the same theme or series.
    came_before: Mapped[bool] = mapped_column(default=False, server_default=false())
    # Whether those who say nothing are asked once more.
    asks_again: Mapped[bool] = mapped_column(default=True, server_default=true())
    # A photo that Telegram keeps, shown with the invitation ({"kind", "id"}).
    poster: Mapped[Any | None] = mapped_column(EncryptedJson)
    # The sessions of one series share it.
    series: Mapped[str | None] = mapped_column(String(64))
    # People who came without a word and whom nobody has linked.
    walk_ins: Mapped[int] = mapped_column(default=0, server_default="0")
    led_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    state: Mapped[WorkshopState] = mapped_column(choice(WorkshopState), default=WorkshopState.OPEN)
    # Grows with each change of time or place that those who come are told of.
    version: Mapped[int] = mapped_column(default=0)

    led_by: Mapped[Staff | None] = relationship()


class WorkshopPlace(OfOrganisation, Table):
    """One tenant and one workshop: invited, coming with so many, waiting…"""

    __tablename__ = "workshop_place"
    __table_args__ = (
        UniqueConstraint("organisation_id", "workshop_id", "person_id"),
        CheckConstraint("seats > 0", name="seats"),
        CheckConstraint("(state = 'offered') = (offered_until IS NOT NULL)", name="offered_until"),
        Index("ix_workshop_place_offer", "state", "offered_until"),
    )

    workshop_id: Mapped[int] = mapped_column(ForeignKey("workshop.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    state: Mapped[PlaceState] = mapped_column(choice(PlaceState), default=PlaceState.INVITED)
    seats: Mapped[int] = mapped_column(default=1)
    # The order of the waiting list.
    since: Mapped[datetime]
    offered_until: Mapped[datetime | None]
    # Whether they came, as who leads the workshop has seen; and the two answers of the day after.
    present: Mapped[bool | None]
    useful: Mapped[str | None] = mapped_column(String(8))
    again: Mapped[str | None] = mapped_column(String(8))

    workshop: Mapped[Workshop] = relationship()
    person: Mapped[Person] = relationship()


class WorkshopDraft(OfOrganisation, Table):
    """A workshop that a member of staff is describing on Telegram: the question that waits, and what was
    answered so far. One for each; it is gone once the workshop is made or given up."""

    __tablename__ = "workshop_draft"
    __table_args__ = (UniqueConstraint("organisation_id", "staff_id"),)

    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    step: Mapped[str] = mapped_column(String(24))
    values: Mapped[dict[str, Any]] = mapped_column(EncryptedJson)
    touched_at: Mapped[datetime]

    staff: Mapped[Staff] = relationship()


class WorkshopSending(OfOrganisation, Table):
    """The sending of a workshop's invitations; one at a time for each. `shown`: the counts last shown."""

    __tablename__ = "workshop_sending"
    __table_args__ = (
        Index("uq_workshop_sending_open", "organisation_id", "workshop_id", unique=True,
              sqlite_where=text("state IN ('planned', 'going')"),
              postgresql_where=text("state IN ('planned', 'going')")),
    )  # fmt: skip

    workshop_id: Mapped[int] = mapped_column(ForeignKey("workshop.id"), index=True)
    # Who is shown how it goes; nobody when a program asked for it.
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    starts_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    state: Mapped[SendingState] = mapped_column(choice(SendingState), default=SendingState.PLANNED)
    invited: Mapped[int] = mapped_column(default=0)
    shown: Mapped[str] = mapped_column(String(80), default="")

    workshop: Mapped[Workshop] = relationship()
    staff: Mapped[Staff | None] = relationship()
