"""Writing to the tenant of a case: the words are shown back first, then sent to that very person."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field, StringConstraints

from bot.api.desk import Api, Visit
from bot.api.fields import Id, IdempotencyKey, Number, Reference, Who, Words, who
from bot.api.problems import Refused
from bot.domain.relay import RelayEnd
from bot.services import access
from bot.services.cases.cases import CaseRefused
from bot.services.relay import desk as relay_desk
from bot.services.relay import drafts, relay
from bot.services.relay import words as relay_words
from bot.services.relay.drafts import Care
from bot.storage.tables import Draft


class Answer(BaseModel):
    """Une réponse toute prête."""

    id: str
    title: str


class NewDraft(BaseModel):
    """Les mots à envoyer, ou « answer » : une réponse toute prête, remplie pour cette personne."""

    words: Words | None = None
    answer: Reference | None = None


class DraftRead(BaseModel):
    """Ce qui partirait, et à qui. « warning » : à lire avant d'envoyer, et à confirmer par « warned »."""

    id: int
    to: Who | None
    heading: str
    words: str
    warning: str
    fingerprint: str
    expires_at: datetime


class Send(BaseModel):
    """Le brouillon relu : exactement ces mots, à exactement cette personne."""

    draft: Id
    fingerprint: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
    warned: bool = Field(default=False, description="J'ai lu l'avertissement.")


class Sent(BaseModel):
    """Quand le message part (à une heure décente), dit en clair."""

    starts_at: datetime
    said: str


class Ended(BaseModel):
    """La discussion est rendue à Palier."""

    ended_at: datetime | None


def router(api: Api) -> APIRouter:
    routes = APIRouter(prefix="/v1/cases/{number}", tags=["messages"])

    @routes.get("/answers", summary="Les réponses toutes prêtes pour ce dossier")
    def answers(request: Request, number: Number) -> list[Answer]:
        with api.visit(request, reading=True) as visit:
            case = access.readable(visit.session, number, visit.staff)
            ready = visit.house.content.answers.of(case.kind)
            return [Answer(id=answer.id, title=answer.title) for answer in ready]

    @routes.post("/drafts", summary="Écrire au locataire : relire d'abord", status_code=201)
    def write(request: Request, number: Number, body: NewDraft, key: IdempotencyKey = None) -> DraftRead:
        with api.visit(request) as visit:
            return visit.once(request, key, body, DraftRead, lambda: _write(visit, number, body))

    @routes.post("/messages", summary="Écrire au locataire : envoyer ce qui a été relu", status_code=201)
    def send(request: Request, number: Number, body: Send, key: IdempotencyKey = None) -> Sent:
        with api.visit(request) as visit:
            return visit.once(request, key, body, Sent, lambda: _send(visit, number, body))

    @routes.post("/relay/end", summary="Terminer la discussion : Palier répond de nouveau")
    def end(request: Request, number: Number) -> Ended:
        with api.visit(request) as visit:
            case, mine = access.readable(visit.session, number, visit.staff), visit.member()
            talk = relay.of_case(visit.session, case)
            if talk is None or talk.staff_id != mine.id:
                raise CaseRefused("relay_over")
            relay.end(visit.session, visit.now, visit.house, talk, RelayEnd.WORKER)
            return Ended(ended_at=talk.ended_at)

    return routes


def _write(visit: Visit, number: int, body: NewDraft) -> DraftRead:
    session, now, house = visit.session, visit.now, visit.house
    draft = drafts.start(session, now, house, number, visit.member(), None)
    words = body.words or ""
    if body.answer is not None and not words:
        words = drafts.ready_words(session, now, house, draft, body.answer)
    drafts.write(draft, words)
    session.flush()
    care = drafts.care(session, now, house, draft)
    opens = relay.of_case(session, draft.case) is None
    return DraftRead(
        id=draft.id,
        to=who(draft.person),
        heading=relay_words.heading(session, house, draft, opens=opens),
        words=draft.words or "",
        warning=relay_desk.warning(house, draft.case, care) if care else "",
        fingerprint=draft.fingerprint,
        expires_at=draft.expires_at,
    )


def _send(visit: Visit, number: int, body: Send) -> Sent:
    access.readable(visit.session, number, visit.staff)
    result = drafts.confirm(
        visit.session,
        visit.now,
        visit.house,
        visit.member(),
        None,
        draft_id=body.draft,
        case_id=number,
        fingerprint=body.fingerprint,
        warned=body.warned,
    )
    if isinstance(result, Care):
        draft = visit.session.get_one(Draft, body.draft)
        raise Refused(409, relay_desk.warning(visit.house, draft.case, result))
    return Sent(starts_at=result.starts_at, said=relay_desk.sent(visit.house, visit.now, result))
