"""The running product: which parts live in this process, how they start, how they stop."""

import asyncio
import contextlib
import gc
import secrets
import signal
import socket
import sys
import threading
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Any
from urllib.parse import urlsplit

import httpx
import structlog
import uvicorn
from fastapi import APIRouter
from sqlalchemy.exc import SQLAlchemyError

from bot import jobs, mail, model
from bot.api.app import create_api
from bot.chat import polling, webhook
from bot.chat.files import Files
from bot.chat.gateway import Gateway, username
from bot.chat.lanes import Lanes
from bot.children import Child, free_port
from bot.console.app import create_console
from bot.conversation import Conversation, NoOutlet, Outlet
from bot.dead_man import DeadMan
from bot.delivery import Delivery
from bot.dialogue import Dialogue
from bot.domain.delivery import Pace
from bot.domain.mail import Mailer
from bot.limits import AddressLimit
from bot.processes import my_name
from bot.services import inbox, people
from bot.settings import Settings, SettingsRefused
from bot.storage.notify import listen
from bot.wiring import Parts

log = structlog.get_logger(__name__)

ROLES = ("bot", "delivery", "scheduler", "dialogue", "console")
# A message is not fetched before the dialogue answers, but no longer than this: danger does not wait.
_PATIENCE_SECONDS = 60.0
_WATCH_SECONDS = 1.0
# How often the dead-man check looks.
_LOOK_SECONDS = 5.0
_THREADS = 16


def check(settings: Settings, roles: set[str]) -> None:
    """Whether the settings allow these roles. Raises SettingsRefused with every fault."""
    faults = []
    if roles & {"bot", "delivery"} and settings.telegram_token is None:
        faults.append("PALIER_TELEGRAM_TOKEN manque (le jeton que donne @BotFather)")
    if "bot" in roles and "dialogue" not in roles and not settings.dialogue_addresses:
        faults.append("PALIER_DIALOGUE_URL manque : le dialogue ne tourne pas dans ce processus")
    if settings.dialogue_addresses and settings.dialogue_secret is None:
        faults.append("PALIER_DIALOGUE_SECRET manque : PALIER_DIALOGUE_URL est donné")
    if "dialogue" in roles and len(settings.dialogue_addresses) > 1:
        faults.append("PALIER_DIALOGUE_URL : une seule adresse pour le processus qui fait le dialogue")
    if faults:
        raise SettingsRefused("\n".join(faults))


