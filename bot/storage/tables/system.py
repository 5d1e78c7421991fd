"""What the machines need to remember: the demo's clock, who delivers, what a tick could not do."""

from datetime import datetime

from sqlalchemy import BigInteger, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bot.storage.tables.base import OfOrganisation, Table


class ClockOffset(Table):
    """One row at most: seconds to add to real time (demo and tests only)."""

    __tablename__ = "clock_offset"

    seconds: Mapped[int] = mapped_column(BigInteger)


class DeliveryLease(Table):
    """Which process delivers for a bot, until when (real time), under which fencing number."""

    __tablename__ = "delivery_lease"

    bot_id: Mapped[int] = mapped_column(BigInteger, unique=True)
    owner: Mapped[str] = mapped_column(String(40))
    fence: Mapped[int] = mapped_column(Integer, default=1)
    until: Mapped[datetime]
    # Telegram said "retry after": nothing leaves before (real time).
    silent_until: Mapped[datetime | None]


class LeftUndone(OfOrganisation, Table):
    """What a tick (`job`, where it says so) could not do with the row `row` of the table `what`, or could not
    do at all (no table, and 0); last tried `at` (business time), in vain for a `fault` of that class."""

    __tablename__ = "left_undone"
    __table_args__ = (UniqueConstraint("organisation_id", "job", "what", "row"),)

    job: Mapped[str] = mapped_column(String(40))
    what: Mapped[str] = mapped_column(String(40))
    row: Mapped[int] = mapped_column(BigInteger)
    at: Mapped[datetime]
    fault: Mapped[str] = mapped_column(String(40))
