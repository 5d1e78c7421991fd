"""Wiring of the web application."""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from fastapi import APIRouter, FastAPI
from fastapi.staticfiles import StaticFiles
from prometheus_client.registry import Collector

from bot.bot_name import BotName
from bot.clock import Clock
from bot.console import (
    attachment_routes,
    calls_page,
    case_act_routes,
    case_routes,
    content_page,
    errors,
    imports_page,
    letters_routes,
    login_routes,
    mail_login,
    meeting_routes,
    members_page,
    plan_routes,
    probes,
    referrals_page,
    relay_routes,
    request_routes,
    settings_page,
    team_page,
    tenants_page,
    week_routes,
    workshop_routes,
)
from bot.console.desk import Desk
from bot.console.headers import SecurityHeaders
from bot.console.pages import Pages
from bot.content.next_steps import load_next_steps
from bot.domain.files import FileStore
from bot.domain.mail import Mailer
from bot.limits import SizeLimit
from bot.services.house import House
from bot.storage import Database

_STATIC = Path(__file__).parent / "static"


def create_console(
    database: Database,
    clock: Clock,
    house: House,
    readiness: Callable[[], Mapping[str, bool]],
    *,
    collectors: Iterable[Collector] = (),
    extra_routers: Iterable[APIRouter] = (),
    files: FileStore | None = None,
    mailer: Mailer | None = None,
    bot_name: BotName | None = None,
) -> FastAPI:
    """The console's application, bound to nothing yet.

    `readiness` gives the named checks of `/readyz`; it must not raise. `collectors` join the metrics
    read from the database. `extra_routers` come first, so they may take an address over. `files` opens
    what tenants sent, `bot_name` tells the bot's username; without them the pages say why they cannot.
    `mailer` sends links to log in; without it they come from Telegram alone.
    """
    # No address is completed: the redirection would go to whatever host the visitor named.
    app = FastAPI(
        title="Palier", docs_url=None, redoc_url=None, openapi_url=None, redirect_slashes=False
    )  # fmt: skip
    desk = Desk(database, clock, house, Pages(house), load_next_steps(), mailer, _alerts_leave(readiness))
    app.add_middleware(SecurityHeaders)
    app.add_middleware(SizeLimit)
    errors.install(app, desk)
    for router in (
        *extra_routers,
        probes.router(desk, readiness, collectors),
        login_routes.router(desk),
        mail_login.router(desk),
        case_routes.router(desk),
        case_act_routes.router(desk),
        plan_routes.router(desk),
        request_routes.router(desk),
        team_page.router(desk),
        workshop_routes.router(desk, files),
        week_routes.router(desk),
        meeting_routes.router(desk),
        calls_page.router(desk),
        relay_routes.router(desk),
        referrals_page.router(desk),
        attachment_routes.router(desk, files),
        letters_routes.router(desk, bot_name),
        settings_page.router(desk),
        content_page.router(desk),
        members_page.router(desk, bot_name),
        tenants_page.router(desk),
        imports_page.router(desk),
    ):
        app.include_router(router)
    app.mount("/static", StaticFiles(directory=_STATIC))
    return app


def _alerts_leave(readiness: Callable[[], Mapping[str, bool]]) -> Callable[[], bool]:
    return lambda: readiness().get("alerts", True)
