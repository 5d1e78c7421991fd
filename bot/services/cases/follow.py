"""What happens to a followed case by itself: a sign comes, a wait ends, its owner is away or looks away."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.domain.calendar import deadline
from bot.domain.case_moves import Act, moved
from bot.domain.states import CaseState
from bot.services.cases import alerts, news, rota
from bot.services.cases.history import record
from bot.services.house import House
from bot.services.one_by_one import one_by_one
from bot.storage.tables import Case, Staff


def woken(
    session: Session, now: datetime, house: House, case: Case, *, what: str = news.SIGN, danger: bool = False
) -> None:
    """A new sign on a case that somebody follows: the wait ends and its owner hears of it, once until
    they look, as the news `what`. An owner who is away or cannot be reached: the team has it back; so it
    is when a sign of danger has not been looked at in time."""
    if case.state is CaseState.WAITING:
        _resume(session, now, case, "sign")
    _tell_or_release(session, now, house, case, news.DANGER if danger else what)
    if danger and case.state is CaseState.TAKEN:
        case.escalate_at = case.escalate_at or now + alerts.URGENT_STEP


def heard(session: Session, now: datetime, house: House, case: Case, what: str) -> None:
    """A good news: who follows the case hears of it, and need do nothing; of a case that nobody follows
    the history is enough."""
    if case.state in (CaseState.TAKEN, CaseState.WAITING):
        news.tell_owner(session, now, house, case, what)


def seen(case: Case, staff: Staff) -> None:
    """Its owner has looked, or acted: the team need not be alerted of what is new."""
    if case.owner_id == staff.id:
        case.escalate_at = None


def release_unseen(session: Session, now: datetime, house: House, limit: int = 50) -> int:
    """Tick: a sign of danger on a followed case, and its owner does not look. Returns how many cases
    the team has back."""
    unseen = session.scalars(
        select(Case)
        .where(Case.state == CaseState.TAKEN, Case.escalate_at <= now)
        .order_by(Case.escalate_at, Case.id)
        .limit(limit)
    ).all()

    def give_back(case: Case) -> None:
        record(session, now, case, "released", detail={"because": "unseen"})
        release(session, now, house, case)

    return one_by_one(session, now, unseen, give_back)


def end_waits(session: Session, now: datetime, house: House, limit: int = 50) -> int:
    """Tick: the cases whose waiting day has come go back to their owner. Returns how many."""
    cases = session.scalars(
        select(Case)
        .where(Case.state == CaseState.WAITING, Case.waiting_until <= now)
        .order_by(Case.waiting_until, Case.id)
        .limit(limit)
    ).all()

    def go_on(case: Case) -> None:
        _resume(session, now, case, "date")
        _tell_or_release(session, now, house, case, news.BACK)

    return one_by_one(session, now, cases, go_on)


def release(session: Session, now: datetime, house: House, case: Case) -> None:
    """Nobody follows it any more: it is new for the team, with a fresh delay and fresh alerts."""
    case.state, case.owner, case.waiting_until, case.waiting_reason = CaseState.NEW, None, None, None
    case.due_at = deadline(now, case.urgency, house.zone, house.holidays)
    case.level, case.round = 0, case.round + 1
    session.flush()
    alerts.alert(session, now, house, case)


def _resume(session: Session, now: datetime, case: Case, because: str) -> None:
    after = moved(case.state, Act.RESUME)
    assert after is not None
    case.state, case.waiting_until, case.waiting_reason = after, None, None
    record(session, now, case, "back", detail={"because": because})


def _tell_or_release(session: Session, now: datetime, house: House, case: Case, what: str) -> None:
    assert case.owner is not None
    away = rota.is_absent(session, now, house, case.owner)
    if away or not news.tell_owner(session, now, house, case, what):
        record(session, now, case, "released", detail={"because": "away" if away else "unreachable"})
        release(session, now, house, case)