class App:
    """One process of Palier, with some or all of the roles."""

    def __init__(
        self, parts: Parts, roles: set[str], *, pace: Pace | None = None, mailer: Mailer | None = None
    ) -> None:
        """`pace`: another limiter than Telegram's, where Telegram is not the one that listens; `mailer`:
        what carries e-mails instead of the server of the settings."""
        check(parts.settings, roles)
        self._pace = pace
        self._mailer = mailer or mail.mailer(parts.settings)
        self._parts = parts
        self._settings = parts.settings
        self._roles = roles
        self._me = my_name()
        self._stop = asyncio.Event()
        self._answered = asyncio.Event()
        # One client for all probes: making one takes 25 ms, during which nobody is answered.
        self._probes = httpx.AsyncClient(trust_env=False, timeout=2)
        self._checks: dict[str, bool] = {}
        # Urgent alerts leave. Not one of the checks that the start waits for.
        self._alerts_leave = True
        self._tasks: list[asyncio.Task[None]] = []
        self.children: list[Child] = []

    def stop(self) -> None:
        """Ask for a clean stop: what is in work ends, the rest stays in the database."""
        self._stop.set()

    async def run(self, on_ready: Callable[[], None]) -> None:
        """Run until `stop()` or SIGTERM; `on_ready` is called when a message would be answered.

        Raises bot.domain.delivery.Fault when Telegram refuses the token, model.ModelMissing, OSError.
        """
        loop = asyncio.get_running_loop()
        loop.set_default_executor(ThreadPoolExecutor(_THREADS))
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stop.set)
        async with contextlib.AsyncExitStack() as stack:
            stack.push_async_callback(self._probes.aclose)
            await self._start(stack)
            self._launch(self._announce(on_ready))
            stopping = asyncio.create_task(self._stop.wait())
            await asyncio.wait([stopping, *self._tasks], return_when=asyncio.FIRST_EXCEPTION)
            self._stop.set()
            stopping.cancel()
            ended = await asyncio.gather(*self._tasks, return_exceptions=True)
        for result in ended:
            if isinstance(result, Exception):
                raise result

    async def _start(self, stack: contextlib.AsyncExitStack) -> None:
        parts, settings, roles = self._parts, self._settings, self._roles
        with parts.database.transaction() as session:
            people.ensure_default_organisation(session)
            inbox.free_the_dead(session, self._me)
        addresses, secret = settings.dialogue_addresses, _secret(settings)
        if "dialogue" in roles:
            addresses = [self._start_dialogue(secret)]
        routers: list[APIRouter] = []
        outlet: Outlet = NoOutlet()
        if roles & {"bot", "delivery"}:
            gateway = await stack.enter_async_context(_gateway(settings))
            self._checks["telegram"] = True
            if "delivery" in roles:
                outlet = self._start_delivery(gateway)
            if "bot" in roles:
                dialogue = Dialogue(addresses, secret)
                stack.push_async_callback(dialogue.close)
                conversation = Conversation(parts.database, parts.clock, parts.house, dialogue, outlet)
                lanes = Lanes(parts.database, conversation, gateway, bot_id=gateway.bot.id, me=self._me)
                self._launch(self._watch_dialogue(dialogue))
                self._launch(self._answer(lanes))
                self._launch(self._fetch(gateway, lanes, dialogue))
                if settings.webhook_url:
                    routers.append(webhook.router(lanes, _webhook_secret(settings)))
        if "scheduler" in roles:
            scheduler = jobs.start(parts.database, parts.clock, parts.house, outlet.wake)
            stack.callback(scheduler.shutdown)
        if roles & {"scheduler", "console"}:
            self._launch(self._watch_alerts())
        if "console" in roles or routers:
            files = _files(settings)
            if files is not None:
                stack.push_async_callback(files.close)
            self._start_web(routers, files)

    def _start_dialogue(self, secret: str) -> str:
        """Supervise the action server, Duckling and the dialogue server; returns the last one's address."""
        given = self._settings.dialogue_addresses
        port = (urlsplit(given[0]).port if given else None) or free_port()
        address = given[0] if given else f"http://127.0.0.1:{port}"
        actions_port = free_port()
        actions_url = f"http://127.0.0.1:{actions_port}"
        served = model.serve_command(
            model.current(self._settings.models), port, f"{actions_url}/webhook", self._start_duckling()
        )
        if given:
            served += ["--host", urlsplit(given[0]).hostname or "127.0.0.1"]
        self._supervise(
            "actions",
            [sys.executable, "-m", "actions.serve", "--port", str(actions_port)],
            f"{actions_url}/health",
            {"PALIER_SECRET_KEY": _value(self._settings.secret_key),
             "PALIER_DATABASE_URL": self._settings.database_url,
             "PALIER_DEMO": str(int(self._settings.demo)),
             "PALIER_TIMEZONE": self._settings.timezone},
        )  # fmt: skip
        self._supervise(
            "dialogue",
            served,
            f"{address}/palier/ready",
            {"PALIER_DIALOGUE_SECRET": secret, "PYTHONPATH": str(model.NLU)},
            secret,
            trusted=False,
        )
        return address

    def _start_duckling(self) -> str | None:
        """The address of what reads times and amounts; None where it can't run: Palier asks with buttons."""
        if self._settings.duckling_url or not model.has_duckling():
            return self._settings.duckling_url
        port = free_port()
        address = f"http://127.0.0.1:{port}"
        environment = {"PYTHONPATH": str(model.NLU)}
        self._supervise(
            "duckling", model.duckling_command(port), address, environment, needed=False, trusted=False
        )
        return address

    def _supervise(
        self,
        name: str,
        command: list[str],
        probe: str,
        environment: dict[str, str],
        secret: str = "",
        *,
        needed: bool = True,
        trusted: bool = True,
    ) -> None:
        """Keep a child alive. `needed`: a message is not answered without it. `trusted`: it may know what we
        know; what reads people's words with parts that nobody mends any more may not."""
        headers = {"Authorization": f"Bearer {secret}"} if secret else {}

        async def ready() -> bool:
            try:
                return (await self._probes.get(probe, headers=headers)).status_code == 200
            except httpx.HTTPError:
                return False

        child = Child(name, command, ready=ready, environment=environment, folder=model.ROOT, trusted=trusted)
        self.children.append(child)
        self._launch(child.run(self._stop))
        if needed:
            self._checks[name] = False
            self._launch(self._watch(name, child.is_ready))

    def _start_delivery(self, gateway: Gateway) -> Delivery:
        parts = self._parts
        delivery = Delivery(
            parts.database,
            parts.clock,
            parts.house,
            gateway.send,
            bot_id=gateway.bot.id,
            me=self._me,
            pace=self._pace,
        )
        # At a stop the last answers are written first, then delivered.
        self._launch(delivery.run(self._answered if "bot" in self._roles else self._stop))
        if not parts.database.is_sqlite:
            self._launch(self._listen(delivery.wake))
        return delivery

    async def _answer(self, lanes: Lanes) -> None:
        try:
            await lanes.sweep(self._stop)
        finally:
            self._answered.set()

    async def _listen(self, wake: Callable[[], None]) -> None:
        """Follow the other processes' commits; a lost connection is opened again."""
        ended = threading.Event()
        while not self._stop.is_set():
            listening = asyncio.create_task(asyncio.to_thread(listen, self._parts.database, wake, ended))
            stopping = asyncio.create_task(self._stop.wait())
            await asyncio.wait([listening, stopping], return_when=asyncio.FIRST_COMPLETED)
            stopping.cancel()
            if self._stop.is_set():
                ended.set()
            with contextlib.suppress(ConnectionError):
                await listening
            await asyncio.sleep(_WATCH_SECONDS)

    async def _fetch(self, gateway: Gateway, lanes: Lanes, dialogue: Dialogue) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._talk_or_stop(dialogue), _PATIENCE_SECONDS)
        if self._stop.is_set():
            return
        if self._settings.webhook_url:
            secret = _webhook_secret(self._settings)
            await webhook.install(gateway, self._settings.webhook_url, secret)
            await webhook.keep(gateway, self._settings.webhook_url, secret, self._stop)
        else:
            await polling.poll(gateway, lanes, self._stop)

    async def _talk_or_stop(self, dialogue: Dialogue) -> None:
        while not self._stop.is_set() and not await dialogue.ready():
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stop.wait(), 0.2)

    def _start_web(self, routers: list[APIRouter], files: Files | None) -> None:
        parts = self._parts
        bot_name = _bot_name(self._settings)
        web = create_console(
            parts.database,
            parts.clock,
            parts.house,
            self._readiness,
            extra_routers=routers,
            files=files,
            mailer=self._mailer,
            bot_name=bot_name,
        )
        api = create_api(parts.database, parts.clock, parts.house, files=files, bot_name=bot_name)
        web.mount("/api", api)
        listener = socket.create_server((self._settings.host, self._settings.port))
        config = uvicorn.Config(AddressLimit(web), log_level="warning", access_log=False, lifespan="off")
        self._launch(self._serve(_Server(config), listener))

    async def _serve(self, server: uvicorn.Server, listener: socket.socket) -> None:
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        stopping = asyncio.create_task(self._stop.wait())
        await asyncio.wait([serving, stopping], return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        server.should_exit = True
        await serving

    def _readiness(self) -> dict[str, bool]:
        return {**self._checks, "alerts": self._alerts_leave}

    async def _watch_alerts(self) -> None:
        parts = self._parts
        dead_man = DeadMan(parts.database, parts.clock, parts.house, acts="scheduler" in self._roles)
        while not self._stop.is_set():
            try:
                self._alerts_leave = await asyncio.to_thread(dead_man.look)
            except SQLAlchemyError as error:
                log.error("database away", fault=type(error).__name__)
                self._alerts_leave = False
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stop.wait(), _LOOK_SECONDS)

    async def _watch_dialogue(self, dialogue: Dialogue) -> None:
        self._checks["talk"] = False
        await self._watch("talk", dialogue.ready)

    async def _watch(self, name: str, probe: Callable[[], Coroutine[Any, Any, bool]]) -> None:
        """Keep one readiness check up to date."""
        while not self._stop.is_set():
            self._checks[name] = await probe()
            pause = _WATCH_SECONDS if self._checks[name] else 0.2
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stop.wait(), pause)

    async def _announce(self, on_ready: Callable[[], None]) -> None:
        while not self._stop.is_set():
            if all(self._checks.values()):
                # What was loaded stays: going through it again for garbage stops everybody for 0.2 s.
                gc.collect()
                gc.freeze()
                on_ready()
                return
            await asyncio.sleep(0.05)

    def _launch(self, work: Coroutine[Any, Any, None]) -> None:
        self._tasks.append(asyncio.create_task(work))


class _Server(uvicorn.Server):
    """Uvicorn without its own signal handlers: the application stops everything in order."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def _gateway(settings: Settings) -> Gateway:
    return Gateway(_value(settings.telegram_token), settings.telegram_api)


def _files(settings: Settings) -> Files | None:
    """The bot's files, where the token is known: a console of its own may do without."""
    return Files(_value(settings.telegram_token), settings.telegram_api) if settings.telegram_token else None


def _bot_name(settings: Settings) -> Callable[[], str] | None:
    """Asks Telegram for the bot's name, once; None where the token is not known."""
    if not settings.telegram_token:
        return None
    token = _value(settings.telegram_token)
    return cache(lambda: username(token, settings.telegram_api))


def _secret(settings: Settings) -> str:
    """The dialogue's secret: given, or made up for the server that we start ourselves."""
    return _value(settings.dialogue_secret) if settings.dialogue_secret else secrets.token_hex(32)


def _webhook_secret(settings: Settings) -> str:
    return _value(settings.webhook_secret)


def _value(secret: Any) -> str:
    return str(secret.get_secret_value()) if secret is not None else ""
