"""Alerts that do not leave: which urgent cases nobody has been told of, and whether anybody can be told."""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, String, cast, func, literal, select
from sqlalchemy.orm import Session

from bot.domain.rights import Right, holders
from bot.domain.states import CaseState, ChatState, OutboxState, Urgency
from bot.services.cases import alerts
from bot.services.house import House
from bot.storage.tables import Case, Chat, Outbox, Staff

# An urgent alert that has not left by then: something is broken.
PATIENCE = timedelta(minutes=2)


def unheard(session: Session, now: datetime) -> list[int]:
    """The urgent cases, untaken for two minutes, of which no alert has reached anybody's telephone."""
    reached = (
        select(Outbox.id)
        .where(
            Outbox.organisation_id == Case.organisation_id,
            Outbox.kind == alerts.URGENT_ALERT.name,
            Outbox.object == literal("case:") + cast(Case.id, String),
            Outbox.state == OutboxState.SENT,
        )
        .exists()
    )
    waiting = (
        select(Case.id)
        .where(
            Case.state == CaseState.NEW,
            Case.urgency == Urgency.URGENT,
            Case.opened_at <= now - PATIENCE,
            ~reached,
        )
        .order_by(Case.id)
    )
    return list(session.scalars(waiting))


def reachable(session: Session) -> int:
    """How many of the people who work on cases have a telephone that takes messages."""
    return _count(session, Chat.state == ChatState.ACTIVE)


def nobody_left(session: Session) -> bool:
    """Whether members of the team were linked once and none can be reached now.

    An installation whose team has not linked yet is not broken.
    """
    return _count(session, Chat.state != ChatState.ACTIVE) > 0 and reachable(session) == 0


def _count(session: Session, state: ColumnElement[bool]) -> int:
    found = session.scalar(
        select(func.count(Chat.id.distinct()))
        .join(Staff, Staff.id == Chat.staff_id)
        .where(Staff.role.in_(holders(Right.WORK_CASES)), state)
    )
    return found or 0


def try_everybody(session: Session, now: datetime, house: House, case_ids: list[int]) -> int:
    """Alert of these cases everybody who can still be reached. Returns how many alerts were queued."""
    untaken = select(Case).where(Case.id.in_(case_ids), Case.state == CaseState.NEW).order_by(Case.id)
    return sum(alerts.everybody_else(session, now, house, case) for case in session.scalars(untaken).all())
