"""Wiring of the API, mounted under `/api`."""

from typing import Any

from fastapi import Depends, FastAPI
from fastapi.openapi.utils import get_openapi

from bot.api import (
    appointments,
    case_acts,
    case_requests,
    cases,
    content,
    exports,
    imports,
    leases,
    letters,
    members,
    messages,
    payments,
    plans,
    problems,
    referrals,
    settings,
    team,
    tenants,
    workshop_sending,
    workshops,
)
from bot.api import files as files_of_cases
from bot.api.desk import Api
from bot.api.limits import Limiter, most_bytes
from bot.bot_name import BotName
from bot.clock import Clock
from bot.content.next_steps import load_next_steps
from bot.domain.files import FileStore
from bot.limits import SizeLimit
from bot.services.house import House
from bot.storage import Database

_ABOUT = "Ce qu'un membre de l'équipe fait dans la console, un logiciel le fait ici, avec les mêmes droits."
_PROBLEM = {
    "type": "object",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "En français, pour une personne."},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["field", "message"],
                "properties": {"field": {"type": "string"}, "message": {"type": "string"}},
            },
        },
    },
}
# What any address may answer, beside its own.
_REFUSALS = {
    "401": "Pas de jeton valable.",
    "403": "Le rôle ne donne pas ce droit.",
    "404": "Cela n'existe pas, ou pas pour cette organisation.",
    "409": "L'état a changé, ou ne le permet pas.",
    "413": "Demande trop grande.",
    "422": "Demande mal formée.",
    "429": "Trop de demandes ; « Retry-After » dit quand revenir, en secondes.",
    "500": "Panne.",
}


def create_api(
    database: Database,
    clock: Clock,
    house: House,
    *,
    limiter: Limiter | None = None,
    files: FileStore | None = None,
    bot_name: BotName | None = None,
) -> FastAPI:
    """The API's application, to mount under `/api`. `files` opens what tenants sent, `bot_name` tells the
    bot's username; without them what needs one is refused (503)."""
    app = FastAPI(
        title="Palier", version="1", description=_ABOUT, docs_url=None, redoc_url=None,
        redirect_slashes=False,
    )  # fmt: skip
    app.add_middleware(SizeLimit, most=most_bytes)
    problems.install(app, house)
    api = Api(database, clock, house, limiter or Limiter())
    for router in (
        tenants.router(api),
        leases.router(api),
        payments.router(api),
        cases.router(api, load_next_steps()),
        case_acts.router(api),
        case_requests.router(api),
        messages.router(api),
        files_of_cases.router(api, files),
        plans.router(api),
        appointments.router(api),
        appointments.series_router(api),
        workshops.router(api),
        workshop_sending.router(api, files),
        content.router(api),
        referrals.router(api),
        team.router(api),
        members.router(api, bot_name),
        settings.router(api),
        imports.router(api),
        exports.router(api),
        letters.router(api, bot_name),
    ):
        app.include_router(router, dependencies=[Depends(api.enter)])
    app.openapi = lambda: _document(app)  # type: ignore[method-assign]
    return app


def _document(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI document, made once: bearer tokens everywhere, every refusal a problem document."""
    if app.openapi_schema is None:
        document = get_openapi(
            title=app.title, version=app.version, description=app.description, routes=app.routes
        )
        document["servers"] = [{"url": "/api"}]
        document["security"] = [{"bearer": []}]
        parts = document.setdefault("components", {})
        parts["securitySchemes"] = {"bearer": {"type": "http", "scheme": "bearer"}}
        schemas = parts.setdefault("schemas", {})
        schemas["Problem"] = _PROBLEM
        for unused in ("HTTPValidationError", "ValidationError"):
            schemas.pop(unused, None)
        content = {problems.MEDIA: {"schema": {"$ref": "#/components/schemas/Problem"}}}
        for path in document["paths"].values():
            for operation in path.values():
                for status, said in _REFUSALS.items():
                    operation["responses"][status] = {"description": said}
                for status, response in operation["responses"].items():
                    if status >= "400":
                        response["content"] = content
        app.openapi_schema = document
    return app.openapi_schema
