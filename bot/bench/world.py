"""What a bench runs on: a temporary database with linked tenants, a stand-in and the product's processes."""

import contextlib
import json
import os
import secrets
import selectors
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from sqlalchemy.orm import Session

from bot.bench import relay
from bot.bench.relay import Relay
from bot.children import free_port
from bot.clock import Clock
from bot.domain.states import ChatState, Role
from bot.services import people
from bot.settings import Settings
from bot.storage import Database
from bot.storage.migrations import upgrade
from bot.storage.tables import Chat, Lease, LeaseAmount, LeasePerson, Organisation, Person, Staff

# Variables of the product's process, read by `bot.bench.product`.
RELAY = "BENCH_RELAY"
UNPACED = "BENCH_UNPACED"
_READY_SECONDS = 90.0
_STOP_SECONDS = 30.0
_FIRST_TELEGRAM = 1001
_FIRST_STAFF = 900_001


class BenchFailed(OSError):
    """The product did not start; the message says why."""


@dataclass(frozen=True)
class World:
    """A product that runs. `chats`: the Telegram number of each tenant by the row of their chat; `workers`:
    those of the référents who have a telephone, the tenants being theirs in turn."""

    telegram: str
    token: str
    relay: Relay
    dialogue: str
    dialogue_secret: str
    pid: int
    ready_seconds: float
    chats: Mapping[int, int]
    workers: list[int]
    environment: Mapping[str, str]


@contextlib.contextmanager
def running(tenants: int, *, workers: int = 0, limits: bool = True) -> Iterator[World]:
    """The product on its own database, with so many linked tenants who agreed, and référents with a
    telephone (0: one without); `limits`: Telegram's.

    Raises BenchFailed, or model.ModelMissing.
    """
    port, secret = free_port(), secrets.token_hex(16)
    with (
        tempfile.TemporaryDirectory(prefix="palier-bench-") as folder,
        standin(limits=limits) as (telegram, token),
        relay.running(port) as passing,
    ):
        environment = {
            "PALIER_DATABASE_URL": f"sqlite:///{folder}/palier.sqlite3",
            "PALIER_SECRET_KEY": secrets.token_hex(32),
            "PALIER_TELEGRAM_TOKEN": token,
            "PALIER_TELEGRAM_API": telegram,
            "PALIER_DIALOGUE_URL": f"http://127.0.0.1:{port}",
            "PALIER_DIALOGUE_SECRET": secret,
            "PALIER_PORT": "0",
            "PALIER_MODELS": str(Settings(secret_key=None).models.resolve()),
            RELAY: passing.address,
            UNPACED: "" if limits else "1",
        }
        chats, telephones = fill(environment, tenants, workers, bot_id=int(token.partition(":")[0]))
        began = time.monotonic()
        with _product(environment, Path(folder)) as pid:
            ready = time.monotonic() - began
            yield World(
                telegram,
                token,
                passing,
                environment["PALIER_DIALOGUE_URL"],
                secret,
                pid,
                ready,
                chats,
                telephones,
                environment,
            )


@contextlib.contextmanager
def standin(*, limits: bool) -> Iterator[tuple[str, str]]:
    """A stand-in of Telegram in a process of its own: its address and the bot's token."""
    command = [sys.executable, "-m", "bot.standin", *([] if limits else ["--no-limits"])]
    with _process(command, dict(os.environ), Path.cwd()) as process:
        told = json.loads(_line(process, _READY_SECONDS))
        yield told["url"], told["token"]


@contextlib.contextmanager
def deliverer(environment: Mapping[str, str], folder: Path) -> "Iterator[subprocess.Popen[str]]":
    """A process that only delivers, ready; the caller may kill it."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("PALIER_")}
    command = [sys.executable, "-m", "bot.bench.product", "delivery"]
    with _process(command, {**inherited, **environment}, folder) as process:
        if _line(process, _READY_SECONDS) != "ready":
            raise BenchFailed("La livraison ne démarre pas : voir les lignes ci-dessus")
        yield process


@contextlib.contextmanager
def _product(environment: Mapping[str, str], folder: Path) -> Iterator[int]:
    # Nothing of this machine's own settings: neither its variables nor its .env.
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("PALIER_")}
    command = [sys.executable, "-m", "bot.bench.product"]
    with _process(command, {**inherited, **environment}, folder) as process:
        if _line(process, _READY_SECONDS) != "ready":
            raise BenchFailed("Palier ne démarre pas : voir les lignes ci-dessus")
        yield process.pid


@contextlib.contextmanager
def _process(
    command: list[str], environment: dict[str, str], folder: Path
) -> "Iterator[subprocess.Popen[str]]":
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment, cwd=folder) as process:
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()


def _line(process: "subprocess.Popen[str]", seconds: float) -> str:
    """The first line that the process prints; empty when it ends or says nothing in time."""
    if process.stdout is None:
        return ""
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        return process.stdout.readline().strip() if selector.select(seconds) else ""


def fill(
    environment: Mapping[str, str], tenants: int, workers: int, bot_id: int
) -> tuple[dict[int, int], list[int]]:
    """A database with so many linked tenants: the Telegram numbers of their chats, and of the référents."""
    database = Database(environment["PALIER_DATABASE_URL"], environment["PALIER_SECRET_KEY"])
    try:
        upgrade(database.engine)
        with database.transaction() as session:
            organisation = people.ensure_default_organisation(session)
            team = [_referent(session, organisation, number) for number in range(max(workers, 1))]
            telephones = [_FIRST_STAFF + number for number in range(workers)]
            for staff, telephone in zip(team, telephones, strict=False):
                mine = {"organisation_id": organisation.id, "bot_id": bot_id, "staff_id": staff.id}
                session.add(Chat(**mine, telegram_id=telephone, state=ChatState.ACTIVE))
            chats = [_tenant(session, organisation, team[n % len(team)], n, bot_id) for n in range(tenants)]
            return {chat.id: chat.telegram_id for chat in chats}, telephones
    finally:
        database.close()


def _referent(session: Session, organisation: Organisation, number: int) -> Staff:
    staff = Staff(
        organisation_id=organisation.id,
        reference=f"I-{number}",
        last_name="Référente",
        role=Role.CASEWORKER,
    )
    session.add(staff)
    session.flush()
    return staff


def _tenant(session: Session, organisation: Organisation, staff: Staff, number: int, bot_id: int) -> Chat:
    """A tenant with a lease, a chat, and their agreement to messages about the rent."""
    now = Clock.real()
    mine = {"organisation_id": organisation.id}
    person = Person(
        **mine, reference=f"L-{number}", last_name=f"Nom{number}", first_name="Camille", referent_id=staff.id
    )
    # A term due today, before the account starts: no step of the rent falls into the run.
    lease = Lease(
        **mine,
        reference=f"B-{number}",
        starts_on=now.date() - timedelta(days=400),
        due_day=now.day,
        opening_cents=0,
        opening_on=now.date(),
        first_import_on=now.date(),
    )
    session.add_all([person, lease])
    session.flush()
    chat = Chat(
        **mine,
        bot_id=bot_id,
        telegram_id=_FIRST_TELEGRAM + number,
        person_id=person.id,
        state=ChatState.ACTIVE,
    )
    session.add_all(
        [
            LeasePerson(**mine, lease_id=lease.id, person_id=person.id),
            LeaseAmount(
                **mine, lease_id=lease.id, effective_on=lease.starts_on, rent_cents=45000, charges_cents=8000
            ),
            chat,
        ]
    )
    people.set_consent(session, now, person, "rent", True, "consent.ask")
    session.flush()
    return chat
