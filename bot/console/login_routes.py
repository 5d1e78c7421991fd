"""Login by a one-time link, and logout."""

from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from bot.console import known_browser
from bot.console.desk import Desk, ForgedForm
from bot.services import access

_EXPIRED = "Ce lien a déjà servi, ou il est trop ancien"


def router(desk: Desk) -> APIRouter:
    routes = APIRouter(include_in_schema=False)

    @routes.get("/lien/{code}")
    def ask(request: Request, code: str) -> Response:
        """Never consumes the link: messaging applications fetch it to draw a preview."""
        with desk.database.reading() as session:
            if not access.is_usable(session, desk.clock.now(session), desk.house, code):
                return _expired(desk, request)
        return desk.pages.show("open.html", title="Ouvrir la console")

    @routes.post("/lien/{code}")
    def redeem(request: Request, code: str) -> Response:
        # There is no session yet whose secret a form could hold: the browser says where the form comes from.
        # Another site could otherwise let a visitor work, unknowingly, under somebody else's name.
        if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
            raise ForgedForm
        with desk.database.transaction() as session:
            found = access.redeem(session, desk.clock.now(session), desk.house, code)
            if found is not None:
                access.end(session, desk.house, desk.token(request))
        if found is None:
            return _expired(desk, request)
        link, token = found
        response = RedirectResponse(f"/dossiers/{link.case_id}" if link.case_id else "/", 303)
        response.set_cookie(
            desk.cookie,
            token,
            max_age=int(access.SESSION_LIFE.total_seconds()),
            httponly=True,
            secure=desk.secure,
            samesite="lax",
        )
        known_browser.remember(desk, response, link.staff_id)
        return response

    @routes.post("/deconnexion")
    def leave(request: Request, csrf: Annotated[str, Form()] = "") -> Response:
        desk.check_form(request, csrf)
        with desk.database.transaction() as session:
            access.end(session, desk.house, desk.token(request))
        response = desk.login_page("Vous êtes déconnecté")
        response.delete_cookie(desk.cookie, secure=desk.secure, httponly=True, samesite="lax")
        return response

    return routes


def _expired(desk: Desk, request: Request) -> Response:
    """How to get a new link; somebody who is still logged in needs none."""
    with desk.database.reading() as session:
        staff = access.staff_of(session, desk.clock.now(session), desk.house, desk.token(request))
    return desk.login_page(_EXPIRED, 410, known=staff is not None)
