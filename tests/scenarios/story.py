"""The words in which a scenario is told: a world of its own, its tenants and caseworkers."""

import contextlib
import csv
import re
import shutil
from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
from sqlalchemy import func, select

from bot import advance, jobs, wiring
from bot.children import free_port
from bot.domain.states import ChatState, InboxState, OutboxState
from bot.imports.run import import_file
from bot.services import linking, people
from bot.services.rent import rent
from bot.settings import Settings
from bot.standin.client import StandInClient
from bot.standin.people import Message, Person
from bot.standin.server import StandIn, running_standin
from bot.storage import tables
from bot.storage.migrations import upgrade
from bot.texts import Texts
from bot.texts.format import typeset
from bot.wiring import Parts
from tests.scenarios.parts import MODELS, Bridge, SharedDialogue, until
from tests.scenarios.process import BotProcess

SAMPLES = Path(__file__).parents[2] / "data" / "samples"
LANDLORD = "Habitat Palier Démo"
STARTS = "2026-12-01T09:00"
# One key for all worlds: the sample landlord is imported once and copied.
SECRET_KEY = "a secret for scenarios only"
_TEXTS = Texts()
_VALUE = re.compile(r"\{\w+\}")
_LINK = re.compile(r"http://\S+/lien/\S+")
# A member of the team or a tenant is this number for Telegram, in the order in which they appear.
_FIRST_STAFF, _FIRST_TENANT = 900, 1001


class Talker:
    """Somebody with a telephone. What the bot wrote is read message by message: nothing is overlooked."""

    def __init__(self, world: "World", telegram: Person, reference: str, name: str) -> None:
        self.world = world
        self.telegram = telegram
        self.reference = reference
        self.name = name
        self._read: set[int] = set()

    def write(self, text: str, **options: Any) -> dict[str, Any]:
        self.world.heard(text)
        return self.telegram.write(text, **options)

    def wait_for(self, expected: str | None = None) -> Message:
        """The oldest unread message of the bot that says `expected`; now it is read.

        `expected` is a key of the catalogue (its sentence in any voice, with any values), or a part of
        the words; None is any message.
        """
        found: list[Message] = []

        def came() -> bool:
            found.extend(message for message in self.unread() if _says(message, expected))
            return bool(found)

        try:
            until(came, f"{self.name} is told {expected!r}")
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self.telegram.transcript()}\n{self.world.bot.log()}") from None
        self._read.add(found[0].id)
        return found[0]

    def unread(self) -> list[Message]:
        return [message for message in self.telegram.replies() if message.id not in self._read]

    def forget(self) -> None:
        """Take all that came so far as read."""
        self._read |= {message.id for message in self.unread()}

    def press(self, message: Message, button: str) -> None:
        self.telegram.press(message, button)

    def was_told(self, words: str) -> bool:
        return any(words in message.text for message in self.telegram.replies())


class Tenant(Talker):
    def start(self, code: str | None = None) -> None:
        """Open the invitation (a fresh one, or the given code)."""
        self.telegram.start(code if code is not None else self.world.invitation(self.reference))

    def agrees(self) -> "Tenant":
        """Link the telephone and say yes to the first contact."""
        self.start()
        self.press(self.wait_for("consent.ask"), "D’accord")
        self.wait_for("consent.given")
        return self

    def chat_state(self) -> ChatState:
        with self.world.reading() as session:
            chat = session.scalars(select(tables.Chat).filter_by(telegram_id=self.telegram.id)).one()
            return chat.state


class Caseworker(Talker):
    def joins(self) -> "Caseworker":
        self.telegram.start(self.world.invitation(self.reference))
        self.wait_for("link.staff")
        return self

    def takes(self, alert: Message) -> str:
        """Press "Prendre" and win; the one-time address of the case's page."""
        self.press(alert, "Prendre le dossier")
        return link_in(self.wait_for("case.taken.you"))

    def opens(self, address: str) -> httpx.Response:
        """Follow the one-time link in a browser, and press its button."""
        with httpx.Client(follow_redirects=True, trust_env=False) as browser:
            shown = browser.get(address)
            return shown if shown.is_error else browser.post(address)

    def reads_digests(self) -> int:
        """Read the morning digests that have come; how many there were."""
        self.world.settle()
        digests = [message for message in self.unread() if _says(message, "case.digest")]
        digests += [message for message in self.unread() if _says(message, "case.digest.urgent")]
        self._read |= {message.id for message in digests}
        return len({message.id for message in digests})

    def closes(self, number: int, outcome: str) -> None:
        self.telegram.write("/file")
        self.press(self.wait_for("staff.queue.title"), f"Ouvrir n° {number}")
        self.press(self.wait_for("case.link"), "Clore")
        self.press(self.wait_for("case.which_outcome"), outcome)
        self.wait_for("case.closed")


