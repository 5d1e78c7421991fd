""" "À appeler": the reminders and questions that Palier can't write, for the référent to say by telephone."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from bot.domain.rent_steps import Step
from bot.domain.states import CallState
from bot.services.cases.cases import CaseRefused
from bot.services.house import House
from bot.services.rent import rent
from bot.storage.tables import CallLine, Lease, Organisation, Person, Staff

_MOST = 200


@dataclass(frozen=True)
class Call:
    """A line that is still worth a call: the day of its term, and what is missing on it today, in cents."""

    line: CallLine
    due_on: date
    missing_cents: int


def note(session: Session, now: datetime, person: Person, lease: Lease, object: str, step: Step) -> None:
    """Ask for a call to that person about a term; the question takes the reminder's place, done or not."""
    line = session.scalar(
        select(CallLine).filter_by(organisation_id=lease.organisation_id, person_id=person.id, object=object)
    )
    if line is None:
        line = CallLine(
            organisation_id=lease.organisation_id, person_id=person.id, lease_id=lease.id, object=object
        )
        session.add(line)
    line.rule, line.noted_at, line.state, line.done_at, line.done_by_id = (
        step,
        now,
        CallState.OPEN,
        None,
        None,
    )


def open_calls(session: Session, now: datetime, house: House, staff: Staff) -> list[Call]:
    """The calls of the organisation, this référent's first, then those of nobody; the oldest first.

    What was paid meanwhile, or became a case, ends here: nobody calls for it.
    """
    lines = session.scalars(_open(staff).order_by(CallLine.noted_at, CallLine.id).limit(_MOST)).all()
    leases = {line.lease_id: line.lease for line in lines}
    accounts = rent.accounts(session, list(leases.values()), rent.local_day(now, house))
    steps = rent.steps_of(house, session.get_one(Organisation, staff.organisation_id))
    calls = []
    for line in lines:
        _, month = rent.read_object(line.object)
        term = accounts[line.lease_id].term(month)
        missing = term.remaining_cents if term else 0
        if term is None or missing < steps.minimum_cents or rent.open_cases(session, line.lease):
            line.state = CallState.OVER
        else:
            calls.append(Call(line, term.due_on, missing))
    return sorted(calls, key=lambda call: _turn(call.line, staff))


def count(session: Session, staff: Staff) -> int:
    """How many lines wait for this référent; those without a référent wait for everybody."""
    mine = _open(staff).where((Person.referent_id == staff.id) | Person.referent_id.is_(None))
    return int(session.scalar(select(func.count()).select_from(mine.subquery())) or 0)


def done(session: Session, now: datetime, staff: Staff, line_id: int) -> None:
    """Somebody called. Raises CaseRefused for a line of nobody's or another organisation's."""
    line = session.scalar(select(CallLine).filter_by(id=line_id, organisation_id=staff.organisation_id))
    if line is None:
        raise CaseRefused("unknown")
    if line.state is CallState.OPEN:
        line.state, line.done_at, line.done_by_id = CallState.DONE, now, staff.id


def _open(staff: Staff) -> Select[CallLine]:
    return (
        select(CallLine)
        .join(Person, Person.id == CallLine.person_id)
        .where(CallLine.organisation_id == staff.organisation_id, CallLine.state == CallState.OPEN)
    )


def _turn(line: CallLine, staff: Staff) -> int:
    if line.person.referent_id == staff.id:
        return 0
    return 1 if line.person.referent_id is None else 2
