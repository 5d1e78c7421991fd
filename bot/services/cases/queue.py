"""The queue: what to do now, most pressing first, the cases of one person together."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import ColumnElement, and_, exists, func, or_, select
from sqlalchemy import case as case_when
from sqlalchemy.orm import Session, selectinload

from bot.domain.states import CaseState, Urgency
from bot.services import access
from bot.storage.tables import Case, CaseEvent, Lease, LeasePerson, Staff

_PRESSING = case_when({Urgency.URGENT: 0, Urgency.HIGH: 1, Urgency.NORMAL: 2}, value=Case.urgency)
# What nobody has taken has a time by which somebody must; what waits for a day comes last.
_STAGE = case_when({CaseState.NEW: 0, CaseState.TAKEN: 1, CaseState.WAITING: 2}, value=Case.state)
# Of what is as pressing: the rank of its reasons, then what is due soonest, then who waits longest.
ORDER = (_PRESSING, _STAGE, Case.rank, Case.due_at, Case.opened_at, Case.id)


class Whose(StrEnum):
    """Whose open cases; the values are those of the page's address."""

    FOR_ME = ""  # those that nobody follows, and mine
    MINE = "miens"
    UNTAKEN = "a-prendre"
    TEAM = "equipe"


@dataclass(frozen=True)
class Wanted:
    """`my_districts`: of tenants with a lease in a district of the reader's. `kind`: empty for all."""

    whose: Whose = Whose.FOR_ME
    my_districts: bool = False
    kind: str = ""
    waiting: bool = False


@dataclass(frozen=True)
class Group:
    """The open cases of one person or unknown chat that the reader may see, most pressing first.

    All of them, whatever was asked for: a filter never hides an urgent case behind another one.
    """

    cases: list[Case]


@dataclass(frozen=True)
class Page:
    """`total`: how many groups there are in all; 0 on a page beyond the last."""

    groups: list[Group]
    total: int


@dataclass(frozen=True)
class Counts:
    """Cases, not people: what nobody follows, how many of these are urgent, and the reader's own."""

    untaken: int
    urgent: int
    mine: int


def first(session: Session, staff: Staff, limit: int = 20) -> list[Case]:
    """The most pressing cases that nobody follows or that this person does, urgent first."""
    return list(
        session.scalars(
            select(Case)
            .where(_open(staff), _whose(staff, Whose.FOR_ME))
            .order_by(*ORDER)
            .limit(limit)
            .options(selectinload(Case.person), selectinload(Case.owner))
        )
    )


def page(session: Session, staff: Staff, wanted: Wanted, *, number: int = 1, size: int = 25) -> Page:
    """The page `number` (from 1) of the groups that hold a wanted case, most pressing first.

    The database sorts and cuts: the cost is that of one page, however many cases are open.
    """
    place = func.row_number().over(order_by=ORDER).label("place")
    ranked = select(Case.subject, place).where(_wanted(staff, wanted)).subquery()
    first_place = func.min(ranked.c.place)
    # Counted over the groups, in the same pass: the sort of every open case is what costs.
    rows = session.execute(
        select(ranked.c.subject, func.count().over())
        .group_by(ranked.c.subject)
        .order_by(first_place)
        .offset((number - 1) * size)
        .limit(size)
    ).all()
    total = rows[0][1] if rows else 0
    return Page(_groups(session, staff, [subject for subject, _ in rows]), total)


def counts(session: Session, staff: Staff) -> Counts:
    """What the head of the queue says."""
    untaken, mine = Case.owner_id.is_(None), Case.owner_id == staff.id
    urgent = and_(untaken, Case.urgency == Urgency.URGENT)
    numbers = (func.count(case_when((which, 1))) for which in (untaken, urgent, mine))
    found = session.execute(select(*numbers).where(_open(staff), or_(untaken, mine))).one()
    return Counts(untaken=found[0], urgent=found[1], mine=found[2])


def kinds(session: Session, staff: Staff) -> list[str]:
    """The kinds of the open cases that the reader may see."""
    return sorted(session.scalars(select(Case.kind).where(_open(staff)).distinct()))


def reasons(session: Session, cases: Sequence[Case]) -> dict[int, str]:
    """By case, the last thing that was signalled; nothing of a danger, whose reading is written down."""
    plain = [case.id for case in cases if not access.is_danger(case)]
    last = (
        select(func.max(CaseEvent.id))
        .where(CaseEvent.case_id.in_(plain), CaseEvent.kind.in_(("opened", "sign")))
        .group_by(CaseEvent.case_id)
    )
    events = session.scalars(select(CaseEvent).where(CaseEvent.id.in_(last)))
    return {event.case_id: (event.detail or {}).get("reason", "") for event in events}


def _groups(session: Session, staff: Staff, subjects: Sequence[str]) -> list[Group]:
    cases = session.scalars(
        select(Case)
        .where(_open(staff), Case.subject.in_(subjects))
        .order_by(*ORDER)
        .options(selectinload(Case.person), selectinload(Case.owner))
    )
    by_subject: dict[str, list[Case]] = {subject: [] for subject in subjects}
    for case in cases:
        by_subject[case.subject].append(case)
    return [Group(found) for found in by_subject.values()]


def _open(staff: Staff) -> ColumnElement[bool]:
    return and_(Case.state != CaseState.CLOSED, access.readable_by(staff))


def _wanted(staff: Staff, wanted: Wanted) -> ColumnElement[bool]:
    conditions = [_open(staff), _whose(staff, wanted.whose)]
    if wanted.my_districts:
        conditions.append(_in_districts(staff.districts))
    if wanted.kind:
        conditions.append(Case.kind == wanted.kind)
    if wanted.waiting:
        conditions.append(Case.state == CaseState.WAITING)
    return and_(*conditions)


def _whose(staff: Staff, whose: Whose) -> ColumnElement[bool]:
    untaken, mine = Case.owner_id.is_(None), Case.owner_id == staff.id
    everybody = Case.state != CaseState.CLOSED
    return {
        Whose.FOR_ME: or_(untaken, mine),
        Whose.MINE: mine,
        Whose.UNTAKEN: untaken,
        Whose.TEAM: everybody,
    }[whose]


def _in_districts(districts: Sequence[str]) -> ColumnElement[bool]:
    return exists(
        select(LeasePerson.id)
        .join(Lease, Lease.id == LeasePerson.lease_id)
        .where(LeasePerson.person_id == Case.person_id, Lease.district.in_(districts))
    )
