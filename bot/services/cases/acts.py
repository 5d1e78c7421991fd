"""What a caseworker does with a case: wait, hand over, give back, merge with another, note, end a link."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.domain.case_moves import Act, WaitReason
from bot.domain.rights import Right, may
from bot.domain.situations import ENDS_LINK
from bot.domain.states import CaseState, Urgency
from bot.services import access, linking, people
from bot.services.cases import follow, merging, news, rota
from bot.services.cases.cases import CaseRefused, move, of_staff
from bot.services.cases.history import record
from bot.services.house import House
from bot.storage.tables import Case, Chat, Staff


def first_day(now: datetime, house: House) -> date:
    """The first day until which a case may wait."""
    return now.astimezone(house.zone).date() + timedelta(days=1)


def wait(
    session: Session, now: datetime, case_id: int, staff: Staff, until: datetime, reason: WaitReason
) -> Case:
    """Nothing to do before `until`: it comes back that day, or at a new sign. Raises CaseRefused."""
    if until <= now:
        raise CaseRefused("past")
    case = of_staff(session, case_id, staff)
    if case.owner_id is None:
        raise CaseRefused("not_followed")
    move(case, Act.WAIT, staff)
    case.waiting_until, case.waiting_reason = until, reason.value
    record(
        session, now, case, "waiting", actor=staff, detail={"until": until.isoformat(), "why": reason.value}
    )
    return case


def explain_wait(session: Session, now: datetime, case_id: int, staff: Staff, reason: WaitReason) -> Case:
    """Say why a case waits, after the fact. Raises CaseRefused when it does not wait any more."""
    case = of_staff(session, case_id, staff)
    if case.state is not CaseState.WAITING or case.waiting_until is None:
        raise CaseRefused("not_waiting")
    return wait(session, now, case_id, staff, case.waiting_until, reason)


def pass_on(
    session: Session, now: datetime, house: House, case_id: int, staff: Staff, to: Staff, word: str = ""
) -> Case:
    """Give the case to a colleague, who is alerted. Raises CaseRefused when that one cannot take it."""
    case = of_staff(session, case_id, staff)
    if to not in colleagues(session, now, house, case, staff):
        raise CaseRefused("not_there")
    move(case, Act.HAND_OVER, staff)
    case.owner = to
    case.taken_at = case.taken_at or now
    case.waiting_until, case.waiting_reason = None, None
    record(session, now, case, "handed_over", actor=staff, detail={"to": to.display_name, "note": word})
    news.tell_owner(session, now, house, case, news.GIVEN)
    return case


def colleagues(session: Session, now: datetime, house: House, case: Case, staff: Staff) -> list[Staff]:
    """Who could take the case over now: at work, reachable, and not its owner."""
    present = rota.team(session, now, house, staff.organisation_id).present
    others = (member for member in present if member.id != case.owner_id)
    return [member for member in others if people.staff_chat(session, member) is not None]


def release(
    session: Session, now: datetime, house: House, case_id: int, staff: Staff, word: str = ""
) -> Case:
    """Ask the team to take the case back: it is new again, and alerted as such. Raises CaseRefused."""
    case = of_staff(session, case_id, staff)
    move(case, Act.RELEASE, staff)
    record(session, now, case, "released", actor=staff, detail={"note": word})
    follow.release(session, now, house, case)
    return case


def twins(session: Session, case: Case, staff: Staff) -> list[Case]:
    """The open cases of the same person that this one may be merged into by `staff`, the oldest first."""
    if case.person_id is None or case.state is CaseState.CLOSED:
        return []
    others = session.scalars(
        select(Case)
        .where(Case.person_id == case.person_id, Case.organisation_id == case.organisation_id)
        .where(Case.state != CaseState.CLOSED, Case.id != case.id)
        .order_by(Case.id)
    )
    return [other for other in others if _may_merge(case, other, staff)]


def _may_merge(case: Case, kept: Case, staff: Staff) -> bool:
    """Danger is not hidden in a case of something else; who merges follows both, or what nobody follows."""
    if access.is_danger(case) and not access.is_danger(kept):
        return False
    mine = (None, staff.id)
    both = case.owner_id in mine and kept.owner_id in mine
    return access.may_read(kept, staff) and (both or may(staff.role, Right.LEAD_CASES))


def merge(session: Session, now: datetime, house: House, case_id: int, staff: Staff, kept_id: int) -> Case:
    """Close the case as a duplicate of another one of the same person, and return that one.

    Raises CaseRefused.
    """
    case = access.readable(session, case_id, staff)
    kept = next((other for other in twins(session, case, staff) if other.id == kept_id), None)
    if kept is None:
        raise CaseRefused("not_same")
    merging.merge(session, now, house, case, kept, staff)
    return kept


def note(session: Session, now: datetime, case: Case, staff: Staff, words: str) -> None:
    """Keep a note for the team; nobody else is told."""
    record(session, now, case, "note", actor=staff, detail={"note": words})


def give_back_urgent(session: Session, now: datetime, house: House, staff: Staff) -> int:
    """The urgent cases of somebody who leaves go back to the team at once. Returns how many.

    The others wait for their owner, or go back at their next sign.
    """
    mine = session.scalars(
        select(Case)
        .where(
            Case.owner_id == staff.id,
            Case.state.in_((CaseState.TAKEN, CaseState.WAITING)),
            Case.urgency == Urgency.URGENT,
        )
        .order_by(Case.id)
    ).all()
    for case in mine:
        release(session, now, house, case.id, staff)
    return len(mine)


def may_unlink(session: Session, case: Case, staff: Staff) -> bool:
    """Whether the case is of those that end a link, this person's to bring on, and a chat is linked."""
    leads = case.kind in ENDS_LINK and access.may_lead(case, staff)
    return leads and bool(_linked(session, case))


def unlink(session: Session, now: datetime, case_id: int, staff: Staff) -> Case:
    """End the link between the person and their chats, once somebody has made sure. Raises CaseRefused."""
    case = of_staff(session, case_id, staff)
    if not access.may_lead(case, staff):
        raise CaseRefused("not_owner")
    chats = _linked(session, case) if case.kind in ENDS_LINK else []
    if not chats:
        raise CaseRefused("no_link")
    for chat in chats:
        linking.unlink(session, chat)
    record(session, now, case, "unlinked", actor=staff)
    return case


def _linked(session: Session, case: Case) -> Sequence[Chat]:
    """The chats of the case's person."""
    if case.person_id is None:
        return []
    return session.scalars(select(Chat).filter_by(person_id=case.person_id)).all()


def give_all(session: Session, now: datetime, house: House, staff: Staff, to: Staff | None) -> int:
    """Who leaves hands every open case over: to the one who stands in when that one can take it, else back
    to the team. Returns how many."""
    mine = session.scalars(
        select(Case)
        .where(Case.owner_id == staff.id, Case.state.in_((CaseState.TAKEN, CaseState.WAITING)))
        .order_by(Case.id)
    ).all()
    for case in mine:
        if to is not None and to in colleagues(session, now, house, case, staff):
            pass_on(session, now, house, case.id, staff, to)
        else:
            release(session, now, house, case.id, staff)
    return len(mine)
