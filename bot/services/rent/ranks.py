"""The rank of the open rent cases, looked at anew every night: a legal date comes nearer, a debt is paid."""

from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from bot.domain.states import CaseState
from bot.services.house import House
from bot.services.rent import rent
from bot.services.rent import signals as rent_signals
from bot.storage.tables import Case, Lease


def refresh(session: Session, now: datetime, house: House, limit: int = 50) -> int:
    """Tick: rank at most `limit` of the cases that today has not ranked yet; returns how many."""
    today = rent.local_day(now, house)
    cases = session.scalars(
        select(Case)
        .where(
            Case.kind == rent.ARREARS,
            Case.state != CaseState.CLOSED,
            Case.object != "",
            or_(Case.ranked_on.is_(None), Case.ranked_on < today),
        )
        .order_by(Case.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()
    for case in cases:
        lease_id, _ = rent.read_object(case.object)
        case.rank = rent_signals.of_lease(session, house, session.get_one(Lease, lease_id), today).rank
        case.ranked_on = today
    return len(cases)
