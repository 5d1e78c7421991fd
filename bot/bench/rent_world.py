"""The leases of `palier bench rent-scan`: invented, without tenants, in a database of their own."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from zoneinfo import ZoneInfo

from sqlalchemy import String as Text
from sqlalchemy import cast, create_engine, delete, insert, inspect, literal, make_url, select, text
from sqlalchemy.orm import Session

from bot import wiring
from bot.domain.calendar import same_day_of_month
from bot.domain.rent_steps import Step
from bot.services.house import House
from bot.services.people import ensure_default_organisation
from bot.storage import Database
from bot.storage.migrations import upgrade
from bot.storage.tables import Lease, LeaseAmount, Occurrence, Organisation, Payment

# The night on which every household's question is due: the 5th was a Tuesday, three days ago.
NIGHT = date(2027, 1, 8)
_DUE_DAY, _RENT = 5, 35_000
_BATCH = 5000
_OF_THE_NIGHT = (Occurrence.rule == Step.QUESTION) & (Occurrence.due_on == NIGHT)
# A plain copy of the steps that every night begins with: the night leaves few of them.
_KEPT = "bench_night"


@dataclass(frozen=True)
class Leases:
    """The leases of these numbers, with so many terms behind them; one out of `unpaid` misses the last."""

    first: int
    last: int
    terms: int
    unpaid: int

    @property
    def opens_on(self) -> date:
        """The account opens before the first of the terms, the last of which is due in the night's month."""
        return _months_before(self.terms - 1).replace(day=1)


@contextmanager
def sqlite() -> Iterator[Database]:
    """A new SQLite file, thrown away at the end."""
    with TemporaryDirectory() as folder, _open(f"sqlite:///{Path(folder) / 'bench.sqlite3'}") as database:
        yield database


@contextmanager
def postgres(server_url: str) -> Iterator[Database]:
    """A new database on the server of that address, dropped at the end; the address's own is left alone."""
    name = f"palier_bench_{secrets.token_hex(4)}"
    server = create_engine(server_url, isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    try:
        url = make_url(server_url).set(database=name)
        with _open(url.render_as_string(hide_password=False)) as database:
            yield database
    finally:
        with server.connect() as connection:
            connection.execute(text(f"DROP DATABASE {name}"))
        server.dispose()


@contextmanager
def _open(url: str) -> Iterator[Database]:
    database = Database(url, secrets.token_hex(16))
    try:
        upgrade(database.engine)
        yield database
    finally:
        database.close()


def house(database: Database) -> House:
    return wiring.house(database, ZoneInfo("Europe/Paris"), "")


def fill(database: Database, leases: Leases) -> None:
    """Write the leases and what they paid, term after term, as the bank's files bring it."""
    with database.transaction() as session:
        organisation = ensure_default_organisation(session)
        organisation.bank_covered_until = NIGHT
        session.flush()
        numbers = iter(range(leases.first, leases.last + 1))
        while batch := list(islice(numbers, _BATCH)):
            session.execute(insert(Lease), [_lease(organisation, leases, number) for number in batch])
        _fill_amounts(session, leases)
        for back in reversed(range(leases.terms)):
            _fill_payments(session, leases, _months_before(back), last=back == 0)


def loaded(database: Database) -> int:
    """For how many leases the account had to be loaded: with no tenants, their step ends for that reason."""
    with database.reading() as session:
        return session.query(Occurrence).filter_by(reason="nobody").count()


def keep_the_night(database: Database) -> None:
    """Of all planned steps, keep for the nights to come the questions of that night."""
    with database.transaction() as session:
        session.execute(delete(Occurrence).where(~_OF_THE_NIGHT))
        session.execute(text(f"DROP TABLE IF EXISTS {_KEPT}"))
        session.execute(text(f"CREATE TABLE {_KEPT} AS SELECT {_columns()} FROM occurrence"))  # noqa: S608


def before_the_night(database: Database) -> None:
    """The questions of that night are due again, none of them is decided, and nothing else is planned."""
    with database.transaction() as session:
        session.execute(delete(Occurrence))
        columns = _columns()
        session.execute(text(f"INSERT INTO occurrence ({columns}) SELECT {columns} FROM {_KEPT}"))  # noqa: S608
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("ANALYZE" if database.is_sqlite else "VACUUM ANALYZE")


def _columns() -> str:
    return ", ".join(column.name for column in inspect(Occurrence).columns)


def _lease(organisation: Organisation, leases: Leases, number: int) -> dict[str, object]:
    return {
        "id": number,
        "organisation_id": organisation.id,
        "reference": f"B{number}",
        "starts_on": date(2018, 1, 1),
        "due_day": _DUE_DAY,
        "payment_method": "virement",
        "opening_cents": 0,
        "opening_on": leases.opens_on,
        "first_import_on": leases.opens_on,
    }


def _fill_amounts(session: Session, leases: Leases) -> None:
    rows = select(Lease.organisation_id, Lease.id, Lease.starts_on, literal(_RENT), literal(0), literal(0))
    columns = ["organisation_id", "lease_id", "effective_on", "rent_cents", "charges_cents", "aid_cents"]
    mine = Lease.id.between(leases.first, leases.last)
    session.execute(
        insert(LeaseAmount).from_select(
            [*columns, "aid_to_landlord"], rows.add_columns(literal(True)).where(mine)
        )
    )


def _fill_payments(session: Session, leases: Leases, day: date, *, last: bool) -> None:
    reference = literal(f"{day:%y%m}-") + cast(Lease.id, Text)
    rows = select(
        Lease.organisation_id,
        reference,
        Lease.id,
        literal(day),
        literal(_RENT),
        literal("virement"),
    ).where(Lease.id.between(leases.first, leases.last))
    if last:
        rows = rows.where(Lease.id % leases.unpaid != 0)
    columns = ["organisation_id", "reference", "lease_id", "on_day", "amount_cents", "method"]
    session.execute(insert(Payment).from_select(columns, rows))


def _months_before(count: int) -> date:
    """The due day so many months before the night's."""
    month = NIGHT.year * 12 + NIGHT.month - 1 - count
    return same_day_of_month(month // 12, month % 12 + 1, _DUE_DAY)
