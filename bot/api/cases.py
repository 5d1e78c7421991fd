"""Cases: the queue, one case with its history, and what was said with the person."""

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field
from sqlalchemy import select
from sqlalchemy.orm import selectinload

from bot.api import lists
from bot.api.desk import Api, Visit
from bot.api.fields import Id, Member, Number, Reference, Who, member, who
from bot.api.lists import Cursor, Limit, Page
from bot.content.next_steps import NextSteps
from bot.domain.states import CaseState, Direction, Outcome, Urgency
from bot.services import access
from bot.services.cases import kinds as case_kinds
from bot.services.cases import queue as case_queue
from bot.services.cases import talk as case_talk
from bot.services.relay import words as relay_words
from bot.storage.tables import Case, CaseEvent, Message


class CaseLine(BaseModel):
    """Un dossier, dans une liste. Sans « tenant », la personne n'est pas reliée à un bail."""

    id: int
    kind: str
    label: str = Field(description="Le motif, en clair.")
    danger: bool
    urgency: Urgency
    state: CaseState
    tenant: Who | None
    owner: Member | None
    opened_at: datetime
    due_at: datetime
    waiting_until: datetime | None
    waiting_reason: str | None
    outcome: Outcome | None
    closed_at: datetime | None


class Event(BaseModel):
    """Une ligne d'historique ; sans « actor », c'est Palier ou un programme."""

    at: datetime
    kind: str
    actor: Member | None
    detail: dict[str, Any] | None


class NextStep(BaseModel):
    """Ce qu'il est conseillé de faire d'abord, et pourquoi."""

    step: str
    why: str


class CaseRead(CaseLine):
    """Un dossier, son historique et la suite conseillée."""

    previous: int | None
    merged_into: int | None
    advice: NextStep
    history: list[Event]


class Said(BaseModel):
    """Un message. « words » est vide quand ce lecteur ne peut pas le lire (« hidden »)."""

    id: int
    at: datetime
    by: Literal["tenant", "team", "palier"]
    writer: str | None
    words: str | None
    hidden: bool
    attachment: str | None = Field(description="La sorte de pièce jointe.")
    file: bool = Field(description="Si elle s'ouvre, par messages/…/file.")


def router(api: Api, next_steps: NextSteps) -> APIRouter:
    routes = APIRouter(prefix="/v1/cases", tags=["cases"])

    @routes.get("", summary="Lister les dossiers que l'on peut lire")
    def listed(
        request: Request,
        state: Annotated[CaseState | None, Query()] = None,
        kind: Annotated[Reference | None, Query()] = None,
        urgency: Annotated[Urgency | None, Query()] = None,
        tenant: Annotated[Id | None, Query(description="Le numéro d'un locataire.")] = None,
        owner: Annotated[
            Literal["me", "nobody"] | None, Query(description="Ceux que je suis, ou que personne ne suit.")
        ] = None,
        cursor: Cursor = None,
        limit: Limit = 50,
    ) -> Page[CaseLine]:
        with api.visit(request, reading=True) as visit:
            shown = (selectinload(Case.person), selectinload(Case.owner))
            query = select(Case).where(access.readable_by(visit.staff)).options(*shown)
            asked = {"state": state, "kind": kind, "urgency": urgency, "person_id": tenant}
            query = query.filter_by(**{name: value for name, value in asked.items() if value is not None})
            if owner is not None:
                query = query.where(Case.owner_id == (visit.staff.id if owner == "me" else None))
            found, following = lists.read(visit.session, query, cursor, limit, Case.id)
            return Page(items=[line(visit, case) for case in found], next=following)

    @routes.get("/queue", summary="La file : ce qu'il faut faire maintenant, le plus urgent d'abord")
    def queue(request: Request, limit: Limit = 50) -> list[CaseLine]:
        with api.visit(request, reading=True) as visit:
            found = case_queue.first(visit.session, visit.staff, limit)
            return [line(visit, case) for case in found]

    @routes.get("/{number}", summary="Lire un dossier ; la lecture s'écrit dans son historique")
    def read(request: Request, number: Number) -> CaseRead:
        with api.visit(request) as visit:
            case = access.readable(visit.session, number, visit.staff)
            access.note_read(visit.session, visit.now, case, visit.staff)
            visit.session.flush()
            return full(visit, case, next_steps)

    @routes.get("/{number}/messages", summary="Lire le fil d'un dossier ; la lecture s'écrit")
    def messages(request: Request, number: Number, cursor: Cursor = None, limit: Limit = 50) -> Page[Said]:
        with api.visit(request) as visit:
            case = access.readable(visit.session, number, visit.staff)
            access.note_read(visit.session, visit.now, case, visit.staff)
            query = case_talk.messages(case)
            found, following = lists.read(visit.session, query, cursor, limit, Message.id)
            writers = relay_words.writers(visit.session, (message.outbox_id for message in found))
            shown = case_talk.reader(visit.session, case, visit.staff)
            items = [_said(one, writers.get(one.outbox_id or 0), readable=shown(one)) for one in found]
            return Page(items=items, next=following)

    return routes


def line(visit: Visit, case: Case) -> CaseLine:
    return CaseLine(
        id=case.id,
        kind=case.kind,
        label=_label(visit, case.kind),
        danger=access.is_danger(case),
        urgency=case.urgency,
        state=case.state,
        tenant=who(case.person),
        owner=member(case.owner),
        opened_at=case.opened_at,
        due_at=case.due_at,
        waiting_until=case.waiting_until,
        waiting_reason=case.waiting_reason,
        outcome=case.outcome,
        closed_at=case.closed_at,
    )


def full(visit: Visit, case: Case, next_steps: NextSteps) -> CaseRead:
    advised = next_steps.of(case.kind)
    events = visit.session.scalars(select(CaseEvent).filter_by(case_id=case.id).order_by(CaseEvent.id))
    return CaseRead(
        **line(visit, case).model_dump(),
        previous=case.previous_id,
        merged_into=case.merged_into_id,
        advice=NextStep(step=advised.step, why=advised.why),
        history=[
            Event(at=event.at, kind=event.kind, actor=member(event.actor), detail=event.detail)
            for event in events
        ],
    )


def _label(visit: Visit, kind: str) -> str:
    """A kind that is newer than the catalogue has no name yet."""
    try:
        return case_kinds.label(visit.house, kind)
    except KeyError:
        return kind


def _said(message: Message, writer: str | None, *, readable: bool) -> Said:
    incoming = message.direction is Direction.IN
    sent = (message.attachment or {}) if readable else {}
    return Said(
        id=message.id,
        at=message.at,
        by="tenant" if incoming else "team" if writer else "palier",
        writer=writer,
        words=message.words if readable else None,
        hidden=not readable,
        attachment=sent.get("kind"),
        file=bool(sent.get("id")),
    )
