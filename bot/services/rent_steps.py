"""The steps of each term: planned ahead as occurrence rows, decided on their day with that day's account."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import insert, select
from sqlalchemy.orm import Session, load_only

from bot.content.load import RentSteps
from bot.domain.calendar import next_morning
from bot.domain.rent import Account, terms
from bot.domain.rent_steps import Facts, Step, Verdict, decide
from bot.domain.states import OccurrenceState
from bot.services import outbox, people, plan_rows, promise_rows, rent, rent_calls, rent_cases
from bot.services.house import House
from bot.services.rent_messages import QUESTION, REMINDER, told
from bot.storage.tables import Chat, Lease, Occurrence, Organisation, Payment, Person

_AT = time(10)
_AHEAD = timedelta(days=40)
# A lease imported late still gets the steps of the last month; what is older is for people.
_BEHIND = timedelta(days=31)
_BATCH = 500
# Why Palier can't write: then a person says it by telephone.
_TO_CALL = ("no_channel", "no_consent")
# A bank gives a rejected debit back within days; the plan is made every hour.
_REJECTION_REOPENS = timedelta(days=10)


def plan(session: Session, now: datetime, house: House) -> int:
    """Insert the missing steps of the terms due up to 40 days ahead; returns how many.

    Running it again changes nothing. A step not yet taken follows its term when the due day moves;
    one that a payment had spared comes back when the bank rejects that payment.
    """
    today = rent.local_day(now, house)
    planned = 0
    for organisation in session.scalars(select(Organisation).order_by(Organisation.id)).all():
        for leases in _batches(session, organisation, today):
            planned += _plan_batch(session, house, organisation, leases, today)
        planned += _reopen_rejected(session, house, organisation, today)
    return planned


def fire_due(session: Session, now: datetime, house: House, limit: int = 200) -> int:
    """Take the steps whose time has come, each decided with today's account; returns how many.

    A step that must wait for the bank file moves to the next morning and stays planned.
    """
    due = session.scalars(
        select(Occurrence)
        .where(
            Occurrence.state == OccurrenceState.PLANNED,
            Occurrence.due_at <= now,
            Occurrence.rule.in_(list(Step)),
        )
        .order_by(Occurrence.due_at, Occurrence.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()
    if not due:
        return 0
    today = rent.local_day(now, house)
    wanted = {rent.read_object(step.object)[0] for step in due}
    leases = {x.id: x for x in session.scalars(select(Lease).where(Lease.id.in_(wanted)))}
    accounts = rent.accounts(session, list(leases.values()), today)
    rejected = rent.rejected_lately(session, wanted, today)
    for occurrence in due:
        lease_id, month = rent.read_object(occurrence.object)
        lease = leases[lease_id]
        organisation = session.get_one(Organisation, lease.organisation_id)
        account = accounts[lease_id]
        _take(
            session, now, house, _Due(occurrence, lease, organisation, month, account, lease_id in rejected)
        )
    return len(due)


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
    verdict = decide(due.step, _facts(session, house, due))
    if verdict is Verdict.WAIT:
        due.occurrence.due_at = _morning(due.account.today + timedelta(days=1), house)
    elif verdict is Verdict.PROMISED:
        # Past its day the file may still not cover it: then the step is looked at every morning.
        following = due.account.today + timedelta(days=1)
        due.occurrence.due_at = _morning(max(following, _held_until(session, house, due) or following), house)
    elif verdict is not Verdict.ACT:
        _end(due, OccurrenceState.SKIPPED, verdict)
    elif due.step is Step.CASE:
        rent_cases.open_unpaid(session, now, house, due.lease, due.month, due.account)
        _end(due, OccurrenceState.DONE)
    else:
        _tell(session, now, house, due)


def _facts(session: Session, house: House, due: _Due) -> Facts:
    steps = rent.steps_of(house, due.organisation)
    line = due.account.term(due.month)
    # A term that has left the account keeps the due day that its step was planned for.
    due_on = line.due_on if line else due.occurrence.due_on - _offset(steps, due.step)
    today = due.account.today
    over = due_on if due.step is Step.REMINDER else due_on + _offset(steps, Step.CASE) - timedelta(days=1)
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


def _plan_batch(
    session: Session, house: House, organisation: Organisation, leases: list[Lease], today: date
) -> int:
    wanted = {
        (step, rent.object_of(lease_id, term.month)): term.due_on + _offset(steps, step)
        for steps in [rent.steps_of(house, organisation)]
        for lease_id, rules in rent.lease_terms(session, leases).items()
        for term in terms(rules, today + _AHEAD)
        if term.due_on >= today - _BEHIND
        for step in Step
    }
    known = session.scalars(
        select(Occurrence).where(
            Occurrence.organisation_id == organisation.id,
            Occurrence.rule.in_(list(Step)),
            Occurrence.object.in_({object for _, object in wanted}),
        )
    ).all()
    for row in known:
        day = wanted.pop((Step(row.rule), row.object), row.due_on)
        if row.due_on != day and row.state is OccurrenceState.PLANNED:
            row.due_on, row.due_at = day, _morning(day, house)
    rows = [
        {
            "organisation_id": organisation.id,
            "rule": step.value,
            "object": object,
            "due_on": day,
            "due_at": _morning(day, house),
            "state": OccurrenceState.PLANNED,
            "reason": "",
        }
        for (step, object), day in wanted.items()
    ]
    if rows:
        session.execute(insert(Occurrence), rows)
    return len(rows)


def _reopen_rejected(session: Session, house: House, organisation: Organisation, today: date) -> int:
    """Plan again, for this morning, the questions and cases of terms that a rejection has opened again."""
    rejected = select(Payment.lease_id).where(
        Payment.organisation_id == organisation.id,
        Payment.amount_cents < 0,
        Payment.on_day >= today - _REJECTION_REOPENS,
    )
    leases = session.scalars(select(Lease).where(Lease.id.in_(rejected))).all()
    unpaid = {
        rent.object_of(lease_id, line.term.month)
        for lease_id, account in rent.accounts(session, leases, today).items()
        for line in account.lines
        if line.term is not None and line.due_on <= today and line.remaining_cents > 0
    }
    spared = session.scalars(
        select(Occurrence).where(
            Occurrence.organisation_id == organisation.id,
            Occurrence.rule.in_([Step.QUESTION, Step.CASE]),
            Occurrence.object.in_(unpaid),
            Occurrence.state == OccurrenceState.SKIPPED,
            Occurrence.reason == Verdict.PAID,
        )
    ).all()
    for row in spared:
        row.state, row.reason, row.due_at = OccurrenceState.PLANNED, "", _morning(today, house)
    return len(spared)


def _offset(steps: RentSteps, step: Step) -> timedelta:
    """From the due day to the step's day."""
    days = {
        Step.REMINDER: -steps.reminder_days_before,
        Step.QUESTION: steps.question_days_after,
        Step.CASE: steps.case_days_after,
    }
    return timedelta(days=days[step])


def _morning(day: date, house: House) -> datetime:
    return next_morning(day, _AT, house.zone, house.holidays)


def _batches(session: Session, organisation: Organisation, today: date) -> Iterator[list[Lease]]:
    """The leases that may have terms around `today`, a few hundred at a time."""
    last = 0
    while True:
        batch = list(
            session.scalars(
                select(Lease)
                .where(
                    Lease.organisation_id == organisation.id,
                    Lease.id > last,
                    (Lease.ends_on.is_(None)) | (Lease.ends_on >= today - 2 * _BEHIND),
                )
                .order_by(Lease.id)
                .limit(_BATCH)
                # Planning reads no name and no address: nothing to decrypt.
                .options(
                    load_only(
                        Lease.organisation_id,
                        Lease.starts_on,
                        Lease.ends_on,
                        Lease.due_day,
                        Lease.opening_cents,
                        Lease.opening_on,
                        Lease.first_import_on,
                    )
                )
            )
        )
        if not batch:
            return
        yield batch
        last = batch[-1].id
