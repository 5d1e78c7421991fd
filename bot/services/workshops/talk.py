"""What a tenant says of workshops, and the answers."""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.domain.words import Option, Reply
from bot.domain.workshops import HOLDS_SEATS, MOST_SEATS, PlaceState, WorkshopState
from bot.services import people, questions
from bot.services.cases import handover
from bot.services.house import House
from bot.services.rent import rent
from bot.services.workshops import audience as workshop_audience
from bot.services.workshops import workshops
from bot.services.workshops.messages import (
    CONSENT,
    INVITED,
    OFFERED,
    object_of,
    theme_consent,
    values,
    workshop_of,
)
from bot.storage.tables import Chat, Person, Question, Workshop, WorkshopPlace
from bot.texts.format import folded

# Which workshop is meant: to come to (or to be told of the next ones), to leave.
PICK, LEAVE = "workshop_pick", "workshop_leave"
_WAITS = timedelta(days=3)
# The themes that help with a bill, as ateliers.csv writes them.
_ENERGY = ("énergie", "energie", "eau")
_BUTTONS = 5
_THEME = re.compile(r"\b(sujet|theme)s?\b")
_PLAIN = {"affirm": "come", "deny": "no", "unsure": "maybe", "stop": "stop", "register_workshop": "several"}


def for_person(session: Session, now: datetime, person: Person) -> list[Workshop]:
    """The workshops to come that are for that tenant, the next first."""
    leases = rent.leases_of(session, person)
    found = workshops.coming_up(session, now, person.organisation_id)
    return [
        one
        for one in found
        if workshop_audience.suits(one, person, leases, workshop_audience.known_to(session, one))
    ]


def ask(session: Session, now: datetime, house: House, person: Person) -> Reply:
    """What there is; each can be chosen, and the next ones can be told of."""
    voice, found = people.voice(person), for_person(session, now, person)
    lines = [house.texts.say("workshop.line", voice, **values(house, one)) for one in found[:_BUTTONS]]
    head = house.texts.say("workshop.list" if found else "workshop.none", voice)
    options = _choices(house, person, found)
    if not people.has_consent(session, person, CONSENT):
        news = Option(house.texts.say("workshop.button.news", voice), "resume", {"news": True})
        options = (*options, news)
    question = questions.ask(session, now, person, PICK, "", now + _WAITS) if options else None
    return Reply("\n".join([head, *lines]), options, question.id if question else None)


def offer_energy(session: Session, now: datetime, house: House, person: Person) -> Reply | None:
    """After an abnormal bill: the next workshop about energy or water, if there is one for that tenant."""
    found = next((one for one in for_person(session, now, person) if one.theme in _ENERGY), None)
    if found is None:
        return None
    question = questions.ask(session, now, person, PICK, "", now + _WAITS)
    text = house.texts.say("workshop.energy", people.voice(person), **values(house, found))
    come = Option(
        house.texts.say("workshop.button.come"), "register_workshop", {"workshop": found.id, "seats": 1}
    )
    no = Option(house.texts.say("consent.button.no"), "deny")
    return Reply(text, (come, no), question.id)


def register(
    session: Session, now: datetime, house: House, person: Person, text: str, seats: int | None
) -> Reply:
    """ "On sera trois à l'atelier cuisine": the workshop that is meant, else which one."""
    found = for_person(session, now, person)
    meant = _meant(found, text) or _invited(session, now, person, found)
    if not found:
        return ask(session, now, house, person)
    if len(meant) != 1:
        question = questions.ask(session, now, person, PICK, "", now + _WAITS)
        chosen = tuple(
            Option(o.title, o.intent, {**o.values, "seats": seats})
            for o in _choices(house, person, meant or found)
        )
        return Reply(house.texts.say("workshop.which", people.voice(person)), chosen, question.id)
    return take(session, now, house, person, meant[0], seats)


def unregister(session: Session, now: datetime, house: House, person: Person) -> Reply:
    """ "Je ne peux plus venir": the only workshop they come to or wait for, else which one."""
    found = mine(session, now, person)
    if not found:
        return Reply(house.texts.say("workshop.not_coming", people.voice(person)))
    if len(found) == 1:
        return _leave(session, now, house, person, found[0])
    question = questions.ask(session, now, person, LEAVE, "", now + _WAITS)
    return Reply(
        house.texts.say("workshop.which", people.voice(person)), _choices(house, person, found), question.id
    )


