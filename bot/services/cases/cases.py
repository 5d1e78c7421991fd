"""Cases: opened by a sign, taken by one person, closed with an outcome; every step is dated and signed."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import CursorResult, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from bot.domain.calendar import deadline
from bot.domain.case_moves import Act, moved
from bot.domain.rights import Right, may
from bot.domain.states import CaseState, Outcome, Urgency
from bot.services import people
from bot.services.cases import alerts, follow, news, tenant_word
from bot.services.cases.history import record as record
from bot.services.cases.tenant_word import promise as promise
from bot.services.house import House
from bot.storage.tables import Case, Chat, Person, Staff

_ORDER = [Urgency.NORMAL, Urgency.HIGH, Urgency.URGENT]


class CaseRefused(Exception):
    """The act is not allowed now; `code` names a sentence of the catalogue (`case.refused.CODE`)."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Claim:
    """Who owns the case after a claim, and whether this claim won."""

    case: Case
    owner: Staff
    won: bool


def open_case(
    session: Session,
    now: datetime,
    house: House,
    *,
    kind: str,
    urgency: Urgency,
    reason: str,
    person: Person | None = None,
    chat: Chat | None = None,
    object: str = "",
    what: str = news.SIGN,
) -> Case:
    """Open a case for a person (or an unlinked chat), or add the reason to the one that is open.

    A sign on an untaken case alerts again only when it makes it more urgent; on a followed one its owner
    hears of it, of danger each time it has been looked at since. After a closed case of the same matter
    a new one opens, linked to it. `reason` is read by caseworkers; `what` is the news to its owner.
    """
    if person is None and chat is None:
        raise ValueError("a case is about a person or a chat")
    organisation_id = person.organisation_id if person else cast(Chat, chat).organisation_id
    subject = f"person:{person.id}" if person else f"chat:{cast(Chat, chat).id}"
    case = _open_one(session, organisation_id, subject, kind, object)
    if case is None:
        fresh = Case(
            organisation_id=organisation_id,
            subject=subject,
            person_id=person.id if person else None,
            chat_id=chat.id if chat else None,
            kind=kind,
            object=object,
            urgency=urgency,
            state=CaseState.NEW,
            opened_at=now,
            due_at=deadline(now, urgency, house.zone, house.holidays),
            previous_id=_previous(session, organisation_id, subject, kind),
        )
        case = _insert(session, fresh)
        if case is fresh:
            record(session, now, case, "opened", detail={"reason": reason})
            alerts.alert(session, now, house, case)
            return case
    add_sign(session, now, house, case, reason, urgency, what=what, danger=kind in people.DANGER_KINDS)
    return case


def add_sign(
    session: Session,
    now: datetime,
    house: House,
    case: Case,
    reason: str,
    urgency: Urgency,
    *,
    what: str = news.SIGN,
    danger: bool = False,
) -> None:
    """Add a reason to an open case, and tell of it whom it concerns, without a storm of alerts.

    `danger`: the sign itself is one of danger, not one more message of somebody in danger.
    """
    record(session, now, case, "sign", detail={"reason": reason})
    raised = _ORDER.index(urgency) > _ORDER.index(case.urgency)
    if raised:
        case.urgency = urgency
        case.due_at = min(case.due_at, deadline(now, urgency, house.zone, house.holidays))
    if case.state is not CaseState.NEW:
        follow.woken(session, now, house, case, what=what, danger=danger)
    elif raised:
        alerts.alert(session, now, house, case)


def claim(session: Session, now: datetime, house: House, case_id: int, staff: Staff) -> Claim:
    """Take the case: one conditional UPDATE, so that of two at once one wins. Raises CaseRefused.

    The tenant who was told that somebody would read is told who follows it.
    """
    taken = session.execute(
        update(Case)
        .where(
            Case.id == case_id,
            Case.organisation_id == staff.organisation_id,
            Case.state == CaseState.NEW,
        )
        .values(
            state=CaseState.TAKEN,
            owner_id=staff.id,
            escalate_at=None,
            taken_at=func.coalesce(Case.taken_at, now),
        )
        .execution_options(synchronize_session=False)
    )
    won = cast("CursorResult[Any]", taken).rowcount == 1
    case = of_staff(session, case_id, staff)
    session.refresh(case)
    if won:
        record(session, now, case, "taken", actor=staff)
        tenant_word.taken(session, now, house, case)
    if case.owner is None:
        raise CaseRefused("closed")
    return Claim(case, case.owner, won)


def close(
    session: Session,
    now: datetime,
    house: House,
    case_id: int,
    staff: Staff,
    outcome: Outcome,
    note: str = "",
) -> Case:
    """Close the case with its outcome. Its owner or a coordinator may. Raises CaseRefused."""
    case = of_staff(session, case_id, staff)
    move(case, Act.CLOSE, staff)
    case.outcome, case.closed_at, case.waiting_until = outcome, now, None
    record(session, now, case, "closed", actor=staff, detail={"outcome": outcome.value, "note": note})
    tenant_word.done(session, now, house, case)
    return case


def settle_for(session: Session, now: datetime, house: House, staff: Staff, kind: str, object: str) -> None:
    """What was asked for is done: close its open case, if there is one and nobody else follows it.

    The tenant hears of the thing itself, not that a case is closed.
    """
    case = session.scalar(
        select(Case)
        .filter_by(organisation_id=staff.organisation_id, kind=kind, object=object)
        .where(Case.state != CaseState.CLOSED)
    )
    if case is None or case.owner_id not in (None, staff.id):
        return
    case.promised = False
    if case.owner_id is None:
        claim(session, now, house, case.id, staff)
    close(session, now, house, case.id, staff, Outcome.SETTLED)


def move(case: Case, act: Act, staff: Staff) -> None:
    """Bring the case to its state after the act of its owner or a coordinator. Raises CaseRefused."""
    after = moved(case.state, act)
    if after is None:
        raise CaseRefused("closed" if case.state is CaseState.CLOSED else "not_followed")
    if case.owner_id != staff.id and not may(staff.role, Right.LEAD_CASES):
        raise CaseRefused("not_owner")
    case.state, case.escalate_at = after, None


def of_staff(session: Session, case_id: int, staff: Staff) -> Case:
    """The case, if it belongs to the staff member's organisation. Raises CaseRefused."""
    case = session.scalar(select(Case).filter_by(id=case_id, organisation_id=staff.organisation_id))
    if case is None:
        raise CaseRefused("unknown")
    return case


def _previous(session: Session, organisation_id: int, subject: str, kind: str) -> int | None:
    """The last closed case of the same matter, duplicates apart."""
    return session.scalar(
        select(Case.id)
        .filter_by(organisation_id=organisation_id, subject=subject, kind=kind, state=CaseState.CLOSED)
        .where(Case.merged_into_id.is_(None))
        .order_by(Case.closed_at.desc(), Case.id.desc())
        .limit(1)
    )


def _open_one(session: Session, organisation_id: int, subject: str, kind: str, object: str) -> Case | None:
    return session.scalar(
        select(Case)
        .filter_by(organisation_id=organisation_id, subject=subject, kind=kind, object=object)
        .where(Case.state != CaseState.CLOSED)
    )


def _insert(session: Session, fresh: Case) -> Case:
    """Insert, or give the one that another process has just opened for the same matter."""
    try:
        with session.begin_nested():
            session.add(fresh)
        return fresh
    except IntegrityError:
        found = _open_one(session, fresh.organisation_id, fresh.subject, fresh.kind, fresh.object)
        if found is None:
            raise
        return found
