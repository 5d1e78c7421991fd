"""The history of a case: one dated, signed line an act; reads are lines too."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from bot.storage.tables import Case, CaseEvent, Staff


def record(
    session: Session,
    now: datetime,
    case: Case,
    kind: str,
    *,
    actor: Staff | None = None,
    detail: dict[str, Any] | None = None,
) -> CaseEvent:
    """Add a line to the case's history. Without an actor it is Palier's own act."""
    event = CaseEvent(
        organisation_id=case.organisation_id,
        case_id=case.id,
        at=now,
        actor_id=actor.id if actor else None,
        kind=kind,
        detail=detail,
    )
    session.add(event)
    return event
