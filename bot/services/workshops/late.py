"""A "oui" that comes late: what happened to the seat, and what is still possible."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from bot.domain.words import Option, Reply
from bot.domain.workshops import PlaceState, WorkshopState
from bot.services import people, questions
from bot.services.house import House
from bot.services.workshops import talk, workshops
from bot.services.workshops.messages import INVITED, OFFERED, object_of, values, workshop_of
from bot.storage.tables import Person, Question, Workshop, WorkshopPlace

_COMES = ("affirm", "register_workshop")
_HELD = {PlaceState.COMING: "workshop.late.coming", PlaceState.WAITING: "workshop.late.waiting"}


def answer(
    session: Session,
    now: datetime,
    house: House,
    person: Person,
    question: Question,
    meaning: str,
    given: Mapping[str, Any],
) -> Reply:
    """The answer to an invitation or an offer whose question is closed or over. Nothing is taken that the
    person did not ask for by this very button."""
    workshop, voice = workshop_of(session, question.object), people.voice(person)
    if workshop.state is not WorkshopState.OPEN or workshop.starts_at <= now:
        return talk.over(house, person, workshop)
    place = workshops.place_of(session, workshop, person)
    if place is not None and place.state in _HELD:
        return _as_it_is(session, now, house, person, workshop, place)
    if given.get("said") == "several":
        return talk.take(session, now, house, person, workshop, None)
    if meaning not in _COMES:
        return Reply(house.texts.say("workshop.said.no", voice))
    seats = place.seats if place is not None else 1
    if question.kind == OFFERED and (place is None or place.state is not PlaceState.OFFERED):
        return _missed(session, now, house, person, workshop, seats)
    return talk.take(session, now, house, person, workshop, given.get("seats", seats))


def _as_it_is(
    session: Session, now: datetime, house: House, person: Person, workshop: Workshop, place: WorkshopPlace
) -> Reply:
    """They come, or wait: it is said again, and can be given up."""
    voice = people.voice(person)
    question = questions.ask(session, now, person, INVITED, object_of(workshop), workshop.starts_at)
    leave = Option(house.texts.say("workshop.button.leave", voice), "unregister_workshop", {"said": "leave"})
    text = house.texts.say(_HELD[place.state], voice, **values(house, workshop), count=place.seats)
    return Reply(text, (leave,), question.id)


def _missed(
    session: Session, now: datetime, house: House, person: Person, workshop: Workshop, seats: int
) -> Reply:
    """The seat is no longer held for them: there is room all the same, or the waiting list."""
    voice = people.voice(person)
    question = questions.ask(session, now, person, INVITED, object_of(workshop), workshop.starts_at)
    options = (
        Option(house.texts.say("button.yes"), "register_workshop", {"said": "come", "seats": seats}),
        Option(house.texts.say("button.no"), "deny", {"said": "no"}),
    )
    key = "free" if workshop.seats - workshop.seats_taken >= seats else "full"
    text = house.texts.say(f"workshop.late.{key}", voice, **values(house, workshop))
    return Reply(text, options, question.id)
