"""The sending of a workshop's invitations: checked, begun now or at an hour, followed, stopped."""

from collections import Counter
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import CursorResult, delete, func, select, update
from sqlalchemy.orm import Session

from bot.domain.calendar import may_disturb
from bot.domain.states import OutboxState
from bot.domain.words import Drop, Option, Reply, Words
from bot.domain.workshops import OPEN_SENDING, PlaceState, SendingState, WorkshopState
from bot.services import outbox, people
from bot.services.house import House
from bot.services.kinds import Lane, MessageKind, declare
from bot.services.one_by_one import one_by_one
from bot.services.replies import worded
from bot.services.workshops import audience as workshop_audience
from bot.services.workshops import messages as workshop_messages
from bot.services.workshops.refusals import WorkshopRefused
from bot.storage.tables import Chat, Outbox, Staff, Workshop, WorkshopPlace, WorkshopSending
from bot.texts import PLAIN

# Sooner than that before the workshop, few can still arrange to come.
_SOON = timedelta(days=2)
# Telegram says of these that the chat takes no message any more.
_UNREACHABLE = ("forbidden", "gone", "migrated")


@dataclass(frozen=True)
class Checks:
    """What forbids the sending, and what the mediator should know before; as codes."""

    blockers: list[str]
    warnings: list[str]


@dataclass(frozen=True)
class Counts:
    """What has become of the invitations of one sending, and how many tenants have answered."""

    invited: int
    waiting: int
    sent: int
    unreachable: int
    refused: int
    unknown: int
    other: int
    answered: int


def checks(session: Session, now: datetime, house: House, workshop: Workshop) -> Checks:
    """Whether invitations may leave now."""
    day = workshop.starts_at.astimezone(house.zone).date()
    warnings = {
        "soon": workshop.starts_at - now < _SOON,
        "holiday": not may_disturb(day, house.holidays),
        "clash": _clashes(session, workshop),
    }
    return Checks(blockers(now, workshop), [code for code, is_so in warnings.items() if is_so])


def blockers(now: datetime, workshop: Workshop) -> list[str]:
    """What forbids any invitation, as codes."""
    found = {
        "over": workshop.state is not WorkshopState.OPEN or workshop.starts_at <= now,
        "no_seats": workshop.seats_taken >= workshop.seats,
        "no_place": not workshop.place,
        "no_contact": not workshop_messages.contact(workshop),
    }
    return [code for code, is_so in found.items() if is_so]


def _clashes(session: Session, workshop: Workshop) -> bool:
    """Whether another workshop that the same district may come to takes place at the same time."""
    day = timedelta(days=1)
    near = session.scalars(
        select(Workshop).where(
            Workshop.organisation_id == workshop.organisation_id,
            Workshop.id != workshop.id,
            Workshop.state == WorkshopState.OPEN,
            Workshop.starts_at.between(workshop.starts_at - day, workshop.starts_at + day),
        )
    )
    return any(_overlap(workshop, other) and _share_district(workshop, other) for other in near)


def _overlap(one: Workshop, other: Workshop) -> bool:
    ends, other_ends = (w.starts_at + timedelta(minutes=w.minutes) for w in (one, other))
    return one.starts_at < other_ends and other.starts_at < ends


def _share_district(one: Workshop, other: Workshop) -> bool:
    return not one.districts or not other.districts or bool(set(one.districts) & set(other.districts))


def open_one(session: Session, workshop: Workshop) -> WorkshopSending | None:
    """The sending of that workshop that is planned or under way."""
    wanted = (WorkshopSending.workshop_id == workshop.id, WorkshopSending.state.in_(OPEN_SENDING))
    return session.scalar(select(WorkshopSending).where(*wanted))