def said_of_mine(session: Session, now: datetime, house: House, person: Person, intent: str) -> Reply | None:
    """What is said as of an appointment, by who comes to a workshop: not any more, still, or when it is.

    None when they come to none, or it is something else.
    """
    found, voice = mine(session, now, person), people.voice(person)
    if not found:
        return None
    if intent == "cancel_appointment":
        return unregister(session, now, house, person)
    if intent == "confirm_appointment":
        return Reply(house.texts.say("workshop.still", voice))
    if intent == "ask_appointment":
        lines = [house.texts.say("workshop.line", voice, **values(house, one)) for one in found]
        return Reply("\n".join([house.texts.say("workshop.mine", voice), *lines]))
    return None


def answer(
    session: Session,
    now: datetime,
    house: House,
    chat: Chat,
    person: Person,
    question: Question,
    meaning: str,
    given: Mapping[str, Any],
) -> Reply:
    """The answer to an invitation, to "combien serez-vous ?", or to the reminder."""
    workshop, voice = workshop_of(session, question.object), people.voice(person)
    said = given.get("said") or _PLAIN.get(meaning)
    if said is None:
        return handover.hand_over(session, now, house, chat, "register_workshop")
    if workshop.state is not WorkshopState.OPEN or workshop.starts_at <= now:
        questions.close(session, now, question, "over")
        return over(house, person, workshop)
    if said == "come":
        return take(session, now, house, person, workshop, given.get("seats", 1))
    if said == "several":
        return _ask_seats(session, now, house, person, workshop)
    if said == "leave":
        return _leave(session, now, house, person, workshop)
    if said == "still":
        return Reply(house.texts.say("workshop.still", voice))
    if said == "topic":
        return _no_more(session, now, house, person, question, workshop)
    questions.close(session, now, question, said)
    state = PlaceState.MAYBE if said == "maybe" else PlaceState.DECLINED
    workshops.leave(session, now, house, workshop, person, state)
    if said == "stop":
        people.set_consent(session, now, person, CONSENT, False, "workshop.stop")
    return Reply(house.texts.say(f"workshop.said.{said}", voice))


def tired_of_theme(session: Session, now: datetime, house: House, person: Person, text: str) -> Reply | None:
    """ "Plus sur ce sujet", said of the invitation that waits; None when it is about something else."""
    waiting = [q for q in questions.open_questions(session, now, person.id) if q.kind == INVITED]
    if not waiting or not _THEME.search(folded(text)):
        return None
    workshop = workshop_of(session, waiting[0].object)
    return _no_more(session, now, house, person, waiting[0], workshop) if workshop.theme else None


def _no_more(
    session: Session, now: datetime, house: House, person: Person, question: Question, workshop: Workshop
) -> Reply:
    """No invitation about that theme any more; the other themes go on."""
    questions.close(session, now, question, "topic")
    workshops.leave(session, now, house, workshop, person, PlaceState.DECLINED)
    people.set_consent(session, now, person, theme_consent(workshop.theme), False, "workshop.button.topic")
    return Reply(house.texts.say("workshop.said.topic", people.voice(person)))


def answer_offer(
    session: Session,
    now: datetime,
    house: House,
    chat: Chat,
    person: Person,
    question: Question,
    meaning: str,
) -> Reply:
    """A freed seat: taken, or given to the next."""
    workshop = workshop_of(session, question.object)
    place = workshops.place_of(session, workshop, person)
    questions.close(session, now, question, meaning)
    if meaning in ("affirm", "register_workshop"):
        return take(session, now, house, person, workshop, place.seats if place is not None else 1)
    return _leave(session, now, house, person, workshop)


def over(house: House, person: Person, workshop: Workshop) -> Reply:
    """The workshop is cancelled, or has begun: which one, and the way to the others."""
    voice = people.voice(person)
    key = "cancelled" if workshop.state is WorkshopState.CANCELLED else "past"
    others = Option(house.texts.say("workshop.button.others", voice), "ask_workshops")
    return Reply(house.texts.say(f"workshop.late.{key}", voice, **values(house, workshop)), (others,))


def answer_pick(
    session: Session,
    now: datetime,
    house: House,
    chat: Chat,
    person: Person,
    question: Question,
    meaning: str,
    given: Mapping[str, Any],
) -> Reply:
    """Which workshop, or that they want to be told of the next ones."""
    voice = people.voice(person)
    if "news" in given:
        people.set_consent(session, now, person, CONSENT, True, "workshop.button.news")
        return Reply(house.texts.say("workshop.news", voice))
    if "workshop" in given:
        workshop = session.get_one(Workshop, given["workshop"])
        return take(session, now, house, person, workshop, given.get("seats"))
    questions.close(session, now, question, meaning)
    if meaning == "deny":
        return Reply(house.texts.say("later.refused", voice))
    return ask(session, now, house, person)


