"""Promises to pay: written down when they are said, looked at every morning until kept or broken."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from bot.content.load import RentSteps
from bot.domain.calendar import next_morning
from bot.domain.promises import Course, Fate, Progress, course, fate
from bot.domain.rent import Account
from bot.domain.rent_steps import Step
from bot.domain.states import OccurrenceState, PromiseState
from bot.domain.words import Reply
from bot.services import outbox, people, questions
from bot.services.cases import cases, handover
from bot.services.house import House
from bot.services.kinds import MessageKind
from bot.services.one_by_one import one_by_one
from bot.services.rent import cases as rent_cases
from bot.services.rent import promise_messages as rent_promise_messages
from bot.services.rent import promise_rows, rent
from bot.services.rent.promise_messages import THANKS, WHEN, WHEN_AGAIN, WHEN_WAITS
from bot.services.rent.said import Said
from bot.storage.tables import Case, Chat, Lease, Occurrence, Organisation, Person, Promise, Question
from bot.texts import format as say

# The rule of the occurrences that look at a promise.
CHECK = "rent.promise"
_AT = time(10)


@dataclass(frozen=True)
class Term:
    """The term that is promised, on the account of the day."""

    lease: Lease
    month: date
    due_on: date
    account: Account

    @property
    def object(self) -> str:
        return rent.object_of(self.lease.id, self.month)

    @property
    def missing_cents(self) -> int:
        return rent.missing_cents(self.account, self.month)


def term_of(session: Session, house: House, now: datetime, lease: Lease, month: date) -> Term | None:
    """The term with something missing on it; None when there is nothing to promise."""
    account = rent.account(session, lease, rent.local_day(now, house))
    line = account.term(month)
    if line is None or line.remaining_cents <= 0:
        return None
    return Term(lease, month, line.due_on, account)


def promised(
    session: Session,
    now: datetime,
    house: House,
    person: Person,
    term: Term,
    said: Said,
) -> Reply:
    """Answer "je vais payer", with or without a day, all of what is missing or a part of it.

    Before the due day, no day means the due day: nothing is asked. Between two days the person chooses.
    A day that is past is not one.
    """
    today = rent.local_day(now, house)
    days = tuple(day for day in said.days if day >= today)
    if len(days) == 1:
        return _dated(session, now, house, person, term, days[0], said.cents)
    if days:
        return _which(session, now, house, person, term, replace(said, days=days))
    return _without_a_day(session, now, house, person, term)


def answer_when(
    session: Session,
    now: datetime,
    house: House,
    chat: Chat,
    person: Person,
    question: Question,
    meaning: str,
    values: Mapping[str, Any],
) -> Reply:
    """The answer to "quel jour pensez-vous payer ?": a button's day, "je ne sais pas", a person."""
    if meaning == "request_human":
        return handover.hand_over(session, now, house, chat, meaning)
    lease_id, month = rent.read_object(question.object)
    term = term_of(session, house, now, session.get_one(Lease, lease_id), month)
    voice = people.voice(person)
    if term is None:
        questions.close(session, now, question, "paid")
        return Reply(house.texts.say("rent.done.seen", voice))
    if meaning == "unsure":
        questions.close(session, now, question, meaning)
        return _not_yet(session, now, house, person, term)
    day = date.fromisoformat(values["day"]) if "day" in values else None
    said = Said((day,) if day else (), values.get("cents"))
    return promised(session, now, house, person, term, said)


def _without_a_day(session: Session, now: datetime, house: House, person: Person, term: Term) -> Reply:
    """Ask for the day, unless it is known, a person follows the rent, or it is not due yet."""
    voice = people.voice(person)
    earlier = promise_rows.of_term(session, term.lease, term.month, person)
    given = next((row for row in earlier if row.state is PromiseState.OPEN and row.promised_on), None)
    if given is not None and given.promised_on is not None:
        told = {"day": say.day(given.promised_on), "amount": say.euros(_cents(given))}
        return Reply(house.texts.say("rent.promise.noted", voice, **told))
    if rent.local_day(now, house) < term.due_on or rent.open_cases(session, term.lease):
        return Reply(house.texts.say("rent.promise", voice))
    if not earlier:
        _write(session, now, house, person, term, None, None, holds=True)
    return _ask(session, now, house, person, term)


