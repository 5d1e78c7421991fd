"""What the office does in the console: files brought in, settings changed."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from bot.storage.tables.base import OfOrganisation, Table
from bot.storage.tables.people import Staff
from bot.storage.types import EncryptedText


class UploadedFile(OfOrganisation, Table):
    """A landlord's file between its rehearsal and its import; `content` is its bytes as Latin-1."""

    __tablename__ = "uploaded_file"

    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), index=True)
    kind: Mapped[str] = mapped_column(String(24))
    name: Mapped[str] = mapped_column(String(120))
    until: Mapped[date | None]
    content: Mapped[str] = mapped_column(EncryptedText)
    expires_at: Mapped[datetime]


class SettingChange(OfOrganisation, Table):
    """A setting of the organisation that somebody changed; None: the default."""

    __tablename__ = "setting_change"
    __table_args__ = (Index("ix_setting_change_latest", "organisation_id", "id"),)

    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    at: Mapped[datetime]
    name: Mapped[str] = mapped_column(String(64))
    before: Mapped[Any | None] = mapped_column(JSON)
    after: Mapped[Any | None] = mapped_column(JSON)

    staff: Mapped[Staff] = relationship()
