"""Errors in plain French, never a stack trace."""

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import DataError
from starlette.exceptions import HTTPException

from bot.console.desk import Desk, ForgedForm, NotLoggedIn
from bot.console.headers import SECURITY_HEADERS
from bot.services.cases.cases import CaseRefused

_SENTENCES = {
    403: ("Accès refusé", "Vous n’avez pas accès à cette page."),
    404: ("Page introuvable", "Cette page n’existe pas, ou elle n’est pas ouverte à votre organisation."),
    405: ("Action impossible", "Cette adresse ne s’utilise pas de cette façon."),
    409: ("Action impossible", "Ce dossier a changé entre-temps."),
    429: (
        "Trop de demandes",
        "Attendez dix minutes avant de redemander un lien, ou demandez-le dans Telegram.",
    ),
    413: ("Trop grand", "Ce que vous envoyez dépasse la taille permise. Rien n’a été enregistré."),
    422: ("Formulaire incomplet", "Une information manque ou n’est pas lisible. Revenez en arrière."),
    500: ("Panne de notre côté", "Rien n’a été enregistré. Réessayez dans un instant."),
}
_OTHER = ("Demande refusée", "Cette demande n’a pas pu aboutir.")
_FORGED = (
    "Le formulaire ne vient pas d’une page ouverte par vous, ou votre connexion a changé. "
    "Rien n’a été fait : rouvrez le dossier et recommencez."
)
_STATUS_OF_REFUSAL = {
    "unknown": 404,
    "unknown_file": 404,
    "forbidden": 403,
    "forbidden_role": 403,
    "forbidden_duty": 403,
    "danger_owned": 403,
}


def install(app: FastAPI, desk: Desk) -> None:
    """Give the application its error pages."""

    def answer(status: int, sentence: str | None = None) -> Response:
        title, usual = _SENTENCES.get(status, _OTHER)
        return desk.pages.show("error.html", status, title=title, sentence=sentence or usual)

    def http_error(_request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        response = answer(error.status_code)
        response.headers.update(error.headers or {})
        return response

    def invalid(_request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        in_address = any(fault["loc"][0] == "path" for fault in error.errors())
        return answer(404 if in_address else 422)

    def refused(_request: Request, error: Exception) -> Response:
        assert isinstance(error, CaseRefused)
        status = _STATUS_OF_REFUSAL.get(error.code, 409)
        return answer(status, desk.house.texts.say(f"case.refused.{error.code}"))

    def not_logged_in(_request: Request, _error: Exception) -> Response:
        return desk.login_page("Vous n’êtes pas connecté", 403)

    def failed(_request: Request, _error: Exception) -> Response:
        # Starlette answers this one outside of every middleware.
        response = answer(500)
        response.headers.update(SECURITY_HEADERS)
        return response

    app.add_exception_handler(HTTPException, http_error)
    app.add_exception_handler(RequestValidationError, invalid)
    # PostgreSQL keeps no text with a NUL in it.
    app.add_exception_handler(DataError, lambda _request, _error: answer(422))
    app.add_exception_handler(CaseRefused, refused)
    app.add_exception_handler(NotLoggedIn, not_logged_in)
    app.add_exception_handler(ForgedForm, lambda _request, _error: answer(403, _FORGED))
    app.add_exception_handler(Exception, failed)
