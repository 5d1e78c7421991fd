"""The rank of the open rent cases, looked at anew every night: a legal date comes nearer, a debt is paid."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from bot.domain.states import CaseState
from bot.services.house import House
from bot.services.one_by_one import together, tried_lately
from bot.services.rent import rent
from bot.services.rent import signals as rent_signals
from bot.storage.tables import Case, Lease

_JOB = "rent.ranks"


def refresh(session: Session, now: datetime, house: House, limit: int = 50) -> int:
    """Tick: rank at most `limit` of the cases that today has not ranked yet; returns how many."""
    today = rent.local_day(now, house)
    cases = session.scalars(
        select(Case.id)
        .where(
            Case.kind == rent.ARREARS,
            Case.state != CaseState.CLOSED,
            Case.object != "",
            or_(Case.ranked_on.is_(None), Case.ranked_on < today),
            Case.id.not_in(tried_lately(_JOB, now)),
        )
        .order_by(Case.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()

    def rank(ids: Sequence[int]) -> None:
        for case in session.scalars(select(Case).where(Case.id.in_(ids)).order_by(Case.id)):
            lease_id, _ = rent.read_object(case.object)
            case.rank = rent_signals.of_lease(session, house, session.get_one(Lease, lease_id), today).rank
            case.ranked_on = today

    together(session, now, _JOB, Case, cases, rank)
    return len(cases)
