"""`palier bench rent-scan`: whether a night over all leases costs little more than one plain sum in SQL."""

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime

from sqlalchemy import func, make_url, select
from sqlalchemy.orm import Session

from bot.bench import memory, rent_world, report
from bot.bench.rent_world import NIGHT, Leases
from bot.bench.report import Line
from bot.services.house import House
from bot.services.rent import calendar as rent_calendar
from bot.services.rent import steps as rent_steps
from bot.settings import Settings
from bot.storage import Database
from bot.storage.tables import Payment

MOST_RATIO = 4.0
# What a scan of all leases may hold in memory beyond a scan of a tenth of them.
MOST_GROWTH = 32 * 1024 * 1024
# Some days before that night, when the leases are planned.
_PLANNED = date(2026, 12, 20)


@dataclass(frozen=True)
class Plan:
    """`unpaid`: one household out of so many has not paid the last term. `runs`: the median counts."""

    leases: int = 100_000
    terms: int = 24
    unpaid: int = 100
    runs: int = 3


@dataclass(frozen=True)
class Scan:
    """What one night took, in seconds, and the most that it held in memory, in bytes (0: not known)."""

    seconds: float
    peak: int
    loaded: int


def bench(say: Callable[[str], None]) -> None:
    """Run the plan of the target on SQLite, and on the PostgreSQL server of PALIER_DATABASE_URL."""
    run(say, Plan(), Settings().database_url)


def run(say: Callable[[str], None], plan: Plan, database_url: str) -> list[Line]:
    """Measure on SQLite and, when `database_url` names a PostgreSQL server, there too, in a database that
    is made and dropped; print the table and return its lines."""
    with rent_world.sqlite() as database:
        lines = _measure(say, plan, "SQLite", database)
    if make_url(database_url).get_backend_name() == "postgresql":
        with rent_world.postgres(database_url) as database:
            lines += _measure(say, plan, "PostgreSQL", database)
    else:
        say("PostgreSQL : non mesuré, PALIER_DATABASE_URL n’en nomme pas.")
    for row in report.table(lines):
        say(row)
    return lines


def _measure(say: Callable[[str], None], plan: Plan, name: str, database: Database) -> list[Line]:
    say(f"{name} : {plan.leases} baux de {plan.terms} termes, un impayé sur {plan.unpaid}…")
    house, tenth = rent_world.house(database), plan.leases // 10
    rent_world.fill(database, Leases(1, tenth, plan.terms, plan.unpaid))
    _plan_all(database, house)
    rent_world.before_the_night(database)
    small = _night(database, house)
    rent_world.before_the_night(database)
    rent_world.fill(database, Leases(tenth + 1, plan.leases, plan.terms, plan.unpaid))
    first_plan = _plan_all(database, house)
    nights, sums = [], []
    for _ in range(plan.runs):
        rent_world.before_the_night(database)
        sums.append(_plain_sum(database))
        nights.append(_night(database, house))
    say(f"{name} : {report.load()}")
    return _lines(name, small, nights, sums, first_plan)


def _lines(name: str, small: Scan, nights: list[Scan], sums: list[float], first_plan: float) -> list[Line]:
    scan, plain = statistics.median(night.seconds for night in nights), statistics.median(sums)
    growth = max(0, max(night.peak for night in nights) - small.peak)
    mib = f"{growth // (1024 * 1024)} Mo"
    return [
        Line(f"{name} : la nuit, tous les baux", (report.milliseconds(scan),)),
        Line(f"{name} : une somme SQL, mêmes lignes", (report.milliseconds(plain),)),
        report.ratio(f"{name} : la nuit / la somme", scan / plain, MOST_RATIO),
        Line(f"{name} : comptes chargés", (str(nights[-1].loaded),)),
        Line(
            f"{name} : mémoire, dix fois plus de baux",
            (mib,),
            f"cible ≤ {MOST_GROWTH // (1024 * 1024)} Mo",
            growth <= MOST_GROWTH,
        ),
        Line(f"{name} : premier plan des baux neufs", (report.milliseconds(first_plan),)),
    ]


def _night(database: Database, house: House) -> Scan:
    """The ticks of one night, each batch in its own transaction: plan, decide together, load the accounts of
    the others. Nobody is written to: the leases have no tenants, what is said to them is not measured."""
    now = datetime.combine(NIGHT, rent_calendar.AT, house.zone).astimezone(UTC)
    memory.forget_peak()
    start = time.perf_counter()
    _every(database, lambda session: rent_calendar.plan(session, now, house))
    with database.transaction() as session:
        rent_calendar.reopen_rejected(session, now, house)
    _every(database, lambda session: rent_steps.fire_due(session, now, house))
    return Scan(time.perf_counter() - start, memory.peak(), rent_world.loaded(database))


def _plain_sum(database: Database) -> float:
    """Seconds of what any answer must at least do: what each lease has paid."""
    paid = select(Payment.lease_id, func.sum(Payment.amount_cents)).group_by(Payment.lease_id)
    start = time.perf_counter()
    with database.reading() as session:
        session.execute(paid).all()
    return time.perf_counter() - start


def _plan_all(database: Database, house: House) -> float:
    """Plan what is new, some days before; seconds."""
    now = datetime.combine(_PLANNED, rent_calendar.AT, house.zone).astimezone(UTC)
    start = time.perf_counter()
    _every(database, lambda session: rent_calendar.plan(session, now, house))
    seconds = time.perf_counter() - start
    rent_world.keep_the_night(database)
    return seconds


def _every(database: Database, verb: Callable[[Session], int]) -> int:
    total = 0
    while True:
        with database.transaction() as session:
            done = verb(session)
        if not done:
            return total
        total += done
