"""How much each member of the team has to do."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy import case as case_when
from sqlalchemy.orm import Session

from bot.domain.appointments import LIVE
from bot.domain.states import CaseState, Urgency
from bot.storage.tables import Appointment, Case, Person, Staff

WEEK = timedelta(days=7)


@dataclass(frozen=True)
class Load:
    """Open cases followed, those of them that are urgent or wait, tenants whose référent it is, and
    appointments of the next seven days."""

    cases: int = 0
    urgent: int = 0
    waiting: int = 0
    tenants: int = 0
    appointments: int = 0


def of(session: Session, now: datetime, members: Sequence[Staff]) -> dict[int, Load]:
    """The load of each member, by their number."""
    ids = [member.id for member in members]
    counted = (
        func.count(),
        func.count(case_when((Case.urgency == Urgency.URGENT, 1))),
        func.count(case_when((Case.state == CaseState.WAITING, 1))),
    )
    followed = {
        row[0]: row[1:]
        for row in session.execute(
            select(Case.owner_id, *counted)
            .where(Case.owner_id.in_(ids), Case.state != CaseState.CLOSED)
            .group_by(Case.owner_id)
        )
    }
    tenants = _counts(
        session,
        select(Person.referent_id, func.count())
        .where(Person.referent_id.in_(ids), Person.erased_at.is_(None))
        .group_by(Person.referent_id),
    )
    meetings = _counts(
        session,
        select(Appointment.staff_id, func.count())
        .where(
            Appointment.staff_id.in_(ids),
            Appointment.state.in_(LIVE),
            Appointment.starts_at.between(now, now + WEEK),
        )
        .group_by(Appointment.staff_id),
    )
    return {
        number: Load(*followed.get(number, (0, 0, 0)), tenants.get(number, 0), meetings.get(number, 0))
        for number in ids
    }


def _counts(session: Session, query: Select[Any, int]) -> dict[int, int]:
    return {row[0]: row[1] for row in session.execute(query)}
