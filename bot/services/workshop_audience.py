"""Whom a workshop is for: the preview in counts, the invitations, and those who come, told of changes."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.domain.calendar import instant
from bot.domain.states import ChatState, OccurrenceState
from bot.domain.workshops import PlaceState, WorkshopState
from bot.services import outbox, people, questions, workshop_messages
from bot.services.house import House
from bot.services.kinds import MessageKind
from bot.storage.tables import Chat, Lease, LeasePerson, Occurrence, Person, Workshop, WorkshopPlace

_EVE, _EVE_AT = "workshop.eve", time(10)


@dataclass(frozen=True)
class Preview:
    """Who would be invited, and how many are left out for each reason that may be told."""

    invited: list[Person]
    left_out: dict[str, int]


def suits(workshop: Workshop, person: Person, leases: list[Lease]) -> bool:
    """Whether the workshop is for that tenant; an empty condition is everybody."""
    return (
        (not workshop.profiles or bool(set(workshop.profiles) & set(person.profiles)))
        and (not workshop.districts or any(lease.district in workshop.districts for lease in leases))
        and (not workshop.residences or any(lease.residence in workshop.residences for lease in leases))
    )


def preview(session: Session, workshop: Workshop) -> Preview:
    """Whom the invitation reaches. Danger is never a reason of its own: it is among `other`."""
    rows = session.execute(
        select(Person, Lease)
        .join(LeasePerson, LeasePerson.person_id == Person.id)
        .join(Lease, Lease.id == LeasePerson.lease_id)
        .where(Person.organisation_id == workshop.organisation_id)
        .order_by(Person.id)
    )
    leases: dict[Person, list[Lease]] = {}
    for person, lease in rows:
        leases.setdefault(person, []).append(lease)
    invited, left_out = [], Counter[str]()
    for person, held in leases.items():
        if not suits(workshop, person, held):
            continue
        reason = _left_out(session, workshop, person)
        if reason:
            left_out[reason] += 1
        else:
            invited.append(person)
    return Preview(invited, dict(left_out))


def _left_out(session: Session, workshop: Workshop, person: Person) -> str:
    chats = session.scalars(select(Chat.state).filter_by(person_id=person.id)).all()
    if not chats:
        return "no_telegram"
    known = select(WorkshopPlace.id).filter_by(workshop_id=workshop.id, person_id=person.id)
    if session.scalar(known) is not None:
        return "already"
    if ChatState.ACTIVE not in chats:
        return "paused" if ChatState.PAUSED in chats else "other"
    if people.in_danger(session, person):
        return "other"
    return "" if people.has_consent(session, person, workshop_messages.CONSENT) else "no_consent"


def invite(session: Session, now: datetime, house: House, workshop: Workshop) -> int:
    """Invite everybody of the preview, once; returns how many. Each invitation leaves in its turn."""
    invited = preview(session, workshop).invited
    for person in invited:
        place = WorkshopPlace(
            organisation_id=workshop.organisation_id, workshop_id=workshop.id, person_id=person.id, since=now
        )
        session.add(place)
        chat = people.active_chat(session, person)
        if chat is not None:
            object = workshop_messages.object_of(workshop)
            outbox.enqueue(
                session, now, house, chat, workshop_messages.INVITE, object=object, occasion="once"
            )
    session.flush()
    return len(invited)


def plan_eve(session: Session, house: House, workshop: Workshop) -> None:
    """Plan the reminder of the day before, at 10 h; it follows the workshop when that moves."""
    key = {"organisation_id": workshop.organisation_id, "rule": _EVE}
    object = workshop_messages.object_of(workshop)
    day = workshop.starts_at.astimezone(house.zone).date() - timedelta(days=1)
    for row in session.scalars(select(Occurrence).filter_by(**key, object=object)):
        if row.due_on != day and row.state is OccurrenceState.PLANNED:
            row.state, row.reason = OccurrenceState.SKIPPED, "moved"
    if session.scalar(select(Occurrence.id).filter_by(**key, object=object, due_on=day)) is None:
        due_at = instant(day, _EVE_AT, house.zone)
        session.add(Occurrence(**key, object=object, due_on=day, due_at=due_at))


def remind_due(session: Session, now: datetime, house: House, limit: int = 20) -> int:
    """Tick: the day before, tell those who come. Returns how many workshops it was."""
    due = session.scalars(
        select(Occurrence)
        .where(Occurrence.rule == _EVE, Occurrence.state == OccurrenceState.PLANNED, Occurrence.due_at <= now)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()
    for step in due:
        step.state = OccurrenceState.DONE
        workshop = workshop_messages.workshop_of(session, step.object)
        if workshop.state is WorkshopState.OPEN and workshop.starts_at > now:
            tell(session, now, house, workshop, workshop_messages.EVE, step.due_on.isoformat())
    return len(due)


def changed(session: Session, now: datetime, house: House, workshop: Workshop) -> None:
    """The time or the place is another one: tell those who come, and move the reminder."""
    workshop.version += 1
    plan_eve(session, house, workshop)
    tell(session, now, house, workshop, workshop_messages.CHANGED, str(workshop.version))


def cancel(session: Session, now: datetime, house: House, workshop: Workshop) -> int:
    """No workshop: those who come, wait or may come are told, nobody else. Returns how many."""
    if workshop.state is WorkshopState.CANCELLED:
        return 0
    workshop.state = WorkshopState.CANCELLED
    concerned = (PlaceState.COMING, PlaceState.WAITING, PlaceState.OFFERED, PlaceState.MAYBE)
    return tell(session, now, house, workshop, workshop_messages.CANCELLED, "once", concerned)


def tell(
    session: Session,
    now: datetime,
    house: House,
    workshop: Workshop,
    kind: MessageKind,
    occasion: str,
    states: tuple[PlaceState, ...] = (PlaceState.COMING,),
) -> int:
    """Queue `kind` to the tenants in these states; nobody sees who the others are. Returns how many."""
    places = session.scalars(
        select(WorkshopPlace)
        .where(WorkshopPlace.workshop_id == workshop.id, WorkshopPlace.state.in_(states))
        .order_by(WorkshopPlace.id)
    ).all()
    object = workshop_messages.object_of(workshop)
    told = 0
    for place in places:
        chat = people.active_chat(session, place.person)
        if kind is workshop_messages.CANCELLED:
            for asked in (workshop_messages.INVITED, workshop_messages.OFFERED):
                questions.close_object(session, now, place.person_id, asked, object, "cancelled")
        if chat is not None:
            outbox.enqueue(session, now, house, chat, kind, object=object, occasion=occasion)
            told += 1
    return told
