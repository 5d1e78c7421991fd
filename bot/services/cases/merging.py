"""Two cases of one matter become one: the duplicate is closed and points to the case that goes on."""

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from bot.domain.states import CaseState, Outcome, Urgency
from bot.services import people
from bot.services.cases import alerts, follow
from bot.services.cases.history import record
from bot.services.house import House
from bot.storage.tables import Case, CaseRequest, Chat, Person, Staff

_ORDER = [Urgency.NORMAL, Urgency.HIGH, Urgency.URGENT]


def join_person(session: Session, now: datetime, house: House, chat: Chat, person: Person) -> None:
    """The cases of a chat that nobody knew become those of the person it is now linked to."""
    subject = f"person:{person.id}"
    cases = session.scalars(select(Case).filter_by(subject=f"chat:{chat.id}").order_by(Case.id)).all()
    for case in cases:
        is_open = case.state is not CaseState.CLOSED
        twin = _twin(session, subject, case) if is_open else None
        moves_away = case.organisation_id != person.organisation_id
        if moves_away:
            _change_organisation(case, person.organisation_id)
        case.person = person
        record(session, now, case, "linked")
        if twin is not None:
            merge(session, now, house, case, twin)
        else:
            case.subject = subject
            if moves_away and is_open:
                follow.release(session, now, house, case)
        session.flush()


def merge(
    session: Session, now: datetime, house: House, duplicate: Case, kept: Case, actor: Staff | None = None
) -> None:
    """Close `duplicate` for `kept`, whose reasons and urgency add up. Both stay readable.

    `actor` is who asks for it (nobody: Palier), and need not hear of it.
    """
    reasons = [event for event in duplicate.history if event.kind in ("opened", "sign")]
    taken_by = duplicate.owner
    duplicate.state, duplicate.outcome = CaseState.CLOSED, Outcome.NO_NEED
    duplicate.closed_at, duplicate.escalate_at, duplicate.waiting_until = now, None, None
    duplicate.merged_into_id = kept.id
    record(session, now, duplicate, "merged", actor=actor, detail={"into": kept.id})
    record(session, now, kept, "joined", actor=actor, detail={"from": duplicate.id})
    for event in reasons:
        record(session, now, kept, "sign", detail=event.detail)
    session.execute(update(CaseRequest).filter_by(case_id=duplicate.id, outcome=None).values(case_id=kept.id))
    kept.promised = kept.promised or duplicate.promised
    kept.opened_at = min(kept.opened_at, duplicate.opened_at)
    kept.due_at = min(kept.due_at, duplicate.due_at)
    raised = _ORDER.index(duplicate.urgency) > _ORDER.index(kept.urgency)
    kept.urgency = duplicate.urgency if raised else kept.urgency
    if kept.state is not CaseState.NEW:
        if actor is not None and kept.owner_id == actor.id:
            return
        follow.woken(session, now, house, kept, danger=kept.kind in people.DANGER_KINDS)
    elif taken_by is not None:
        # Whoever had begun with the duplicate goes on with what is left.
        kept.state, kept.owner, kept.escalate_at = CaseState.TAKEN, taken_by, None
        kept.taken_at = duplicate.taken_at
        record(session, now, kept, "taken", actor=taken_by)
    elif raised:
        alerts.alert(session, now, house, kept)


def _twin(session: Session, subject: str, case: Case) -> Case | None:
    return session.scalar(
        select(Case)
        .filter_by(subject=subject, kind=case.kind, object=case.object)
        .where(Case.state != CaseState.CLOSED)
    )


def _change_organisation(case: Case, organisation_id: int) -> None:
    """The stranger is the tenant of another landlord: the case goes to that landlord's team."""
    case.organisation_id = organisation_id
    if case.state is not CaseState.CLOSED:
        case.state, case.owner, case.waiting_until = CaseState.NEW, None, None
    for event in case.history:
        event.organisation_id = organisation_id
