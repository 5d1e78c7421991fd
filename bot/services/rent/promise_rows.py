"""The promises of a term: which ones were made, until when they hold its next step, how they are told."""

from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.content.load import RentSteps
from bot.domain.calendar import add_business_days
from bot.domain.promises import expected_on
from bot.domain.states import PromiseState
from bot.services.house import House
from bot.services.rent import rent
from bot.storage.tables import Lease, Person, Promise
from bot.texts import format as say


def of_term(session: Session, lease: Lease, month: date, person: Person | None = None) -> list[Promise]:
    """The promises about that term, oldest first; of one person when given."""
    found = select(Promise).where(Promise.lease_id == lease.id, Promise.month == month).order_by(Promise.id)
    return list(session.scalars(found.where(Promise.person_id == person.id) if person else found))


def held_until(
    session: Session, house: House, lease: Lease, month: date, due_on: date, steps: RentSteps
) -> date | None:
    """The last day on which a promise holds the term's next step; None when none does."""
    days = [
        last_day(house, promise, due_on, steps)
        for promise in of_term(session, lease, month)
        if promise.holds and promise.state is PromiseState.OPEN
    ]
    return max(days, default=None)


def last_day(house: House, promise: Promise, due_on: date, steps: RentSteps) -> date:
    """The day by which the bank shows the money of a promise that is kept."""
    said_on = rent.local_day(promise.said_at, house)
    expected = expected_on(promise.promised_on, said_on, due_on, steps.ask_again_days, steps.promise_days)
    return add_business_days(expected, steps.bank_days, house.holidays)


def in_words(house: House, promise: Promise) -> str:
    """The promise and what became of it, for the caseworker."""
    said = say.day_with_year(rent.local_day(promise.said_at, house))
    if promise.promised_on is None:
        return house.texts.say("rent.reason.promise.undated", said=said)
    return house.texts.say(
        f"rent.reason.promise.{promise.state}",
        said=said,
        day=say.day_with_year(promise.promised_on),
        amount=say.euros(promise.amount_cents or promise.missing_cents),
    )
