"""Moving the clock of a demo or a test: stopping at every due instant, each worked off before the next."""

import time
from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot import jobs
from bot.domain.relay import OPEN_DRAFT
from bot.domain.states import CaseState, OccurrenceState, OutboxState
from bot.domain.workshops import SendingState
from bot.storage.tables import Case, Draft, Occurrence, Outbox, Question, Relay, WorkshopSending
from bot.wiring import Parts

# Without a delivery running the messages stay where they are: the clock does not wait for ever.
_SETTLE_SECONDS = 15.0

Feed = Callable[[datetime], datetime | None]


def no_feed(_until: datetime) -> datetime | None:
    """No landlord's feed plays along."""
    return None


def next_due(session: Session, now: datetime) -> datetime | None:
    """The next instant after `now` at which something is to be done or said."""
    instants = (
        session.scalar(
            select(func.min(Occurrence.due_at)).where(
                Occurrence.state == OccurrenceState.PLANNED, Occurrence.due_at > now
            )
        ),
        session.scalar(
            select(func.min(Outbox.not_before)).where(
                Outbox.state == OutboxState.QUEUED, Outbox.not_before > now
            )
        ),
        session.scalar(
            select(func.min(Case.escalate_at)).where(
                Case.state.in_((CaseState.NEW, CaseState.TAKEN)), Case.escalate_at > now
            )
        ),
        session.scalar(
            select(func.min(Case.waiting_until)).where(
                Case.state == CaseState.WAITING, Case.waiting_until > now
            )
        ),
        session.scalar(
            select(func.min(Question.expires_at)).where(
                Question.closed_at.is_(None), Question.expires_at > now
            )
        ),
        session.scalar(
            select(func.min(WorkshopSending.starts_at)).where(
                WorkshopSending.state == SendingState.PLANNED, WorkshopSending.starts_at > now
            )
        ),
        session.scalar(
            select(func.min(Relay.silent_at)).where(Relay.ended_at.is_(None), Relay.silent_at > now)
        ),
        session.scalar(
            select(func.min(Draft.expires_at)).where(Draft.state.in_(OPEN_DRAFT), Draft.expires_at > now)
        ),
    )
    return min((at for at in instants if at is not None), default=None)


def advance(
    parts: Parts,
    target: datetime,
    *,
    feed: Feed = no_feed,
    stopped: Callable[[timedelta], None] = lambda _offset: None,
) -> datetime:
    """Move business time to `target`, never back; returns the time reached.

    `feed(until)` brings the landlord's next file dated at or before `until` and says its instant, or
    None. `stopped(offset)` is called at each stop with the offset to real time.
    """
    now = _now(parts)
    if target < now:
        raise ValueError("the clock does not go back")
    # What has just happened may plan something on the way (a case, its digest): the ticks see it first.
    jobs.run_all(parts.database, parts.clock, parts.house)
    while now < target:
        with parts.database.reading() as session:
            due = next_due(session, now)
        now = min(due or target, target)
        arrived = feed(now)
        if arrived is not None:
            now = max(min(arrived, now), _now(parts))
        with parts.database.transaction() as session:
            parts.clock.move_to(session, now)
            offset = now - parts.clock.real()
        stopped(offset)
        jobs.run_all(parts.database, parts.clock, parts.house)
        _settle(parts)
    return now


def next_event(parts: Parts) -> datetime | None:
    """When the next thing happens."""
    with parts.database.reading() as session:
        return next_due(session, parts.clock.now(session))


def _now(parts: Parts) -> datetime:
    with parts.database.reading() as session:
        return parts.clock.now(session)


def _settle(parts: Parts) -> None:
    """Wait until what is due has left (a delivery worker runs in this or another process)."""
    deadline = time.monotonic() + _SETTLE_SECONDS
    while time.monotonic() < deadline:
        with parts.database.reading() as session:
            waiting = session.scalar(
                select(func.count(Outbox.id)).where(
                    (Outbox.state == OutboxState.SENDING)
                    | ((Outbox.state == OutboxState.QUEUED) & (Outbox.not_before <= parts.clock.now(session)))
                )
            )
        if not waiting:
            return
        time.sleep(0.05)
