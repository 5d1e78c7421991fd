"""What all scenarios share: one dialogue server on the real model, one action server beside it.

Each scenario has its own database: the action server works on the one that it is given, and each
scenario reaches the dialogue through a bridge of its own, which it may cut.
"""

import asyncio
import contextlib
import os
import secrets
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import httpx
from rasa_sdk.endpoint import create_app
from rasa_sdk.executor import ActionExecutor

from actions.base import ServiceAction
from actions.serve import VERBS
from bot import model
from bot.children import free_port
from bot.wiring import Parts

MODELS = model.ROOT / "models"
_PATIENCE = 90.0


def until(holds: Callable[[], object], what: str, seconds: float = 20.0) -> None:
    """Wait until `holds()`; `what` names it when it does not come."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, f"{what}: not within {seconds:g} s"
        time.sleep(0.02)


class ActionServer:
    """rasa-sdk's own server in a thread of the tests; `working_on` gives it a scenario's database."""

    def __init__(self) -> None:
        self.port = free_port()
        self._executor = ActionExecutor()
        self._loop = asyncio.new_event_loop()
        self._stop = asyncio.Event()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, name="actions")

    @contextlib.contextmanager
    def working_on(self, parts: Parts) -> Iterator[None]:
        """On that database. At the end what was begun is finished and nothing begins any more: a late
        action would open a connection to a database that is closed."""
        threads = ThreadPoolExecutor(thread_name_prefix="action")
        self._loop.set_default_executor(threads)
        for name, verb in VERBS.items():
            action = ServiceAction(name, verb, parts.database, parts.clock, parts.house)
            self._executor.register_action(action)
        try:
            yield
        finally:
            threads.shutdown()

    @contextlib.contextmanager
    def running(self) -> Iterator[None]:
        self._thread.start()
        assert self._ready.wait(20), "the action server did not start"
        try:
            yield
        finally:
            self._loop.call_soon_threadsafe(self._stop.set)
            self._thread.join()

    def _run(self) -> None:
        self._loop.run_until_complete(self._serve())
        self._loop.run_until_complete(self._loop.shutdown_default_executor())
        self._loop.close()

    async def _serve(self) -> None:
        app = create_app(self._executor, cors_origins="")
        server = await app.create_server("127.0.0.1", self.port, return_asyncio_server=True, access_log=False)
        assert server is not None
        await server.startup()
        await server.start_serving()
        self._ready.set()
        await self._stop.wait()
        await server.close()
        for connection in list(server.connections):
            connection.close(timeout=0.1)
        await server.wait_closed()


@dataclass(frozen=True)
class SharedDialogue:
    """The running dialogue server: where it listens, what it must be told, its way to the actions."""

    port: int
    secret: str
    actions: ActionServer
    way: "Bridge"


@contextlib.contextmanager
def running_dialogue(log: Path) -> Iterator[SharedDialogue]:
    """The trained model served as the product serves it, and the actions beside it."""
    actions = ActionServer()
    port, times, secret = free_port(), free_port(), secrets.token_hex(16)
    way = Bridge(actions.port)
    url = f"{way.url}/webhook"
    if not model.KEY.exists():  # trained before models were signed
        model.sign(MODELS)
    command = model.serve_command(model.current(MODELS), port, url, f"http://127.0.0.1:{times}")
    environment = {**model.environment(), "PALIER_DIALOGUE_SECRET": secret}
    with (
        actions.running(),
        _reading_times(times, environment),
        log.open("w", encoding="utf-8") as stderr,
        subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=stderr, text=True, env=environment
        ) as process,
    ):
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n", log.read_text(encoding="utf-8")
            way.restore()
            _warm_up(port, secret)
            yield SharedDialogue(port, secret, actions, way)
        finally:
            process.terminate()
            process.wait(30)
            way.cut()


@contextlib.contextmanager
def _reading_times(port: int, environment: dict[str, str]) -> Iterator[None]:
    """Duckling, as the product starts it beside the dialogue server."""
    with subprocess.Popen(
        model.duckling_command(port), stdout=subprocess.PIPE, text=True, env=environment
    ) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
            yield
        finally:
            process.terminate()
            process.wait(30)


def _warm_up(port: int, secret: str) -> None:
    """The first message costs more than the others; no scenario should pay for it."""
    body = {"id": "1", "conversation": "warm", "mode": "parse", "text": "bonjour", "context": {
        "now": "2026-12-01T09:00:00+00:00", "timezone": "Europe/Paris"}}  # fmt: skip
    answer = httpx.post(
        f"http://127.0.0.1:{port}/palier/message",
        json=body,
        headers={"Authorization": f"Bearer {secret}"},
        timeout=_PATIENCE,
        trust_env=False,
    )
    assert answer.status_code == 200, answer.text


# What no dialogue server says, in a right envelope.
_GARBAGE = (
    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n"
    b'Content-Length: 6\r\n\r\n{"a": ['
)


class Bridge:
    """A way to a server that can be cut (nobody listens), stalled, slowed down, answered with garbage by,
    and restored."""

    def __init__(self, target: int) -> None:
        self.port = free_port()
        self._target = target
        self._listener: socket.socket | None = None
        self._open: set[socket.socket] = set()
        self._flow = threading.Event()
        self._flow.set()
        self._held = threading.Event()
        self._delay = 0.0
        self._garbles = False

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def restore(self) -> None:
        """Listen (again) and let everything through."""
        self._delay, self._garbles = 0.0, False
        self._flow.set()
        if self._listener is not None:
            return
        listener = socket.create_server(("127.0.0.1", self.port))
        self._listener = listener
        threading.Thread(target=self._accept, args=(listener,), daemon=True).start()

    def cut(self) -> None:
        """As when the server is dead: connections break, new ones are refused."""
        if self._listener is not None:
            with contextlib.suppress(OSError):
                self._listener.shutdown(socket.SHUT_RDWR)
            self._listener.close()
            self._listener = None
        for end in list(self._open):
            _close(end)
        self._flow.set()

    def stall(self) -> None:
        """Take messages and pass nothing on; `wait_until_held` returns when one is there."""
        self._held.clear()
        self._flow.clear()

    def slow(self, seconds: float) -> None:
        """Pass each message on so much later."""
        self._delay = seconds

    def garble(self) -> None:
        """Answer each message with words that mean nothing."""
        self._garbles = True

    def wait_until_held(self) -> None:
        assert self._held.wait(20), "no message came to the dialogue"

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                near, _ = listener.accept()
            except OSError:
                return
            try:
                far = socket.create_connection(("127.0.0.1", self._target))
            except OSError:
                _close(near)
                continue
            self._open |= {near, far}
            threading.Thread(target=self._pass_on, args=(near, far, True), daemon=True).start()
            threading.Thread(target=self._pass_on, args=(far, near, False), daemon=True).start()

    def _pass_on(self, source: socket.socket, sink: socket.socket, asks: bool) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                # Only messages and actions are troubled; the probe of readiness goes through.
                if asks and (b"/palier/message" in data or b"POST /webhook" in data):
                    if self._garbles:
                        source.sendall(_GARBAGE)
                        break
                    if not self._flow.is_set():
                        self._held.set()
                        self._flow.wait()
                    time.sleep(self._delay)
                sink.sendall(data)
        for end in (source, sink):
            _close(end)
            self._open.discard(end)


def _close(end: socket.socket) -> None:
    with contextlib.suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)
    end.close()


def clean_environment() -> dict[str, str]:
    """Ours, without any setting of a Palier that the developer runs."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PALIER_")}
