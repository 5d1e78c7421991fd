"""The words of a check-in: the first offer, the questions, their buttons."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from bot.domain.checkins import Visit
from bot.domain.words import Drop, Option, Reply, Words
from bot.services import people, questions, switches
from bot.services.house import House
from bot.services.kinds import Attention, Lane, MessageKind, declare
from bot.services.replies import worded
from bot.storage.tables import Outbox, Person, Question

# The kinds of the questions, and of the consent.
ASKED, WORRY, OFFERED = "checkin", "checkin_worry", "checkin_offer"
CONSENT = "checkins"
_OFFER_WAITS = timedelta(days=14)
_WORRY_WAITS = timedelta(days=2)


def visit_of(house: House, object: str) -> tuple[Visit | None, int]:
    """The visit that a question or a message names (series/visit/day/step), and its step."""
    series, name, *rest = object.split("/")
    return house.content.checkins.visit(series, name), int(rest[1]) if len(rest) > 1 else 0


def ask(
    session: Session, now: datetime, house: House, person: Person, visit: Visit, day: str, step: int = 0
) -> Reply:
    """Ask one question of the visit, with its buttons."""
    series = house.content.checkins.named(visit.series)
    assert series is not None
    object = f"{visit.series}/{visit.name}/{day}/{step}"
    question = questions.ask(session, now, person, ASKED, object, now + series.waits)
    name, voice = visit.questions[step], people.voice(person)
    answers = (
        ("checkin_good", "good"),
        ("checkin_bad", "bad"),
        ("request_human", "person"),
        ("stop", "stop"),
    )
    options = tuple(
        Option(_button(house, person, answer, f"checkin.button.{answer}"), intent, {"said": answer})
        for intent, answer in answers
    )
    text = house.texts.say(f"checkin.ask.{name}", voice)
    return Reply(text, options, question.id, picture=_picture(house, person, name))


def ask_worry(session: Session, now: datetime, house: House, person: Person, name: str) -> Reply:
    """One good question, when it does not go well: about what."""
    question = questions.ask(session, now, person, WORRY, name, now + _WORRY_WAITS)
    options = tuple(
        Option(_button(house, person, matter, f"checkin.matter.{matter}"), "affirm", {"matter": matter})
        for matter in house.content.checkins.matters[name]
    )
    text = house.texts.say("checkin.worry", people.voice(person))
    return Reply(text, options, question.id, picture=_picture(house, person, "worry"))


def _picture(house: House, person: Person, name: str) -> str | None:
    return house.content.checkins.pictograms[name] if people.reads_pictures(person) else None


def _button(house: House, person: Person, what: str, key: str) -> str:
    """A colour or a picture first, for who reads pictures (profile "pictogrammes")."""
    title = house.texts.say(key, people.voice(person))
    return f"{house.content.checkins.pictures[what]} {title}" if people.reads_pictures(person) else title


def _is_off(session: Session, house: House, person: Person, visit: Visit) -> bool:
    series = switches.series(session, house, person.organisation_id)
    return all(one.name != visit.series for one in series)


def _render_asked(session: Session, now: datetime, house: House, row: Outbox) -> Words | Drop:
    person, (visit, _) = row.chat.person, visit_of(house, row.object)
    if person is None or visit is None:
        return Drop("gone")
    if _is_off(session, house, person, visit):
        return Drop("switched off")
    return worded(session, now, row.chat, ask(session, now, house, person, visit, row.occasion))


def _render_offer(session: Session, now: datetime, house: House, row: Outbox) -> Words | Drop:
    person, (visit, _) = row.chat.person, visit_of(house, row.object)
    if person is None or visit is None or people.was_asked(session, person, CONSENT):
        return Drop("gone")
    if _is_off(session, house, person, visit):
        return Drop("switched off")
    say, voice = house.texts.say, people.voice(person)
    object = f"{row.object}/{row.occasion}"
    question: Question = questions.ask(session, now, person, OFFERED, object, now + _OFFER_WAITS)
    # To refuse is the first thing that is offered.
    options = (Option(say("consent.button.no"), "deny"), Option(say("consent.button.yes"), "affirm"))
    text = say(f"checkin.offer.{visit.series}", voice)
    return worded(session, now, row.chat, Reply(text, options, question.id))


ASK = declare(
    MessageKind(
        "checkin",
        Lane.REMINDER,
        timedelta(days=1),
        held=True,
        resend=False,
        render=_render_asked,
        consent=CONSENT,
        # The tenant accepted it with its rhythm.
        attention=Attention.FREE,
    )
)
OFFER = declare(
    MessageKind(
        "checkin_offer",
        Lane.REMINDER,
        timedelta(days=7),
        held=True,
        resend=False,
        render=_render_offer,
        # Who agreed to hear from Palier at the first contact may be asked this once.
        consent="rent",
        attention=Attention.HELD,
    )
)
