"""Cases about an unpaid rent, and the sentence that tells the caseworker what is known."""

from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.domain.rent import Account
from bot.domain.states import PromiseState, Urgency
from bot.services import people
from bot.services.cases import cases, news
from bot.services.house import House
from bot.services.rent import promise_rows, rent
from bot.services.rent import signals as rent_signals
from bot.services.rent.messages import RENT
from bot.storage.tables import Case, Lease, Person, Question
from bot.texts import format as say

# What a tenant can have answered about a term, in the sentences `rent.reason.KEY`.
_ANSWERS = ("payment_done", "payment_promise", "payment_difficulty", "request_payment_plan")


def open_unpaid(
    session: Session, now: datetime, house: House, lease: Lease, month: date, account: Account
) -> Case:
    """Open the lease's case for its first tenant, or add the reason to the one that is open already."""
    object = rent.object_of(lease.id, month)
    known = [x for x in (_said(session, house, lease, p, object) for p in lease.tenants) if x]
    following = next(iter(rent.open_cases(session, lease)), None)
    signals = rent_signals.of_lease(session, house, lease, account.today)
    # What the first reason has told is not repeated with every sign.
    told = [] if following else rent_signals.in_words(house, signals)
    reason = " ".join([facts(house, account, month), *known, *told])
    case = cases.open_case(
        session,
        now,
        house,
        kind=rent.ARREARS,
        urgency=Urgency.HIGH,
        reason=reason,
        person=following.person if following else lease.tenants[0],
        object=following.object if following else object,
    )
    case.rank = signals.rank
    return case


def open_said(
    session: Session,
    now: datetime,
    house: House,
    person: Person,
    reason: str,
    lease: Lease | None = None,
    month: date | None = None,
    account: Account | None = None,
    what: str = news.SIGN,
) -> Case:
    """Open, or join, the case of a tenant who said something that a person must answer. It is that
    person's own case: what one tenant of a lease says is not answered to another. `what` is the news to
    who follows it."""
    object, signals = "", None
    if lease is not None and month is not None and account is not None:
        mine = (case for case in rent.open_cases(session, lease) if case.person_id == person.id)
        following = next(mine, None)
        object = following.object if following else rent.object_of(lease.id, month)
        signals = rent_signals.of_lease(session, house, lease, account.today)
        told = [] if following else rent_signals.in_words(house, signals)
        reason = " ".join([reason, facts(house, account, month), *told])
    case = cases.open_case(
        session,
        now,
        house,
        kind=rent.ARREARS,
        urgency=Urgency.HIGH,
        reason=reason,
        person=person,
        object=object,
        what=what,
    )
    if signals is not None:
        case.rank = signals.rank
    return case


def facts(house: House, account: Account, month: date) -> str:
    """The term and the account in figures, for the caseworker."""
    overdue = say.euros(account.overdue_cents)
    line = account.term(month)
    if line is None:
        return house.texts.say("rent.reason.account", overdue=overdue)
    return house.texts.say(
        "rent.reason.term",
        month=say.month(month),
        day=say.day_with_year(line.due_on),
        remaining=say.euros(line.remaining_cents),
        due=say.euros(line.due_cents),
        overdue=overdue,
    )


def _said(session: Session, house: House, lease: Lease, person: Person, object: str) -> str:
    """What that tenant was asked about the term, answered and promised; whose word it is when they are
    several."""
    _, month = rent.read_object(object)
    promises = [
        promise_rows.in_words(house, promise)
        for promise in promise_rows.of_term(session, lease, month, person)
        if promise.state is not PromiseState.REPLACED
    ]
    question = session.scalar(
        select(Question)
        .where(Question.person_id == person.id, Question.kind == RENT, Question.object == object)
        .order_by(Question.asked_at.desc(), Question.id.desc())
        .limit(1)
    )
    if question is None:
        reachable = people.active_chat(session, person) is not None
        key, day = ("not_asked" if reachable else "to_call"), None
    elif question.answer in _ANSWERS:
        key, day = question.answer, question.closed_at
    else:
        key, day = "silent", question.asked_at
    local = say.day_with_year(rent.local_day(day, house)) if day else ""
    # A promise that was written down says more than the answer that it came with.
    told = promises and key == "payment_promise"
    sentence = " ".join([*([] if told else [house.texts.say(f"rent.reason.{key}", day=local)]), *promises])
    return f"{person.display_name} : {sentence}" if len(lease.tenants) > 1 else sentence
