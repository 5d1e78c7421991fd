"""Above the demo's chats: its clock (the day, +1 day, next event) and its e-mails."""

import contextlib
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import uvicorn
from jinja2 import Environment
from sqlalchemy import select
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from bot import advance
from bot.demo.feed import Feed
from bot.demo.letterbox import Letterbox
from bot.standin.client import StandInClient
from bot.storage.tables import Staff
from bot.texts import format as say
from bot.wiring import Parts

_PAGE = Path(__file__).parent / "panel.html"
_EMAILS = Environment(autoescape=True).from_string(_PAGE.with_name("emails.html").read_text(encoding="utf-8"))


class Panel:
    """Moves the demo's clock, one move at a time, in a thread of its own; shows what `letterbox` got."""

    def __init__(self, parts: Parts, telegram: str, letterbox: Letterbox) -> None:
        self._parts = parts
        self._letterbox = letterbox
        self._feed = Feed(parts)
        self._telegram = telegram
        self._moving = threading.Lock()

    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/", self._page),
                Route("/heure", self._time),
                Route("/courriels", self._emails),
                Route("/avancer", self._move, methods=["POST"]),
            ]
        )

    def to(self, target: datetime) -> None:
        """Move the clock to `target`, the landlord's feed playing along; a second caller is refused."""
        if not self._moving.acquire(blocking=False):
            return
        try:
            with StandInClient(self._telegram) as client:
                advance.advance(
                    self._parts,
                    target,
                    feed=self._feed.play,
                    stopped=lambda offset: client.clock(offset.total_seconds()),
                )
        finally:
            self._moving.release()

    def _now(self) -> datetime:
        with self._parts.database.reading() as session:
            return self._parts.clock.now(session)

    def _page(self, _request: Request) -> Response:
        return FileResponse(_PAGE, headers={"Cache-Control": "no-store"})

    def _time(self, _request: Request) -> Response:
        emails = self._letterbox.received
        spoken = self._spoken(self._now())
        return JSONResponse({"now": spoken, "moving": self._moving.locked(), "emails": emails})

    def _spoken(self, at: datetime) -> str:
        local = at.astimezone(self._parts.house.zone)
        return f"{say.day(local.date())} {local.year}, {say.hour(local, self._parts.house.zone)}"

    def _emails(self, _request: Request) -> Response:
        with self._parts.database.reading() as session:
            known = session.scalars(select(Staff.email).where(Staff.email.is_not(None)).order_by(Staff.id))
            addresses = [address for address in known if address]
        page = _EMAILS.render(
            emails=self._letterbox.latest(),
            when=self._spoken,
            login=f"{self._parts.house.base_address}/connexion",
            addresses=addresses,
        )
        return HTMLResponse(page, headers={"Cache-Control": "no-store"})

    async def _move(self, request: Request) -> Response:
        # A page of another site must not move the clock of a demo that runs beside it.
        if request.headers.get("sec-fetch-site", "same-origin") != "same-origin":
            return Response(status_code=403)
        target = self._target(request.query_params.get("vers", ""))
        if target is None:
            return Response(status_code=400)
        threading.Thread(target=self.to, args=(target,), daemon=True).start()
        return Response(status_code=202)

    def _target(self, where: str) -> datetime | None:
        now = self._now()
        if where == "jour":
            return now + timedelta(days=1)
        if where == "evenement":
            return advance.next_event(self._parts) or now + timedelta(days=1)
        if where == "semaine":
            return now + timedelta(days=7)
        return None


@contextlib.contextmanager
def serving(panel: Panel, port: int) -> Iterator[None]:
    """The panel on a loopback port, in a thread."""
    config = uvicorn.Config(panel.app(), host="127.0.0.1", port=port, log_level="error", lifespan="off")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.should_exit = True
        thread.join(5)
