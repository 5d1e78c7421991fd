"""Who gets in: one-time links, browser sessions, and the right to open a case."""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, delete, func, or_, select, update
from sqlalchemy.orm import Session

from bot.domain.rights import Right, may
from bot.domain.states import CaseState, Role
from bot.services.cases import cases, follow
from bot.services.cases.cases import CaseRefused
from bot.services.house import House
from bot.services.people import DANGER_KINDS
from bot.storage.secrets import new_code
from bot.storage.tables import AccessLink, Case, CaseEvent, Person, Staff, WebSession

SESSION_LIFE = timedelta(hours=8)
# Somebody who goes back and forth on a page reads it once: one line of history, not ten.
READ_EVERY = timedelta(minutes=10)
# Of one member, at a time; the next one by e-mail waits until one of them is too old.
MOST_LINKS, KEPT_LINKS = 5, 2
_NOBODY = 0
# The lines of history that change nothing: the page was read, a file was opened.
READINGS = ("read", "file_opened")
# The rights whose refusal has a sentence of its own.
_SAID: dict[Right | None, str] = {
    Right.READ_CASES: "forbidden",
    Right.WORK_CASES: "forbidden",
    Right.BE_AWAY: "forbidden",
    Right.MANAGE_APPOINTMENTS: "forbidden",
    Right.CALL_HOUSEHOLDS: "forbidden",
    Right.CHANGE_DUTY: "forbidden_duty",
}


def new_link(session: Session, now: datetime, house: House, staff: Staff, case: Case | None) -> str:
    """A one-time address that logs `staff` in, on the case's page or on the queue. Its code is not kept."""
    code = new_code(24)
    session.add(
        AccessLink(
            organisation_id=staff.organisation_id,
            fingerprint=house.vault.fingerprint(code),
            staff_id=staff.id,
            case_id=case.id if case else None,
            expires_at=now + house.content.link_life,
        )
    )
    return f"{house.base_address}/lien/{code}"


def member_by_mail(session: Session, address: str) -> Staff | None:
    """The member of the team who has that address."""
    wanted = address.strip().casefold()
    # The addresses are encrypted: a team is short enough to be read.
    known = session.scalars(
        select(Staff).where(Staff.email.is_not(None), Staff.left_at.is_(None)).order_by(Staff.id)
    )
    return next((one for one in known if (one.email or "").strip().casefold() == wanted), None)


def link_by_mail(
    session: Session, now: datetime, house: House, staff: Staff, *, own_browser: bool
) -> str | None:
    """A one-time link for that member of the team. None when so many of their links are still good: somebody
    is asking over and over. Some are kept for who asks in a browser of theirs."""
    most = MOST_LINKS if own_browser else MOST_LINKS - KEPT_LINKS
    # Two who ask at this very instant are counted one after the other.
    session.scalar(select(Staff.id).filter_by(id=staff.id).with_for_update())
    living = select(func.count(AccessLink.id)).where(
        AccessLink.staff_id == staff.id, AccessLink.expires_at > now
    )
    if (session.scalar(living) or 0) >= most:
        return None
    return new_link(session, now, house, staff, None)


def is_usable(session: Session, now: datetime, house: House, code: str) -> bool:
    """Whether `redeem` would accept the code now. Uses nothing up."""
    found = select(AccessLink.id).where(
        AccessLink.fingerprint == house.vault.fingerprint(code),
        AccessLink.used_at.is_(None),
        AccessLink.expires_at > now,
    )
    return session.scalar(found) is not None


def redeem(session: Session, now: datetime, house: House, code: str) -> tuple[AccessLink, str] | None:
    """Use the link up and open a browser session: the link and the session's token, kept nowhere else.

    Single use, held by one conditional UPDATE. None when the code is forged, used or expired.
    """
    link_id = session.scalar(
        update(AccessLink)
        .where(
            AccessLink.fingerprint == house.vault.fingerprint(code),
            AccessLink.used_at.is_(None),
            AccessLink.expires_at > now,
        )
        .values(used_at=now)
        .returning(AccessLink.id)
        .execution_options(synchronize_session=False)
    )
    if link_id is None:
        return None
    link = session.get_one(AccessLink, link_id, populate_existing=True)
    token = new_code(32)
    session.execute(
        delete(WebSession).where(WebSession.staff_id == link.staff_id, WebSession.expires_at <= now)
    )
    session.add(
        WebSession(
            organisation_id=link.organisation_id,
            fingerprint=house.vault.fingerprint(token),
            staff_id=link.staff_id,
            expires_at=now + SESSION_LIFE,
        )
    )
    return link, token


