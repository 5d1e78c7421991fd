"""The queue and the page of a case: read, take, close."""

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Form, Path, Query, Request, Response
from fastapi.responses import RedirectResponse

from bot.console import case_page, queue_page
from bot.console.desk import Desk, Visit
from bot.console.forms import kept
from bot.domain.states import Outcome
from bot.services import access
from bot.services.cases import cases
from bot.services.cases.queue import Wanted, Whose

# Larger than this no database numbers a row: the address is wrong, not the server.
Number = Annotated[int, Path(ge=1, le=2**63 - 1)]
CsrfField = Annotated[str, Form()]

NOTE_LENGTH = 2000
_NO_OUTCOME = "Choisissez comment le dossier se termine."
_LONG_NOTE = f"La note est trop longue : {NOTE_LENGTH} caractères au plus."


def router(desk: Desk) -> APIRouter:
    routes = APIRouter(include_in_schema=False)

    @routes.get("/")
    def home(request: Request) -> Response:
        return RedirectResponse(desk.home(request), 303)

    @routes.get("/dossiers")
    def queue(
        request: Request,
        voir: str = "",
        sorte: Annotated[str, Query(max_length=40)] = "",
        secteur: str = "",
        attente: str = "",
        page: Annotated[int, Query(ge=1, le=10**6)] = 1,
    ) -> Response:
        whose = Whose(voir) if voir in list(Whose) else Whose.FOR_ME
        wanted = Wanted(whose, bool(secteur), sorte, bool(attente))
        with desk.visit(request, reading=True) as visit:
            shown = queue_page.read(desk, visit, wanted, page)
        return desk.pages.show("queue.html", page=shown)

    @routes.get("/dossiers/{number}")
    def case(request: Request, number: Number, avis: str = "") -> Response:
        live = desk.is_live(request)
        with desk.visit(request, reading=live) as visit:
            page = _shown(desk, visit, number) if live else _read(desk, visit, number)
        return desk.pages.show("case.html", page=page, notice=avis, error="", note="", typed=kept())

    @routes.post("/dossiers/{number}/prendre")
    def take(request: Request, number: Number, csrf: CsrfField = "") -> Response:
        with desk.visit(request) as visit:
            desk.check_form(request, csrf)
            access.readable(visit.session, number, visit.staff)
            claim = cases.claim(visit.session, visit.now, desk.house, number, visit.staff)
            mine = claim.owner.id == visit.staff.id
        return RedirectResponse(f"/dossiers/{number}?avis={'pris' if mine else 'trop-tard'}", 303)

    @routes.post("/dossiers/{number}/clore")
    def close(
        request: Request,
        number: Number,
        csrf: CsrfField = "",
        outcome: Annotated[str, Form()] = "",
        note: Annotated[str, Form()] = "",
    ) -> Response:
        with desk.visit(request) as visit:
            desk.check_form(request, csrf)
            error = _fault(outcome, note)
            if error:
                page = _read(desk, visit, number)
            else:
                access.readable(visit.session, number, visit.staff)
                end = Outcome(outcome)
                cases.close(visit.session, visit.now, desk.house, number, visit.staff, end, note.strip())
        if error:
            return desk.pages.show(
                "case.html", 422, page=page, notice="", error=error, note=note, typed=kept("clore")
            )
        return RedirectResponse(f"/dossiers/{number}?avis=clos", 303)

    return routes


def _shown(desk: Desk, visit: Visit, number: int) -> case_page.CasePage:
    """The page of the case, its reading written nowhere. Raises CaseRefused."""
    return case_page.read(desk, visit, access.readable(visit.session, number, visit.staff))


def _read(desk: Desk, visit: Visit, number: int) -> case_page.CasePage:
    """The page of the case, its reading written in the history. Raises CaseRefused."""
    case = access.readable(visit.session, number, visit.staff)
    access.note_read(visit.session, visit.now, case, visit.staff)
    visit.session.flush()
    return case_page.read(desk, visit, case)


def refused(
    desk: Desk, visit: Visit, number: int, error: str, typed: Mapping[str, str] | None = None
) -> Response:
    """The page again, saying what is missing in the form; `typed`: what its fields held."""
    page = _read(desk, visit, number)
    return desk.pages.show(
        "case.html", 422, page=page, notice="", error=error, note="", typed=typed or kept()
    )


def _fault(outcome: str, note: str) -> str:
    if outcome not in list(Outcome):
        return _NO_OUTCOME
    return _LONG_NOTE if len(note) > NOTE_LENGTH else ""
