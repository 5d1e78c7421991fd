"""Programs that speak to the API: their tokens, and what was answered to their creations."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from bot.domain.states import Role
from bot.storage.tables.base import OfOrganisation, Table, choice
from bot.storage.tables.people import Staff
from bot.storage.types import EncryptedJson


class ApiToken(OfOrganisation, Table):
    """A bearer token, shown once; only its fingerprint is kept."""

    __tablename__ = "api_token"
    __table_args__ = (UniqueConstraint("fingerprint"),)

    fingerprint: Mapped[str] = mapped_column(String(64))
    role: Mapped[Role] = mapped_column(choice(Role))
    # Who signs what it does; without a member it reads and creates, and signs nothing.
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]

    staff: Mapped[Staff | None] = relationship()


class ApiAnswer(OfOrganisation, Table):
    """What a creation under an `Idempotency-Key` answered."""

    __tablename__ = "api_answer"
    __table_args__ = (
        UniqueConstraint("organisation_id", "token_id", "key"),
        Index("ix_api_answer_expires", "expires_at"),
    )

    token_id: Mapped[int] = mapped_column(ForeignKey("api_token.id"))
    key: Mapped[str] = mapped_column(String(80))
    # Of the address and the body: the same key for another request is a mistake.
    fingerprint: Mapped[str] = mapped_column(String(64))
    # Empty once somebody of the organisation was erased: it may have spoken of them.
    body: Mapped[Any] = mapped_column(EncryptedJson)
    expires_at: Mapped[datetime]
