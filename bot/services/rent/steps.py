"""The steps of each term, decided on their day with that day's account."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session, selectinload

from bot.domain.rent import Account
from bot.domain.rent_steps import Facts, Step, Verdict, decide
from bot.domain.states import OccurrenceState
from bot.services import outbox, people
from bot.services.house import House
from bot.services.one_by_one import together
from bot.services.rent import calls as rent_calls
from bot.services.rent import cases as rent_cases
from bot.services.rent import plan_rows, promise_rows, rent
from bot.services.rent import scan as rent_scan
from bot.services.rent.calendar import morning, offset
from bot.services.rent.messages import QUESTION, REMINDER, told
from bot.storage.tables import Chat, Lease, Occurrence, Organisation, Person

_JOB = "rent.fire"
# Why Palier can't write: then a person says it by telephone.
_TO_CALL = ("no_channel", "no_consent")


def fire_due(session: Session, now: datetime, house: House, limit: int = 200) -> int:
    """Take the steps whose time has come, each decided with today's account; returns how many.

    A step that must wait for the bank file moves to the next morning and stays planned. Those that need
    no account (all paid, or not covered) are decided together first, some thousands at a time; of the
    others at most `limit` are taken, so that no transaction is long. A step that fails is logged and
    tried again the next morning.
    """
    last, decided = rent_scan.slice_end(session, now), 0
    if last is not None:
        decided = rent_scan.decide_together(session, now, house, last)
    due = session.scalars(
        select(Occurrence.id)
        .where(
            Occurrence.state == OccurrenceState.PLANNED,
            Occurrence.due_at <= now,
            Occurrence.rule.in_(list(Step)),
            Occurrence.needs_cents.is_(None),
        )
        .order_by(Occurrence.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()
    failed = together(session, now, _JOB, Occurrence, due, lambda ids: _take_all(session, now, house, ids))
    if failed:
        tomorrow = morning(rent.local_day(now, house) + timedelta(days=1), house)
        session.execute(update(Occurrence).where(Occurrence.id.in_(failed)).values(due_at=tomorrow))
    return decided + len(due)


def _take_all(session: Session, now: datetime, house: House, ids: Sequence[int]) -> None:
    due = session.scalars(select(Occurrence).where(Occurrence.id.in_(ids)).order_by(Occurrence.id)).all()
    today = rent.local_day(now, house)
    wanted = {rent.read_object(step.object)[0] for step in due}
    # All tenants at once: one by one, each would first write down the step before it.
    found = select(Lease).where(Lease.id.in_(wanted)).options(selectinload(Lease.tenants))
    leases = {lease.id: lease for lease in session.scalars(found)}
    accounts = rent.accounts(session, list(leases.values()), today)
    rejected = rent.rejected_lately(session, wanted, today)
    for occurrence in due:
        lease_id, month = rent.read_object(occurrence.object)
        lease = leases[lease_id]
        organisation = session.get_one(Organisation, lease.organisation_id)
        known = _Due(occurrence, lease, organisation, month, accounts[lease_id], lease_id in rejected)
        _take(session, now, house, known)


@dataclass(frozen=True)
class _Due:
    """A step on its day, with what decides it."""

    occurrence: Occurrence
    lease: Lease
    organisation: Organisation
    month: date
    account: Account
    rejected_lately: bool

    @property
    def step(self) -> Step:
        return Step(self.occurrence.rule)


def _take(session: Session, now: datetime, house: House, due: _Due) -> None:
    if not due.lease.tenants:
        _end(due, OccurrenceState.SKIPPED, "nobody")
        return
    # What decides is only read; what the steps before it have decided is written down together.
    with session.no_autoflush:
        verdict = decide(due.step, _facts(session, house, due))
    if verdict is Verdict.WAIT:
        due.occurrence.due_at = morning(due.account.today + timedelta(days=1), house)
    elif verdict is Verdict.PROMISED:
        # Past its day the file may still not cover it: then the step is looked at every morning.
        following = due.account.today + timedelta(days=1)
        due.occurrence.due_at = morning(max(following, _held_until(session, house, due) or following), house)
    elif verdict is not Verdict.ACT:
        _end(due, OccurrenceState.SKIPPED, verdict)
    else:
        _act(session, now, house, due)


def _act(session: Session, now: datetime, house: House, due: _Due) -> None:
    if due.step is Step.CASE:
        rent_cases.open_unpaid(session, now, house, due.lease, due.month, due.account)
        _end(due, OccurrenceState.DONE)
    else:
        _tell(session, now, house, due)


def _facts(session: Session, house: House, due: _Due) -> Facts:
    steps = rent.steps_of(house, due.organisation)
    line = due.account.term(due.month)
    # A term that has left the account keeps the due day that its step was planned for.
    due_on = line.due_on if line else due.occurrence.due_on - offset(steps, due.step)
    today = due.account.today
    over = due_on if due.step is Step.REMINDER else due_on + offset(steps, Step.CASE) - timedelta(days=1)
    return Facts(
        remaining_cents=rent.missing_cents(due.account, due.month),
        minimum_cents=steps.minimum_cents,
        covered=rent.covered(due.organisation, due_on, steps, house),
        too_late=today > over,
        direct_debit=rent.is_direct_debit(due.lease) and not due.rejected_lately,
        case_open=bool(rent.open_cases(session, due.lease)),
        promised=_held_until(session, house, due) is not None,
        planned=plan_rows.repays(session, due.lease, due_on),
    )


def _held_until(session: Session, house: House, due: _Due) -> date | None:
    line = due.account.term(due.month)
    if line is None:
        return None
    steps = rent.steps_of(house, due.organisation)
    return promise_rows.held_until(session, house, due.lease, due.month, line.due_on, steps)


def _tell(session: Session, now: datetime, house: House, due: _Due) -> None:
    """Queue the message for each tenant of the lease who may be written to."""
    kind = REMINDER if due.step is Step.REMINDER else QUESTION
    silences = []
    for person in due.lease.tenants:
        chat = people.active_chat(session, person)
        silence = _silence(session, house, due, person, chat)
        if chat is None or silence:
            silences.append(silence)
            continue
        day = due.occurrence.due_on.isoformat()
        outbox.enqueue(session, now, house, chat, kind, object=due.occurrence.object, occasion=day)
    if len(silences) < len(due.lease.tenants):
        _end(due, OccurrenceState.DONE)
        return
    _end(due, OccurrenceState.SKIPPED, "danger" if "danger" in silences else silences[0])
    unreached = (p for p, why in zip(due.lease.tenants, silences, strict=True) if why in _TO_CALL)
    called = next(unreached, None)
    if called is not None and "danger" not in silences and "told" not in silences:
        rent_calls.note(session, now, called, due.lease, due.occurrence.object, due.step)


def _silence(session: Session, house: House, due: _Due, person: Person, chat: Chat | None) -> str:
    """Why nothing is said to that person about this term; empty when Palier may speak."""
    if people.in_danger(session, person):
        return "danger"
    if chat is None:
        return "no_channel"
    if not people.has_consent(session, person, "rent"):
        return "no_consent"
    line = due.account.term(due.month)
    since = line.due_on if line and due.step is Step.QUESTION else None
    return "told" if told(session, house, person, due.occurrence.object, since=since) else ""


def _end(due: _Due, state: OccurrenceState, reason: str = "") -> None:
    due.occurrence.state, due.occurrence.reason = state, reason
