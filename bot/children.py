"""Child processes that Palier starts and keeps alive: the action server, the dialogue server, Duckling."""

import asyncio
import contextlib
import os
import socket
import threading
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path

import structlog

log = structlog.get_logger(__name__)

_STOP_SECONDS = 8.0
_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 30.0
_CHILD = "PALIER_CHILD"


class Child:
    """One supervised process: started, watched, started again with growing pauses when it dies.

    Our end of its standard input is a life line: it closes when we die, however we die.
    """

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        *,
        ready: Callable[[], Awaitable[bool]],
        environment: Mapping[str, str] | None = None,
        folder: Path | None = None,
        trusted: bool = True,
    ) -> None:
        """`trusted`: it gets our settings, secrets among them; else only what `environment` gives it."""
        self.name = name
        self.pid: int | None = None
        self._command = command
        self._ready = ready
        ours = {
            name: value for name, value in os.environ.items() if trusted or not name.startswith("PALIER_")
        }
        self._environment = {**ours, _CHILD: "1", **(environment or {})}
        self._folder = folder

    async def run(self, stop: asyncio.Event) -> None:
        """Keep the process running until `stop`, then end it."""
        pause = _FIRST_PAUSE
        while not stop.is_set():
            process = await asyncio.create_subprocess_exec(
                *self._command,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.DEVNULL,
                env=self._environment,
                cwd=self._folder,
                start_new_session=True,  # Ctrl-C in a terminal is ours to handle, not theirs
            )
            self.pid = process.pid
            ended = asyncio.ensure_future(process.wait())
            stopping = asyncio.ensure_future(stop.wait())
            await asyncio.wait([ended, stopping], return_when=asyncio.FIRST_COMPLETED)
            stopping.cancel()
            if stop.is_set():
                await _end(process)
                return
            log.error("child died", child=self.name, status=process.returncode)
            if await self.is_ready():
                pause = _FIRST_PAUSE
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), pause)
            pause = min(pause * 2, _LONGEST_PAUSE)

    async def is_ready(self) -> bool:
        return await self._ready()


async def _end(process: asyncio.subprocess.Process) -> None:
    with contextlib.suppress(ProcessLookupError):
        process.terminate()
    try:
        await asyncio.wait_for(process.wait(), _STOP_SECONDS)
    except TimeoutError:
        process.kill()
        await process.wait()


def free_port() -> int:
    """A loopback port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def exit_with_parent() -> None:
    """In a child: end when the parent's end of our standard input closes.

    Does nothing when the process was not started by a supervisor.
    """
    if os.environ.get(_CHILD) != "1":
        return

    def watch() -> None:
        # Not sys.stdin: its lock, held by this thread, would break a clean exit of the interpreter.
        while os.read(0, 4096):
            pass
        os._exit(0)

    threading.Thread(target=watch, daemon=True).start()
