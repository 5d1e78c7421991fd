"""Workshops: what takes place when, its seats, and who comes."""

from datetime import datetime

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from bot.domain.workshops import PlaceState, WorkshopState
from bot.storage.tables.base import OfOrganisation, Table, choice
from bot.storage.tables.people import Person, Staff


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

    workshop: Mapped[Workshop] = relationship()
    person: Mapped[Person] = relationship()
