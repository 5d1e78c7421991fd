"""`palier run` as a process of its own, that a scenario may stop, kill and start again."""

import gc
import json
import multiprocessing
import os
import sys
import time
from collections.abc import Mapping
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from bot import delivery, wiring
from bot.chat import webhook
from bot.cli import main
from bot.domain import delivery as pace
from tests.scenarios.parts import clean_environment, until

# A setting of the process: none of Telegram's limits at all.
UNPACED = "SCENARIO_UNPACED"
_PATIENCE = 60.0
# Importing the product and reading its files takes most of a start: one process of the run has done it,
# each bot is its fork.
_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload(["bot.app", "bot.storage.migrations", "tests.scenarios.process"])
wiring.files()
gc.collect()
gc.freeze()


def _palier(arguments: list[str], folder: Path, environment: Mapping[str, str], out: Path, log: Path) -> None:
    """The whole life of the process: the command `palier`, as a shell in `folder` would start it."""
    for path, stream in ((out, sys.stdout), (log, sys.stderr)):
        with path.open("wb") as file:
            os.dup2(file.fileno(), stream.fileno())
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    sys.argv = ["palier", *arguments]
    # Days pass in a second here: what another process queued is found as soon, and nobody waits for
    # the pace that a telephone could not type faster than (tests/test_delivery.py keeps it).
    delivery.POLL_SECONDS = 0.05
    webhook.WATCH_SECONDS = 1.0
    pace.CHAT_SECONDS = 0.0
    if UNPACED in environment:
        pace.Pace.wait = lambda *_, **_kind: 0.0  # type: ignore[method-assign]
    main()


class BotProcess:
    """One `palier run --role …`, in a folder of its own."""

    def __init__(self, folder: Path, settings: Mapping[str, str], roles: str) -> None:
        self._folder = folder
        self.environment = {**clean_environment(), **settings}
        self._roles = roles
        self._process: BaseProcess | None = None
        self._starts = 0

    @property
    def pid(self) -> int:
        assert self._process is not None
        assert self._process.pid is not None
        return self._process.pid

    def start(self, *, wait: bool = True) -> None:
        """Start it; returns when it says `ready`."""
        assert self._process is None, "it runs already"
        self._starts += 1
        arguments = ["run", "--role", self._roles]
        self._process = _FORKS.Process(
            target=_palier,
            args=(arguments, self._folder, self.environment, self._file("out"), self._file("log")),
        )
        self._process.start()
        if wait:
            self.wait_until_ready()

    def wait_until_ready(self) -> None:
        until(self._ready_or_dead, f"`palier run` is ready\n{self.log()}", _PATIENCE)
        assert self._said_ready(), f"`palier run` ended\n{self.log()}"

    def kill(self) -> None:
        """SIGKILL: it can do nothing about it."""
        assert self._process is not None
        self._process.kill()
        self._process.join()
        self._process = None

    def stop(self) -> tuple[int, float]:
        """SIGTERM: its exit status and the seconds that it took."""
        assert self._process is not None
        begun = time.monotonic()
        self._process.terminate()
        self._process.join(30)
        status = self._process.exitcode
        assert status is not None, "it does not stop"
        self._process = None
        return status, time.monotonic() - begun

    def end(self) -> None:
        """Whatever its state, nothing of it is left."""
        if self._process is not None:
            self._process.terminate()
            self._process.join(20)
            self.kill()

    def log(self) -> str:
        """All that was written on its stderr, over all its starts."""
        return "".join(path.read_text(encoding="utf-8") for path in sorted(self._folder.glob("bot-*.log")))

    def events(self) -> list[dict[str, Any]]:
        """The structured lines of the log."""
        return [json.loads(line) for line in self.log().splitlines() if line.startswith("{")]

    def _file(self, kind: str) -> Path:
        return self._folder / f"bot-{self._starts}.{kind}"

    def _said_ready(self) -> bool:
        out = self._file("out")
        return out.exists() and "ready\n" in out.read_text(encoding="utf-8")

    def _ready_or_dead(self) -> bool:
        assert self._process is not None
        return self._said_ready() or not self._process.is_alive()
