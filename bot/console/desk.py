"""What the routes share: the wiring, and a visit of a logged-in member of staff."""

import hmac
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from fastapi import Request, Response
from sqlalchemy.orm import Session

from bot.clock import Clock
from bot.console import menu
from bot.console.pages import Pages
from bot.content.next_steps import NextSteps
from bot.domain import rights
from bot.domain.mail import Mailer
from bot.services import access
from bot.services.house import House
from bot.storage import Database
from bot.storage.tables import Staff

# What a page's script says when it asks for the page again: perhaps nobody is in front of the screen.
_LIVE = "X-Palier-Live"


class NotLoggedIn(Exception):
    """The request carries no living session."""


class ForgedForm(Exception):
    """The form does not come from a page of this session."""


@dataclass(frozen=True)
class Visit:
    """A request of a logged-in member of staff, inside its transaction."""

    session: Session
    now: datetime
    staff: Staff
    csrf: str
    shell: menu.Shell


@dataclass(frozen=True)
class Desk:
    database: Database
    clock: Clock
    house: House
    pages: Pages
    next_steps: NextSteps
    mailer: Mailer | None = None
    # Whether urgent alerts reach somebody: each page says it when they do not.
    alerts_leave: Callable[[], bool] = lambda: True

    @staticmethod
    def is_live(request: Request) -> bool:
        """Whether the page is asked for again by its own script: then nobody has read it for sure."""
        return _LIVE in request.headers

    def login_page(self, title: str, status: int = 200, *, known: bool = False) -> Response:
        """How to get a link; `known`: the visitor is logged in and needs none."""
        by_mail = self.mailer is not None
        return self.pages.show("login.html", status, title=title, known=known, by_mail=by_mail)

    @property
    def secure(self) -> bool:
        return self.house.base_address.startswith("https://")

    @property
    def cookie(self) -> str:
        # With the prefix, a browser refuses the cookie from another host of the domain.
        return "__Host-palier" if self.secure else "palier"

    def token(self, request: Request) -> str:
        return request.cookies.get(self.cookie, "")

    @contextmanager
    def visit(self, request: Request, *, reading: bool = False) -> Iterator[Visit]:
        """The transaction of a request; the block's exception rolls it back.

        Raises NotLoggedIn, CaseRefused when the role does not hold the right of the route.
        """
        opened = self.database.reading() if reading else self.database.transaction()
        with opened as session:
            now, token = self.clock.now(session), self.token(request)
            staff = access.staff_of(session, now, self.house, token) if token else None
            if staff is None:
                raise NotLoggedIn
            access.require(staff, rights.of_console(request.method, request.scope["route"].path))
            yield Visit(session, now, staff, self.csrf(token), self._shell(request, staff, token))

    def home(self, request: Request) -> str:
        """Where a visitor begins. Raises NotLoggedIn, CaseRefused."""
        with self.database.reading() as session:
            now, token = self.clock.now(session), self.token(request)
            staff = access.staff_of(session, now, self.house, token) if token else None
            if staff is None:
                raise NotLoggedIn
            return menu.home(staff.role)

    def _shell(self, request: Request, staff: Staff, token: str) -> menu.Shell:
        return menu.Shell(
            staff=staff.display_name,
            csrf=self.csrf(token),
            menu=menu.entries(staff.role, request.url.path),
            alerts_leave=self.alerts_leave(),
        )

    def csrf(self, token: str) -> str:
        """The secret of the session's forms; it tells nothing of the session's token."""
        return self.house.vault.fingerprint(f"csrf/{token}")

    def check_form(self, request: Request, csrf: str) -> None:
        """Raises ForgedForm unless the form was drawn for this session."""
        if not hmac.compare_digest(csrf.encode(), self.csrf(self.token(request)).encode()):
            raise ForgedForm
