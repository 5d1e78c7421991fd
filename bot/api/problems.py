"""Every refusal as `application/problem+json` (RFC 9457), in French where a person may read it."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from sqlalchemy.exc import DataError
from starlette.exceptions import HTTPException

from bot.limits import TooLarge
from bot.posters import PosterRefused
from bot.services.appointments.rows import AppointmentRefused
from bot.services.cases.cases import CaseRefused
from bot.services.house import House
from bot.services.members import MemberRefused
from bot.services.organisation_settings import SettingsRefused
from bot.services.rent.plans import PlanRefused
from bot.services.workshops.refusals import WorkshopRefused

MEDIA = "application/problem+json"
_SENTENCES = {
    401: "Donnez un jeton valable : « Authorization: Bearer … ».",
    404: "Cela n’existe pas, ou n’est pas ouvert à votre organisation.",
    405: "Cette adresse ne s’utilise pas de cette façon.",
    422: "Une information manque ou n’est pas lisible ; « errors » dit laquelle.",
    500: "Panne de notre côté. Rien n’a été enregistré ; réessayez dans un instant.",
}
_STATUS = {
    "unknown": 404,
    "unknown_file": 404,
    "forbidden": 403,
    "forbidden_role": 403,
    "forbidden_duty": 403,
    "danger_owned": 403,
}


class NotAuthenticated(Exception):
    """No living token came with the request."""


class Refused(Exception):
    """The answer is this status and this sentence."""

    def __init__(
        self, status: int, sentence: str | None = None, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(sentence)
        self.status, self.sentence, self.headers = status, sentence, headers


def problem(
    status: int,
    detail: str | None = None,
    headers: Mapping[str, str] | None = None,
    errors: list[dict[str, str]] | None = None,
) -> JSONResponse:
    """A problem document; `errors` name the fields and what is wrong, never what was sent."""
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail or _SENTENCES.get(status, "Cette demande n’a pas pu aboutir."),
    }
    if errors:
        body["errors"] = errors
    return JSONResponse(body, status, headers, media_type=MEDIA)


def install(app: FastAPI, house: House) -> None:
    """Give the application its refusals."""

    def http_error(_request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        return problem(error.status_code, headers=error.headers)

    def too_large(_request: Request, error: Exception) -> Response:
        assert isinstance(error, TooLarge)
        return problem(413, f"La demande est trop grande : {error.most // 1024} Kio au plus.")

    def invalid(_request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        faults = error.errors()
        if any(fault["loc"][0] == "path" for fault in faults):
            return problem(404)
        errors = [{"field": ".".join(map(str, fault["loc"])), "message": fault["msg"]} for fault in faults]
        return problem(422, errors=errors)

    def refused(_request: Request, error: Exception) -> Response:
        assert isinstance(error, Refused)
        return problem(error.status, error.sentence, error.headers)

    def case_refused(_request: Request, error: Exception) -> Response:
        assert isinstance(error, CaseRefused)
        status = _STATUS.get(error.code, 409)
        return problem(status, house.texts.say(f"case.refused.{error.code}"))

    def appointment_refused(_request: Request, error: Exception) -> Response:
        assert isinstance(error, AppointmentRefused)
        return problem(_STATUS.get(error.code, 409), house.texts.say(f"rdv.refused.{error.code}"))

    def plan_refused(_request: Request, error: Exception) -> Response:
        assert isinstance(error, PlanRefused)
        return problem(409, house.texts.say(f"rent.refused.{error.code}"))

    def workshop_refused(_request: Request, error: Exception) -> Response:
        assert isinstance(error, WorkshopRefused)
        return problem(409, house.texts.say(f"staff.workshops.refused.{error.code}"))

    def poster_refused(_request: Request, error: Exception) -> Response:
        assert isinstance(error, PosterRefused)
        status = 422 if error.code == "poster" else 503
        return problem(status, house.texts.say(f"poster.refused.{error.code}"))

    def member_refused(_request: Request, error: Exception) -> Response:
        assert isinstance(error, MemberRefused)
        if error.code == "unknown":
            return problem(404)
        return problem(409, house.texts.say(f"api.refused.{error.code}"))

    def settings_refused(_request: Request, error: Exception) -> Response:
        assert isinstance(error, SettingsRefused)
        errors = [{"field": key, "message": message} for key, message in error.faults.items()]
        return problem(422, errors=errors)

    def not_authenticated(_request: Request, _error: Exception) -> Response:
        return problem(401, headers={"WWW-Authenticate": "Bearer"})

    app.add_exception_handler(HTTPException, http_error)
    app.add_exception_handler(TooLarge, too_large)
    app.add_exception_handler(RequestValidationError, invalid)
    # PostgreSQL keeps no text with a NUL in it.
    app.add_exception_handler(DataError, lambda _request, _error: problem(422))
    app.add_exception_handler(Refused, refused)
    app.add_exception_handler(CaseRefused, case_refused)
    app.add_exception_handler(AppointmentRefused, appointment_refused)
    app.add_exception_handler(PlanRefused, plan_refused)
    app.add_exception_handler(WorkshopRefused, workshop_refused)
    app.add_exception_handler(PosterRefused, poster_refused)
    app.add_exception_handler(MemberRefused, member_refused)
    app.add_exception_handler(SettingsRefused, settings_refused)
    app.add_exception_handler(NotAuthenticated, not_authenticated)
    app.add_exception_handler(Exception, lambda _request, _error: problem(500))
