"""Making workshops, one or a series of sessions, and changing one: checked before anything is written."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.domain.states import Role
from bot.domain.words import Attachment
from bot.domain.workshops import WorkshopState
from bot.services import people
from bot.services.house import House
from bot.services.workshops import audience as workshop_audience
from bot.services.workshops import sending, workshops
from bot.services.workshops.refusals import WorkshopRefused
from bot.storage.secrets import new_code
from bot.storage.tables import Staff, Workshop

MOST_TITLE, MOST_THEME, MOST_PLACE = 120, 60, 200
MOST_SEATS, MINUTES, MOST_SESSIONS = 500, (10, 720), 12
FARTHEST = timedelta(days=730)
# Between the sessions of a series, unless said otherwise.
EVERY_DAYS = 7


@dataclass(frozen=True)
class NewWorkshop:
    """What a workshop is to be. `place` may be empty for now: then nobody can be invited yet.

    `districts`, `residences`, `profiles`, `interests` (themes that they said yes to before): for whom, an
    empty one is everybody; `came_before`: only those who came to the theme before. `sessions` above 1 make
    a series, one every `every_days` days at the same wall-clock hour. `asks_again`: whether those who say
    nothing are asked once more.
    """

    title: str
    starts_at: datetime
    minutes: int
    seats: int
    place: str = ""
    theme: str = ""
    districts: tuple[str, ...] = ()
    residences: tuple[str, ...] = ()
    profiles: tuple[str, ...] = ()
    interests: tuple[str, ...] = ()
    came_before: bool = False
    poster: Attachment | None = None
    asks_again: bool = True
    sessions: int = 1
    every_days: int = EVERY_DAYS


def faults(now: datetime, new: NewWorkshop) -> list[str]:
    """Everything that is wrong with it, as codes; an empty list: it can be made."""
    wrong = {
        "title_missing": not new.title.strip(),
        "title_long": len(new.title) > MOST_TITLE,
        "theme_long": len(new.theme) > MOST_THEME,
        "place_long": len(new.place) > MOST_PLACE,
        "past": new.starts_at <= now,
        "far": new.starts_at > now + FARTHEST,
        "minutes": not MINUTES[0] <= new.minutes <= MINUTES[1],
        "seats": not 1 <= new.seats <= MOST_SEATS,
        "sessions": not 1 <= new.sessions <= MOST_SESSIONS,
        "every_days": not 1 <= new.every_days <= 92,
        "poster": new.poster is not None and new.poster.kind != "photo",
        "came_before": new.came_before and not new.theme,
    }
    return [code for code, is_wrong in wrong.items() if is_wrong]


def create(
    session: Session,
    now: datetime,
    house: House,
    organisation_id: int,
    led_by: Staff | None,
    new: NewWorkshop,
) -> list[Workshop]:
    """Make the workshop, or all the sessions of the series, and plan their reminders. Nobody is invited.

    Raises WorkshopRefused with the first of `faults`, or "leader" when `led_by` is a partner or of another
    organisation.
    """
    if found := faults(now, new):
        raise WorkshopRefused(found[0])
    if led_by is not None and not may_lead(led_by, organisation_id):
        raise WorkshopRefused("leader")
    reference = f"T-{new_code(8)}"
    made = [_session_of(house, organisation_id, led_by, new, reference, n) for n in range(new.sessions)]
    session.add_all(made)
    session.flush()
    for workshop in made:
        workshop_audience.plan_steps(session, house, workshop)
    return made


def may_lead(staff: Staff, organisation_id: int) -> bool:
    """Whether that member may lead a workshop of the organisation."""
    return staff.organisation_id == organisation_id and staff.role is not Role.PARTNER


def _session_of(
    house: House, organisation_id: int, led_by: Staff | None, new: NewWorkshop, reference: str, number: int
) -> Workshop:
    alone = new.sessions == 1
    # Added on the wall clock: 14 h stays 14 h when the clocks change.
    starts_at = new.starts_at.astimezone(house.zone) + timedelta(days=number * new.every_days)
    suffix = "" if alone else f" ({number + 1}/{new.sessions})"
    return Workshop(
        organisation_id=organisation_id,
        reference=reference if alone else f"{reference}-{number + 1}",
        title=new.title.strip()[: MOST_TITLE - len(suffix)] + suffix,
        theme=new.theme.strip(),
        starts_at=starts_at,
        minutes=new.minutes,
        place=new.place.strip(),
        seats=new.seats,
        seats_taken=0,
        version=0,
        districts=list(new.districts),
        residences=list(new.residences),
        profiles=list(new.profiles),
        interests=list(new.interests),
        came_before=new.came_before,
        asks_again=new.asks_again,
        poster=new.poster.to_json() if new.poster else None,
        series=None if alone else reference,
        led_by=led_by,
    )


def still_open(now: datetime, workshop: Workshop) -> Workshop:
    """The workshop itself. Raises WorkshopRefused("over") when nothing of it can change any more."""
    if workshop.state is not WorkshopState.OPEN or workshop.starts_at <= now:
        raise WorkshopRefused("over")
    return workshop


def change(
    session: Session,
    now: datetime,
    house: House,
    workshop: Workshop,
    *,
    starts_at: datetime | None = None,
    place: str | None = None,
    seats: int | None = None,
) -> int:
    """Another time, place or number of seats. Those who come are told of a time or a place, nobody else;
    more seats go to those who wait. Returns how many are told.

    Raises WorkshopRefused: "over", a code of `faults`, or "seats_taken" (fewer than are taken).
    """
    still_open(now, workshop)
    wanted = NewWorkshop(
        title=workshop.title,
        starts_at=starts_at or workshop.starts_at,
        minutes=workshop.minutes,
        seats=workshop.seats if seats is None else seats,
        place=workshop.place if place is None else place.strip(),
    )
    if found := faults(now, replace(wanted, title="x")):
        raise WorkshopRefused(found[0])
    if wanted.seats < workshop.seats_taken:
        raise WorkshopRefused("seats_taken")
    moved = (wanted.starts_at, wanted.place) != (workshop.starts_at, workshop.place)
    more = wanted.seats > workshop.seats
    workshop.starts_at, workshop.place, workshop.seats = wanted.starts_at, wanted.place, wanted.seats
    session.flush()
    told = workshop_audience.changed(session, now, house, workshop) if moved else 0
    if more:
        workshops.offer_free(session, now, house, workshop)
    return told


@dataclass(frozen=True)
class Description:
    """What a workshop is about and whom it is for; see NewWorkshop."""

    title: str
    theme: str
    districts: tuple[str, ...]
    residences: tuple[str, ...]
    profiles: tuple[str, ...]
    interests: tuple[str, ...]
    came_before: bool


def description(workshop: Workshop) -> Description:
    return Description(
        title=workshop.title,
        theme=workshop.theme,
        districts=tuple(workshop.districts),
        residences=tuple(workshop.residences),
        profiles=tuple(workshop.profiles),
        interests=tuple(workshop.interests or ()),
        came_before=workshop.came_before,
    )


def describe(session: Session, now: datetime, workshop: Workshop, wanted: Description) -> None:
    """Another title, theme or audience, for the next sending: nobody is told, and who comes still does.

    Raises WorkshopRefused: "over", a code of `faults`, or "sending" while invitations leave or are to.
    """
    still_open(now, workshop)
    if wanted == description(workshop):
        return
    when: dict[str, Any] = {"starts_at": workshop.starts_at, "minutes": workshop.minutes}
    if found := faults(now, NewWorkshop(**vars(wanted), **when, seats=workshop.seats)):
        raise WorkshopRefused(found[0])
    if sending.open_one(session, workshop) is not None:
        raise WorkshopRefused("sending")
    workshop.title, workshop.theme = wanted.title.strip(), wanted.theme.strip()
    workshop.districts, workshop.residences = list(wanted.districts), list(wanted.residences)
    workshop.profiles, workshop.interests = list(wanted.profiles), list(wanted.interests)
    workshop.came_before = wanted.came_before


def poster_chat(
    session: Session, now: datetime, house: House, workshop: Workshop, staff: Staff
) -> tuple[int, str]:
    """The Telegram chat of who gives the poster, where it is kept, and what is said there.

    Raises WorkshopRefused: "over", or "no_chat" when that member has no Telegram.
    """
    still_open(now, workshop)
    chat = people.staff_chat(session, staff)
    if chat is None:
        raise WorkshopRefused("no_chat")
    return chat.telegram_id, house.texts.say("staff.workshops.poster", title=workshop.title)


def give_poster(session: Session, now: datetime, workshop: Workshop, poster: Attachment | None) -> int:
    """The poster of the workshop and of the other sessions of its series to come; None: no poster any more.
    Invitations that have not left yet take it. Returns how many workshops have it. Raises WorkshopRefused.
    """
    still_open(now, workshop)
    sessions = [workshop]
    if workshop.series is not None:
        same = {"organisation_id": workshop.organisation_id, "series": workshop.series}
        coming = select(Workshop).filter_by(**same, state=WorkshopState.OPEN).where(Workshop.starts_at > now)
        sessions = list(session.scalars(coming))
    for one in sessions:
        one.poster = poster.to_json() if poster else None
    return len(sessions)
