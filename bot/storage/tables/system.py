"""What the machines need to remember: the demo's clock, who delivers, who is alive."""

from datetime import datetime

from sqlalchemy import BigInteger, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from bot.storage.tables.base import Table


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
