"""How much a program may ask: the size of a body, the requests a minute of a token."""

import time
from collections.abc import Callable

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot import posters
from bot.api.problems import Refused, problem
from bot.limits import Pace

MOST_BYTES, MOST_FILE_BYTES = 64 * 1024, 5_000_000
A_MINUTE = 300
_TOO_MANY = "Trop de demandes pour ce jeton. Réessayez après le délai indiqué."
_TOO_LARGE = "La demande est trop grande : {} Kio au plus."


class Limiter:
    """At most `most` requests in a minute of this process, for each token."""

    def __init__(self, most: int = A_MINUTE, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._pace = Pace(most, monotonic)

    def count(self, token_id: int) -> None:
        """Raises Refused (429, with `Retry-After`) when the minute's requests are used up."""
        wait = self._pace.count(token_id)
        if wait:
            raise Refused(429, _TOO_MANY, {"Retry-After": str(wait)})


class SizeLimit:
    """Answers 413 to a body that is too large, announced or not, before anything reads it whole."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        most = _most(scope["path"])
        body, more = bytearray(), True
        while more and len(body) <= most:
            message = await receive()
            if message["type"] != "http.request":
                return
            body += message.get("body", b"")
            more = message.get("more_body", False)
        if len(body) > most:
            await problem(413, _TOO_LARGE.format(most // 1024))(scope, receive, send)
            return
        given = False

        async def again() -> Message:
            nonlocal given
            if given:
                return await receive()
            given = True
            return {"type": "http.request", "body": bytes(body), "more_body": False}

        await self._app(scope, again, send)


def _most(path: str) -> int:
    if path.endswith("/poster"):
        return posters.MOST_BYTES
    return MOST_FILE_BYTES if "/v1/imports/" in path else MOST_BYTES
