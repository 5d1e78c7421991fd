"""What is known of a tenant for check-ins, and the one planned check-in of each."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session, load_only

from bot.domain.calendar import next_morning
from bot.domain.checkins import Facts, Series, next_day, visit_on
from bot.domain.states import CaseState, ChatState, OccurrenceState
from bot.services import people, switches
from bot.services.cases.tenant_word import DONE
from bot.services.house import House
from bot.services.one_by_one import together, tried_lately
from bot.storage.tables import Case, Chat, Lease, LeasePerson, Occurrence, Person

RULE = "checkin"
_AT = time(10)
_BATCH, _JOB = 500, "checkins.plan"


def plan(session: Session, now: datetime, house: House) -> int:
    """Tick: plan the next check-in of everybody with a telephone; returns how many were planned or moved.

    One is planned at a time, and it follows what changes: a profile, a follow-up that ends or begins. Whoever
    can't be planned for is left for a day, and holds up nobody.
    """
    today, last, planned = now.astimezone(house.zone).date(), 0, 0

    def plan_some(ids: Sequence[int]) -> None:
        nonlocal planned
        planned += _plan_batch(session, house, ids, today)

    while batch := _batch(session, now, last):
        together(session, now, _JOB, Person, batch, plan_some)
        last = batch[-1]
    return planned


def facts_of(session: Session, house: House, persons: Sequence[Person]) -> dict[int, Facts]:
    """What decides the check-ins of these people, by their ids, in three queries."""
    ids = [person.id for person in persons]
    since: dict[int, list[date]] = defaultdict(list)
    leases = select(LeasePerson.person_id, Lease.starts_on).join(Lease, Lease.id == LeasePerson.lease_id)
    for person_id, starts_on in session.execute(leases.where(LeasePerson.person_id.in_(ids))):
        since[person_id].append(starts_on)
    followed = set(
        session.scalars(select(Case.person_id).where(Case.person_id.in_(ids), Case.state != CaseState.CLOSED))
    )
    # Nothing is written of its own accord after a danger: whoever follows that person decides.
    in_the_past = select(Case.person_id).where(Case.person_id.in_(ids), Case.kind.in_(people.DANGER_KINDS))
    quiet = followed | set(session.scalars(in_the_past))
    ended = session.execute(
        select(Case.person_id, func.max(Case.closed_at))
        .where(Case.person_id.in_(ids), Case.outcome.in_(DONE))
        .group_by(Case.person_id)
    )
    until = {id: at.astimezone(house.zone).date() for id, at in ended if at and id not in quiet}
    return {
        person.id: Facts(frozenset(person.profiles), tuple(since[person.id]), until.get(person.id))
        for person in persons
    }


def _batch(session: Session, now: datetime, last: int) -> Sequence[int]:
    linked = select(Chat.person_id).filter_by(state=ChatState.ACTIVE)
    found = select(Person.id).where(
        Person.id > last, Person.id.in_(linked), Person.id.not_in(tried_lately(_JOB, now))
    )
    return session.scalars(found.order_by(Person.id).limit(_BATCH)).all()


def _plan_batch(session: Session, house: House, ids: Sequence[int], today: date) -> int:
    persons = session.scalars(
        select(Person)
        .where(Person.id.in_(ids))
        .order_by(Person.id)
        # No name is read: nothing to decrypt.
        .options(load_only(Person.organisation_id, Person.profiles))
    ).all()
    known: dict[str, list[Occurrence]] = defaultdict(list)
    objects = [f"person:{person.id}" for person in persons]
    for row in session.scalars(
        select(Occurrence).where(
            Occurrence.rule == RULE, Occurrence.object.in_(objects), Occurrence.due_on >= today
        )
    ):
        known[row.object].append(row)
    facts, changed = facts_of(session, house, persons), 0
    for person in persons:
        changed += _plan_one(session, house, person, facts[person.id], known[f"person:{person.id}"], today)
    return changed


def _plan_one(
    session: Session, house: House, person: Person, facts: Facts, known: list[Occurrence], today: date
) -> bool:
    """Whether the planned check-in of that person is new or has moved."""
    over = [row.due_on for row in known if row.state is not OccurrenceState.PLANNED]
    waiting = [row for row in known if row.state is OccurrenceState.PLANNED]
    series = switches.series(session, house, person.organisation_id)
    day = _next(house, series, facts, max([*over, today - timedelta(days=1)]))
    if [row.due_on for row in waiting] == ([day] if day else []):
        return False
    for row in waiting:
        session.delete(row)
    session.flush()
    if day is not None:
        session.add(
            Occurrence(
                organisation_id=person.organisation_id,
                rule=RULE,
                object=f"person:{person.id}",
                due_on=day,
                due_at=next_morning(day, _AT, house.zone, house.holidays),
            )
        )
    return True


def _next(house: House, series: Sequence[Series], facts: Facts, after: date) -> date | None:
    """The next day with a check-in; one that would wait over a Sunday for the day of another gives way."""
    day = next_day(series, facts, after)
    if day is None:
        return None
    said_on = next_morning(day, _AT, house.zone, house.holidays).astimezone(house.zone).date()
    return said_on if visit_on(series, facts, said_on) else day
