"""Who works when: absences, and the calendar of the on-call."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from bot.domain.states import Gives
from bot.storage.tables.base import OfOrganisation, Table, choice
from bot.storage.tables.people import Staff


class Absence(OfOrganisation, Table):
    """Days on which a member of staff does not work, both included, and who stands in (nobody: the team)."""

    __tablename__ = "absence"
    __table_args__ = (
        Index("ix_absence_staff", "staff_id", "ends_on"),
        CheckConstraint("ends_on >= starts_on", name="in_order"),
        CheckConstraint("stand_in_id IS NULL OR stand_in_id <> staff_id", name="somebody_else"),
    )

    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    stand_in_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    # What is handed over when it begins; None once that is done.
    gives: Mapped[Gives | None] = mapped_column(choice(Gives))

    staff: Mapped[Staff] = relationship(foreign_keys=[staff_id])
    stand_in: Mapped[Staff | None] = relationship(foreign_keys=[stand_in_id])


class Duty(OfOrganisation, Table):
    """A turn of the on-call. While none runs, the people marked `on_call` in the team's file are on call."""

    __tablename__ = "duty"
    __table_args__ = (
        Index("ix_duty_time", "organisation_id", "starts_at"),
        CheckConstraint("ends_at IS NULL OR ends_at >= starts_at", name="in_order"),
    )

    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    starts_at: Mapped[datetime]
    # None: until somebody else is put on call.
    ends_at: Mapped[datetime | None]

    staff: Mapped[Staff] = relationship()
