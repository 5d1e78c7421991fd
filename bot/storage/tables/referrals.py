"""Households that somebody who sees no case hands to those who do."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from bot.storage.tables.base import OfOrganisation, Table
from bot.storage.tables.cases import Case
from bot.storage.tables.people import Person, Staff
from bot.storage.types import EncryptedText


class Referral(OfOrganisation, Table):
    """A tenant referred by a partner or a mediator, who sees what becomes of it and nothing of the case."""

    __tablename__ = "referral"
    __table_args__ = (Index("ix_referral_staff", "staff_id", "id"),)

    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    case_id: Mapped[int] = mapped_column(ForeignKey("case_file.id"))
    words: Mapped[str] = mapped_column(EncryptedText)
    made_at: Mapped[datetime]

    staff: Mapped[Staff] = relationship()
    person: Mapped[Person] = relationship()
    case: Mapped[Case] = relationship()
