"""A tip in words with its buttons, and the short questions that help to choose the next one."""

from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.content.tips import TipEntry
from bot.domain import tips as rules
from bot.domain.words import Option, Reply
from bot.services import people, questions, switches
from bot.services.house import House
from bot.services.tips import home_traits
from bot.storage.tables import Person, TipGiven

# The kinds of the questions, and of the consent, about tips.
TIP, TIP_FOLLOW, TRAIT, WHEN = "tip", "tip_follow", "home_trait", "tips_when"
CONSENT = "tips"
# A tip of the week waits until just before the next one.
_WAITS = timedelta(days=6)
# What can be answered to a tip: the meaning of the button and its name.
_CHOICES = (("affirm", "done"), ("affirm", "will_try"), ("deny", "not_here"), ("request_human", "question"))
_FEW = (("affirm", "will_try"), ("deny", "not_here"), ("request_human", "question"))


def entry_of(house: House, given: TipGiven) -> TipEntry | None:
    """The tip's entry; None once it has left data/content."""
    return house.content.tips.entries.get(given.tip)


def past(session: Session, house: House, person: Person) -> list[rules.Given]:
    """The tips that the person has had, the oldest first."""
    rows = session.scalars(select(TipGiven).filter_by(person_id=person.id).order_by(TipGiven.id))
    known = [(entry_of(house, row), row) for row in rows]
    return [rules.Given(entry.tip, row.answer) for entry, row in known if entry is not None]


def give(
    session: Session,
    now: datetime,
    house: House,
    person: Person,
    *,
    theme: str | None = None,
    outbox_id: int | None = None,
) -> TipGiven | None:
    """Choose the best tip for that person today and write down that it is given; None when none is left.

    The message `outbox_id` gives the same tip each time it is worded.
    """
    if outbox_id is not None:
        given = session.scalar(select(TipGiven).filter_by(outbox_id=outbox_id))
        if given is not None:
            return given
    tips, today = house.content.tips, _today(now, house)
    home, had = home_traits.home_of(session, today, tips, person), past(session, house, person)
    offered = switches.tips(session, house, person.organisation_id)
    best = rules.choose(offered, home, today, had, theme)
    if best is None and theme is not None:
        best = rules.choose(offered, home, today, had)
    if best is None:
        return None
    given = TipGiven(
        organisation_id=person.organisation_id,
        person_id=person.id,
        tip=best.id,
        given_at=now,
        outbox_id=outbox_id,
    )
    session.add(given)
    session.flush()
    return given


def told(session: Session, now: datetime, house: House, person: Person, given: TipGiven, key: str) -> Reply:
    """The tip in the sentence `key`, with the buttons that answer it."""
    entry, voice, say = entry_of(house, given), people.voice(person), house.texts.say
    assert entry is not None
    last = ("stop", "stop") if has_rhythm(session, person) else ("resume", "week")
    choices = _FEW if people.takes_larger_steps(person) else _CHOICES
    options = tuple(
        Option(say(f"tips.button.{name}", voice), intent, {"tip": name}) for intent, name in (*choices, last)
    )
    question = questions.ask(session, now, person, TIP, f"tip:{given.id}", now + _WAITS)
    # A drawing of ours says what the small one would.
    mark = "" if people.reads_pictures(person) else f"{entry.picture} "
    text = say(key, voice, picture=mark, tip=entry.words[voice.register])
    picture = entry.tip.theme if people.reads_pictures(person) else None
    return Reply(text, options, question.id, picture=picture)


def has_rhythm(session: Session, person: Person) -> bool:
    return people.has_consent(session, person, CONSENT)


def ask_trait(session: Session, now: datetime, house: House, person: Person) -> Reply | None:
    """The question about the home that would help most; None when nothing is worth asking."""
    tips, today, voice = house.content.tips, _today(now, house), people.voice(person)
    home = home_traits.home_of(session, today, tips, person)
    asked = home_traits.asked(session, person)
    offered = switches.tips(session, house, person.organisation_id)
    name = rules.worth_asking(offered, home, today, past(session, house, person), asked)
    if name is None:
        return None
    question = questions.ask(session, now, person, TRAIT, name, now + _WAITS)
    text = house.texts.say("tips.trait", voice, question=tips.traits[name].questions[voice.register])
    answers = (("affirm", "button.yes"), ("deny", "button.no"), ("unsure", "button.unsure"))
    return Reply(text, tuple(Option(house.texts.say(key), meaning) for meaning, key in answers), question.id)


def _today(now: datetime, house: House) -> date:
    return now.astimezone(house.zone).date()
