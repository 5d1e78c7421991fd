"""Whom a workshop is for: the preview in counts, the invitations, and those who come, told of changes."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from sqlalchemy import insert, select
from sqlalchemy.orm import Session, load_only

from bot.domain import attention
from bot.domain.calendar import instant, next_morning
from bot.domain.states import CaseState, ChatState, OccurrenceState, OutboxState
from bot.domain.workshops import AGAIN_AFTER_DAYS, AGAIN_BEFORE, PlaceState, WorkshopState
from bot.services import outbox, people, questions
from bot.services.house import House
from bot.services.kinds import MessageKind, counted
from bot.services.one_by_one import one_by_one
from bot.services.workshops import day as workshop_day
from bot.services.workshops import messages as workshop_messages
from bot.storage.tables import (
    Case,
    Chat,
    Consent,
    Lease,
    LeasePerson,
    Occurrence,
    Outbox,
    Person,
    Workshop,
    WorkshopPlace,
)

_EVE, _AGAIN, _EVE_AT = "workshop.eve", "workshop.again", time(10)
_INTERESTED = (PlaceState.COMING, PlaceState.MAYBE, PlaceState.WAITING, PlaceState.OFFERED)


@dataclass(frozen=True)
class Preview:
    """Who would be invited, and how many are left out for each reason that may be told. `later`: how many
    of those invited have had their messages of the week, and get this one when there is room again."""

    invited: list[Person]
    left_out: dict[str, int]
    later: int = 0


def suits(workshop: Workshop, person: Person, leases: list[Lease], known: set[int] | None) -> bool:
    """Whether the workshop is for that tenant; an empty condition is everybody. `known`: see `known_to`."""
    return (
        (known is None or person.id in known)
        and (not workshop.profiles or bool(set(workshop.profiles) & set(person.profiles)))
        and (not workshop.districts or any(lease.district in workshop.districts for lease in leases))
        and (not workshop.residences or any(lease.residence in workshop.residences for lease in leases))
    )


def known_to(session: Session, workshop: Workshop) -> set[int] | None:
    """The tenants whom earlier workshops make right for this one; None when it asks nothing of the kind.

    Interested in a theme: said yes or perhaps to it, or waited for it. Came before: to its own theme.
    """
    if not workshop.interests and not workshop.came_before:
        return None
    places = (
        select(WorkshopPlace.person_id)
        .join(Workshop, Workshop.id == WorkshopPlace.workshop_id)
        .where(Workshop.organisation_id == workshop.organisation_id, Workshop.id != workshop.id)
    )
    found: set[int] | None = None
    if workshop.interests:
        wanted = places.where(Workshop.theme.in_(workshop.interests), WorkshopPlace.state.in_(_INTERESTED))
        found = set(session.scalars(wanted))
    if workshop.came_before:
        over = Workshop.starts_at < workshop.starts_at
        came = places.where(Workshop.theme == workshop.theme, over, WorkshopPlace.present.is_(True))
        there = set(session.scalars(came))
        found = there if found is None else found & there
    return found


def preview(session: Session, now: datetime, workshop: Workshop) -> Preview:
    """Whom the invitation reaches. Danger is never a reason of its own: it is among `other`."""
    rows = session.execute(
        select(Person, Lease)
        .join(LeasePerson, LeasePerson.person_id == Person.id)
        .join(Lease, Lease.id == LeasePerson.lease_id)
        .where(Person.organisation_id == workshop.organisation_id)
        .order_by(Person.id)
        # No name and no address is read: nothing to decrypt.
        .options(
            load_only(Person.organisation_id, Person.profiles), load_only(Lease.district, Lease.residence)
        )
    )
    leases: dict[Person, list[Lease]] = {}
    for person, lease in rows:
        leases.setdefault(person, []).append(lease)
    left_out_because, known = _left_out(session, workshop), known_to(session, workshop)
    busy = _busy(session, now, workshop)
    invited, left_out = [], Counter[str]()
    for person, held in leases.items():
        if not suits(workshop, person, held, known):
            continue
        reason = left_out_because(person.id)
        if not reason and busy.get(person.id, now) >= workshop.starts_at:
            reason = "attention"
        if reason:
            left_out[reason] += 1
        else:
            invited.append(person)
    return Preview(invited, dict(left_out), sum(person.id in busy for person in invited))


def _left_out(session: Session, workshop: Workshop) -> Callable[[int], str]:
    """Why a tenant of that landlord is not invited (empty: is), read at once for all of them."""
    own = {"organisation_id": workshop.organisation_id}
    chats: dict[int | None, set[ChatState]] = {}
    for person_id, state in session.execute(select(Chat.person_id, Chat.state).filter_by(**own)):
        chats.setdefault(person_id, set()).add(state)
    known = set(session.scalars(select(WorkshopPlace.person_id).filter_by(workshop_id=workshop.id)))
    in_danger = set(
        session.scalars(
            select(Case.person_id)
            .filter_by(**own)
            .where(Case.kind.in_(people.DANGER_KINDS), Case.state != CaseState.CLOSED)
        )
    )
    given = select(Consent.person_id, Consent.given).filter_by(**own, kind=workshop_messages.CONSENT)
    # The last change of each is what holds.
    agrees = {row.person_id: row.given for row in session.execute(given.order_by(Consent.id))}
    theme = workshop_messages.theme_consent(workshop.theme)
    told = select(Consent.person_id, Consent.given).filter_by(**own, kind=theme).order_by(Consent.id)
    wants_theme = {row.person_id: row.given for row in session.execute(told)}

    def reason(person_id: int) -> str:
        states = chats.get(person_id, set())
        if not states:
            return "no_telegram"
        if person_id in known:
            return "already"
        if ChatState.ACTIVE not in states:
            return "paused" if ChatState.PAUSED in states else "other"
        if person_id in in_danger:
            return "other"
        if not agrees.get(person_id):
            return "no_consent"
        return "" if wants_theme.get(person_id, True) else "theme"

    return reason


def _busy(session: Session, now: datetime, workshop: Workshop) -> dict[int, datetime]:
    """The tenants whose attention budget is used up, and when it has room again."""
    recent = select(Chat.person_id, Outbox.sent_at).join(Chat, Chat.id == Outbox.chat_id)
    rows = session.execute(
        recent.where(
            Outbox.organisation_id == workshop.organisation_id,
            Outbox.kind.in_(counted()),
            Outbox.sent_at > now - attention.WINDOW,
        )
    )
    sent: dict[int, list[datetime]] = {}
    for person_id, at in rows:
        if person_id is not None and at is not None:
            sent.setdefault(person_id, []).append(at)
    free = {person_id: attention.free_at(at, now) for person_id, at in sent.items()}
    return {person_id: at for person_id, at in free.items() if at > now}


def invite(session: Session, now: datetime, house: House, workshop: Workshop, occasion: str) -> int:
    """Invite everybody of the preview, once; returns how many. Each invitation leaves in its turn.

    `occasion`: the sending that they belong to.
    """
    invited = {person.id for person in preview(session, now, workshop).invited}
    if not invited:
        return 0
    own = {"organisation_id": workshop.organisation_id}
    place = {**own, "workshop_id": workshop.id, "state": PlaceState.INVITED, "seats": 1, "since": now}
    session.execute(insert(WorkshopPlace), [{**place, "person_id": id} for id in sorted(invited)])
    # The latest chat of each, as for any message that Palier starts.
    active = select(Chat).filter_by(**own, state=ChatState.ACTIVE).where(Chat.person_id.is_not(None))
    chats = {chat.person_id: chat for chat in session.scalars(active.order_by(Chat.id))}
    outbox.enqueue_all(
        session,
        now,
        house,
        [chat for person_id, chat in chats.items() if person_id in invited],
        workshop_messages.INVITE,
        object=workshop_messages.object_of(workshop),
        occasion=occasion,
    )
    _plan_again(session, now, house, workshop)
    return len(invited)


def _plan_again(session: Session, now: datetime, house: House, workshop: Workshop) -> None:
    """Plan the one reminder of those invited today, if there will be time for it."""
    day = now.astimezone(house.zone).date() + timedelta(days=AGAIN_AFTER_DAYS)
    key = {
        "organisation_id": workshop.organisation_id,
        "rule": _AGAIN,
        "object": workshop_messages.object_of(workshop),
        "due_on": day,
    }
    due_at = next_morning(day, _EVE_AT, house.zone, house.holidays)
    in_time = workshop.starts_at - due_at >= AGAIN_BEFORE
    if in_time and session.scalar(select(Occurrence.id).filter_by(**key)) is None:
        session.add(Occurrence(**key, due_at=due_at))


def ask_again_due(session: Session, now: datetime, house: House, limit: int = 20) -> int:
    """Tick: three days after the invitation, ask those who said nothing once more, and never again.
    Returns how many workshops it was."""
    due = _due(session, now, _AGAIN, limit)

    def ask(step: Occurrence) -> None:
        step.state = OccurrenceState.DONE
        workshop = workshop_messages.workshop_of(session, step.object)
        if workshop_messages.can_be_asked_again(now, workshop):
            _ask_again(session, now, house, workshop, step)

    return one_by_one(session, now, due, ask)


def _ask_again(session: Session, now: datetime, house: House, workshop: Workshop, step: Occurrence) -> None:
    invited = instant(step.due_on - timedelta(days=AGAIN_AFTER_DAYS - 1), time(), house.zone)
    chats = session.scalars(
        select(Chat)
        .join(Outbox, Outbox.chat_id == Chat.id)
        .join(WorkshopPlace, WorkshopPlace.person_id == Chat.person_id)
        .where(
            Outbox.kind == workshop_messages.INVITE.name,
            Outbox.object == step.object,
            Outbox.state == OutboxState.SENT,
            Outbox.sent_at < invited,
            WorkshopPlace.workshop_id == workshop.id,
            WorkshopPlace.state == PlaceState.INVITED,
        )
        .order_by(Chat.id)
    ).all()
    outbox.enqueue_all(
        session, now, house, chats, workshop_messages.AGAIN, object=step.object, occasion="once"
    )


def plan_steps(session: Session, house: House, workshop: Workshop) -> None:
    """Plan the reminder of the day before, at 10 h, and the steps of the day; they follow the workshop."""
    workshop_day.plan(session, house, workshop)
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
    due = _due(session, now, _EVE, limit)

    def remind(step: Occurrence) -> None:
        step.state = OccurrenceState.DONE
        workshop = workshop_messages.workshop_of(session, step.object)
        if workshop.state is WorkshopState.OPEN and workshop.starts_at > now:
            tell(session, now, house, workshop, workshop_messages.EVE, step.due_on.isoformat())

    return one_by_one(session, now, due, remind)


def _due(session: Session, now: datetime, rule: str, limit: int) -> Sequence[Occurrence]:
    return session.scalars(
        select(Occurrence)
        .where(Occurrence.rule == rule, Occurrence.state == OccurrenceState.PLANNED, Occurrence.due_at <= now)
        .order_by(Occurrence.due_at, Occurrence.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()


def changed(session: Session, now: datetime, house: House, workshop: Workshop) -> int:
    """The time or the place is another one: tell those who come, and move the reminder. Returns how many."""
    workshop.version += 1
    plan_steps(session, house, workshop)
    return tell(session, now, house, workshop, workshop_messages.CHANGED, str(workshop.version))


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
