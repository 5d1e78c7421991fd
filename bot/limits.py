"""How often somebody may ask: counted in this process."""

import ipaddress
import threading
import time
from collections.abc import Callable, Hashable

from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

# A whole office may share one address; refusals in a row are somebody who guesses.
REQUESTS_A_MINUTE, REFUSALS_A_MINUTE = 1200, 300
_REFUSED = (401, 404, 410)
# The largest request of all is a landlord's file, in its form.
MOST_BYTES = 6_000_000
# A machine that watches is never shut out; Telegram's door has a secret of its own, and must stay open when
# a proxy hides every address behind one.
_ALWAYS_OPEN = ("/healthz", "/readyz", "/metrics", "/telegram/")
_MOST_KEYS = 10_000
_TOO_MANY = "Trop de demandes depuis cette adresse. Attendez une minute."


class Pace:
    """Counts by key over so many seconds (a minute unless said), which begin at the key's first count."""

    def __init__(
        self, most: int, monotonic: Callable[[], float] = time.monotonic, *, seconds: int = 60
    ) -> None:
        self._most, self._monotonic, self._seconds = most, monotonic, seconds
        self._lock = threading.Lock()
        self._counts: dict[Hashable, tuple[float, int]] = {}

    def count(self, key: Hashable) -> int:
        """One more; the seconds to wait when that is too many, else 0."""
        with self._lock:
            began, count = self._of(key)
            if len(self._counts) >= _MOST_KEYS:
                self._forget()
            self._counts[key] = began, count + 1
            return self._wait(began) if count >= self._most else 0

    def full(self, key: Hashable) -> int:
        """The seconds to wait when the key's count is used up, else 0; counts nothing."""
        with self._lock:
            began, count = self._of(key)
            return self._wait(began) if count >= self._most else 0

    def _of(self, key: Hashable) -> tuple[float, int]:
        now = self._monotonic()
        began, count = self._counts.get(key, (now, 0))
        return (now, 0) if now - began >= self._seconds else (began, count)

    def _wait(self, began: float) -> int:
        return int(began + self._seconds - self._monotonic()) + 1

    def _forget(self) -> None:
        """Drop the counts that are over; all of them when none is, so that memory stays flat."""
        now = self._monotonic()
        self._counts = {key: kept for key, kept in self._counts.items() if now - kept[0] < self._seconds}
        if len(self._counts) >= _MOST_KEYS:
            self._counts.clear()


class AddressLimit:
    """Answers 429 to an address that asks too often, or that is refused too often."""

    def __init__(self, app: ASGIApp, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._app = app
        self._asked = Pace(REQUESTS_A_MINUTE, monotonic)
        self._refused = Pace(REFUSALS_A_MINUTE, monotonic)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].startswith(_ALWAYS_OPEN):
            await self._app(scope, receive, send)
            return
        address = address_of(scope)
        wait = self._asked.count(address) or self._refused.full(address)
        if wait:
            await _too_many(scope, wait)(scope, receive, send)
            return

        async def watched(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] in _REFUSED:
                self._refused.count(address)
            await send(message)

        await self._app(scope, receive, watched)


class TooLarge(HTTPException):
    """The body is larger than `most` bytes."""

    def __init__(self, most: int) -> None:
        super().__init__(413)
        self.most = most


class SizeLimit:
    """Ends the reading of a body once it is larger than `most` says for its path, announced or not: TooLarge
    is raised where the application reads, whose handlers word the answer."""

    def __init__(self, app: ASGIApp, most: Callable[[str], int] = lambda _path: MOST_BYTES) -> None:
        self._app = app
        self._most = most

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        read, most = 0, self._most(scope["path"])

        async def counted() -> Message:
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            if read > most:
                raise TooLarge(most)
            return message

        await self._app(scope, counted, send)


def address_of(scope: Scope) -> str:
    """Who asks: the address, or its network of 64 bits where one machine has them all."""
    host = str((scope.get("client") or ("", 0))[0])
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host
    return str(ipaddress.ip_network(f"{address}/64", strict=False)) if address.version == 6 else host


def _too_many(scope: Scope, wait: int) -> Response:
    headers = {"Retry-After": str(wait)}
    if not scope["path"].startswith("/api/"):
        return PlainTextResponse(_TOO_MANY, 429, headers)
    body = {"type": "about:blank", "title": "Too Many Requests", "status": 429, "detail": _TOO_MANY}
    return JSONResponse(body, 429, headers, media_type="application/problem+json")