def staff_of(session: Session, now: datetime, house: House, session_token: str) -> Staff | None:
    """The member of staff of a living browser session."""
    return session.scalar(
        select(Staff)
        .join(WebSession, WebSession.staff_id == Staff.id)
        .where(
            WebSession.fingerprint == house.vault.fingerprint(session_token),
            WebSession.expires_at > now,
            Staff.left_at.is_(None),
        )
    )


def end(session: Session, house: House, token: str) -> None:
    """Close the browser session; nothing happens when it is already closed."""
    session.execute(delete(WebSession).where(WebSession.fingerprint == house.vault.fingerprint(token)))


def nobody(organisation_id: int, role: Role, name: str) -> Staff:
    """A reader that is no member of the team (a program): never stored, it signs nothing."""
    return Staff(
        id=_NOBODY, organisation_id=organisation_id, reference="", first_name="", last_name=name, role=role
    )


def require(staff: Staff, right: Right | None) -> None:
    """Raises CaseRefused when the role does not hold the right; nobody holds None."""
    if right is None or not may(staff.role, right):
        raise CaseRefused(_SAID.get(right, "forbidden_role"))


def readable(session: Session, case_id: int, staff: Staff) -> Case:
    """The case, if this person may read it (and so take it, close it). Raises CaseRefused.

    Decision 13: a danger case is open to the whole team until somebody takes it, then to its owner and
    to the person's référent only.
    """
    require(staff, Right.READ_CASES)
    case = cases.of_staff(session, case_id, staff)
    if not may_read(case, staff):
        raise CaseRefused("danger_owned")
    return case


def may_read(case: Case, staff: Staff) -> bool:
    """The part of `readable` that depends on the case."""
    if not is_danger(case) or follows(case, staff):
        return True
    return case.state is CaseState.NEW and staff.id != _NOBODY and may(staff.role, Right.READ_NEW_DANGER)


def readable_by(staff: Staff) -> ColumnElement[bool]:
    """`may_read` as a condition on the cases of the organisation."""
    followed = or_(
        Case.owner_id == staff.id, Case.person_id.in_(select(Person.id).filter_by(referent_id=staff.id))
    )
    readable = or_(Case.kind.not_in(DANGER_KINDS), followed)
    if staff.id != _NOBODY and may(staff.role, Right.READ_NEW_DANGER):
        readable = or_(readable, Case.state == CaseState.NEW)
    return and_(Case.organisation_id == staff.organisation_id, readable)


def is_danger(case: Case) -> bool:
    return case.kind in DANGER_KINDS


def follows(case: Case, staff: Staff) -> bool:
    """Whether this person owns the case or is the référent of the person it is about."""
    referent_id = case.person.referent_id if case.person else None
    return staff.id in (case.owner_id, referent_id)


def may_lead(case: Case, staff: Staff) -> bool:
    """Whether the open case is this person's to bring on: its owner, or who holds LEAD_CASES."""
    own = case.owner_id == staff.id or may(staff.role, Right.LEAD_CASES)
    return own and case.state is not CaseState.CLOSED


def note_read(session: Session, now: datetime, case: Case, staff: Staff) -> None:
    """Write in the history that `staff` read the case, at most once in ten minutes unless it changed."""
    follow.seen(case, staff)
    session.flush()
    actor = None if staff.id == _NOBODY else staff
    recent = select(func.max(CaseEvent.id)).where(
        CaseEvent.case_id == case.id,
        CaseEvent.actor_id == (actor.id if actor else None),
        CaseEvent.kind == "read",
        CaseEvent.at > now - READ_EVERY,
    )
    latest = select(func.max(CaseEvent.id)).where(
        CaseEvent.case_id == case.id, CaseEvent.kind.not_in(READINGS)
    )
    read, changed = session.scalar(recent), session.scalar(latest)
    if read is None or (changed is not None and changed > read):
        reader = None if actor else {"note": staff.display_name}
        cases.record(session, now, case, "read", actor=actor, detail=reader)
