"""The demo's small world: a fresh database, the sample landlord, one Telegram user a person."""

import fcntl
import json
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select

from bot import wiring
from bot.children import free_port
from bot.demo.feed import FOLDER
from bot.imports.run import import_file
from bot.services import linking, people
from bot.services.appointments import journeys
from bot.settings import Settings
from bot.storage.migrations import upgrade
from bot.storage.tables import Lease, Person, Staff
from bot.wiring import Parts

PLACE = Path("var/demo")
SETTINGS_FILE = PLACE / "settings.env"
STARTS = datetime(2026, 12, 1, 9, 0, tzinfo=ZoneInfo("Europe/Paris"))
ORGANISATION = "Habitat Palier Démo"
TOKEN = "1000001:demo-token-of-the-stand-in-only"  # noqa: S105 - opens nothing but the stand-in
# Those who have linked their telephone when the demo begins; the others can be linked by hand.
LINKED = ("B-0102", "B-0104", "B-0105", "B-0106", "B-0108", "B-0109", "B-0110", "B-0113", "B-0207", "B-0112")


@dataclass(frozen=True)
class World:
    """What the demo runs on. `users` go to the stand-in, `starters` write to the bot at once."""

    parts: Parts
    users: list[dict[str, Any]]
    starters: list[int]
    panel_port: int
    telegram_port: int


@contextmanager
def alone() -> Iterator[None]:
    """One demo at a time in this folder: it throws away what the last one left. Raises OSError."""
    PLACE.parent.mkdir(exist_ok=True)
    with PLACE.with_suffix(".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise OSError("une démonstration tourne déjà dans ce dossier") from error
        yield


def build(port: int) -> World:
    """Make the world anew: what an earlier demo left is thrown away."""
    shutil.rmtree(PLACE, ignore_errors=True)
    PLACE.mkdir(parents=True)
    telegram_port, panel_port = free_port(), free_port()
    values = {
        "PALIER_DATABASE_URL": f"sqlite:///{(PLACE / 'palier.sqlite3').resolve()}",
        "PALIER_SECRET_KEY": secrets.token_hex(32),
        "PALIER_TELEGRAM_TOKEN": TOKEN,
        "PALIER_TELEGRAM_API": f"http://127.0.0.1:{telegram_port}",
        "PALIER_PORT": str(port),
        "PALIER_DEMO": "1",
    }
    SETTINGS_FILE.touch(mode=0o600)
    SETTINGS_FILE.write_text("".join(f"{name}={value}\n" for name, value in values.items()), encoding="utf-8")
    parts = wiring.parts(demo_settings())
    upgrade(parts.database.engine)
    _import(parts)
    users, starters = _users(parts)
    return World(parts, users, starters, panel_port, telegram_port)


def demo_settings() -> Settings:
    """The settings of the demo that runs, or ran last."""
    return Settings(_env_file=SETTINGS_FILE)  # type: ignore[call-arg]


def _import(parts: Parts) -> None:
    with parts.database.transaction() as session:
        organisation = people.ensure_default_organisation(session)
        organisation.name = ORGANISATION
        organisation.settings = {"appointments": {"journeys": [journeys.FIRST_MONTH]}}
        parts.clock.move_to(session, STARTS)
    for kind in ("equipe", "baux", "encaissements", "mouvements", "rendez-vous", "ateliers"):
        # The bank file of November covers the whole month.
        until = STARTS.date().replace(month=11, day=30) if kind == "encaissements" else None
        import_file(parts.database, parts.house, STARTS, kind, FOLDER / f"{kind}.csv", until=until)


def _users(parts: Parts) -> tuple[list[dict[str, Any]], list[int]]:
    users, starters = [], []
    with parts.database.transaction() as session:
        for number, staff in enumerate(session.scalars(select(Staff).order_by(Staff.id)), start=900):
            label = parts.house.texts.say(f"role.{staff.role.value}")
            users.append(
                _user(number, staff, "Équipe", label, linking.invite(session, STARTS, parts.house, staff))
            )
            starters.append(number)
        leases = session.scalars(select(Lease).order_by(Lease.reference)).all()
        tenants = [(lease, person) for lease in leases for person in lease.tenants]
        for number, (lease, person) in enumerate(tenants, start=1001):
            label = f"{lease.reference} · {lease.residence}"
            code = linking.invite(session, STARTS, parts.house, person)
            users.append(_user(number, person, "Locataires", label, code))
            if lease.reference in LINKED:
                starters.append(number)
    # Those who already talk with Palier come first in the list.
    users.sort(key=lambda user: user["id"] not in starters)
    return users, starters


def _user(number: int, who: Person | Staff, group: str, label: str, code: str) -> dict[str, Any]:
    return {
        "id": number,
        "first_name": who.first_name or who.last_name,
        "last_name": who.last_name if who.first_name else "",
        "language_code": "fr",
        "group": group,
        "label": label,
        "start_payload": code,
    }


def users_file(world: World) -> Path:
    """The stand-in's list of users (with their codes: readable by us alone)."""
    path = PLACE / "users.json"
    path.touch(mode=0o600)
    path.write_text(json.dumps(world.users, ensure_ascii=False), encoding="utf-8")
    return path
