"""The tenants of an organisation, in pages that cost the same at a hundred thousand."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import ColumnElement, Select, exists, func, select
from sqlalchemy.orm import Session, selectinload

from bot.domain.states import CaseState, ChatState
from bot.services import access, tenant_search
from bot.services.house import House
from bot.storage.tables import Case, Chat, Lease, LeasePerson, Person, Staff

# Counting stops here: nobody pages through more, and the list stays quick.
MOST_COUNTED = 1000

Homes = dict[int, Lease]


class Reached(StrEnum):
    """Whether Palier can write to the tenant; the values are those of the page's address."""

    ANY = ""
    YES = "relie"
    NO = "non-relie"


@dataclass(frozen=True)
class Wanted:
    """What the reader looks for; empty means all. `with_case`: an open case that the reader may read."""

    search: str = ""
    residence: str = ""
    mine: bool = False
    reached: Reached = Reached.ANY
    with_case: bool = False


@dataclass(frozen=True)
class Page:
    """In the order of references. `total` counts to MOST_COUNTED + 1 at most."""

    people: list[Person]
    total: int
    has_before: bool
    has_after: bool


def page(
    session: Session, house: House, staff: Staff, wanted: Wanted, *, after: str, before: str, size: int
) -> Page:
    """The tenants whose reference follows `after`, or comes just before `before`; from the first else."""
    query = _wanted(house, staff, wanted)
    counted = select(func.count()).select_from(
        query.with_only_columns(Person.id).limit(MOST_COUNTED + 1).subquery()
    )
    rows = query.options(selectinload(Person.referent)).limit(size + 1)
    if before:
        found = list(session.scalars(rows.where(Person.reference < before).order_by(Person.reference.desc())))
        shown = found[:size][::-1]
        has_before, has_after = len(found) > size, True
    else:
        found = list(session.scalars(rows.where(Person.reference > after).order_by(Person.reference)))
        shown = found[:size]
        has_before, has_after = bool(after), len(found) > size
    return Page(shown, session.scalar(counted) or 0, has_before, has_after)


def one(session: Session, staff: Staff, number: int) -> Person | None:
    """The tenant of that number, of the reader's organisation."""
    return session.scalar(select(Person).filter_by(id=number, organisation_id=staff.organisation_id))


def named(session: Session, house: House, staff: Staff, asked: str, most: int) -> list[Person]:
    """The tenant of that very reference, alone; else those that the search finds, `most` at most."""
    mine = select(Person).filter_by(organisation_id=staff.organisation_id)
    exact = session.scalar(mine.filter_by(reference=asked.strip()))
    if exact is not None:
        return [exact]
    found = mine.where(tenant_search.matching(house, staff.organisation_id, asked))
    return list(session.scalars(found.order_by(Person.reference).limit(most)))


def residences(session: Session, staff: Staff) -> Sequence[str]:
    """The residences of the landlord's leases, in the order of the alphabet."""
    mine = Lease.organisation_id == staff.organisation_id
    return session.scalars(
        select(Lease.residence).where(mine, Lease.residence != "").distinct().order_by(Lease.residence)
    ).all()


def homes(session: Session, people: Sequence[Person]) -> Homes:
    """The current lease of each of them, by number of the person."""
    links = select(LeasePerson.person_id, Lease).join(Lease, Lease.id == LeasePerson.lease_id)
    mine = links.where(LeasePerson.person_id.in_([person.id for person in people]))
    # The one that runs, or the latest, is read last and stays.
    ordered = mine.order_by(Lease.ends_on.is_(None), Lease.starts_on, Lease.id)
    return {row.person_id: row.Lease for row in session.execute(ordered)}


def chat_states(session: Session, people: Sequence[Person]) -> dict[int, set[ChatState]]:
    """The states of the chats of each of them; nobody linked is not in it."""
    states: dict[int, set[ChatState]] = {}
    mine = Chat.person_id.in_([person.id for person in people])
    for person_id, state in session.execute(select(Chat.person_id, Chat.state).where(mine)):
        if person_id is not None:
            states.setdefault(person_id, set()).add(state)
    return states


def open_cases(session: Session, staff: Staff, people: Sequence[Person]) -> dict[int, int]:
    """How many open cases of each of them the reader may read; those without any are left out."""
    mine = Case.person_id.in_([person.id for person in people])
    counted = select(Case.person_id, func.count()).where(mine, _open_and_readable(staff))
    return {number: count for number, count in session.execute(counted.group_by(Case.person_id)) if number}


def _wanted(house: House, staff: Staff, wanted: Wanted) -> Select[Person]:
    query = select(Person).where(Person.organisation_id == staff.organisation_id)
    if wanted.search.strip():
        query = query.where(tenant_search.matching(house, staff.organisation_id, wanted.search))
    if wanted.residence:
        query = query.where(lives_in(staff.organisation_id, wanted.residence))
    if wanted.mine:
        query = query.where(Person.referent_id == staff.id)
    if wanted.reached is not Reached.ANY:
        linked = exists().where(Chat.person_id == Person.id, Chat.state == ChatState.ACTIVE)
        query = query.where(linked if wanted.reached is Reached.YES else ~linked)
    if wanted.with_case:
        query = query.where(Person.id.in_(select(Case.person_id).where(_open_and_readable(staff))))
    return query


def lives_in(organisation_id: int, residence: str) -> ColumnElement[bool]:
    """The condition on Person of those who have or had a lease in that residence."""
    of_residence = (
        select(LeasePerson.person_id)
        .join(Lease, Lease.id == LeasePerson.lease_id)
        .where(Lease.organisation_id == organisation_id, Lease.residence == residence)
    )
    return Person.id.in_(of_residence)


def _open_and_readable(staff: Staff) -> ColumnElement[bool]:
    return (Case.state != CaseState.CLOSED) & access.readable_by(staff)