def _not_yet(session: Session, now: datetime, house: House, person: Person, term: Term) -> Reply:
    """The person can't tell the day: asked once more in some days, then a person talks about it."""
    voice = people.voice(person)
    rows = promise_rows.of_term(session, term.lease, term.month, person)
    if any(row.state is PromiseState.OPEN and row.asked_again_at is None for row in rows):
        return Reply(house.texts.say("rent.promise.unsure", voice))
    case = _sign(session, now, house, person, term, house.texts.say("rent.reason.said.promise_unsure"))
    return Reply(house.texts.say("rent.difficulty", voice, promise=cases.promise(now, house, case, voice)))


def _which(session: Session, now: datetime, house: House, person: Person, term: Term, said: Said) -> Reply:
    """Ask which of the days was meant; until then it is a promise without a day."""
    voice = people.voice(person)
    if not promise_rows.of_term(session, term.lease, term.month, person):
        _write(session, now, house, person, term, None, None, holds=True)
    question = questions.ask(session, now, person, WHEN, term.object, now + WHEN_WAITS)
    options = rent_promise_messages.which_options(house, voice, said)
    return Reply(house.texts.say("rent.promise.which", voice), options, question.id)


def _ask(session: Session, now: datetime, house: House, person: Person, term: Term) -> Reply:
    voice, today = people.voice(person), rent.local_day(now, house)
    question = questions.ask(session, now, person, WHEN, term.object, now + WHEN_WAITS)
    options = rent_promise_messages.day_options(
        house, voice, today, term.due_on, _steps(session, house, term)
    )
    return Reply(house.texts.say("rent.promise.when", voice), options, question.id)


def _dated(
    session: Session,
    now: datetime,
    house: House,
    person: Person,
    term: Term,
    day: date,
    cents: int | None,
) -> Reply:
    voice, steps = people.voice(person), _steps(session, house, term)
    earlier = _earlier_days(session, now, house, person, term)
    followed = bool(rent.open_cases(session, term.lease))
    found = course(day, term.due_on, steps.promise_days, earlier=earlier, followed=followed)
    part = cents if cents is not None and 0 < cents < term.missing_cents else None
    promise = _write(session, now, house, person, term, day, part, holds=found is Course.HOLDS)
    questions.close_kind(session, now, person.id, WHEN, "day")
    told = {"day": say.day(day), "amount": say.euros(part or term.missing_cents)}
    if found is Course.HOLDS:
        return Reply(house.texts.say("rent.promise.noted", voice, **told))
    if found is Course.FOLLOWED:
        _sign(session, now, house, person, term, promise_rows.in_words(house, promise))
        return Reply(house.texts.say("rent.promise.followed", voice, **told))
    reason = house.texts.say(
        f"rent.reason.said.promise_{found}",
        day=say.day_with_year(day),
        amount=told["amount"],
        count=steps.promise_days,
    )
    case = _sign(session, now, house, person, term, reason)
    return Reply(
        house.texts.say(
            f"rent.promise.{found}", voice, **told, promise=cases.promise(now, house, case, voice)
        )
    )


def _cents(promise: Promise) -> int:
    return promise.amount_cents or promise.missing_cents


def _sign(session: Session, now: datetime, house: House, person: Person, term: Term, reason: str) -> Case:
    return rent_cases.open_said(session, now, house, person, reason, term.lease, term.month, term.account)


def _earlier_days(session: Session, now: datetime, house: House, person: Person, term: Term) -> bool:
    """Whether another day was promised before today; a day corrected the same day is no second promise."""
    today = rent.local_day(now, house)
    rows = promise_rows.of_term(session, term.lease, term.month, person)
    given = [row for row in rows if row.promised_on is not None and row.state is not PromiseState.REPLACED]
    return any(rent.local_day(row.said_at, house) < today for row in given)


def _write(
    session: Session,
    now: datetime,
    house: House,
    person: Person,
    term: Term,
    day: date | None,
    cents: int | None,
    *,
    holds: bool,
) -> Promise:
    """Write the promise, in place of that person's last one, and plan to look at it every morning."""
    for row in promise_rows.of_term(session, term.lease, term.month, person):
        if row.state is PromiseState.OPEN:
            row.state = PromiseState.REPLACED
    promise = Promise(
        organisation_id=term.lease.organisation_id,
        person_id=person.id,
        lease_id=term.lease.id,
        month=term.month,
        said_at=now,
        promised_on=day,
        amount_cents=cents,
        missing_cents=term.missing_cents,
        holds=holds,
        state=PromiseState.OPEN,
    )
    session.add(promise)
    session.flush()
    today = rent.local_day(now, house)
    session.add(
        Occurrence(
            organisation_id=promise.organisation_id,
            rule=CHECK,
            object=f"promise:{promise.id}",
            due_on=today,
            due_at=next_morning(today + timedelta(days=1), _AT, house.zone, house.holidays),
        )
    )
    return promise


