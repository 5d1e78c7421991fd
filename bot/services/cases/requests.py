"""What is asked of somebody else for a case: a colleague's advice, the social fund, a commission's agenda."""

from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from bot.domain.case_requests import OUTCOMES, RequestKind, RequestOutcome
from bot.domain.states import CaseState
from bot.services import access
from bot.services.cases import news, rota
from bot.services.cases.cases import CaseRefused
from bot.services.cases.history import record
from bot.services.house import House
from bot.services.rent import plan_rows
from bot.services.rent import signals as rent_signals
from bot.services.rent.signals import Signals
from bot.storage.tables import Case, CaseRequest, Staff

MOST_COMMISSION = 80
MOST_AMOUNT_CENTS = 1_000_000_00


def askable(session: Session, now: datetime, house: House, case: Case, staff: Staff) -> list[Staff]:
    """Whose advice `staff` may ask: at work, and with the right to read the case. Who is not on Telegram
    sees it in the queue."""
    present = rota.team(session, now, house, staff.organisation_id).present
    others = (one for one in present if one.id not in (staff.id, case.owner_id))
    return [one for one in others if access.may_read(case, one)]


def ask_colleague(
    session: Session, now: datetime, house: House, case_id: int, staff: Staff, to: Staff, words: str
) -> CaseRequest:
    """Ask a colleague, who is told on Telegram without a name; the case stays with who follows it.

    Raises CaseRefused: not_owner, closed, not_there, asked_already.
    """
    case = _led(session, case_id, staff)
    if to not in askable(session, now, house, case, staff):
        raise CaseRefused("not_there")
    if any(one.asked_of_id == to.id for one in of_case(session, case) if one.outcome is None):
        raise CaseRefused("asked_already")
    asked = _add(session, now, case, staff, RequestKind.COLLEAGUE, to.display_name, words, asked_of=to)
    news.tell_asked(session, now, house, asked)
    return asked


def ask_fund(
    session: Session,
    now: datetime,
    house: House,
    case_id: int,
    staff: Staff,
    *,
    amount_cents: int | None = None,
    answer_by: date | None = None,
    words: str = "",
) -> CaseRequest:
    """Note that the social fund was asked. Raises CaseRefused: not_owner, closed, fund_share (the rent takes
    no more of the known resources than the organisation's mark), amount, asked_already."""
    case = _led(session, case_id, staff)
    found = signals(session, house, case, _today(now, house))
    if found is None or not may_ask_fund(found):
        raise CaseRefused("fund_share")
    if amount_cents is not None and not 0 < amount_cents <= MOST_AMOUNT_CENTS:
        raise CaseRefused("amount")
    if any(one.kind is RequestKind.FUND and one.outcome is None for one in of_case(session, case)):
        raise CaseRefused("asked_already")
    detail = {"due_on": answer_by, "amount_cents": amount_cents}
    return _add(session, now, case, staff, RequestKind.FUND, "", words, **detail)


def put_on_agenda(
    session: Session,
    now: datetime,
    house: House,
    case_id: int,
    staff: Staff,
    commission: str,
    meets_on: date,
    words: str = "",
) -> CaseRequest:
    """Put the case on the agenda of a commission's meeting.

    Raises CaseRefused: not_owner, closed, commission (no name, or too long), past, asked_already.
    """
    case, name = _led(session, case_id, staff), commission.strip()
    if not name or len(name) > MOST_COMMISSION:
        raise CaseRefused("commission")
    today = _today(now, house)
    if not today <= meets_on <= today + timedelta(days=730):
        raise CaseRefused("past")
    asked = [one for one in of_case(session, case) if one.outcome is None]
    if any((one.commission, one.due_on) == (name, meets_on) for one in asked):
        raise CaseRefused("asked_already")
    return _add(
        session, now, case, staff, RequestKind.COMMISSION, name, words, commission=name, due_on=meets_on
    )


