"""Seats of a workshop: taken, given back, offered to the waiting list. Never more than there are.

Whatever changes a place or the seats holds the workshop's row first: of two at once the second sees all that
the first has done, and nobody waits beside a free seat.
"""

from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import CursorResult, select, update
from sqlalchemy.orm import Session

from bot.domain.calendar import decent_instant
from bot.domain.workshops import HOLDS_SEATS, MOST_SEATS, OFFER_HOLDS, PlaceState, WorkshopState, next_offers
from bot.services import outbox, people
from bot.services.house import House
from bot.services.one_by_one import one_by_one
from bot.services.workshops import messages as workshop_messages
from bot.storage.tables import Person, Workshop, WorkshopPlace

_GONE = (PlaceState.DECLINED, PlaceState.LEFT)


def coming_up(session: Session, now: datetime, organisation_id: int) -> list[Workshop]:
    """The workshops that are still to come, the next first."""
    return list(
        session.scalars(
            select(Workshop)
            .filter_by(organisation_id=organisation_id, state=WorkshopState.OPEN)
            .where(Workshop.starts_at > now)
            .order_by(Workshop.starts_at, Workshop.id)
        )
    )


def place_of(session: Session, workshop: Workshop, person: Person) -> WorkshopPlace | None:
    return session.scalar(select(WorkshopPlace).filter_by(workshop_id=workshop.id, person_id=person.id))


def register(
    session: Session, now: datetime, house: House, workshop: Workshop, person: Person, seats: int
) -> PlaceState:
    """Take `seats` for the tenant, or put them on the waiting list: COMING or WAITING.

    Said again with another number it changes the number; more seats than are left wait for the rest while
    those that are held stay. Raises ValueError when the workshop is over, cancelled, or `seats` too many.
    """
    if workshop.state is not WorkshopState.OPEN or workshop.starts_at <= now:
        raise ValueError("nothing to come to")
    if not 1 <= seats <= MOST_SEATS:
        raise ValueError("too many seats")
    _hold(session, workshop)
    place = place_for(session, now, workshop, person)
    held = place.seats if place.state in HOLDS_SEATS else 0
    if seats == held or _take(session, workshop, seats - held):
        place.state, place.seats, place.offered_until = PlaceState.COMING, seats, None
        session.flush()
        if seats < held:
            offer_free(session, now, house, workshop)
        return PlaceState.COMING
    if held:
        # What is held stays; the greater number cannot be had.
        place.state, place.offered_until = PlaceState.COMING, None
        return PlaceState.WAITING
    place.seats = seats
    if place.state is not PlaceState.WAITING:
        place.state, place.since = PlaceState.WAITING, now
    return PlaceState.WAITING


def leave(
    session: Session,
    now: datetime,
    house: House,
    workshop: Workshop,
    person: Person,
    state: PlaceState = PlaceState.LEFT,
) -> bool:
    """The tenant does not come (or may come: MAYBE): the seats go to the next. Whether any were held."""
    _hold(session, workshop)
    place = place_for(session, now, workshop, person)
    held = place.state in HOLDS_SEATS
    place.state, place.offered_until = state, None
    if held:
        _take(session, workshop, -place.seats)
        session.flush()
        offer_free(session, now, house, workshop)
    return held


def offer_free(session: Session, now: datetime, house: House, workshop: Workshop) -> int:
    """Offer what is free to the waiting list, each offer holding its seats. Returns how many were made."""
    if workshop.state is not WorkshopState.OPEN or workshop.starts_at <= now:
        return 0
    _hold(session, workshop)
    waiting = session.scalars(
        select(WorkshopPlace)
        .filter_by(workshop_id=workshop.id, state=PlaceState.WAITING)
        .order_by(WorkshopPlace.since, WorkshopPlace.id)
        .execution_options(populate_existing=True)
    ).all()
    chosen = set(next_offers(workshop.seats - workshop.seats_taken, [(p.id, p.seats) for p in waiting]))
    made = 0
    for place in waiting:
        if place.id in chosen and _take(session, workshop, place.seats):
            made += 1
            _offer(session, now, house, place)
    return made


def expire_offers(session: Session, now: datetime, house: House, limit: int = 50) -> int:
    """Tick: an offer that nobody took up in time goes to the next. Returns how many were looked at."""
    over = session.scalars(
        select(WorkshopPlace)
        .where(WorkshopPlace.state == PlaceState.OFFERED, WorkshopPlace.offered_until <= now)
        .order_by(WorkshopPlace.workshop_id, WorkshopPlace.id)
        .limit(limit)
    ).all()

    def end(place: WorkshopPlace) -> None:
        _hold(session, place.workshop)
        session.refresh(place)
        # Perhaps it was taken up meanwhile.
        if place.offered_until is not None and place.offered_until <= now:
            leave(session, now, house, place.workshop, place.person)

    return one_by_one(session, now, over, end)


def place_for(session: Session, now: datetime, workshop: Workshop, person: Person) -> WorkshopPlace:
    """The tenant's place as it is now, made without seats when there is none."""
    place = place_of(session, workshop, person)
    if place is not None:
        session.refresh(place)
    else:
        place = WorkshopPlace(
            organisation_id=workshop.organisation_id,
            workshop_id=workshop.id,
            person_id=person.id,
            state=PlaceState.INVITED,
            seats=1,
            since=now,
        )
        session.add(place)
        session.flush()
    return place


def _hold(session: Session, workshop: Workshop) -> None:
    """Wait for whoever changes this workshop's seats, and keep the others waiting until the end of the
    transaction; what was read of it before is read anew."""
    session.flush()
    session.refresh(workshop, with_for_update=True)


def _take(session: Session, workshop: Workshop, seats: int) -> bool:
    """Take so many seats (or give them back, when negative): one conditional update, so that of two at
    once the second sees what the first has left."""
    taken = session.execute(
        update(Workshop)
        .where(Workshop.id == workshop.id, Workshop.seats_taken + seats <= Workshop.seats)
        .values(seats_taken=Workshop.seats_taken + seats)
        .execution_options(synchronize_session=False)
    )
    session.expire(workshop, ["seats_taken"])
    return cast("CursorResult[Any]", taken).rowcount == 1


def _offer(session: Session, now: datetime, house: House, place: WorkshopPlace) -> None:
    # The 24 hours begin when the offer may be read, and end before the workshop does.
    begins = decent_instant(now, house.zone, house.holidays)
    last = place.workshop.starts_at - timedelta(hours=1)
    place.state, place.offered_until = PlaceState.OFFERED, max(min(begins + OFFER_HOLDS, last), now)
    chat = people.active_chat(session, place.person)
    if chat is not None:
        outbox.enqueue(
            session,
            now,
            house,
            chat,
            workshop_messages.OFFER,
            object=f"workshop:{place.workshop_id}",
            occasion=place.offered_until.isoformat(),
        )
