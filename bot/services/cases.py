"""Cases: opened by a sign, taken by one person, closed with an outcome; every step is dated and signed."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import CursorResult, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from bot.domain.calendar import deadline
from bot.domain.states import CaseState, Outcome, Role, Urgency
from bot.services import alerts
from bot.services.house import House
from bot.storage.tables import Case, CaseEvent, Chat, Person, Staff
from bot.texts import Voice
from bot.texts import format as say

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
) -> Case:
    """Open a case for a person (or an unlinked chat), or add the reason to the one that is open.

    A new sign that is more urgent raises the case and alerts again. `reason` is read by caseworkers.
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
        )
        case = _insert(session, fresh)
        if case is fresh:
            record(session, now, case, "opened", detail={"reason": reason})
            alerts.alert(session, now, house, case)
            return case
    record(session, now, case, "sign", detail={"reason": reason})
    if _ORDER.index(urgency) > _ORDER.index(case.urgency):
        case.urgency = urgency
        case.due_at = min(case.due_at, deadline(now, urgency, house.zone, house.holidays))
        if case.state is CaseState.NEW:
            alerts.alert(session, now, house, case)
    return case


def claim(session: Session, now: datetime, case_id: int, staff: Staff) -> Claim:
    """Take the case: one conditional UPDATE, so that of two at once one wins. Raises CaseRefused."""
    taken = session.execute(
        update(Case)
        .where(
            Case.id == case_id,
            Case.organisation_id == staff.organisation_id,
            Case.state == CaseState.NEW,
        )
        .values(state=CaseState.TAKEN, owner_id=staff.id, escalate_at=None)
        .execution_options(synchronize_session=False)
    )
    won = cast("CursorResult[Any]", taken).rowcount == 1
    case = of_staff(session, case_id, staff)
    session.refresh(case)
    if won:
        record(session, now, case, "taken", actor=staff)
    if case.owner is None:
        raise CaseRefused("closed")
    return Claim(case, case.owner, won)


def close(
    session: Session, now: datetime, case_id: int, staff: Staff, outcome: Outcome, note: str = ""
) -> Case:
    """Close the case with its outcome. Its owner or a coordinator may. Raises CaseRefused."""
    case = of_staff(session, case_id, staff)
    if case.state is CaseState.CLOSED:
        raise CaseRefused("closed")
    if case.owner_id != staff.id and staff.role is not Role.COORDINATOR:
        raise CaseRefused("not_owner")
    case.state, case.outcome, case.closed_at, case.escalate_at = CaseState.CLOSED, outcome, now, None
    record(session, now, case, "closed", actor=staff, detail={"outcome": outcome.value, "note": note})
    return case


def of_staff(session: Session, case_id: int, staff: Staff) -> Case:
    """The case, if it belongs to the staff member's organisation. Raises CaseRefused."""
    case = session.scalar(select(Case).filter_by(id=case_id, organisation_id=staff.organisation_id))
    if case is None:
        raise CaseRefused("unknown")
    return case


def queue(session: Session, staff: Staff, limit: int = 20) -> list[Case]:
    """What to do now: the open cases of the organisation that are untaken or this person's, urgent first."""
    cases = session.scalars(
        select(Case).where(
            Case.organisation_id == staff.organisation_id,
            Case.state != CaseState.CLOSED,
            (Case.owner_id.is_(None)) | (Case.owner_id == staff.id),
        )
    ).all()
    return sorted(cases, key=lambda c: (-_ORDER.index(c.urgency), c.due_at, c.id))[:limit]


def record(
    session: Session,
    now: datetime,
    case: Case,
    kind: str,
    *,
    actor: Staff | None = None,
    detail: dict[str, Any] | None = None,
) -> None:
    """Add a line to the case's history; reads are lines too."""
    session.add(
        CaseEvent(
            organisation_id=case.organisation_id,
            case_id=case.id,
            at=now,
            actor_id=actor.id if actor else None,
            kind=kind,
            detail=detail,
        )
    )


def promise(house: House, case: Case, voice: Voice) -> str:
    """Who reads the case and by when, for the tenant: never more than the deadline allows."""
    due = case.due_at.astimezone(house.zone)
    day, hour = say.day(due.date()), say.hour(due, house.zone)
    return house.texts.say(f"case.promise.{case.urgency}", voice, day=day, hour=hour)


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
