"""A one-time link by e-mail. Whether an address is known is never told, nor seen in the delay."""

import threading
import time
from collections import deque
from typing import Annotated

import structlog
from fastapi import APIRouter, BackgroundTasks, Form, HTTPException, Request, Response

from bot.console.desk import Desk
from bot.domain.mail import Mailer, MailNotSent
from bot.services import access

log = structlog.get_logger(__name__)

# Of one visitor's address, which a whole office may share, and of everybody.
_MOST, _MOST_OF_ALL, _SECONDS = 20, 200, 600


class _Pace:
    """How many asked in the last minutes, by where they come from."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._asked: deque[tuple[float, str]] = deque()

    def count(self, where: str) -> bool:
        """Whether this one may go on."""
        now = time.monotonic()
        with self._lock:
            while self._asked and self._asked[0][0] < now - _SECONDS:
                self._asked.popleft()
            mine = sum(asked == where for _, asked in self._asked)
            if mine >= _MOST or len(self._asked) >= _MOST_OF_ALL:
                return False
            self._asked.append((now, where))
            return True


def router(desk: Desk) -> APIRouter:
    routes = APIRouter(include_in_schema=False)
    pace = _Pace()

    @routes.get("/connexion")
    def login() -> Response:
        return desk.login_page("Entrer dans la console")

    @routes.post("/connexion")
    def ask(request: Request, later: BackgroundTasks, courriel: Annotated[str, Form()] = "") -> Response:
        if desk.mailer is None:
            raise HTTPException(404)
        if not pace.count(request.client.host if request.client else ""):
            raise HTTPException(429, headers={"Retry-After": str(_SECONDS)})
        # After the answer: it takes as long for an unknown address as for a known one.
        later.add_task(_send, desk, desk.mailer, courriel[:200])
        minutes = int(desk.house.content.link_life.total_seconds() // 60)
        return desk.pages.show("mail_sent.html", minutes=minutes)

    return routes


def _send(desk: Desk, mailer: Mailer, address: str) -> None:
    with desk.database.transaction() as session:
        now = desk.clock.now(session)
        found = access.link_by_mail(session, now, desk.house, address)
        if found is None or not found[0].email:
            return
        staff, link = found
        minutes = int(desk.house.content.link_life.total_seconds() // 60)
        to, name, number = found[0].email, staff.first_name or staff.last_name, staff.id
    say = desk.house.texts.say
    words = say("console.mail.words", name=name, link=link, minutes=minutes)
    try:
        mailer.send(to, say("console.mail.subject"), words)
    except MailNotSent as error:
        log.error("a link to log in did not leave by e-mail", staff=number, fault=str(error))
