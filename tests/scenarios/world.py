"""The world of a scenario: one landlord, one database, one Telegram, one bot process, one clock."""

import contextlib
import csv
from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from bot import advance, jobs, wiring
from bot.children import free_port
from bot.domain.states import InboxState, OutboxState
from bot.imports.run import import_file
from bot.services import linking, people
from bot.services.rent import rent
from bot.settings import Settings
from bot.standin.client import StandInClient
from bot.standin.server import StandIn
from bot.storage import tables
from bot.storage.migrations import upgrade
from bot.wiring import Parts
from tests.scenarios.parts import MODELS, Bridge, until
from tests.scenarios.process import BotProcess
from tests.scenarios.talkers import Caseworker, Talker, Tenant

SAMPLES = Path(__file__).parents[2] / "data" / "samples"
LANDLORD = "Habitat Palier Démo"
STARTS = "2026-12-01T09:00"
# One key for all worlds: the sample landlord is imported once and copied.
SECRET_KEY = "a secret for scenarios only"
# A member of the team or a tenant is this number for Telegram, in the order in which they appear.
_FIRST_STAFF, _FIRST_TENANT = 900, 1001


class World:
    """One landlord, one database, one Telegram, one bot process, one clock."""

    def __init__(
        self, folder: Path, database_url: str, telegram: StandIn, roles: str, extra: Mapping[str, str]
    ) -> None:
        self._folder = folder
        self.standin: StandInClient = telegram.client()
        self.standin.limits(per_chat=0)  # see tests/scenarios/process.py
        port = free_port()
        self.settings = {
            "PALIER_DATABASE_URL": database_url,
            "PALIER_SECRET_KEY": SECRET_KEY,
            "PALIER_TELEGRAM_TOKEN": telegram.token,
            "PALIER_TELEGRAM_API": telegram.url,
            "PALIER_PORT": str(port),
            "PALIER_MODELS": str(MODELS),
            "PALIER_DEMO": "1",
            **extra,
        }
        self.address = f"http://127.0.0.1:{port}"
        self.bot = BotProcess(folder, self.settings, roles)
        self.parts = _parts(folder, self.settings)
        self.bridge: Bridge | None = None
        self._talkers: dict[str, Talker] = {}
        self._said: list[str] = []
        self._codes: list[str] = []
        self._rooms: set[int] = set()

    def begin(self, starts: str = STARTS) -> None:
        """It is the first morning: a copied database still has the clock of its making."""
        with self.parts.database.transaction() as session:
            self.parts.clock.move_to(session, self._instant(starts))
        self._tell_telegram()

    def prepare(self) -> None:
        """The landlord's sample files; whatever is due by the first morning is done before anybody links."""
        upgrade(self.parts.database.engine)
        with self.parts.database.transaction() as session:
            people.ensure_default_organisation(session).name = LANDLORD
            self.parts.clock.move_to(session, self._instant(STARTS))
        for kind in ("equipe", "baux", "encaissements", "mouvements"):
            until_day = date(2026, 11, 30) if kind == "encaissements" else None
            import_file(
                self.parts.database,
                self.parts.house,
                self.now,
                kind,
                SAMPLES / f"{kind}.csv",
                until=until_day,
            )
        jobs.run_all(self.parts.database, self.parts.clock, self.parts.house)

    # People

    def tenant(self, lease: str, person: str | None = None) -> Tenant:
        """The tenant of that lease of the sample files (`person` when there are two)."""
        with self.reading() as session:
            row = session.scalars(select(tables.Lease).filter_by(reference=lease)).one()
            mine = next(p for p in row.tenants if person in (None, p.reference))
            return self._talker(Tenant, _FIRST_TENANT, mine.reference, mine.first_name)

    def caseworker(self, reference: str) -> Caseworker:
        with self.reading() as session:
            mine = session.scalars(select(tables.Staff).filter_by(reference=reference)).one()
            return self._talker(Caseworker, _FIRST_STAFF, mine.reference, mine.first_name)

    def stranger(self, name: str = "Inconnu") -> Tenant:
        """Somebody with Telegram and without a code."""
        return self._talker(Tenant, _FIRST_TENANT, f"?{name}", name)

    def _talker(self, kind: type[Any], first: int, reference: str, name: str) -> Any:
        if reference not in self._talkers:
            user = self.standin.user(first + len(self._talkers), first_name=name)
            self._talkers[reference] = kind(self, user, reference, name)
        return self._talkers[reference]

    def invitation(self, reference: str) -> str:
        """A fresh one-time code, as the landlord's letter holds it."""
        with self.parts.database.transaction() as session:
            guest = (
                session.scalar(select(tables.Person).filter_by(reference=reference))
                or session.scalars(select(tables.Staff).filter_by(reference=reference)).one()
            )
            code = linking.invite(session, self.parts.clock.now(session), self.parts.house, guest)
        self._codes.append(code)
        return code

    # Time and money

    @property
    def now(self) -> datetime:
        with self.reading() as session:
            return self.parts.clock.now(session)

    def move_to(self, instant: str) -> None:
        """Let time pass until that local instant: everything due on the way is done and sent."""
        advance.advance(
            self.parts,
            self._instant(instant),
            stopped=lambda offset: self.standin.clock(offset.total_seconds()),
        )

    def jump_to(self, instant: str) -> None:
        """The same for what is due at that instant only, without waiting for it to be sent."""
        self.set_clock(instant)
        jobs.run_all(self.parts.database, self.parts.clock, self.parts.house)

    def set_clock(self, instant: str) -> None:
        """It is that local instant: what is due by then is left to the bot's own scheduler."""
        with self.parts.database.transaction() as session:
            self.parts.clock.move_to(session, self._instant(instant))
        self._tell_telegram()

    def imports(self, kind: str, *lines: str) -> None:
        """A file of the landlord: its header and its lines, all of them good."""
        path = self._folder / f"{kind}.csv"
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        report = import_file(self.parts.database, self.parts.house, self.now, kind, path)
        assert not report.refused, report.refused

    def bank_file(self, covers: str, *, unpaid: tuple[str, ...] = (), **paid: int) -> None:
        """The landlord's file of that evening: every lease has paid what was due, but those `unpaid`;
        `paid` holds other amounts, in cents (B_0105=-23_300: a rejected debit)."""
        day = date.fromisoformat(covers)
        path = self._folder / f"encaissements-{covers}.csv"
        amounts = {name.replace("_", "-"): cents for name, cents in paid.items()} | dict.fromkeys(unpaid, 0)
        with self.reading() as session, path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, delimiter=";")
            writer.writerow(["Référence_opération", "REFERENCE_BAIL", "Date", "MONTANT", "Moyen", "Libellé"])
            leases = {lease.id: lease for lease in session.scalars(select(tables.Lease))}
            for lease_id, account in rent.accounts(session, list(leases.values()), day).items():
                lease = leases[lease_id]
                cents = amounts.get(lease.reference, max(0, account.overdue_cents))
                if cents:
                    amount = f"{cents / 100:.2f}".replace(".", ",")
                    method = lease.payment_method or "virement"
                    writer.writerow(
                        [f"OP-{covers}-{lease_id}", lease.reference, f"{day:%d/%m/%Y}", amount, method, "VIR"]
                    )
        report = import_file(
            self.parts.database, self.parts.house, self.now, "encaissements", path, until=day
        )
        assert not report.refused, report.refused

    def _instant(self, local: str) -> datetime:
        return datetime.fromisoformat(local).replace(tzinfo=self.parts.house.zone)

    def _tell_telegram(self) -> None:
        with self.reading() as session:
            offset: timedelta = self.parts.clock.offset(session)
        self.standin.clock(offset.total_seconds())

    # What the database holds

    @contextlib.contextmanager
    def reading(self) -> Iterator[Any]:
        with self.parts.database.reading() as session:
            yield session

    def cases(self, **wanted: Any) -> list[tables.Case]:
        """The cases, oldest first, with their owner and person."""
        with self.reading() as session:
            found = session.scalars(select(tables.Case).filter_by(**wanted).order_by(tables.Case.id)).all()
            for case in found:
                _ = (case.person, case.owner, case.history)
            return list(found)

    def outbox(self, kind: str) -> list[tables.Outbox]:
        with self.reading() as session:
            rows = select(tables.Outbox).filter_by(kind=kind).order_by(tables.Outbox.id)
            return list(session.scalars(rows))

    def inbox(self, *states: InboxState) -> int:
        """How many updates are in one of these states."""
        with self.reading() as session:
            rows = select(func.count(tables.Inbox.id)).where(tables.Inbox.state.in_(states))
            return int(session.scalar(rows) or 0)

    def wait_for_a_retry(self, kind: str) -> None:
        """The message of that kind was refused once and will be tried again."""

        def refused() -> bool:
            rows = self.outbox(kind)
            return bool(rows) and rows[0].attempts > 0 and rows[0].state is OutboxState.QUEUED

        until(refused, f"{kind} is to be sent again")

    def wait_until_held_back(self, kind: str) -> None:
        """Telegram asked to wait before the message of that kind, and it is queued again."""

        def held() -> bool:
            rows = self.outbox(kind)
            asked = any(call["error_code"] == 429 for call in self.standin.journal("sendMessage"))
            return asked and rows[0].state is OutboxState.QUEUED

        until(held, f"{kind} is held back")

    def wait_until(self, state: OutboxState, kind: str) -> None:
        """A message of that kind has reached that state."""
        until(
            lambda: any(row.state is state for row in self.outbox(kind)),
            f"{kind} is {state}",
        )

    # The end

    def heard(self, text: str) -> None:
        self._said.append(text)

    def forget(self) -> None:
        """What was said so far belongs to another test."""
        for talker in self._talkers.values():
            talker.forget()

    def may_be_told(self, room: int) -> None:
        """A group: what is said there is looked at by the scenario itself."""
        self._rooms.add(room)

    def settle(self) -> None:
        """Wait until every update has been fetched and handled, and every due message has left."""
        until(lambda: not self.in_work(), "everything is handled and sent", 30)

    def in_work(self) -> bool:
        if self.standin.state()["pending"] or self.inbox(InboxState.NEW, InboxState.WORKING):
            return True
        with self.reading() as session:
            now = self.parts.clock.now(session)
            waiting = select(tables.Outbox.id).where(
                (tables.Outbox.state == OutboxState.SENDING)
                | ((tables.Outbox.state == OutboxState.QUEUED) & (tables.Outbox.not_before <= now))
            )
            return session.scalar(waiting.limit(1)) is not None

    def nothing_else_was_sent(self, *, troubles: tuple[str, ...] = ()) -> None:
        """Nobody has an unread message, nothing was lost, the log is quiet but for `troubles`."""
        self.settle()
        unread = [f"{t.name}: {message}" for t in self._talkers.values() for message in t.unread()]
        known = {t.telegram.id for t in self._talkers.values()} | self._rooms
        sent = self.standin.journal("sendMessage")
        unread += [f"{call['chat_id']} is nobody" for call in sent if call["chat_id"] not in known]
        assert not unread, "\n".join(unread)
        assert not self.inbox(InboxState.FAILED)
        events = self.bot.events()
        # Told to wait by Telegram, delivery waits: on a slow machine messages bunch up, nothing is wrong.
        events = [event for event in events if event.get("fault") != "Delayed"]
        loud = {event["event"] for event in events if event["level"] in ("warning", "error")}
        assert loud <= set(troubles), [event for event in events if event["event"] in loud]
        self._log_says_nothing_personal()

    def _log_says_nothing_personal(self) -> None:
        log = self.bot.log()
        names = [t.name for t in self._talkers.values()]
        secret = [self.settings["PALIER_TELEGRAM_TOKEN"], self.settings["PALIER_SECRET_KEY"], *self._codes]
        leaked = [words for words in (*self._said, *names, *secret) if len(words) > 4 and words in log]
        assert not leaked, leaked


def _parts(folder: Path, settings: Mapping[str, str]) -> Parts:
    """Our own view of the world's database: the same settings as the process."""
    file = folder / "settings.env"
    file.write_text("".join(f"{name}={value}\n" for name, value in settings.items()), encoding="utf-8")
    return wiring.parts(Settings(_env_file=file))  # type: ignore[call-arg]
