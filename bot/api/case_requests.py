"""What a case waits for from others: a colleague's advice, the social fund, a commission."""

from datetime import date, datetime

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field
from sqlalchemy import select

from bot.api.desk import Api, Visit
from bot.api.fields import Day, IdempotencyKey, Line, Member, Note, Number, Reference, member
from bot.api.problems import Refused
from bot.domain.case_requests import RequestKind, RequestOutcome
from bot.services import access
from bot.services.cases import requests as case_requests
from bot.services.cases.cases import CaseRefused
from bot.storage.tables import CaseRequest, Staff


class NewRequest(BaseModel):
    """Une demande. « collegue » veut « to » et « note » ; « commission », « commission » et « on »."""

    kind: RequestKind
    to: Reference | None = Field(default=None, description="La référence du membre de l'équipe.")
    commission: Line = ""
    on: Day | None = Field(default=None, description="Jour de la commission, ou de la réponse attendue.")
    amount_cents: int | None = Field(default=None, ge=1, le=case_requests.MOST_AMOUNT_CENTS)
    note: Note = ""


class EndRequest(BaseModel):
    """Ce qu'il en est ; « repondu » ne vaut que pour qui est interrogé."""

    outcome: RequestOutcome
    note: Note = ""


class RequestRead(BaseModel):
    """Une demande faite pour un dossier ; ses mots sont dans l'historique."""

    id: int
    case: int
    kind: RequestKind
    asked_by: Member | None
    asked_of: Member | None
    commission: str
    on: date | None
    amount_cents: int | None
    asked_at: datetime
    outcome: RequestOutcome | None
    closed_at: datetime | None


def router(api: Api) -> APIRouter:
    routes = APIRouter(prefix="/v1", tags=["cases"])

    @routes.get("/cases/{number}/requests", summary="Lister ce qui est demandé à d'autres")
    def listed(request: Request, number: Number) -> list[RequestRead]:
        with api.visit(request, reading=True) as visit:
            case = access.readable(visit.session, number, visit.staff)
            return [_read(one) for one in case_requests.of_case(visit.session, case)]

    @routes.post("/cases/{number}/requests", summary="Demander à d'autres", status_code=201)
    def ask(request: Request, number: Number, body: NewRequest, key: IdempotencyKey = None) -> RequestRead:
        with api.visit(request) as visit:
            return visit.once(request, key, body, RequestRead, lambda: _read(_ask(visit, number, body)))

    @routes.post("/cases/{number}/requests/{asked}/end", summary="Dire ce qu'il en est")
    def end(request: Request, number: Number, asked: Number, body: EndRequest) -> RequestRead:
        with api.visit(request) as visit:
            case = access.readable(visit.session, number, visit.staff)
            found = visit.session.get(CaseRequest, asked)
            if found is None or found.case_id != case.id:
                raise Refused(404)
            mine, words = visit.member(), body.note.strip()
            return _read(
                case_requests.end(visit.session, visit.now, visit.house, found, mine, body.outcome, words)
            )

    @routes.get("/agenda", summary="Les dossiers à l'ordre du jour des prochaines commissions")
    def agenda(request: Request) -> list[RequestRead]:
        with api.visit(request, reading=True) as visit:
            return [_read(one) for one in case_requests.agenda(visit.session, visit.staff, visit.today)]

    return routes


def _ask(visit: Visit, number: int, body: NewRequest) -> CaseRequest:
    """Raises CaseRefused, Refused (422)."""
    session, now, house, mine = visit.session, visit.now, visit.house, visit.member()
    note = body.note.strip()
    if body.kind is RequestKind.COLLEAGUE:
        own = {"organisation_id": visit.organisation_id, "reference": body.to}
        to = session.scalar(select(Staff).filter_by(**own))
        if to is None:
            raise CaseRefused("not_there")
        return case_requests.ask_colleague(session, now, house, number, mine, to, note)
    if body.kind is RequestKind.FUND:
        return case_requests.ask_fund(
            session, now, house, number, mine, amount_cents=body.amount_cents, answer_by=body.on, words=note
        )
    if body.on is None:
        raise Refused(422)
    return case_requests.put_on_agenda(session, now, house, number, mine, body.commission, body.on, note)


def _read(one: CaseRequest) -> RequestRead:
    return RequestRead(
        id=one.id,
        case=one.case_id,
        kind=one.kind,
        asked_by=member(one.asked_by),
        asked_of=member(one.asked_of),
        commission=one.commission,
        on=one.due_on,
        amount_cents=one.amount_cents,
        asked_at=one.asked_at,
        outcome=one.outcome,
        closed_at=one.closed_at,
    )