def answer_leave(
    session: Session,
    now: datetime,
    house: House,
    chat: Chat,
    person: Person,
    question: Question,
    meaning: str,
    given: Mapping[str, Any],
) -> Reply:
    """Which workshop they no longer come to."""
    questions.close(session, now, question, meaning)
    if "workshop" not in given:
        return Reply(house.texts.say("later.refused", people.voice(person)))
    return _leave(session, now, house, person, session.get_one(Workshop, given["workshop"]))


def take(
    session: Session, now: datetime, house: House, person: Person, workshop: Workshop, seats: int | None
) -> Reply:
    """So many seats for that tenant, or a place on the waiting list; `seats` None: how many is asked."""
    voice = people.voice(person)
    if workshop.state is not WorkshopState.OPEN or workshop.starts_at <= now:
        return over(house, person, workshop)
    if seats is None:
        return _ask_seats(session, now, house, person, workshop)
    if not 1 <= seats <= MOST_SEATS:
        return Reply(house.texts.say("workshop.too_many", voice, most=MOST_SEATS))
    became = workshops.register(session, now, house, workshop, person, seats)
    place = workshops.place_of(session, workshop, person)
    assert place is not None
    for kind in (INVITED, OFFERED):
        questions.close_object(session, now, person.id, kind, object_of(workshop), became.value)
    key = "workshop.coming" if became is PlaceState.COMING else "workshop.waiting"
    if became is PlaceState.WAITING and place.state is PlaceState.COMING:
        key = "workshop.no_more"
    return Reply(house.texts.say(key, voice, **values(house, workshop), count=place.seats))


def _ask_seats(session: Session, now: datetime, house: House, person: Person, workshop: Workshop) -> Reply:
    question = questions.ask(session, now, person, INVITED, object_of(workshop), workshop.starts_at)
    options = tuple(
        Option(str(count), "register_workshop", {"said": "come", "seats": count})
        for count in range(1, MOST_SEATS + 1)
    )
    text = house.texts.say("workshop.how_many", people.voice(person), **values(house, workshop))
    return Reply(text, options, question.id)


def _leave(session: Session, now: datetime, house: House, person: Person, workshop: Workshop) -> Reply:
    workshops.leave(session, now, house, workshop, person)
    for kind in (INVITED, OFFERED):
        questions.close_object(session, now, person.id, kind, object_of(workshop), "left")
    return Reply(house.texts.say("workshop.left", people.voice(person), **values(house, workshop)))


def mine(session: Session, now: datetime, person: Person) -> list[Workshop]:
    """The workshops to come that they come to, are offered a seat of, or wait for."""
    states = (*HOLDS_SEATS, PlaceState.WAITING)
    places = session.scalars(
        select(WorkshopPlace)
        .where(WorkshopPlace.person_id == person.id, WorkshopPlace.state.in_(states))
        .order_by(WorkshopPlace.id)
    )
    found = (place.workshop for place in places)
    return [one for one in found if one.state is WorkshopState.OPEN and one.starts_at > now]


def _meant(found: Sequence[Workshop], text: str) -> list[Workshop]:
    """Those whose title or theme has a word of the text; the only one there is when none has."""
    said = {word for word in text.lower().replace("’", " ").replace("'", " ").split() if len(word) > 3}
    named = [one for one in found if said & set(f"{one.title} {one.theme}".lower().split())]
    return named or (list(found) if len(found) == 1 else [])


def talked_of(
    session: Session, now: datetime, person: Person, waiting: Sequence[Question]
) -> Workshop | None:
    """The workshop that "on sera deux" is about: that of the one invitation which waits for an answer, else
    the only one that they come to or wait for; None when there are several, or none."""
    asked = {question.object for question in waiting if question.kind in (INVITED, OFFERED)}
    found = [workshop_of(session, object) for object in asked] or mine(session, now, person)
    return found[0] if len(found) == 1 else None


def _invited(session: Session, now: datetime, person: Person, found: Sequence[Workshop]) -> list[Workshop]:
    """Those whose invitation waits for an answer: words that name none answer it."""
    waiting = questions.open_questions(session, now, person.id)
    asked = {question.object for question in waiting if question.kind in (INVITED, OFFERED)}
    return [one for one in found if object_of(one) in asked]


def _choices(house: House, person: Person, found: Iterable[Workshop]) -> tuple[Option, ...]:
    """One button each; in discreet mode the day, not the title."""
    return tuple(
        Option(
            values(house, one)["day"].capitalize() if person.discreet else one.title[:40],
            "register_workshop",
            {"workshop": one.id},
        )
        for one in list(found)[:_BUTTONS]
    )
