"""Plans d'apurement: proposed by a caseworker, answered by the tenant, followed to their end."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.content.load import RentSteps
from bot.domain.calendar import add_business_days, next_morning
from bot.domain.plans import MOST_INSTALMENTS, Instalment, shortfall
from bot.domain.states import CaseState, InstalmentState, OccurrenceState, PlanState
from bot.domain.words import Reply
from bot.services import outbox, people, questions
from bot.services.cases import cases, follow, handover, news
from bot.services.house import House
from bot.services.kinds import MessageKind
from bot.services.one_by_one import one_by_one
from bot.services.rent import cases as rent_cases
from bot.services.rent import plan_rows, rent
from bot.services.rent.plan_messages import KEPT, PLAN, PROPOSAL, REMINDER
from bot.storage.tables import (
    Case,
    Chat,
    Lease,
    Occurrence,
    Organisation,
    Person,
    Plan,
    PlanInstalment,
    Question,
    Staff,
)
from bot.texts import format as say

# The rules of the occurrences of a plan: a message before each instalment, a look at the account after it.
REMIND, CHECK = "plan.reminder", "plan.check"
_AT = time(10)


class PlanRefused(Exception):
    """The plan can't be proposed or changed; `code` names a sentence (`rent.refused.CODE`)."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def propose(
    session: Session,
    now: datetime,
    house: House,
    staff: Staff,
    case: Case,
    lease: Lease,
    instalments: Sequence[Instalment],
) -> Plan:
    """Propose the instalments to the case's person, in place of a proposal that was not answered yet.

    Raises PlanRefused: no person, a closed case, a plan that is followed already, days that do not
    come one after the other from tomorrow on, more money than is overdue.
    """
    if case.person is None or lease not in rent.leases_of(session, case.person):
        raise PlanRefused("no_person")
    if case.state is CaseState.CLOSED:
        raise PlanRefused("closed")
    today = rent.local_day(now, house)
    _check_instalments(instalments, today, rent.account(session, lease, today).overdue_cents)
    before = plan_rows.running(session, lease)
    if before is not None:
        if before.state is PlanState.ACCEPTED:
            raise PlanRefused("followed")
        _end(session, now, before, today)
    plan = Plan(
        organisation_id=lease.organisation_id,
        person_id=case.person.id,
        lease_id=lease.id,
        case_id=case.id,
        proposed_by_id=staff.id,
        proposed_at=now,
        state=PlanState.PROPOSED,
    )
    plan.instalments = [
        PlanInstalment(
            organisation_id=lease.organisation_id,
            number=n,
            due_on=part.due_on,
            amount_cents=part.amount_cents,
        )
        for n, part in enumerate(instalments, 1)
    ]
    session.add(plan)
    session.flush()
    cases.record(session, now, case, "plan", actor=staff, detail={"reason": in_words(house, plan)})
    _tell(session, now, house, plan, PROPOSAL, "proposed")
    return plan


def _check_instalments(instalments: Sequence[Instalment], today: date, overdue_cents: int) -> None:
    days = [part.due_on for part in instalments]
    if not 1 <= len(days) <= MOST_INSTALMENTS or any(part.amount_cents <= 0 for part in instalments):
        raise PlanRefused("instalments")
    if days[0] <= today or any(later <= earlier for earlier, later in pairwise(days)):
        raise PlanRefused("days")
    if sum(part.amount_cents for part in instalments) > overdue_cents:
        raise PlanRefused("too_much")


def answer(
    session: Session,
    now: datetime,
    house: House,
    chat: Chat,
    person: Person,
    question: Question,
    meaning: str,
    _values: Mapping[str, Any],
) -> Reply:
    """The tenant's answer to a proposal: yes begins it; anything else is for a person to talk about."""
    if meaning == "request_human":
        return handover.hand_over(session, now, house, chat, meaning)
    plan = session.get_one(Plan, int(question.object.removeprefix("plan:")))
    voice = people.voice(person)
    questions.close(session, now, question, meaning)
    if plan.state is not PlanState.PROPOSED:
        return Reply(house.texts.say("answer.late", voice))
    if meaning == "affirm":
        accept(session, now, house, plan)
        first = plan.instalments[0]
        told = {"day": say.day(first.due_on), "amount": say.euros(first.amount_cents)}
        return Reply(house.texts.say("rent.plan.accepted", voice, **told))
    plan.state = PlanState.DISCUSSED
    reason = house.texts.say("rent.reason.plan.discussed")
    case = _sign(session, now, house, plan, reason, news.PLAN_DISCUSSED)
    return Reply(
        house.texts.say("rent.plan.discussed", voice, promise=cases.promise(now, house, case, voice))
    )