def check_due(session: Session, now: datetime, house: House, limit: int = 100) -> int:
    """Look at the promises whose morning has come; returns how many. Those that wait come back tomorrow."""
    due = session.scalars(
        select(Occurrence)
        .where(
            Occurrence.state == OccurrenceState.PLANNED, Occurrence.due_at <= now, Occurrence.rule == CHECK
        )
        .order_by(Occurrence.due_at, Occurrence.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()

    def look(occurrence: Occurrence) -> None:
        promise = session.get_one(Promise, int(occurrence.object.removeprefix("promise:")))
        _check(session, now, house, occurrence, promise)

    return one_by_one(session, now, due, look)


def _check(session: Session, now: datetime, house: House, occurrence: Occurrence, promise: Promise) -> None:
    if promise.state is not PromiseState.OPEN:
        occurrence.state, occurrence.reason = OccurrenceState.SKIPPED, promise.state.value
        return
    today = rent.local_day(now, house)
    account = rent.account(session, promise.lease, today)
    found = fate(_progress(session, house, promise, account))
    if found in (Fate.KEPT, Fate.BROKEN):
        promise.state = PromiseState(found.value)
        occurrence.state = OccurrenceState.DONE
        end = _kept if found is Fate.KEPT else _broken
        end(session, now, house, promise, account)
        return
    if found is Fate.ASK:
        promise.asked_again_at = now
        _tell(session, now, house, promise, WHEN_AGAIN)
    occurrence.due_at = next_morning(today + timedelta(days=1), _AT, house.zone, house.holidays)


def _progress(session: Session, house: House, promise: Promise, account: Account) -> Progress:
    organisation = session.get_one(Organisation, promise.organisation_id)
    steps = rent.steps_of(house, organisation)
    line = account.term(promise.month)
    due_on = line.due_on if line else promise.month
    last = promise_rows.last_day(house, promise, due_on, steps)
    covered = organisation.bank_covered_until is not None and organisation.bank_covered_until >= last
    asked_from = rent.local_day(promise.said_at, house) + timedelta(days=steps.ask_again_days)
    return Progress(
        amount_cents=promise.amount_cents,
        missing_then_cents=promise.missing_cents,
        missing_now_cents=rent.missing_cents(account, promise.month),
        minimum_cents=steps.minimum_cents,
        over=covered and account.today >= last,
        ask_again=(
            promise.promised_on is None and promise.asked_again_at is None and account.today >= asked_from
        ),
    )


def _kept(session: Session, now: datetime, house: House, promise: Promise, account: Account) -> None:
    questions.close_kind(session, now, promise.person_id, WHEN, "paid")
    _tell(session, now, house, promise, THANKS)


def _broken(session: Session, now: datetime, house: House, promise: Promise, account: Account) -> None:
    """A person takes over: the case opens now, and the steps that waited for the promise end."""
    rent_cases.open_unpaid(session, now, house, promise.lease, promise.month, account)
    questions.close_kind(session, now, promise.person_id, WHEN, "broken")
    session.execute(
        update(Occurrence)
        .where(
            Occurrence.organisation_id == promise.organisation_id,
            Occurrence.rule.in_([Step.QUESTION, Step.CASE]),
            Occurrence.object == rent.object_of(promise.lease_id, promise.month),
            Occurrence.state == OccurrenceState.PLANNED,
        )
        .values(state=OccurrenceState.SKIPPED, reason="promise_broken")
    )


def _tell(session: Session, now: datetime, house: House, promise: Promise, kind: MessageKind) -> None:
    chat = people.active_chat(session, promise.person)
    if chat is not None:
        occasion = rent.object_of(promise.lease_id, promise.month)
        outbox.enqueue(session, now, house, chat, kind, object=f"promise:{promise.id}", occasion=occasion)


def _steps(session: Session, house: House, term: Term) -> RentSteps:
    return rent.steps_of(house, session.get_one(Organisation, term.lease.organisation_id))
