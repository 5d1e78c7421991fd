"""A one-time link by e-mail. Whether an address is known is never told, nor seen in the delay."""

from typing import Annotated

import structlog
from fastapi import APIRouter, BackgroundTasks, Form, HTTPException, Request, Response

from bot.console.desk import Desk
from bot.domain.mail import Mailer, MailNotSent
from bot.limits import Pace, address_of
from bot.services import access

log = structlog.get_logger(__name__)

# Of one visitor's address, which a whole office may share, and of everybody, in ten minutes.
_MOST, _MOST_OF_ALL, _SECONDS = 20, 200, 600


def router(desk: Desk) -> APIRouter:
    routes = APIRouter(include_in_schema=False)
    one, everybody = Pace(_MOST, seconds=_SECONDS), Pace(_MOST_OF_ALL, seconds=_SECONDS)

    @routes.get("/connexion")
    def login() -> Response:
        return desk.login_page("Entrer dans la console")

    @routes.post("/connexion")
    def ask(request: Request, later: BackgroundTasks, courriel: Annotated[str, Form()] = "") -> Response:
        if desk.mailer is None:
            raise HTTPException(404)
        wait = one.count(address_of(request.scope)) or everybody.count("")
        if wait:
            raise HTTPException(429, headers={"Retry-After": str(wait)})
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