def accept(session: Session, now: datetime, house: House, plan: Plan, staff: Staff | None = None) -> None:
    """Begin the plan today; `staff` when the tenant agreed by word of mouth. Raises PlanRefused."""
    if plan.state is not PlanState.PROPOSED:
        raise PlanRefused("not_proposed")
    today = rent.local_day(now, house)
    debt = rent.account(session, plan.lease, today).owed_since_before(today)
    plan.state, plan.accepted_on, plan.debt_cents = PlanState.ACCEPTED, today, debt
    session.flush()
    steps = _steps(session, house, plan)
    for part in plan.instalments:
        ahead = part.due_on - timedelta(days=steps.reminder_days_before)
        _expect(session, house, plan, part, REMIND, max(ahead, today + timedelta(days=1)))
        _expect(session, house, plan, part, CHECK, _last_day(house, part, steps))
    questions.close_object(session, now, plan.person_id, PLAN, f"plan:{plan.id}", "accepted")
    case = session.get_one(Case, plan.case_id)
    reason = house.texts.say("rent.reason.plan.accepted")
    cases.record(session, now, case, "plan", actor=staff, detail={"reason": reason})
    if staff is None:
        follow.heard(session, now, house, case, news.PLAN_ACCEPTED)


def end(session: Session, now: datetime, house: House, plan: Plan, staff: Staff) -> None:
    """A person stops the plan: what is missing is owed again as any debt. Raises PlanRefused."""
    if plan.state not in (PlanState.PROPOSED, PlanState.ACCEPTED, PlanState.DISCUSSED):
        raise PlanRefused("not_proposed")
    _end(session, now, plan, rent.local_day(now, house))
    case = session.get_one(Case, plan.case_id)
    reason = house.texts.say("rent.reason.plan.ended")
    cases.record(session, now, case, "plan", actor=staff, detail={"reason": reason})


def _end(session: Session, now: datetime, plan: Plan, today: date) -> None:
    plan.state, plan.ended_on = PlanState.ENDED, today
    questions.close_object(session, now, plan.person_id, PLAN, f"plan:{plan.id}", "ended")
    session.flush()


