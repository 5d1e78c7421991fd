"""A one-time link by e-mail. Whether an address is known is never told, nor seen in the delay.

Whoever knows a mailbox may ask in its owner's name: what strangers ask for is counted by mailbox, apart from
what the owner asks for in a browser of theirs: they can neither fill the mailbox nor keep its owner out.
"""

from typing import Annotated

import structlog
from fastapi import APIRouter, BackgroundTasks, Form, HTTPException, Request, Response

from bot.console import known_browser
from bot.console.desk import Desk
from bot.domain.mail import Mailer, MailNotSent
from bot.limits import Pace, address_of
from bot.services import access

log = structlog.get_logger(__name__)

# Of one visitor's address, which a whole office may share, or of one known browser, in ten minutes.
_MOST, _SECONDS = 20, 600
# Of all unknown browsers for one mailbox, in a day.
_MOST_UNKNOWN, _A_DAY = 10, 86_400


def router(desk: Desk) -> APIRouter:
    routes = APIRouter(include_in_schema=False)
    visitors, strangers = Pace(_MOST, seconds=_SECONDS), Pace(_MOST_UNKNOWN, seconds=_A_DAY)

    @routes.get("/connexion")
    def login() -> Response:
        return desk.login_page("Entrer dans la console")

    @routes.post("/connexion")
    def ask(request: Request, later: BackgroundTasks, courriel: Annotated[str, Form()] = "") -> Response:
        if desk.mailer is None:
            raise HTTPException(404)
        known = known_browser.read(desk, request)
        wait = visitors.count(known or address_of(request.scope))
        if wait:
            raise HTTPException(429, headers={"Retry-After": str(wait)})
        # After the answer: it takes as long for an unknown address as for a known one.
        later.add_task(_send, desk, desk.mailer, courriel[:200], known[0] if known else None, strangers)
        minutes = int(desk.house.content.link_life.total_seconds() // 60)
        return desk.pages.show("mail_sent.html", minutes=minutes)

    return routes


def _send(desk: Desk, mailer: Mailer, address: str, known: int | None, strangers: Pace) -> None:
    """`known`: the member of the team whose browser asks."""
    with desk.database.transaction() as session:
        now = desk.clock.now(session)
        staff = access.member_by_mail(session, address)
        if staff is None or not staff.email:
            return
        own = staff.id == known
        if not own and strangers.full(staff.id):
            log.warning("too many links asked for by e-mail", staff=staff.id)
            return
        link = access.link_by_mail(session, now, desk.house, staff, own_browser=own)
        if link is None:
            return
        if not own:
            strangers.count(staff.id)
        minutes = int(desk.house.content.link_life.total_seconds() // 60)
        to, name, number = staff.email, staff.first_name or staff.last_name, staff.id
    say = desk.house.texts.say
    words = say("console.mail.words", name=name, link=link, minutes=minutes)
    try:
        mailer.send(to, say("console.mail.subject"), words)
    except MailNotSent as error:
        log.error("a link to log in did not leave by e-mail", staff=number, fault=str(error))