def end(
    session: Session,
    now: datetime,
    house: House,
    request: CaseRequest,
    staff: Staff,
    outcome: RequestOutcome,
    words: str = "",
) -> CaseRequest:
    """What became of it. Who is asked answers; the rest is for who follows the case, who is told.

    Raises CaseRefused: request_over, not_owner.
    """
    session.refresh(request, with_for_update=True)
    if request.outcome is not None or outcome not in OUTCOMES[request.kind]:
        raise CaseRefused("request_over")
    if not may_end(request, staff, outcome):
        raise CaseRefused("not_owner")
    request.outcome, request.closed_at = outcome, now
    detail = {"request": request.kind.value, "result": outcome.value, "note": words}
    record(session, now, request.case, "request_over", actor=staff, detail=detail)
    follower = request.case.owner_id
    if follower not in (None, staff.id) and request.case.state is CaseState.TAKEN:
        news.tell_owner(session, now, house, request.case, news.ANSWERED)
    return request


def may_end(request: CaseRequest, staff: Staff, outcome: RequestOutcome) -> bool:
    """An answer is given by who was asked, anything else by who follows the case."""
    if outcome is RequestOutcome.ANSWERED:
        return request.asked_of_id == staff.id
    return access.may_lead(request.case, staff)


def signals(session: Session, house: House, case: Case, today: date) -> Signals | None:
    """The signals of the lease that the case is about; None when it is about none."""
    lease = plan_rows.lease_of(session, case)
    return rent_signals.of_lease(session, house, lease, today) if lease else None


def may_ask_fund(found: Signals) -> bool:
    """The rent takes more of the resources than the mark, or nobody knows the resources."""
    return found.share is None or found.share > found.limits.share_percent


def of_case(session: Session, case: Case) -> list[CaseRequest]:
    """Everything that was asked for the case, the oldest first."""
    found = select(CaseRequest).filter_by(case_id=case.id).order_by(CaseRequest.id)
    return list(session.scalars(found.options(selectinload(CaseRequest.asked_by))))


def words_of(case: Case) -> dict[int, str]:
    """By request, what was said when it was asked."""
    said = (event.detail or {} for event in case.history if event.kind == "requested")
    return {detail["number"]: detail.get("note", "") for detail in said}


def asked_of(session: Session, staff: Staff) -> list[CaseRequest]:
    """What colleagues wait for from this member, the oldest first."""
    found = (
        select(CaseRequest)
        .join(Case, Case.id == CaseRequest.case_id)
        .where(CaseRequest.asked_of_id == staff.id, CaseRequest.outcome.is_(None))
        .where(Case.state != CaseState.CLOSED, access.readable_by(staff))
        .order_by(CaseRequest.id)
    )
    return list(session.scalars(found.options(selectinload(CaseRequest.asked_by))))


def agenda(session: Session, staff: Staff, since: date) -> list[CaseRequest]:
    """The open cases on the agenda of the meetings from that day on, meeting by meeting, if readable."""
    return list(
        session.scalars(
            select(CaseRequest)
            .join(Case, Case.id == CaseRequest.case_id)
            .where(CaseRequest.kind == RequestKind.COMMISSION, CaseRequest.outcome.is_(None))
            .where(CaseRequest.due_on >= since, Case.state != CaseState.CLOSED, access.readable_by(staff))
            .order_by(CaseRequest.due_on, CaseRequest.commission, CaseRequest.id)
        )
    )


def commissions(session: Session, staff: Staff) -> list[str]:
    """The names used before, so that one commission is written in one way."""
    used = select(CaseRequest.commission).filter_by(organisation_id=staff.organisation_id).distinct()
    return sorted(name for name in session.scalars(used) if name)


def _led(session: Session, case_id: int, staff: Staff) -> Case:
    case = access.readable(session, case_id, staff)
    if case.state is CaseState.CLOSED:
        raise CaseRefused("closed")
    if not access.may_lead(case, staff):
        raise CaseRefused("not_owner")
    return case


def _add(
    session: Session,
    now: datetime,
    case: Case,
    staff: Staff,
    kind: RequestKind,
    to: str,
    words: str,
    **detail: Any,
) -> CaseRequest:
    request = CaseRequest(
        organisation_id=case.organisation_id,
        case=case,
        kind=kind,
        asked_by=staff,
        asked_at=now,
        **({"commission": ""} | detail),
    )
    session.add(request)
    session.flush()
    said: dict[str, Any] = {"request": kind.value, "number": request.id, "to": to, "note": words}
    if request.due_on is not None:
        said["on"] = request.due_on.isoformat()
    record(session, now, case, "requested", actor=staff, detail=said)
    return request


def _today(now: datetime, house: House) -> date:
    return now.astimezone(house.zone).date()
