"""The two messages that Palier starts about a term, worded when they leave, with that day's account."""

from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.domain.rent import Account, Line
from bot.domain.words import Drop, Words
from bot.services import people, questions
from bot.services.house import House
from bot.services.kinds import Attention, Lane, MessageKind, declare
from bot.services.rent import rent
from bot.storage.tables import Chat, Lease, Organisation, Outbox, Person, Question
from bot.texts import Voice
from bot.texts import format as say

# The kind of the questions about a term.
RENT = "rent"
# Long enough that a late answer still counts, short enough that next month's question is another one.
_QUESTION_WAITS = timedelta(days=21)
# A button: its title, the intent that it means, its values.
_Option = tuple[str, str, dict[str, Any]]


def told(session: Session, house: House, person: Person, object: str, *, since: date | None = None) -> bool:
    """Whether that person has already said something of paying this term: it is not asked twice.

    With `since`, a payment that was only announced before that day no longer counts.
    """
    answers = session.execute(
        select(Question.answer, Question.closed_at).where(
            Question.person_id == person.id,
            Question.kind == RENT,
            Question.object == object,
            Question.answer.is_not(None),
        )
    )
    return any(
        since is None or answer != "payment_promise" or (at and rent.local_day(at, house) >= since)
        for answer, at in answers
    )


def values(line: Line) -> dict[str, str]:
    """What the sentences about a term may name."""
    assert line.term is not None
    return {
        "of_month": say.of_month(line.term.month),
        "day": say.day(line.due_on),
        "amount": say.euros(line.remaining_cents),
    }


def reminder_text(house: House, voice: Voice, line: Line) -> str:
    return house.texts.say(_worded("rent.reminder", line), voice, **values(line))


def question_text(house: House, voice: Voice, line: Line) -> str:
    return house.texts.say(_worded("rent.question", line), voice, **values(line))


def _render_reminder(session: Session, now: datetime, house: House, row: Outbox) -> Words | Drop:
    found = _still_due(session, now, house, row)
    if isinstance(found, Drop):
        return found
    person, account, line = found
    if account.today > line.due_on:
        return Drop("late")
    voice = people.voice(person)
    options: list[_Option] = [
        (house.texts.say("rent.button.difficult", voice), "payment_difficulty", {}),
        (house.texts.say("button.person", voice), "request_human", {}),
    ]
    rows = questions.choices(session, now, row.chat, None, options)
    return Words(reminder_text(house, voice, line), rows)


def _render_question(session: Session, now: datetime, house: House, row: Outbox) -> Words | Drop:
    found = _still_due(session, now, house, row)
    if isinstance(found, Drop):
        return found
    person, _, line = found
    lease_id, _ = rent.read_object(row.object)
    if rent.open_cases(session, session.get_one(Lease, lease_id)):
        return Drop("case")
    voice = people.voice(person)
    # Asked now, when it leaves: until then "oui" must not answer it.
    question = questions.ask(session, now, person, RENT, row.object, now + _QUESTION_WAITS)
    options: list[_Option] = [
        (house.texts.say("rent.button.paid", voice), "payment_done", {}),
        (house.texts.say("rent.button.soon", voice), "payment_promise", {}),
        (house.texts.say("rent.button.difficult", voice), "payment_difficulty", {}),
        (house.texts.say("button.person", voice), "request_human", {}),
    ]
    rows = questions.choices(session, now, row.chat, question, options)
    return Words(question_text(house, voice, line), rows)


def _still_due(
    session: Session, now: datetime, house: House, row: Outbox
) -> tuple[Person, Account, Line] | Drop:
    """The person, the account of the day and the term, or why nothing is said about it any more."""
    person = row.chat.person
    if person is None:
        return Drop("unlinked")
    if people.in_danger(session, person):
        return Drop("danger")
    if not may_write(session, row.chat, person):
        return Drop("consent")
    lease_id, month = rent.read_object(row.object)
    lease = session.get_one(Lease, lease_id)
    if not rent.is_tenant(session, person, lease):
        return Drop("left")
    account = rent.account(session, lease, rent.local_day(now, house))
    line = account.term(month)
    steps = rent.steps_of(house, session.get_one(Organisation, lease.organisation_id))
    if line is None or line.remaining_cents < steps.minimum_cents:
        return Drop("paid")
    since = line.due_on if row.kind == "rent_question" else None
    if told(session, house, person, row.object, since=since):
        return Drop("told")
    return person, account, line


def may_write(session: Session, chat: Chat, person: Person) -> bool:
    """Whether that chat is where the person agreed to hear about the rent, and still does."""
    active = people.active_chat(session, person)
    return active is not None and active.id == chat.id and people.has_consent(session, person, "rent")


def _worded(key: str, line: Line) -> str:
    """A partial payment changes the words: what has come is acknowledged."""
    return f"{key}.partial" if line.paid_cents else key


REMINDER = declare(
    MessageKind(
        "rent_reminder",
        Lane.REMINDER,
        timedelta(days=5),
        held=True,
        resend=False,
        render=_render_reminder,
        attention=Attention.COUNTS,
    )
)
QUESTION = declare(
    MessageKind(
        "rent_question",
        Lane.REMINDER,
        timedelta(days=3),
        held=True,
        resend=False,
        render=_render_question,
        attention=Attention.COUNTS,
    )
)
