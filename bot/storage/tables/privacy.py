"""What was purged and erased: figures alone, no person."""

from datetime import date, datetime

from sqlalchemy import JSON, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bot.storage.tables.base import OfOrganisation, Table


class RetentionRun(OfOrganisation, Table):
    """The account of one night: how many rows each step blanked or deleted. Without an end it goes on."""

    __tablename__ = "retention_run"
    __table_args__ = (UniqueConstraint("organisation_id", "night"),)

    night: Mapped[date]
    counts: Mapped[dict[str, int]] = mapped_column(JSON, default=dict)
    ended_at: Mapped[datetime | None]


class Erasure(OfOrganisation, Table):
    """The proof of an erasure, without the person: who holds the reference and the key can check it."""

    __tablename__ = "erasure"

    at: Mapped[datetime]
    # Keyed fingerprint of the person's reference.
    fingerprint: Mapped[str] = mapped_column(String(64), index=True)
    # "tenant", or the name of a retention rule.
    asked_by: Mapped[str] = mapped_column(String(24))
    # Rows erased, by table.
    counts: Mapped[dict[str, int]] = mapped_column(JSON, default=dict)
    # What stays, or stayed for a while: names of the register's tables.
    kept: Mapped[list[str]] = mapped_column(JSON, default=list)
