"""The one clock. Business time is real time plus an offset row that only demo and tests may set."""

import math
from datetime import UTC, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.storage.tables import ClockOffset


class Clock:
    """`now(session)` is the business time of that transaction; `real()` is the machine's, for leases."""

    def __init__(self, *, movable: bool = False) -> None:
        self.movable = movable

    def now(self, session: Session) -> datetime:
        return self.real() + self.offset(session)

    def offset(self, session: Session) -> timedelta:
        if not self.movable:
            return timedelta()
        seconds = session.scalar(select(ClockOffset.seconds).where(ClockOffset.id == 1))
        return timedelta(seconds=seconds or 0)

    def move_to(self, session: Session, instant: datetime) -> None:
        """Set business time. Raises PermissionError outside demo and tests."""
        if not self.movable:
            raise PermissionError("the clock moves only in the demo and in tests")
        # Up, never down: what is due at `instant` is due when the clock has been moved there.
        seconds = math.ceil((instant - self.real()).total_seconds())
        session.merge(ClockOffset(id=1, seconds=seconds))

    @staticmethod
    def real() -> datetime:
        return datetime.now(UTC)
