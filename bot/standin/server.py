"""Starting and stopping the stand-in, in a thread for tests or as a process of its own."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import signal
import socket
import threading
import time
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from typing import Any

import uvicorn
from starlette.routing import Router
from starlette.types import ASGIApp, Receive, Scope, Send

from bot.standin.acts import put_user
from bot.standin.api import BotApi
from bot.standin.client import StandInClient
from bot.standin.connection import DroppableProtocol
from bot.standin.control import control_routes
from bot.standin.limits import Limits
from bot.standin.page import page_routes
from bot.standin.state import World
from bot.standin.webhook import deliver_updates

START_SECONDS = 10.0
STOP_SECONDS = 5


@dataclass(frozen=True, slots=True)
class StandIn:
    """A running stand-in."""

    url: str
    token: str

    @property
    def base_url(self) -> str:
        """What python-telegram-bot calls `base_url`."""
        return f"{self.url}/bot"

    @property
    def base_file_url(self) -> str:
        """What python-telegram-bot calls `base_file_url`."""
        return f"{self.url}/file/bot"

    def client(self) -> StandInClient:
        """A new client of the control API; close it after use."""
        return StandInClient(self.url)


def new_token() -> str:
    """A well-formed token that no real bot has."""
    return f"{secrets.randbelow(1_000_000) + 1_000_000}:local-{secrets.token_hex(16)}"


def build_app(world: World) -> ASGIApp:
    """The ASGI application: the Bot API first and directly, since it carries the load."""
    api = BotApi(world)
    router = Router([*control_routes(world), *page_routes(world)])

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "")
        if path.startswith(("/bot", "/file/bot")):
            await api(scope, receive, send)
        else:
            await router(scope, receive, send)

    return app


class StandInServer(uvicorn.Server):
    """Uvicorn with the webhook courier beside it; lets go of waiting requests when it stops."""

    def __init__(self, world: World) -> None:
        super().__init__(
            uvicorn.Config(
                build_app(world),
                http=DroppableProtocol,
                ws="none",
                lifespan="off",
                log_level="warning",
                access_log=False,
                timeout_graceful_shutdown=STOP_SECONDS,
            )
        )
        self._world = world

    async def serve(self, sockets: list[socket.socket] | None = None) -> None:
        """Serves until `should_exit`."""
        courier = asyncio.create_task(deliver_updates(self._world))
        try:
            await super().serve(sockets)
        finally:
            courier.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await courier

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Ends long polls and event streams first, so that nobody has to be waited for."""
        self._world.close()
        await super().shutdown(sockets)

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """SIGTERM and SIGINT end the server, and with it the process, with status 0."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        previous = {
            number: signal.signal(number, self.handle_exit) for number in (signal.SIGTERM, signal.SIGINT)
        }
        try:
            yield
        finally:
            for number, handler in previous.items():
                signal.signal(number, handler)


def listen(host: str, port: int) -> tuple[socket.socket, str]:
    """A bound socket and the address to reach it by."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((host, port))
    shown = f"[{host}]" if family == socket.AF_INET6 else host
    return listener, f"http://{shown}:{listener.getsockname()[1]}"


def make_world(
    token: str,
    limits: Limits | None = None,
    users: Any = None,
    faults: Any = None,
    title: str = "",
    panel_url: str = "",
) -> World:
    """A world with its people and its fault script."""
    world = World(token, limits or Limits(), title, panel_url)
    for user in users or []:
        put_user(world, user)
    world.faults.add(faults or [])
    return world


@contextlib.contextmanager
def running_standin(
    *,
    token: str | None = None,
    host: str = "127.0.0.1",
    port: int = 0,
    limits: Limits | None = None,
    users: list[dict[str, Any]] | None = None,
    faults: list[dict[str, Any]] | None = None,
    title: str = "",
    panel_url: str = "",
) -> Iterator[StandIn]:
    """A stand-in in a thread of this process, stopped and joined at the end.

    Telegram's sending limits hold unless `limits` says otherwise (`Limits.off()` for none).
    """
    world = make_world(token or new_token(), limits, users, faults, title, panel_url)
    listener, url = listen(host, port)
    server = StandInServer(world)
    thread = threading.Thread(target=server.run, args=([listener],), name="standin")
    thread.start()
    try:
        _wait_until_started(server, thread)
        yield StandIn(url, world.token)
    finally:
        server.should_exit = True
        thread.join()
        listener.close()


def _wait_until_started(server: uvicorn.Server, thread: threading.Thread) -> None:
    end = time.monotonic() + START_SECONDS
    while not server.started:
        if not thread.is_alive() or time.monotonic() > end:
            raise RuntimeError("the Telegram stand-in did not start")
        time.sleep(0.005)
