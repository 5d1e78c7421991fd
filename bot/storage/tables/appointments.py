"""Who meets whom: appointments and their history, series, times offered, drop-ins of partners."""

from datetime import date, datetime, time
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from bot.domain.states import AppointmentKind, AppointmentState, OfferState
from bot.storage.tables.base import OfOrganisation, Table, choice
from bot.storage.tables.people import Person, Staff
from bot.storage.types import EncryptedJson, EncryptedText


class AppointmentSeries(OfOrganisation, Table):
    """The same meeting every so many weeks; its appointments are made some weeks ahead."""

    __tablename__ = "appointment_series"
    __table_args__ = (
        CheckConstraint("every_weeks >= 1", name="every_weeks"),
        CheckConstraint("minutes BETWEEN 5 AND 480", name="minutes"),
        CheckConstraint("ends_on IS NULL OR ends_on >= first_on", name="in_order"),
    )

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), index=True)
    kind: Mapped[AppointmentKind] = mapped_column(choice(AppointmentKind))
    subject: Mapped[str] = mapped_column(EncryptedText, default="")
    place: Mapped[str] = mapped_column(EncryptedText, default="")
    first_on: Mapped[date]
    # Wall-clock time in the house's zone: it stays the same over both changes of the hour.
    at: Mapped[time]
    minutes: Mapped[int]
    every_weeks: Mapped[int]
    ends_on: Mapped[date | None]
    # Days of the series without a meeting, as ISO dates.
    exceptions: Mapped[list[str]] = mapped_column(JSON, default=list)
    # The journey that asks for these meetings, if one does.
    journey: Mapped[str] = mapped_column(String(40), default="")

    person: Mapped[Person] = relationship()
    staff: Mapped[Staff] = relationship()


class Appointment(OfOrganisation, Table):
    """One meeting of one tenant and one caseworker. `version` goes up with every change of time or place."""

    __tablename__ = "appointment"
    __table_args__ = (
        UniqueConstraint("organisation_id", "reference"),
        UniqueConstraint("organisation_id", "series_id", "series_day"),
        CheckConstraint("minutes BETWEEN 5 AND 480", name="minutes"),
        Index("ix_appointment_staff_time", "staff_id", "starts_at"),
        Index("ix_appointment_person_time", "person_id", "starts_at"),
        Index("ix_appointment_time", "organisation_id", "starts_at", "id"),
    )

    # The landlord's own; none for what was booked in Palier.
    reference: Mapped[str | None] = mapped_column(String(64))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    kind: Mapped[AppointmentKind] = mapped_column(choice(AppointmentKind))
    subject: Mapped[str] = mapped_column(EncryptedText, default="")
    place: Mapped[str] = mapped_column(EncryptedText, default="")
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]
    # What to bring, one line each.
    papers: Mapped[list[str]] = mapped_column(EncryptedJson, default=list)
    starts_at: Mapped[datetime]
    minutes: Mapped[int]
    state: Mapped[AppointmentState] = mapped_column(
        choice(AppointmentState), default=AppointmentState.TO_CONFIRM
    )
    version: Mapped[int] = mapped_column(default=1)
    # When the tenant was last told of this very time: reminders are planned from it.
    told_at: Mapped[datetime]
    # Another time that the tenant asks for, until the caseworker decides.
    wished_at: Mapped[datetime | None]
    needs_help: Mapped[bool] = mapped_column(default=False)
    # Why a visit was refused, one of the reasons of data/content/appointments.yml.
    refusal: Mapped[str] = mapped_column(String(40), default="")
    series_id: Mapped[int | None] = mapped_column(ForeignKey("appointment_series.id"), index=True)
    # The day of the series that it stands for, wherever it was moved to.
    series_day: Mapped[date | None]
    journey: Mapped[str] = mapped_column(String(40), default="")
    created_at: Mapped[datetime]

    person: Mapped[Person] = relationship()
    staff: Mapped[Staff] = relationship()
    history: Mapped[list["AppointmentEvent"]] = relationship(order_by="AppointmentEvent.id")


class AppointmentEvent(OfOrganisation, Table):
    """One dated change. Without a member of staff it is the tenant's, or Palier's own."""

    __tablename__ = "appointment_event"

    appointment_id: Mapped[int] = mapped_column(ForeignKey("appointment.id"), index=True)
    at: Mapped[datetime]
    kind: Mapped[str] = mapped_column(String(24))
    by_tenant: Mapped[bool] = mapped_column(default=False)
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    state: Mapped[AppointmentState] = mapped_column(choice(AppointmentState))
    detail: Mapped[Any | None] = mapped_column(EncryptedJson)

    actor: Mapped[Staff | None] = relationship()


class AppointmentOffer(OfOrganisation, Table):
    """Two or three times from which a tenant picks one; it makes an appointment, or moves one."""

    __tablename__ = "appointment_offer"

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    # The appointment that the choice moves; none: it makes a new one.
    appointment_id: Mapped[int | None] = mapped_column(ForeignKey("appointment.id"), index=True)
    kind: Mapped[AppointmentKind] = mapped_column(choice(AppointmentKind))
    subject: Mapped[str] = mapped_column(EncryptedText, default="")
    place: Mapped[str] = mapped_column(EncryptedText, default="")
    papers: Mapped[list[str]] = mapped_column(EncryptedJson, default=list)
    minutes: Mapped[int]
    # Instants in UTC, ISO 8601.
    slots: Mapped[list[str]] = mapped_column(JSON, default=list)
    state: Mapped[OfferState] = mapped_column(choice(OfferState), default=OfferState.OPEN)
    journey: Mapped[str] = mapped_column(String(40), default="")
    made_at: Mapped[datetime]

    person: Mapped[Person] = relationship()
    staff: Mapped[Staff] = relationship()


class DropIn(OfOrganisation, Table):
    """A *permanence*: when and where a partner receives without an appointment."""

    __tablename__ = "drop_in"
    __table_args__ = (
        UniqueConstraint("organisation_id", "reference"),
        Index("ix_drop_in_time", "organisation_id", "starts_at"),
    )

    reference: Mapped[str] = mapped_column(String(64))
    partner: Mapped[str] = mapped_column(String(80))
    # Empty: for every district.
    districts: Mapped[list[str]] = mapped_column(JSON, default=list)
    starts_at: Mapped[datetime]
    minutes: Mapped[int]
    place: Mapped[str] = mapped_column(String(200), default="")


class DropInWish(OfOrganisation, Table):
    """Who asked when a partner receives: they are told of the next times."""

    __tablename__ = "drop_in_wish"
    __table_args__ = (UniqueConstraint("organisation_id", "person_id", "partner"),)

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    # Folded: lower case, without accents.
    partner: Mapped[str] = mapped_column(String(80))
    asked_at: Mapped[datetime]
