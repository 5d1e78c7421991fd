"""Eco-gestures: what is known of a home, which tips a tenant has had and what was said of them."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from bot.domain.tips import TipAnswer
from bot.storage.tables.base import BigId, OfOrganisation, Table, choice
from bot.storage.tables.people import Person
from bot.storage.types import EncryptedJson


class HomeTrait(OfOrganisation, Table):
    """What one tenant said of the home (data/content/tips/household.yml); theirs alone, and encrypted:
    whether somebody is ill or a baby lives there is among it."""

    __tablename__ = "home_trait"
    __table_args__ = (UniqueConstraint("organisation_id", "person_id", "name"),)

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    name: Mapped[str] = mapped_column(String(40))
    # None: the tenant does not know; it is not asked again.
    present: Mapped[bool | None] = mapped_column(EncryptedJson)
    said_at: Mapped[datetime]


class TipGiven(OfOrganisation, Table):
    """A tip that a tenant has had, once; what was answered, and what a month later."""

    __tablename__ = "tip_given"
    __table_args__ = (
        UniqueConstraint("organisation_id", "person_id", "tip"),
        Index("ix_tip_given_outbox", "outbox_id"),
    )

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    # Its id in data/content/tips.
    tip: Mapped[str] = mapped_column(String(40))
    given_at: Mapped[datetime]
    # The message of the week that gave it; None when it was asked for.
    outbox_id: Mapped[int | None] = mapped_column(BigId)
    answer: Mapped[TipAnswer | None] = mapped_column(choice(TipAnswer))
    answered_at: Mapped[datetime | None]

    person: Mapped[Person] = relationship()