class World:
    """One landlord, one database, one Telegram, one bot process, one clock."""

    def __init__(
        self, folder: Path, database_url: str, telegram: StandIn, roles: str, extra: Mapping[str, str]
    ) -> None:
        self._folder = folder
        self.standin: StandInClient = telegram.client()
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
        with self.parts.database.transaction() as session:
            self.parts.clock.move_to(session, self._instant(instant))
        self._tell_telegram()
        jobs.run_all(self.parts.database, self.parts.clock, self.parts.house)

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
        until(lambda: not self._in_work(), "everything is handled and sent", 30)

    def _in_work(self) -> bool:
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


def link_in(message: Message) -> str:
    found = _LINK.search(message.text)
    assert found, message
    return found[0]


def _says(message: Message, expected: str | None) -> bool:
    if expected is None:
        return True
    if expected not in _TEXTS.ordinary:
        return expected in message.text
    return any(pattern.search(message.text) for pattern in _patterns(expected))


@cache
def _patterns(key: str) -> list[re.Pattern[str]]:
    """The sentence of that key in every voice; a value can be anything."""
    catalogues = (_TEXTS.ordinary, _TEXTS.simple)
    kept = [sentences.get(f"{key}{voice}") for sentences in catalogues for voice in ("", ".discreet")]
    return [
        re.compile(".+".join(map(re.escape, typeset(_VALUE.sub("\0", sentence)).split("\0"))), re.DOTALL)
        for sentence in kept
        if sentence
    ]


def _parts(folder: Path, settings: Mapping[str, str]) -> Parts:
    """Our own view of the world's database: the same settings as the process."""
    file = folder / "settings.env"
    file.write_text("".join(f"{name}={value}\n" for name, value in settings.items()), encoding="utf-8")
    return wiring.parts(Settings(_env_file=file))  # type: ignore[call-arg]


@contextlib.contextmanager
def running_world(
    folder: Path,
    dialogue: SharedDialogue | None,
    *,
    database_url: str = "",
    samples: Path | None = None,
    roles: str = "bot,delivery,scheduler",
    webhook: bool = False,
    run: bool = True,
    starts: str = STARTS,
) -> Iterator[World]:
    """A world whose bot runs, on Tuesday 1 December 2026, 9 h, or from that other local instant on.

    Without a `dialogue` it must start its own (role dialogue). `samples` is a SQLite file that holds the
    sample landlord already.
    """
    extra: dict[str, str] = {}
    bridge = None
    if dialogue is not None:
        bridge = Bridge(dialogue.port)
        bridge.restore()
        extra = {"PALIER_DIALOGUE_URL": bridge.url, "PALIER_DIALOGUE_SECRET": dialogue.secret}
    with running_standin() as telegram:
        url = database_url or f"sqlite:///{folder / 'palier.sqlite3'}"
        if samples is not None:
            shutil.copy(samples, folder / "palier.sqlite3")
        world = World(folder, url, telegram, roles, extra)
        world.bridge = bridge
        if webhook:
            world.bot = BotProcess(
                folder,
                world.settings | {"PALIER_WEBHOOK_URL": world.address, "PALIER_WEBHOOK_SECRET": "s3cret"},
                roles,
            )
        try:
            if samples is None:
                world.prepare()
            world.begin(starts)
            if dialogue is not None:
                dialogue.actions.work_on(world.parts)
            if run:
                world.bot.start()
            yield world
        finally:
            if bridge is not None:
                bridge.restore()
            world.bot.end()
            if bridge is not None:
                bridge.cut()
            world.parts.database.close()
            world.standin.close()


def path_of(address: str) -> str:
    return urlsplit(address).path
