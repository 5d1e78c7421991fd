"""When tips leave by themselves: each week at the day and hour that the tenant chose, and a month later."""

from datetime import date, datetime, time, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from bot.domain.calendar import instant
from bot.domain.states import OccurrenceState
from bot.domain.tips import TipAnswer
from bot.domain.weekly import Weekly
from bot.domain.words import Drop, Option, Reply, Words
from bot.services import outbox, people, questions, switches
from bot.services.house import House
from bot.services.kinds import Attention, Lane, MessageKind, declare
from bot.services.one_by_one import one_by_one
from bot.services.replies import worded
from bot.services.tips import words as tip_words
from bot.storage.tables import Occurrence, Outbox, Person, TipGiven

_WEEK = timedelta(days=7)
_FOLLOW_AFTER = timedelta(days=30)
_WEEKLY, _FOLLOW = "tip", "tip.follow"


def start(session: Session, now: datetime, house: House, person: Person, weekday: int, hour: int) -> date:
    """From now on a tip a week, on that day (0: Monday) at that local hour; returns the first day.

    An earlier rhythm is replaced.
    """
    people.set_consent(session, now, person, tip_words.CONSENT, True, "tips.when")
    session.execute(
        delete(Occurrence).where(
            Occurrence.rule == _WEEKLY,
            Occurrence.object == _object(person),
            Occurrence.state == OccurrenceState.PLANNED,
        )
    )
    today = now.astimezone(house.zone).date()
    first = today + timedelta(days=(weekday - today.weekday() - 1) % 7 + 1)
    _plan(session, house, person.organisation_id, _WEEKLY, _object(person), first, time(hour))
    return first


def current(session: Session, house: House, person: Person) -> Weekly | None:
    """The day and the hour of the person's tips; None without a rhythm."""
    if not tip_words.has_rhythm(session, person):
        return None
    step = session.scalar(
        select(Occurrence).filter_by(rule=_WEEKLY, object=_object(person), state=OccurrenceState.PLANNED)
    )
    if step is None:
        return None
    return Weekly(step.due_on.weekday(), step.due_at.astimezone(house.zone).hour)


def stop(session: Session, now: datetime, person: Person) -> None:
    """No more tips: what waits is dropped when its turn comes."""
    people.set_consent(session, now, person, tip_words.CONSENT, False, "tips.stop")


def follow(session: Session, now: datetime, house: House, given: TipGiven) -> None:
    """Ask in a month how it went, at about this hour."""
    local = (now + _FOLLOW_AFTER).astimezone(house.zone)
    at = time(min(max(local.hour, 9), 18))
    _plan(session, house, given.organisation_id, _FOLLOW, f"tip:{given.id}", local.date(), at)


def fire_due(session: Session, now: datetime, house: House, limit: int = 200) -> int:
    """Tick: queue the tips and the follow-ups whose time has come, plan the next week. Returns how many."""
    due = session.scalars(
        select(Occurrence)
        .where(
            Occurrence.state == OccurrenceState.PLANNED,
            Occurrence.due_at <= now,
            Occurrence.rule.in_((_WEEKLY, _FOLLOW)),
        )
        .order_by(Occurrence.due_at, Occurrence.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()
    return one_by_one(session, now, due, lambda step: _fire(session, now, house, step))


def _fire(session: Session, now: datetime, house: House, step: Occurrence) -> None:
    person = _person(session, step)
    chat = people.active_chat(session, person)
    wanted = tip_words.has_rhythm(session, person)
    if wanted and step.rule == _WEEKLY:
        _plan_next(session, now, house, step)
    if not wanted or chat is None:
        step.state, step.reason = OccurrenceState.SKIPPED, "no_channel" if wanted else "no_consent"
        return
    step.state = OccurrenceState.DONE
    kind = WEEKLY if step.rule == _WEEKLY else FOLLOW
    outbox.enqueue(session, now, house, chat, kind, object=step.object, occasion=step.due_on.isoformat())


def _person(session: Session, step: Occurrence) -> Person:
    number = int(step.object.split(":")[1])
    return (
        session.get_one(TipGiven, number).person if step.rule == _FOLLOW else session.get_one(Person, number)
    )


def _plan_next(session: Session, now: datetime, house: House, step: Occurrence) -> None:
    """The same day and hour, the first week that is not past: after a long stop one tip comes, not ten."""
    today, day = now.astimezone(house.zone).date(), step.due_on + _WEEK
    while day <= today:
        day += _WEEK
    at = step.due_at.astimezone(house.zone).time()
    _plan(session, house, step.organisation_id, _WEEKLY, step.object, day, at)


def _plan(
    session: Session, house: House, organisation_id: int, rule: str, object: str, day: date, at: time
) -> None:
    key = {"organisation_id": organisation_id, "rule": rule, "object": object, "due_on": day}
    row = session.scalar(select(Occurrence).filter_by(**key)) or Occurrence(**key)
    row.due_at, row.state, row.reason = instant(day, at, house.zone), OccurrenceState.PLANNED, ""
    session.add(row)


def _object(person: Person) -> str:
    return f"person:{person.id}"


def _render_weekly(session: Session, now: datetime, house: House, row: Outbox) -> Words | Drop:
    person = row.chat.person
    assert person is not None  # the consent was looked at
    given = tip_words.give(session, now, house, person, outbox_id=row.id)
    if given is None:
        asked = tip_words.ask_trait(session, now, house, person)
        return worded(session, now, row.chat, asked) if asked else Drop("no tip left")
    if given.answer is not None:
        return Drop("answered")
    said = tip_words.told(session, now, house, person, given, "tips.weekly")
    return worded(session, now, row.chat, said)


def _render_follow(session: Session, now: datetime, house: House, row: Outbox) -> Words | Drop:
    given = session.get_one(TipGiven, int(row.object.split(":")[1]))
    entry = tip_words.entry_of(house, given)
    if entry is None or given.answer is not TipAnswer.WILL_TRY:
        return Drop("answered")
    if not switches.gives(session, given.organisation_id, entry):
        return Drop("switched off")
    voice = people.voice(given.person)
    answers = (("affirm", "tried"), ("deny", "hard"), ("unsure", "not_yet"), ("stop", "stop"))
    options = tuple(
        Option(house.texts.say(f"tips.button.{name}", voice), intent, {"tip": name})
        for intent, name in answers
    )
    until = now + timedelta(days=14)
    question = questions.ask(session, now, given.person, tip_words.TIP_FOLLOW, row.object, until)
    text = house.texts.say("tips.follow", voice, title=entry.title)
    return worded(session, now, row.chat, Reply(text, options, question.id))


WEEKLY = declare(
    MessageKind(
        "tip",
        Lane.REMINDER,
        timedelta(days=2),
        held=True,
        resend=False,
        render=_render_weekly,
        consent=tip_words.CONSENT,
        # The tenant chose the day and the hour.
        attention=Attention.FREE,
    )
)
FOLLOW = declare(
    MessageKind(
        "tip_follow",
        Lane.REMINDER,
        timedelta(days=14),
        held=True,
        resend=False,
        render=_render_follow,
        consent=tip_words.CONSENT,
        attention=Attention.HELD,
    )
)
