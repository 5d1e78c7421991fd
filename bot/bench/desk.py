"""`palier bench desk`: how long a caseworker waits for a page, with a great landlord behind it."""

import asyncio
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass

import httpx
from sqlalchemy import make_url

from bot.bench import desk_world, rent_world, report
from bot.bench.report import Line
from bot.clock import Clock
from bot.console import create_console
from bot.settings import Settings
from bot.storage import Database

MOST_SECONDS = 0.2
MOST_BYTES = 60_000
_ADDRESS = "http://127.0.0.1"


@dataclass(frozen=True)
class Plan:
    """`looks`: how often each page is opened, after `warm_up` times that do not count."""

    tenants: int = 100_000
    cases: int = 10_000
    looks: int = 100
    warm_up: int = 5


@dataclass(frozen=True)
class Seen:
    """One page: how long each look took, in seconds, and its bytes as they are sent, not compressed."""

    seconds: list[float]
    size: int


def bench(say: Callable[[str], None]) -> None:
    """Run the plan of the target, on the PostgreSQL server of PALIER_DATABASE_URL, else on SQLite."""
    run(say, Plan(), Settings().database_url)


def run(say: Callable[[str], None], plan: Plan, database_url: str) -> list[Line]:
    """Measure in a database that is made and dropped; print the table and return its lines."""
    with _database(database_url) as database:
        name = "SQLite" if database.is_sqlite else "PostgreSQL"
        say(f"{name} : {plan.tenants} locataires, {plan.cases} dossiers ouverts…")
        house = rent_world.house(database)
        token = desk_world.fill(database, house, plan.tenants, plan.cases)
        pages = {
            "la file": "/dossiers",
            "la file, dixième page": "/dossiers?page=10",
            "les locataires": "/locataires",
            "un nom cherché": f"/locataires?cherche={desk_world.a_name(database)}",
            "les trois lettres d’un nom": f"/locataires?cherche={desk_world.a_name(database)[:3]}",
            "le dernier locataire": f"/locataires?avant=L-{plan.tenants:06}",
            "une résidence": "/locataires?residence=Résidence 7&telegram=non-relie",
            "avec un dossier": "/locataires?dossier=oui",
            "un locataire": f"/locataires/{plan.tenants // 2}",
        }
        app = create_console(database, Clock(movable=False), house, dict)
        seen = asyncio.run(_look_at(httpx.ASGITransport(app), token, list(pages.values()), plan))
        say(report.load())
    lines = [_line(f"{name} : {page}", found) for page, found in zip(pages, seen, strict=True)]
    lines.append(_size(f"{name} : la file, première page", seen[0].size))
    for row in report.table(lines):
        say(row)
    return lines


def _database(url: str) -> AbstractContextManager[Database]:
    return (
        rent_world.postgres(url) if make_url(url).get_backend_name() == "postgresql" else rent_world.sqlite()
    )


async def _look_at(transport: httpx.ASGITransport, token: str, paths: list[str], plan: Plan) -> list[Seen]:
    """The pages as the application makes them: the network is not measured."""
    async with httpx.AsyncClient(transport=transport, base_url=_ADDRESS, cookies={"palier": token}) as client:
        return [await _look(client, path, plan) for path in paths]


async def _look(client: httpx.AsyncClient, path: str, plan: Plan) -> Seen:
    seconds: list[float] = []
    size = 0
    for look in range(plan.warm_up + plan.looks):
        start = time.perf_counter()
        answer = await client.get(path)
        if look >= plan.warm_up:
            seconds.append(time.perf_counter() - start)
        answer.raise_for_status()
        size = len(answer.content)
    return Seen(seconds, size)


def _line(what: str, seen: Seen) -> Line:
    met = report.quantile(seen.seconds, 0.95) <= MOST_SECONDS
    return report.spread(what, seen.seconds, f"cible p95 ≤ {report.milliseconds(MOST_SECONDS)}", met)


def _size(what: str, size: int) -> Line:
    most = report.number(MOST_BYTES / 1000, 0)
    return Line(what, (f"{report.number(size / 1000, 1)} ko",), f"cible ≤ {most} ko", size <= MOST_BYTES)
