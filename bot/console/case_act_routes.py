"""Acts on a case from its page: wait, hand over, give back to the team, merge, note, end a link."""

from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from bot.console import case_routes
from bot.console.case_routes import NOTE_LENGTH, CsrfField, Number
from bot.console.desk import Desk, Visit
from bot.console.forms import day, kept, number_of
from bot.domain.calendar import OFFICE_FROM, instant
from bot.domain.case_moves import WaitReason
from bot.services import access
from bot.services.cases import acts as case_acts
from bot.services.cases.cases import CaseRefused
from bot.storage.tables import Case, Staff

Text = Annotated[str, Form()]

_NO_DAY = "Choisissez le jour où le dossier revient, à partir de demain."
_NO_COLLEAGUE = "Choisissez une collègue ou un collègue, ou l’équipe."
_NO_NOTE = f"Écrivez une note de {NOTE_LENGTH} caractères au plus."
_TEAM = "equipe"


def router(desk: Desk) -> APIRouter:
    routes = APIRouter(include_in_schema=False)

    @routes.post("/dossiers/{number}/attendre")
    def wait(
        request: Request, number: Number, csrf: CsrfField = "", jour: Text = "", motif: Text = "autre"
    ) -> Response:
        with desk.visit(request) as visit:
            _enter(desk, visit, request, number, csrf)
            until = day(jour)
            if until is None or until < case_acts.first_day(visit.now, desk.house):
                return case_routes.refused(desk, visit, number, _NO_DAY, kept("attendre"))
            reason = WaitReason(motif) if motif in list(WaitReason) else WaitReason.OTHER
            at = instant(until, OFFICE_FROM, desk.house.zone)
            case_acts.wait(visit.session, visit.now, number, visit.staff, at, reason)
        return _done(number, "attend")

    @routes.post("/dossiers/{number}/passer")
    def hand_over(
        request: Request, number: Number, csrf: CsrfField = "", a: Text = "", mot: Text = ""
    ) -> Response:
        with desk.visit(request) as visit:
            _enter(desk, visit, request, number, csrf)
            if len(mot) > NOTE_LENGTH:
                return case_routes.refused(desk, visit, number, _NO_NOTE, kept("passer", mot=mot))
            if not a:
                return case_routes.refused(desk, visit, number, _NO_COLLEAGUE, kept("passer", mot=mot))
            _give(desk, visit, number, a, mot.strip())
        # Who gave a danger case away may not read it any more.
        return RedirectResponse("/dossiers", 303)

    @routes.post("/dossiers/{number}/reunir")
    def merge(request: Request, number: Number, csrf: CsrfField = "", avec: Text = "") -> Response:
        with desk.visit(request) as visit:
            _enter(desk, visit, request, number, csrf)
            kept = case_acts.merge(visit.session, visit.now, desk.house, number, visit.staff, number_of(avec))
            into = kept.id
        return _done(into, "reuni")

    @routes.post("/dossiers/{number}/noter")
    def note(request: Request, number: Number, csrf: CsrfField = "", note: Text = "") -> Response:
        with desk.visit(request) as visit:
            case = _enter(desk, visit, request, number, csrf)
            words = note.strip()
            if not words or len(words) > NOTE_LENGTH:
                return case_routes.refused(desk, visit, number, _NO_NOTE, kept("noter", note=note))
            case_acts.note(visit.session, visit.now, case, visit.staff, words)
        return _done(number, "note")

    @routes.post("/dossiers/{number}/couper")
    def unlink(request: Request, number: Number, csrf: CsrfField = "") -> Response:
        with desk.visit(request) as visit:
            _enter(desk, visit, request, number, csrf)
            case_acts.unlink(visit.session, visit.now, number, visit.staff)
        return _done(number, "coupe")

    return routes


def _enter(desk: Desk, visit: Visit, request: Request, number: int, csrf: str) -> Case:
    """The case, for a form of this session and a visitor who may read it."""
    desk.check_form(request, csrf)
    return access.readable(visit.session, number, visit.staff)


def _give(desk: Desk, visit: Visit, number: int, to: str, word: str) -> None:
    if to == _TEAM:
        case_acts.release(visit.session, visit.now, desk.house, number, visit.staff, word)
        return
    colleague = visit.session.get(Staff, number_of(to))
    if colleague is None:
        raise CaseRefused("not_there")
    case_acts.pass_on(visit.session, visit.now, desk.house, number, visit.staff, colleague, word)


def _done(number: int, notice: str) -> Response:
    return RedirectResponse(f"/dossiers/{number}?avis={notice}", 303)