def follow_due(session: Session, now: datetime, house: House, limit: int = 100) -> int:
    """Remind of the instalments and look at those that are over; returns how many were looked at."""
    due = session.scalars(
        select(Occurrence)
        .where(
            Occurrence.state == OccurrenceState.PLANNED,
            Occurrence.due_at <= now,
            Occurrence.rule.in_([REMIND, CHECK]),
        )
        .order_by(Occurrence.due_at, Occurrence.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()

    def look(occurrence: Occurrence) -> None:
        plan_id, number = occurrence.object.removeprefix("plan:").split("/")
        plan = session.get_one(Plan, int(plan_id))
        if plan.state is not PlanState.ACCEPTED:
            occurrence.state, occurrence.reason = OccurrenceState.SKIPPED, plan.state.value
        elif occurrence.rule == REMIND:
            occurrence.state = OccurrenceState.DONE
            _tell(session, now, house, plan, REMINDER, number)
        else:
            _check(session, now, house, plan, int(number), occurrence)

    return one_by_one(session, now, due, look)


def _check(
    session: Session, now: datetime, house: House, plan: Plan, number: int, occurrence: Occurrence
) -> None:
    """One instalment after its day: paid, or missed, which a person hears of once."""
    steps = _steps(session, house, plan)
    part, last = plan.instalments[number - 1], number == len(plan.instalments)
    today = rent.local_day(now, house)
    organisation = session.get_one(Organisation, plan.organisation_id)
    tomorrow = next_morning(today + timedelta(days=1), _AT, house.zone, house.holidays)
    if not rent.covered(organisation, part.due_on, steps, house):
        occurrence.due_at = tomorrow
        return
    missing = _settle(session, plan, today, steps, number)
    if missing == 0:
        occurrence.state = OccurrenceState.DONE
        if last:
            plan.state, plan.ended_on = PlanState.KEPT, today
            _tell(session, now, house, plan, KEPT, "kept")
            _record_kept(session, now, house, plan)
        return
    if part.state is InstalmentState.PLANNED:
        part.state = InstalmentState.MISSED
        _sign(session, now, house, plan, _missed_in_words(house, plan, part, missing), news.PLAN_MISSED)
    if last:
        # The end of a plan can come late: it is looked for until a person stops the plan.
        occurrence.due_at = tomorrow
    else:
        occurrence.state = OccurrenceState.DONE


def _record_kept(session: Session, now: datetime, house: House, plan: Plan) -> None:
    case = session.get_one(Case, plan.case_id)
    cases.record(session, now, case, "plan", detail={"reason": house.texts.say("rent.reason.plan.kept")})
    follow.heard(session, now, house, case, news.PLAN_KEPT)


def _settle(session: Session, plan: Plan, today: date, steps: RentSteps, number: int) -> int:
    """Mark the instalments that the money received covers; what is missing for the first `number`, in
    cents, 0 when it is too little to ask for."""
    paid = plan_rows.paid_cents(plan, rent.account(session, plan.lease, today))
    parts = plan_rows.instalments(plan)
    for row in plan.instalments:
        if shortfall(parts, row.number, paid) < steps.minimum_cents:
            row.state = InstalmentState.PAID
    missing = shortfall(parts, number, paid)
    return missing if missing >= steps.minimum_cents else 0


def in_words(house: House, plan: Plan) -> str:
    """The instalments, for a person of the team."""
    parts = ", ".join(
        f"{say.euros(part.amount_cents)} le {say.day_with_year(part.due_on)}" for part in plan.instalments
    )
    return house.texts.say("rent.reason.plan.proposed", count=len(plan.instalments), lines=parts)


def _missed_in_words(house: House, plan: Plan, part: PlanInstalment, missing: int) -> str:
    return house.texts.say(
        "rent.reason.plan.missed",
        number=part.number,
        count=len(plan.instalments),
        amount=say.euros(part.amount_cents),
        day=say.day_with_year(part.due_on),
        remaining=say.euros(missing),
    )


def _sign(session: Session, now: datetime, house: House, plan: Plan, reason: str, what: str) -> Case:
    """The person's own case about this rent hears of it; one is opened when it is closed."""
    account = rent.account(session, plan.lease, rent.local_day(now, house))
    line = account.oldest_unpaid
    month = line.term.month if line and line.term else plan.instalments[0].due_on.replace(day=1)
    return rent_cases.open_said(session, now, house, plan.person, reason, plan.lease, month, account, what)


def _expect(session: Session, house: House, plan: Plan, part: PlanInstalment, rule: str, day: date) -> None:
    session.add(
        Occurrence(
            organisation_id=plan.organisation_id,
            rule=rule,
            object=f"plan:{plan.id}/{part.number}",
            due_on=part.due_on,
            due_at=next_morning(day, _AT, house.zone, house.holidays),
        )
    )


def _tell(
    session: Session, now: datetime, house: House, plan: Plan, kind: MessageKind, occasion: str
) -> None:
    chat = people.active_chat(session, plan.person)
    if chat is not None:
        outbox.enqueue(session, now, house, chat, kind, object=f"plan:{plan.id}", occasion=occasion)


def _last_day(house: House, part: PlanInstalment, steps: RentSteps) -> date:
    return add_business_days(part.due_on, steps.bank_days, house.holidays)


def _steps(session: Session, house: House, plan: Plan) -> RentSteps:
    return rent.steps_of(house, session.get_one(Organisation, plan.organisation_id))
