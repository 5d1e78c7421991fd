"""What Palier says of a promise by itself: asks once more for a day, thanks for one that was kept."""

from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from bot.content.load import RentSteps
from bot.domain.calendar import is_business_day
from bot.domain.rent import Line
from bot.domain.states import PromiseState
from bot.domain.words import Drop, Option, Words
from bot.services import people, questions
from bot.services.house import House
from bot.services.kinds import Attention, Lane, MessageKind, declare
from bot.services.rent import rent
from bot.services.rent.messages import may_write, values
from bot.services.rent.said import Said
from bot.storage.tables import Lease, Organisation, Outbox, Person, Promise
from bot.texts import Voice
from bot.texts import format as say

# The kind of the questions about the day of a payment.
WHEN = "rent_when"
WHEN_WAITS = timedelta(days=21)
_FRIDAY, _TUESDAY = 4, 1
_MOST_DAYS = 4


def day_options(
    house: House, voice: Voice, today: date, due_on: date, steps: RentSteps
) -> tuple[Option, ...]:
    """The days that the question offers, none later than a promise may hold; then "not yet", a person."""
    last = due_on + timedelta(days=steps.promise_days)
    days = [day for day in _working(house, today) if day <= last]
    titled = [(_capital(say.day(day)), day) for day in days]
    month_end = (today.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
    if today < month_end <= last and month_end not in days:
        titled.append((house.texts.say("rent.button.month_end", voice), month_end))
    return _options(house, voice, titled, {})


def which_options(house: House, voice: Voice, said: Said) -> tuple[Option, ...]:
    """The days that the words can mean, with the amount that was said; then "not yet", a person."""
    titled = [(_capital(say.day(day)), day) for day in said.days[:_MOST_DAYS]]
    return _options(house, voice, titled, {"cents": said.cents} if said.cents is not None else {})


def _options(
    house: House, voice: Voice, titled: list[tuple[str, date]], more: dict[str, int]
) -> tuple[Option, ...]:
    options = [Option(title, "payment_promise", {"day": day.isoformat(), **more}) for title, day in titled]
    options.append(Option(house.texts.say("rent.button.not_yet", voice), "unsure"))
    return (*options, Option(house.texts.say("button.person", voice), "request_human"))


def _working(house: House, today: date) -> list[date]:
    """The next Friday and the next Tuesday after today; one that is a holiday is left out."""
    ahead = (today + timedelta(days=n) for n in range(1, 8))
    return [
        day for day in ahead if day.weekday() in (_FRIDAY, _TUESDAY) and is_business_day(day, house.holidays)
    ]


def _capital(words: str) -> str:
    return words[0].upper() + words[1:]


def again_text(house: House, voice: Voice, line: Line) -> str:
    return house.texts.say("rent.when", voice, **values(line))


def thanks_text(house: House, voice: Voice, line: Line, minimum_cents: int) -> str:
    """A part that was promised is thanked for too, and what is left is said."""
    key = "rent.thanks" if line.remaining_cents < minimum_cents else "rent.thanks.part"
    return house.texts.say(key, voice, **values(line))


def _render_again(session: Session, now: datetime, house: House, row: Outbox) -> Words | Drop:
    found = _still(session, now, house, row)
    if isinstance(found, Drop):
        return found
    person, promise, line, steps = found
    if promise.state is not PromiseState.OPEN or line.remaining_cents < steps.minimum_cents:
        return Drop("over")
    if rent.open_cases(session, promise.lease):
        return Drop("case")
    voice, today = people.voice(person), rent.local_day(now, house)
    object = rent.object_of(promise.lease_id, promise.month)
    question = questions.ask(session, now, person, WHEN, object, now + WHEN_WAITS)
    options = day_options(house, voice, today, line.due_on, steps)
    rows = [(option.title, option.intent, option.values) for option in options]
    return Words(again_text(house, voice, line), questions.choices(session, now, row.chat, question, rows))


def _render_thanks(session: Session, now: datetime, house: House, row: Outbox) -> Words | Drop:
    found = _still(session, now, house, row)
    if isinstance(found, Drop):
        return found
    person, promise, line, steps = found
    if promise.state is not PromiseState.KEPT:
        return Drop("over")
    return Words(thanks_text(house, people.voice(person), line, steps.minimum_cents))


def _still(
    session: Session, now: datetime, house: House, row: Outbox
) -> tuple[Person, Promise, Line, RentSteps] | Drop:
    """Who promised, and the term as it stands today, or why nothing is said about it."""
    promise = session.get_one(Promise, int(row.object.removeprefix("promise:")))
    person = row.chat.person
    if person is None or person.id != promise.person_id:
        return Drop("unlinked")
    if people.in_danger(session, person):
        return Drop("danger")
    if not may_write(session, row.chat, person):
        return Drop("consent")
    lease = session.get_one(Lease, promise.lease_id)
    if not rent.is_tenant(session, person, lease):
        return Drop("left")
    line = rent.account(session, lease, rent.local_day(now, house)).term(promise.month)
    if line is None:
        return Drop("over")
    steps = rent.steps_of(house, session.get_one(Organisation, lease.organisation_id))
    return person, promise, line, steps


WHEN_AGAIN = declare(
    MessageKind(
        "rent_when",
        Lane.REMINDER,
        timedelta(days=2),
        held=True,
        resend=False,
        render=_render_again,
        attention=Attention.COUNTS,
    )
)
THANKS = declare(
    MessageKind(
        "rent_thanks",
        Lane.REMINDER,
        timedelta(days=5),
        held=True,
        resend=False,
        render=_render_thanks,
        attention=Attention.COUNTS,
    )
)