def send(
    session: Session,
    now: datetime,
    house: House,
    workshop: Workshop,
    staff: Staff | None,
    at: datetime | None = None,
) -> WorkshopSending:
    """Begin to send the invitations, now or at an instant; `staff` is shown how it goes on Telegram.

    Raises WorkshopRefused: the first blocker, "sending" (one is planned or under way), "too_late" (`at` is
    not before the workshop).
    """
    if found := blockers(now, workshop):
        raise WorkshopRefused(found[0])
    if open_one(session, workshop) is not None:
        raise WorkshopRefused("sending")
    if at is not None and at >= workshop.starts_at:
        raise WorkshopRefused("too_late")
    sending = WorkshopSending(
        organisation_id=workshop.organisation_id,
        workshop=workshop,
        staff=staff,
        starts_at=at or now,
        state=SendingState.PLANNED,
        invited=0,
        shown="",
    )
    session.add(sending)
    session.flush()
    if sending.starts_at <= now:
        _begin(session, now, house, sending)
    return sending


def begin_due(session: Session, now: datetime, house: House, limit: int = 5) -> int:
    """Tick: begin what was planned for now. Returns how many."""
    due = session.scalars(
        select(WorkshopSending)
        .where(WorkshopSending.state == SendingState.PLANNED, WorkshopSending.starts_at <= now)
        .order_by(WorkshopSending.starts_at, WorkshopSending.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()
    return one_by_one(session, now, due, lambda sending: _begin(session, now, house, sending))


def _begin(session: Session, now: datetime, house: House, sending: WorkshopSending) -> None:
    """Queue the invitations; what has become impossible since it was planned ends it, and is shown."""
    if blockers(now, sending.workshop):
        sending.state, sending.ended_at = SendingState.STOPPED, now
    else:
        sending.invited = workshop_audience.invite(
            session, now, house, sending.workshop, occasion_of(sending)
        )
        sending.state = SendingState.GOING
    session.flush()
    _show(session, now, house, sending)


def stop(session: Session, now: datetime, house: House, sending: WorkshopSending) -> int:
    """Stop it: what is queued does not leave, and those people count as never invited. Returns how many.

    Raises WorkshopRefused("sending_over") when there is nothing to stop.
    """
    if sending.state not in OPEN_SENDING:
        raise WorkshopRefused("sending_over")
    rows = _rows(sending)
    stopped = session.execute(
        update(Outbox)
        .where(*rows, Outbox.state == OutboxState.QUEUED)
        .values(state=OutboxState.DROPPED, reason="stopped")
        .execution_options(synchronize_session=False)
    )
    never = select(Chat.person_id).join(Outbox, Outbox.chat_id == Chat.id).where(*rows, _STOPPED)
    session.execute(
        delete(WorkshopPlace)
        .where(
            WorkshopPlace.workshop_id == sending.workshop_id,
            WorkshopPlace.state == PlaceState.INVITED,
            WorkshopPlace.person_id.in_(never),
        )
        .execution_options(synchronize_session=False)
    )
    sending.state, sending.ended_at = SendingState.STOPPED, now
    session.flush()
    _show(session, now, house, sending)
    return cast("CursorResult[Any]", stopped).rowcount


def follow(session: Session, now: datetime, house: House, limit: int = 20) -> int:
    """Tick: show how the sendings go; those whose last invitation has left are done. Returns how many
    were shown."""
    going = session.scalars(
        select(WorkshopSending)
        .where(WorkshopSending.state == SendingState.GOING)
        .order_by(WorkshopSending.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()
    shown: list[bool] = []
    one_by_one(session, now, going, lambda sending: shown.append(_follow(session, now, house, sending)))
    return sum(shown)


def _follow(session: Session, now: datetime, house: House, sending: WorkshopSending) -> bool:
    if not counts(session, sending).waiting:
        sending.state, sending.ended_at = SendingState.DONE, now
        session.flush()
    return _show(session, now, house, sending)


def counts(session: Session, sending: WorkshopSending) -> Counts:
    """What has become of its invitations so far."""
    found: Counter[str] = Counter()
    grouped = select(Outbox.state, Outbox.reason, func.count()).where(*_rows(sending))
    for state, reason, count in session.execute(grouped.group_by(Outbox.state, Outbox.reason)):
        found[_fate(state, reason)] += count
    answered = session.scalar(
        select(func.count(WorkshopPlace.id))
        .join(Chat, Chat.person_id == WorkshopPlace.person_id)
        .join(Outbox, Outbox.chat_id == Chat.id)
        .where(
            *_rows(sending),
            WorkshopPlace.workshop_id == sending.workshop_id,
            WorkshopPlace.state != PlaceState.INVITED,
        )
    )
    fates = ("waiting", "sent", "unreachable", "refused", "unknown", "other")
    return Counts(sending.invited, **{name: found[name] for name in fates}, answered=answered or 0)


def _fate(state: OutboxState, reason: str) -> str:
    if state in (OutboxState.QUEUED, OutboxState.SENDING):
        return "waiting"
    if state is OutboxState.FAILED:
        return "unreachable" if reason in _UNREACHABLE else "refused"
    # Why it was not sent any more is nobody's business: a danger is among the reasons.
    return {OutboxState.SENT: "sent", OutboxState.UNKNOWN: "unknown"}.get(state, "other")


def occasion_of(sending: WorkshopSending) -> str:
    return f"sending:{sending.id}"


_STOPPED = Outbox.reason == "stopped"


def _rows(sending: WorkshopSending) -> tuple[Any, ...]:
    return (
        Outbox.kind == workshop_messages.INVITE.name,
        Outbox.object == f"workshop:{sending.workshop_id}",
        Outbox.occasion == occasion_of(sending),
    )


# What the mediator sees of it: one message, changed as it goes


def _show(session: Session, now: datetime, house: House, sending: WorkshopSending) -> bool:
    """Queue the message with the counts, or its change, when they are others. Whether it was."""
    chat = people.staff_chat(session, sending.staff) if sending.staff else None
    found = counts(session, sending)
    shown = f"{sending.state.value}:" + ":".join(str(value) for value in vars(found).values())
    if chat is None or shown == sending.shown:
        return False
    mine = select(Outbox).filter_by(kind=PROGRESS.name, object=_object(sending))
    last = session.scalar(mine.order_by(Outbox.id.desc()).limit(1))
    on_its_way = last is not None and last.state in (OutboxState.QUEUED, OutboxState.SENDING)
    # It will show the counts of the moment when it leaves; only the last word must come after it.
    if on_its_way and sending.state in OPEN_SENDING:
        return False
    sending.shown = shown
    occasion = str((int(last.occasion) if last else 0) + 1)
    outbox.enqueue(session, now, house, chat, PROGRESS, object=_object(sending), occasion=occasion)
    return True


def _object(sending: WorkshopSending) -> str:
    return f"sending:{sending.id}"


def _render(session: Session, now: datetime, house: House, row: Outbox) -> Words | Drop:
    sending = session.get_one(WorkshopSending, int(row.object.split(":")[1]))
    text = house.texts.say(
        f"staff.workshops.sending.{sending.state.value}",
        PLAIN,
        **workshop_messages.values(house, sending.workshop),
        **vars(counts(session, sending)),
    )
    options: tuple[Option, ...] = ()
    if sending.state in OPEN_SENDING:
        stop = house.texts.say("staff.workshops.button.stop", PLAIN)
        options = (Option(stop, "workshop.stop", {"sending": sending.id}),)
    words = worded(session, now, row.chat, Reply(text, options))
    first = session.scalar(
        select(Outbox.message_id)
        .filter_by(kind=row.kind, object=row.object, chat_id=row.chat_id, state=OutboxState.SENT)
        .order_by(Outbox.id)
        .limit(1)
    )
    return replace(words, edits=first)


PROGRESS = declare(
    MessageKind(
        "workshop_progress", Lane.HAND_OFF, timedelta(hours=12), held=False, resend=True, render=_render
    )
)
