"""Who delivers for a bot: Telegram's limits are per bot, so one worker at a time, the others stand by."""

from datetime import datetime, timedelta

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from bot.processes import is_dead
from bot.storage.tables import DeliveryLease

LEASE = timedelta(seconds=10)


def hold(session: Session, real_now: datetime, bot_id: int, me: str) -> tuple[int, bool] | None:
    """Take or renew the lease: its fencing number and whether it was just taken; None when another holds it.

    `real_now` is machine time. The row is locked until the transaction ends.
    """
    lease = session.scalar(select(DeliveryLease).filter_by(bot_id=bot_id).with_for_update())
    if lease is None:
        lease = DeliveryLease(bot_id=bot_id, owner=me, fence=0, until=real_now)
        session.add(lease)
    mine = lease.owner == me and lease.fence > 0
    if not mine and lease.until > real_now and not is_dead(lease.owner, me):
        return None
    if not mine:
        lease.owner, lease.fence = me, lease.fence + 1
    lease.until = real_now + LEASE
    session.flush()
    return lease.fence, not mine


# The lease is still that worker's: nobody has taken over since `fence`.
HELD = (
    (DeliveryLease.bot_id == bindparam("bot"))
    & (DeliveryLease.owner == bindparam("me"))
    & (DeliveryLease.fence == bindparam("fence"))
)
_HELD = select(DeliveryLease.id).where(HELD).with_for_update(read=True)


def is_held(session: Session, bot_id: int, me: str, fence: int) -> bool:
    """Whether this worker may still mark rows: nobody has taken over since `fence`."""
    return session.scalar(_HELD, {"bot": bot_id, "me": me, "fence": fence}) is not None


def release(session: Session, real_now: datetime, bot_id: int, me: str) -> None:
    """At a clean stop: another worker may take over at once."""
    lease = session.scalar(select(DeliveryLease).filter_by(bot_id=bot_id, owner=me))
    if lease is not None:
        lease.until = real_now


def keep_silent(session: Session, bot_id: int, until: datetime) -> None:
    """Telegram asked to wait: remembered here, so that a restart waits too."""
    lease = session.scalar(select(DeliveryLease).filter_by(bot_id=bot_id))
    if lease is not None:
        lease.silent_until = until


def silent_until(session: Session, bot_id: int) -> datetime | None:
    return session.scalar(select(DeliveryLease.silent_until).filter_by(bot_id=bot_id))
