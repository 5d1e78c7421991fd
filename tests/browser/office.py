"""An office at work: the sample landlord, some open cases, and the console served on this machine."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import uvicorn
from sqlalchemy import select

from bot import wiring
from bot.clock import Clock
from bot.console import create_console
from bot.imports.run import import_file
from bot.services import access, people
from bot.services.house import House
from bot.storage import Database
from bot.storage.migrations import upgrade
from bot.storage.tables import Chat, Person, Staff
from tests.browser import sample

SAMPLES = Path(__file__).parents[2] / "data" / "samples"
STARTS = datetime(2026, 12, 15, 10, 0, tzinfo=ZoneInfo("Europe/Paris"))
_STARTUP_SECONDS = 20


@dataclass
class Office:
    """`numbers` names the rows that the addresses of the pages need ("case": 3)."""

    database: Database
    clock: Clock
    house: House
    address: str
    numbers: dict[str, int] = field(default_factory=dict)

    def path(self, pattern: str) -> str:
        """The pattern with the numbers of this office: /dossiers/{case} is /dossiers/3."""
        return pattern.format(**self.numbers)

    def member(self, reference: str) -> int:
        with self.database.reading() as session:
            return session.scalars(select(Staff.id).filter_by(reference=reference)).one()

    def tenant(self, reference: str) -> int:
        with self.database.reading() as session:
            return session.scalars(select(Person.id).filter_by(reference=reference)).one()

    def chat(self, reference: str) -> Chat:
        with self.database.reading() as session:
            return session.scalars(select(Chat).filter_by(person_id=self.tenant(reference))).one()

    def link(self, reference: str) -> str:
        """A fresh one-time address that logs that member of the team in."""
        with self.database.transaction() as session:
            member = session.scalars(select(Staff).filter_by(reference=reference)).one()
            return access.new_link(session, self.clock.now(session), self.house, member, None)

    def session_token(self, reference: str) -> str:
        """The cookie of a browser in which that member of the team is logged in."""
        code = self.link(reference).rpartition("/")[2]
        with self.database.transaction() as session:
            redeemed = access.redeem(session, self.clock.now(session), self.house, code)
        assert redeemed is not None
        return redeemed[1]


@contextmanager
def open_office(folder: Path) -> Iterator[Office]:
    """The office, its console answering on a free port of this machine until the end of the block."""
    database = Database(f"sqlite:///{folder / 'office.sqlite3'}", "a secret for tests only")
    with closing(database), socket.create_server(("127.0.0.1", 0)) as listener:
        upgrade(database.engine)
        address = f"http://127.0.0.1:{listener.getsockname()[1]}"
        office = Office(database, Clock(movable=True), _house(database, address), address)
        _furnish(office)
        app = create_console(
            database, office.clock, office.house, lambda: {"database": True}, bot_name=lambda: "palier_bot"
        )
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning", access_log=False, lifespan="off"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        try:
            _wait(server)
            yield office
        finally:
            server.should_exit = True
            thread.join()


def _house(database: Database, address: str) -> House:
    return wiring.house(database, ZoneInfo("Europe/Paris"), address)


def _furnish(office: Office) -> None:
    with office.database.transaction() as session:
        people.ensure_default_organisation(session).name = "Habitat Palier Démo"
        office.clock.move_to(session, STARTS)
    for kind in ("equipe", "baux", "encaissements", "mouvements", "rendez-vous", "ateliers"):
        import_file(office.database, office.house, STARTS, kind, SAMPLES / f"{kind}.csv")
    with office.database.transaction() as session:
        office.numbers |= sample.add(session, STARTS, office.house)


def _wait(server: uvicorn.Server) -> None:
    until = time.monotonic() + _STARTUP_SECONDS
    while not server.started:
        assert time.monotonic() < until, "the console does not start"
        time.sleep(0.01)
