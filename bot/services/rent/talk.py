"""What Palier answers to a tenant who speaks of paying the rent, or asks what is owed."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from bot.domain.rent import COMING, Account, Line
from bot.domain.words import Reply
from bot.services import people, questions
from bot.services.cases import cases
from bot.services.house import House
from bot.services.rent import cases as rent_cases
from bot.services.rent import promises as rent_promises
from bot.services.rent import rent
from bot.services.rent.messages import RENT
from bot.services.rent.promise_messages import WHEN
from bot.services.rent.said import Said
from bot.storage.tables import Lease, Organisation, Person, Question
from bot.texts import Voice
from bot.texts import format as say

_TO_A_PERSON = {"payment_difficulty": "rent.difficulty", "request_payment_plan": "rent.plan"}
_NOTED = {"payment_done": "rent.done", "payment_promise": "rent.promise"}


@dataclass(frozen=True)
class _Matter:
    """The term that the tenant speaks of."""

    lease: Lease
    month: date
    account: Account

    @property
    def object(self) -> str:
        return rent.object_of(self.lease.id, self.month)


def answer(
    session: Session,
    now: datetime,
    house: House,
    person: Person,
    intent: str,
    said: Said,
    question: Question | None,
) -> Reply:
    """Answer "c'est payé", "je vais payer", "je ne pourrai pas" or "en plusieurs fois".

    The last two open or join the person's case at once, also before the due day. The others are
    noted; the case still opens later if the account does not show the payment. `said`: the day and the
    amount of a promise; a promise in several parts is a plan that is asked for. Raises KeyError for
    another intent.
    """
    if intent == "payment_promise" and said.parts:
        intent = "request_payment_plan"
    voice = people.voice(person)
    matter = _matter(session, now, house, person, intent, question)
    _note(session, now, person, intent, matter, question)
    questions.close_kind(session, now, person.id, WHEN, intent)
    if intent in _TO_A_PERSON:
        found = (matter.lease, matter.month, matter.account) if matter else ()
        reason = _reason(house, intent, said)
        case = rent_cases.open_said(session, now, house, person, reason, *found)
        promise = cases.promise(now, house, case, voice)
        return Reply(house.texts.say(_TO_A_PERSON[intent], voice, promise=promise))
    if intent == "payment_promise" and matter:
        term = rent_promises.term_of(session, house, now, matter.lease, matter.month)
        if term is not None:
            return rent_promises.promised(session, now, house, person, term, said)
    key = _NOTED[intent]
    if intent == "payment_done" and _settled(session, now, house, person, matter):
        key = "rent.done.seen"
    return Reply(house.texts.say(key, voice))


def _reason(house: House, intent: str, said: Said) -> str:
    if intent == "request_payment_plan" and said.parts:
        return house.texts.say("rent.reason.said.payment_plan_parts", count=said.parts)
    return house.texts.say(f"rent.reason.said.{intent}")


def info(session: Session, now: datetime, house: House, person: Person) -> str:
    """What is owed and what comes next, for each lease; without a lease, says so and offers a person."""
    voice, today = people.voice(person), rent.local_day(now, house)
    leases = rent.leases_of(session, person)
    accounts = rent.accounts(session, leases, today)
    shown = [
        lease
        for lease in leases
        if lease.ends_on is None or lease.ends_on >= today or accounts[lease.id].balance_cents
    ]
    if not shown:
        return house.texts.say("rent.info.no_lease", voice)
    parts = [
        _lease_info(session, house, voice, lease, accounts[lease.id], several=len(shown) > 1)
        for lease in shown
    ]
    return "\n\n".join([*parts, house.texts.say("rent.info.person", voice)])


def _lease_info(
    session: Session, house: House, voice: Voice, lease: Lease, account: Account, *, several: bool
) -> str:
    covered = session.get_one(Organisation, lease.organisation_id).bank_covered_until
    if covered is None:
        # No payment is known yet: neither "à jour" nor a sum to pay would be true.
        parts = [house.texts.say("rent.info.unknown", voice)]
    else:
        known = house.texts.say("rent.info.covered", voice, day=say.day(covered))
        parts = [_balance(house, voice, account), known]
    if account.next_term is not None:
        parts.append(_next_term(house, voice, account.next_term))
    if several:
        parts.insert(0, house.texts.say("rent.info.lease", voice, place=lease.residence or lease.reference))
    return "\n".join(parts)


def _balance(house: House, voice: Voice, account: Account) -> str:
    cents = account.balance_cents
    key = "rent.info.owed" if cents > 0 else "rent.info.ahead" if cents < 0 else "rent.info.settled"
    return house.texts.say(key, voice, amount=say.euros(abs(cents)))


def _next_term(house: House, voice: Voice, line: Line) -> str:
    assert line.term is not None
    key = "rent.info.next" if line.remaining_cents else "rent.info.next_paid"
    return house.texts.say(
        key,
        voice,
        of_month=say.of_month(line.term.month),
        day=say.day(line.due_on),
        amount=say.euros(line.remaining_cents),
    )


def _settled(session: Session, now: datetime, house: House, person: Person, matter: _Matter | None) -> bool:
    """Whether the accounts show that nothing is due, and that the term spoken of is paid."""
    if matter is not None and rent.missing_cents(matter.account, matter.month):
        return False
    accounts = rent.accounts(session, rent.leases_of(session, person), rent.local_day(now, house))
    return bool(accounts) and not any(account.overdue_cents for account in accounts.values())


def _matter(
    session: Session, now: datetime, house: House, person: Person, intent: str, question: Question | None
) -> _Matter | None:
    """The term of the question, else what is due longest, else what comes next.

    "C'est payé" is about a term far ahead only by mistake: then it is about none.
    """
    today = rent.local_day(now, house)
    if question is not None and question.kind in (RENT, WHEN):
        lease_id, month = rent.read_object(question.object)
        lease = session.get_one(Lease, lease_id)
        if not rent.is_tenant(session, person, lease):
            return None
        return _Matter(lease, month, rent.account(session, lease, today))
    leases = rent.leases_of(session, person)
    accounts = rent.accounts(session, leases, today)
    found = [(line, lease) for lease in leases if (line := rent.due_term(accounts[lease.id]))]
    if intent == "payment_done":
        found = [(line, lease) for line, lease in found if line.due_on <= today + COMING]
    if not found:
        return None
    line, lease = min(found, key=lambda pair: (pair[0].due_on, pair[1].id))
    assert line.term is not None
    return _Matter(lease, line.term.month, accounts[lease.id])


def _note(
    session: Session,
    now: datetime,
    person: Person,
    intent: str,
    matter: _Matter | None,
    question: Question | None,
) -> None:
    """Keep what was said as the answer to the term's question, asked or not: it won't be asked again."""
    if question is not None and question.kind == RENT:
        questions.close(session, now, question, intent)
        return
    if matter is None:
        return
    waiting = (
        q
        for q in questions.open_questions(session, now, person.id)
        if q.kind == RENT and q.object == matter.object
    )
    said = next(waiting, None) or questions.ask(session, now, person, RENT, matter.object, expires_at=now)
    questions.close(session, now, said, intent)
