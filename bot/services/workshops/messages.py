"""What Palier writes of workshops: the invitation, a freed seat, the day before, a change, the end of it."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from bot.domain.words import Attachment, Drop, Option, Reply, Words
from bot.domain.workshops import AGAIN_BEFORE, PlaceState, WorkshopState
from bot.services import people, questions
from bot.services.house import House
from bot.services.kinds import Attention, Lane, MessageKind, declare
from bot.services.replies import worded
from bot.storage.tables import Outbox, Person, Workshop, WorkshopPlace
from bot.texts import Voice
from bot.texts import format as words

# The kinds of the questions, and of the consent.
INVITED, OFFERED = "workshop", "workshop_offer"
CONSENT = "workshops"


def object_of(workshop: Workshop) -> str:
    return f"workshop:{workshop.id}"


def workshop_of(session: Session, object: str) -> Workshop:
    return session.get_one(Workshop, int(object.split(":")[1]))


def values(house: House, workshop: Workshop) -> dict[str, Any]:
    """What a sentence about the workshop may name."""
    local = workshop.starts_at.astimezone(house.zone)
    return {
        "title": workshop.title,
        "day": words.day(local.date()),
        "hour": words.hour(workshop.starts_at, house.zone),
        "place": workshop.place,
        "contact": contact(workshop) or "—",
    }


def contact(workshop: Workshop) -> str:
    """The telephone of who leads the workshop; empty when there is none."""
    return (workshop.led_by.phone or "") if workshop.led_by else ""


def theme_consent(theme: str) -> str:
    """The kind of consent by which a tenant wants to hear no more of one theme."""
    return f"theme:{words.folded(theme)}"[:32]


def invitation_text(house: House, voice: Voice, workshop: Workshop) -> str:
    """The invitation as it will look, for the preview too."""
    return house.texts.say("workshop.invite", voice, **values(house, workshop))


def invitation(
    session: Session,
    now: datetime,
    house: House,
    person: Person,
    workshop: Workshop,
    text: str = "workshop.invite",
) -> Reply:
    """The invitation, in the words of `text`, with its answers."""
    voice = people.voice(person)
    question = questions.ask(session, now, person, INVITED, object_of(workshop), workshop.starts_at)
    answers = (
        ("register_workshop", "come"), ("register_workshop", "several"), ("unsure", "maybe"),
        ("deny", "no"), ("stop", "topic"), ("stop", "stop"),
    )  # fmt: skip
    options = tuple(
        Option(house.texts.say(f"workshop.button.{name}", voice), intent, {"said": name})
        for intent, name in answers
        if name != "topic" or workshop.theme
    )
    # A poster says over a shoulder what discreet words do not.
    poster = Attachment(**workshop.poster) if workshop.poster and not voice.discreet else None
    return Reply(house.texts.say(text, voice, **values(house, workshop)), options, question.id, poster)


def _place(session: Session, row: Outbox) -> tuple[Workshop, Person, WorkshopPlace] | Drop:
    """The workshop of the row and the place of its person; or why nothing is said of it any more."""
    workshop, person = workshop_of(session, row.object), row.chat.person
    if person is None:
        return Drop("unlinked")
    if people.in_danger(session, person):
        return Drop("danger")
    place = session.query(WorkshopPlace).filter_by(workshop_id=workshop.id, person_id=person.id).first()
    return (workshop, person, place) if place is not None else Drop("gone")


def _render_invitation(session: Session, now: datetime, house: House, row: Outbox) -> Words | Drop:
    found = _place(session, row)
    if isinstance(found, Drop):
        return found
    workshop, person, place = found
    if workshop.state is not WorkshopState.OPEN or workshop.starts_at <= now:
        return Drop("over")
    if place.state is not PlaceState.INVITED:
        return Drop("answered")
    return worded(session, now, row.chat, invitation(session, now, house, person, workshop))


def _render_again(session: Session, now: datetime, house: House, row: Outbox) -> Words | Drop:
    """The invitation once more, to who said nothing."""
    found = _place(session, row)
    if isinstance(found, Drop):
        return found
    workshop, person, place = found
    if not can_be_asked_again(now, workshop):
        return Drop("over")
    if place.state is not PlaceState.INVITED:
        return Drop("answered")
    asked = invitation(session, now, house, person, workshop, "workshop.again")
    return worded(session, now, row.chat, asked)


def can_be_asked_again(now: datetime, workshop: Workshop) -> bool:
    """Whether it is wanted, and there is still time to come, and a seat."""
    in_time = workshop.starts_at - now >= AGAIN_BEFORE
    wanted = workshop.state is WorkshopState.OPEN and workshop.asks_again
    return wanted and in_time and workshop.seats_taken < workshop.seats


def _render_offer(session: Session, now: datetime, house: House, row: Outbox) -> Words | Drop:
    found = _place(session, row)
    if isinstance(found, Drop):
        return found
    workshop, person, place = found
    if place.state is not PlaceState.OFFERED or place.offered_until is None:
        return Drop("over")
    voice, until = people.voice(person), place.offered_until
    question = questions.ask(session, now, person, OFFERED, row.object, until)
    local = until.astimezone(house.zone)
    text = house.texts.say(
        "workshop.offer",
        voice,
        **values(house, workshop),
        until_day=words.day(local.date()),
        until_hour=words.hour(until, house.zone),
    )
    options = (
        Option(house.texts.say("button.yes"), "affirm"),
        Option(house.texts.say("button.no"), "deny"),
    )
    return worded(session, now, row.chat, Reply(text, options, question.id))


def _render_told(session: Session, now: datetime, house: House, row: Outbox) -> Words | Drop:
    """The day before, or a change: for those who come alone."""
    found = _place(session, row)
    if isinstance(found, Drop):
        return found
    workshop, person, place = found
    if workshop.state is not WorkshopState.OPEN or workshop.starts_at <= now:
        return Drop("over")
    if place.state is not PlaceState.COMING:
        return Drop("not coming")
    text = house.texts.say(_TOLD[row.kind], people.voice(person), **values(house, workshop))
    options = (
        Option(house.texts.say("workshop.button.still"), "confirm_appointment", {"said": "still"}),
        Option(house.texts.say("workshop.button.leave"), "unregister_workshop", {"said": "leave"}),
    )
    question = questions.ask(session, now, person, INVITED, row.object, workshop.starts_at)
    return worded(session, now, row.chat, Reply(text, options, question.id))


def _render_cancelled(session: Session, now: datetime, house: House, row: Outbox) -> Words | Drop:
    found = _place(session, row)
    if isinstance(found, Drop):
        return found
    workshop, person, _ = found
    return Words(house.texts.say("workshop.cancelled", people.voice(person), **values(house, workshop)))


INVITE = declare(
    MessageKind(
        "workshop_invite",
        Lane.BROADCAST,
        timedelta(days=10),
        held=True,
        resend=False,
        render=_render_invitation,
        consent=CONSENT,
        attention=Attention.HELD,
    )
)
AGAIN = declare(
    MessageKind(
        "workshop_again",
        Lane.BROADCAST,
        timedelta(days=5),
        held=True,
        resend=False,
        render=_render_again,
        consent=CONSENT,
        attention=Attention.HELD,
    )
)
# Those who asked to come, or to wait, hear of it whatever the budget: it was asked for.
OFFER = declare(
    MessageKind(
        "workshop_offer", Lane.REMINDER, timedelta(days=1), held=True, resend=False, render=_render_offer
    )
)
EVE = declare(
    MessageKind(
        "workshop_eve", Lane.REMINDER, timedelta(hours=12), held=True, resend=False, render=_render_told
    )
)
CHANGED = declare(
    MessageKind(
        "workshop_changed", Lane.REMINDER, timedelta(days=5), held=True, resend=False, render=_render_told
    )
)
CANCELLED = declare(
    MessageKind(
        "workshop_cancelled",
        Lane.REMINDER,
        timedelta(days=5),
        held=True,
        resend=False,
        render=_render_cancelled,
    )
)
_TOLD = {EVE.name: "workshop.eve", CHANGED.name: "workshop.changed"}
