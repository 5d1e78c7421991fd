"""Writing to the tenant from a case's page: the words, their preview, *Envoyer*; the end of the talk."""

from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from bot.console import case_page, relay_box
from bot.console.case_routes import CsrfField, Number
from bot.console.desk import Desk, Visit
from bot.console.forms import kept
from bot.console.relay_box import Preview
from bot.domain.relay import RelayEnd
from bot.services import access
from bot.services.cases.cases import CaseRefused
from bot.services.relay import drafts, relay
from bot.services.relay.drafts import Care
from bot.storage.tables import Draft

_WARNED = "Cochez la case pour dire que vous avez lu l’avertissement."
# What the form itself can mend; any other refusal has its own page.
_IN_THE_FORM = ("relay_empty", "relay_long")


def router(desk: Desk) -> APIRouter:
    routes = APIRouter(include_in_schema=False)

    @routes.post("/dossiers/{number}/repondre")
    def write(
        request: Request,
        number: Number,
        csrf: CsrfField = "",
        words: Annotated[str, Form()] = "",
        answer: Annotated[str, Form()] = "",
    ) -> Response:
        with desk.visit(request) as visit:
            desk.check_form(request, csrf)
            shown = _write(desk, visit, number, words.replace("\r\n", "\n"), answer)
        if isinstance(shown, Preview):
            return desk.pages.show("relay.html", page=shown)
        return desk.pages.show("case.html", 422, page=shown, notice="", error="", note="", typed=kept())

    @routes.post("/dossiers/{number}/envoyer")
    def send(
        request: Request,
        number: Number,
        csrf: CsrfField = "",
        draft: Annotated[int, Form()] = 0,
        fingerprint: Annotated[str, Form()] = "",
        warned: Annotated[str, Form()] = "",
    ) -> Response:
        page = None
        with desk.visit(request) as visit:
            desk.check_form(request, csrf)
            result = drafts.confirm(
                visit.session,
                visit.now,
                desk.house,
                visit.staff,
                None,
                draft_id=_number(draft),
                case_id=number,
                fingerprint=fingerprint,
                warned=bool(warned),
            )
            if isinstance(result, Care):
                shown = visit.session.get_one(Draft, draft)
                page = relay_box.preview(desk, visit, shown, result, _WARNED)
        if page is not None:
            return desk.pages.show("relay.html", 422, page=page)
        return RedirectResponse(f"/dossiers/{number}?avis=envoye#repondre", 303)

    @routes.post("/dossiers/{number}/terminer")
    def end(
        request: Request, number: Number, csrf: CsrfField = "", relay: Annotated[int, Form()] = 0
    ) -> Response:
        with desk.visit(request) as visit:
            desk.check_form(request, csrf)
            _end(desk, visit, number, relay)
        return RedirectResponse(f"/dossiers/{number}?avis=termine#repondre", 303)

    return routes


def _write(desk: Desk, visit: Visit, number: int, words: str, answer: str) -> Preview | case_page.CasePage:
    """The preview of the words (or of the reusable answer, when there are none), or the form again."""
    draft = drafts.start(visit.session, visit.now, desk.house, number, visit.staff, None)
    try:
        if answer and not words.strip():
            words = drafts.ready_words(visit.session, visit.now, desk.house, draft, answer)
        drafts.write(draft, words)
    except CaseRefused as refused:
        if refused.code not in _IN_THE_FORM:
            raise
        visit.session.delete(draft)
        page = case_page.read(desk, visit, draft.case)
        error = desk.house.texts.say(f"case.refused.{refused.code}")
        return replace(page, relay=replace(page.relay, words=words, error=error)) if page.relay else page
    visit.session.flush()
    care = drafts.care(visit.session, visit.now, desk.house, draft)
    return relay_box.preview(desk, visit, draft, care)


def _end(desk: Desk, visit: Visit, number: int, relay_id: int) -> None:
    """Raises CaseRefused when the talk is not the visitor's, or over."""
    case = access.readable(visit.session, number, visit.staff)
    talk = relay.of_case(visit.session, case)
    if talk is None or talk.id != relay_id or talk.staff_id != visit.staff.id:
        raise CaseRefused("relay_over")
    relay.end(visit.session, visit.now, desk.house, talk, RelayEnd.WORKER)


def _number(given: int) -> int:
    """A number that a database can hold; any other finds nothing."""
    return given if 0 < given < 2**63 else 0
