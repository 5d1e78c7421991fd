"""The only route of the dialogue server (docs/dialogue-protocol.md)."""

from __future__ import annotations

import hmac
import json
import logging

from sanic import Sanic
from sanic.exceptions import SanicException
from sanic.request import Request
from sanic.response import HTTPResponse

from palier_nlu.request import BadRequest, read_request

logger = logging.getLogger(__name__)

LARGEST_REQUEST = 64 * 1024

_TITLES = {
    400: "Request not understood",
    401: "Secret missing or wrong",
    404: "No such address",
    405: "Method not allowed",
    413: "Request too large",
    503: "The model is not loaded yet",
}


def problem(status: int, detail: str | None = None) -> HTTPResponse:
    """An error as `application/problem+json`."""
    content = {"type": "about:blank", "title": _TITLES.get(status, "Internal error"), "status": status}
    if detail:
        content["detail"] = detail
    return HTTPResponse(json.dumps(content), status=status, content_type="application/problem+json")


def make_app(secret: str, model_hash: str) -> Sanic:
    """The application. It answers 503 until `app.ctx.dialogue` is set."""
    app = Sanic("palier-dialogue", configure_logging=False)
    app.config.update(REQUEST_MAX_SIZE=LARGEST_REQUEST, ACCESS_LOG=False, FALLBACK_ERROR_FORMAT="json")
    app.ctx.dialogue = None
    expected = f"Bearer {secret}".encode()

    @app.on_request
    async def check(request: Request) -> HTTPResponse | None:
        given = request.headers.get("authorization", "").encode("utf-8", "replace")
        if not hmac.compare_digest(given, expected):
            return problem(401)
        return problem(503) if app.ctx.dialogue is None else None

    @app.get("/palier/ready")
    async def ready(_: Request) -> HTTPResponse:
        return _json({"model": model_hash})

    @app.post("/palier/message")
    async def message(request: Request) -> HTTPResponse:
        return _json(await app.ctx.dialogue.answer(read_request(request.body)))

    app.error_handler.add(Exception, _explain)
    return app


def _json(content: dict[str, object]) -> HTTPResponse:
    return HTTPResponse(json.dumps(content), content_type="application/json")


def _explain(_: Request, error: Exception) -> HTTPResponse:
    if isinstance(error, BadRequest):
        return problem(400, str(error))
    if isinstance(error, SanicException) and error.status_code < 500:
        return problem(error.status_code)
    logger.error("a message was not answered: %s", type(error).__name__)
    return problem(500)
