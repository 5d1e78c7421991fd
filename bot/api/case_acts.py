"""What a caseworker does with a case: take, wait, hand over, give back, merge, note, close."""

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field
from sqlalchemy import select

from bot.api.cases import CaseLine, line
from bot.api.desk import Api, Visit
from bot.api.fields import Day, Id, IdempotencyKey, Note, Number, Reference, Words
from bot.api.problems import Refused
from bot.domain.calendar import OFFICE_FROM, instant
from bot.domain.case_moves import WaitReason
from bot.domain.states import Outcome
from bot.services import access
from bot.services.cases import acts as case_acts
from bot.services.cases import cases
from bot.services.cases.cases import CaseRefused
from bot.storage.tables import Case, Staff


class Wait(BaseModel):
    """Rien à faire avant ce jour ; le dossier revient à l'ouverture, ou à un nouveau signe."""

    until: Day
    reason: WaitReason = WaitReason.OTHER


class HandOver(BaseModel):
    """À qui passer le dossier : la référence d'un membre présent de l'équipe."""

    to: Reference
    note: Note = ""


class Release(BaseModel):
    """Rendre le dossier à l'équipe."""

    note: Note = ""


class Merge(BaseModel):
    """L'autre dossier de la même personne, qui continue."""

    into: Id


class NewNote(BaseModel):
    """Une note pour l'équipe ; le locataire ne la lit jamais."""

    note: Words


class Close(BaseModel):
    """Comment le dossier se termine."""

    outcome: Outcome
    note: Note = Field(default="")


def router(api: Api) -> APIRouter:
    routes = APIRouter(prefix="/v1/cases/{number}", tags=["cases"])

    @routes.post("/take", summary="Prendre le dossier")
    def take(request: Request, number: Number) -> CaseLine:
        with api.visit(request) as visit:
            _case(visit, number)
            mine = visit.member()
            claim = cases.claim(visit.session, visit.now, visit.house, number, mine)
            if claim.owner.id != mine.id:
                name = claim.owner.display_name
                raise Refused(409, visit.house.texts.say("case.taken.other", number=number, owner=name))
            return line(visit, claim.case)

    @routes.post("/wait", summary="Mettre le dossier en attente jusqu'à un jour")
    def wait(request: Request, number: Number, body: Wait) -> CaseLine:
        with api.visit(request) as visit:
            _case(visit, number)
            until = instant(body.until, OFFICE_FROM, visit.house.zone)
            case = case_acts.wait(visit.session, visit.now, number, visit.member(), until, body.reason)
            return line(visit, case)

    @routes.post("/hand-over", summary="Passer le dossier à une collègue ou un collègue")
    def hand_over(request: Request, number: Number, body: HandOver) -> CaseLine:
        with api.visit(request) as visit:
            _case(visit, number)
            own = {"organisation_id": visit.organisation_id, "reference": body.to}
            colleague = visit.session.scalar(select(Staff).filter_by(**own))
            if colleague is None:
                raise CaseRefused("not_there")
            case = case_acts.pass_on(
                visit.session, visit.now, visit.house, number, visit.member(), colleague, body.note.strip()
            )
            visit.session.flush()
            return line(visit, case)

    @routes.post("/release", summary="Rendre le dossier à l'équipe")
    def release(request: Request, number: Number, body: Release) -> CaseLine:
        with api.visit(request) as visit:
            _case(visit, number)
            word = body.note.strip()
            case = case_acts.release(visit.session, visit.now, visit.house, number, visit.member(), word)
            return line(visit, case)

    @routes.post("/merge", summary="Réunir avec un autre dossier de la même personne, qui est rendu")
    def merge(request: Request, number: Number, body: Merge) -> CaseLine:
        with api.visit(request) as visit:
            mine = visit.member()
            return line(
                visit, case_acts.merge(visit.session, visit.now, visit.house, number, mine, body.into)
            )

    @routes.post("/notes", summary="Écrire une note", status_code=201)
    def note(request: Request, number: Number, body: NewNote, key: IdempotencyKey = None) -> CaseLine:
        with api.visit(request) as visit:

            def write() -> CaseLine:
                case, mine = _case(visit, number), visit.member()
                case_acts.note(visit.session, visit.now, case, mine, body.note.strip())
                return line(visit, case)

            return visit.once(request, key, body, CaseLine, write)

    @routes.post("/unlink", summary="Couper la conversation de la personne, après vérification")
    def unlink(request: Request, number: Number) -> CaseLine:
        with api.visit(request) as visit:
            _case(visit, number)
            case = case_acts.unlink(visit.session, visit.now, number, visit.member())
            return line(visit, case)

    @routes.post("/close", summary="Clore le dossier")
    def close(request: Request, number: Number, body: Close) -> CaseLine:
        with api.visit(request) as visit:
            _case(visit, number)
            mine, word = visit.member(), body.note.strip()
            case = cases.close(visit.session, visit.now, visit.house, number, mine, body.outcome, word)
            return line(visit, case)

    return routes


def _case(visit: Visit, number: int) -> Case:
    """The case, for a visitor who may read it. Raises CaseRefused."""
    return access.readable(visit.session, number, visit.staff)
