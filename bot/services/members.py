"""The members of a team: their roles, who has left, who is back. Each change is kept with its author."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, or_, select, update
from sqlalchemy.orm import Session

from bot.domain.rights import Right, may
from bot.domain.states import CaseState, ChatState, Role
from bot.services.cases import cases, follow
from bot.services.house import House
from bot.storage.tables import (
    Absence,
    AccessLink,
    ApiToken,
    Case,
    Chat,
    Duty,
    Invitation,
    Person,
    SettingChange,
    Staff,
    WebSession,
)

# The changes of members, beside those of the organisation's settings.
ROLE, LEFT, BACK = "member.role", "member.left", "member.back"


class MemberRefused(Exception):
    """`code`: unknown, oneself, role (there is none of that name)."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def listed(session: Session, reader: Staff) -> Sequence[Staff]:
    """The reader's team, those who have left last."""
    mine = select(Staff).filter_by(organisation_id=reader.organisation_id)
    return session.scalars(mine.order_by(Staff.left_at.is_not(None), Staff.reference)).all()


def of(session: Session, reader: Staff, number: int) -> Staff:
    """The member of that number, locked. Raises MemberRefused (unknown)."""
    mine = select(Staff).filter_by(id=number, organisation_id=reader.organisation_id)
    member = session.scalar(mine.with_for_update().execution_options(populate_existing=True))
    if member is None:
        raise MemberRefused("unknown")
    return member


def change_role(
    session: Session, now: datetime, house: House, author: Staff, member: Staff, role: Role
) -> None:
    """What they may do changes at once. Nobody changes their own: one administrator always stays.

    Raises MemberRefused (oneself).
    """
    _somebody_else(author, member)
    if member.role is not role:
        _keep(session, now, author, member, ROLE, member.role.value, role.value)
        member.role = role
        give_back_unreadable(session, now, house, member, author)


def give_back_unreadable(
    session: Session, now: datetime, house: House, member: Staff, author: Staff | None = None
) -> None:
    """Who has changed roles and may not work on cases any more follows none: the team has theirs back. Nobody
    else would know that they wait, nor read those of danger."""
    if not may(member.role, Right.WORK_CASES):
        _give_back(session, now, house, member, author, "role")


def leave(session: Session, now: datetime, house: House, author: Staff, member: Staff) -> int:
    """They get in nowhere any more, nothing is sent to them, and the team has their open cases back;
    returns how many. Raises MemberRefused (oneself)."""
    _somebody_else(author, member)
    if member.left_at is not None:
        return 0
    member.left_at, member.on_call = now, False
    _keep(session, now, author, member, LEFT, None, None)
    for table in (WebSession, AccessLink, Invitation, Absence):
        session.execute(delete(table).where(table.staff_id == member.id))
    session.execute(
        update(Chat).where(Chat.staff_id == member.id).values(staff_id=None, state=ChatState.PAUSED)
    )
    session.execute(update(Person).where(Person.referent_id == member.id).values(referent_id=None))
    session.execute(
        update(ApiToken)
        .where(ApiToken.staff_id == member.id, ApiToken.revoked_at.is_(None))
        .values(revoked_at=now)
    )
    session.execute(
        update(Duty)
        .where(Duty.staff_id == member.id, or_(Duty.ends_at.is_(None), Duty.ends_at > now))
        .values(ends_at=now)
    )
    session.expire_all()
    return _give_back(session, now, house, member, author, "left")


def come_back(session: Session, now: datetime, author: Staff, member: Staff) -> None:
    """They may be invited again."""
    if member.left_at is not None:
        member.left_at = None
        _keep(session, now, author, member, BACK, None, None)


def changes(session: Session, reader: Staff, limit: int) -> Sequence[SettingChange]:
    """The latest changes of the reader's team, the last one first."""
    mine = select(SettingChange).filter_by(organisation_id=reader.organisation_id)
    of_members = mine.where(SettingChange.name.in_((ROLE, LEFT, BACK)))
    return session.scalars(of_members.order_by(SettingChange.id.desc()).limit(limit)).all()


def _give_back(
    session: Session, now: datetime, house: House, member: Staff, author: Staff | None, because: str
) -> int:
    followed = session.scalars(
        select(Case).where(Case.owner_id == member.id, Case.state != CaseState.CLOSED).order_by(Case.id)
    ).all()
    for case in followed:
        cases.record(session, now, case, "released", actor=author, detail={"because": because})
        follow.release(session, now, house, case)
    return len(followed)


def _somebody_else(author: Staff, member: Staff) -> None:
    if author.id == member.id:
        raise MemberRefused("oneself")


def _keep(
    session: Session,
    now: datetime,
    author: Staff,
    member: Staff,
    name: str,
    before: str | None,
    after: str | None,
) -> None:
    session.add(
        SettingChange(
            organisation_id=member.organisation_id,
            staff_id=author.id,
            at=now,
            name=name,
            before={"member": member.id, "role": before},
            after={"member": member.id, "role": after},
        )
    )
