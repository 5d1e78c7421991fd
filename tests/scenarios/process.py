"""`palier run` as a process of its own, that a scenario may stop, kill and start again."""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bot import model
from tests.scenarios.parts import clean_environment, until

_COMMAND = [sys.executable, "-c", "from bot.cli import main; main()", "run"]
_PATIENCE = 60.0


class BotProcess:
    """One `palier run --role …`, in a folder of its own."""

    def __init__(self, folder: Path, settings: Mapping[str, str], roles: str) -> None:
        self._folder = folder
        self._environment = {**clean_environment(), "PYTHONPATH": str(model.ROOT), **settings}
        self._roles = roles
        self._process: subprocess.Popen[bytes] | None = None
        self._starts = 0

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def start(self, *, wait: bool = True) -> None:
        """Start it; returns when it says `ready`."""
        assert self._process is None, "it runs already"
        self._starts += 1
        with self._file("out").open("wb") as out, self._file("log").open("wb") as log:
            self._process = subprocess.Popen(
                [*_COMMAND, "--role", self._roles],
                stdout=out,
                stderr=log,
                cwd=self._folder,
                env=self._environment,
            )
        if wait:
            self.wait_until_ready()

    def wait_until_ready(self) -> None:
        until(self._ready_or_dead, f"`palier run` is ready\n{self.log()}", _PATIENCE)
        assert self._said_ready(), f"`palier run` ended\n{self.log()}"

    def kill(self) -> None:
        """SIGKILL: it can do nothing about it."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()
        self._process = None

    def stop(self) -> tuple[int, float]:
        """SIGTERM: its exit status and the seconds that it took."""
        assert self._process is not None
        begun = time.monotonic()
        self._process.send_signal(signal.SIGTERM)
        status = self._process.wait(30)
        self._process = None
        return status, time.monotonic() - begun

    def end(self) -> None:
        """Whatever its state, nothing of it is left."""
        if self._process is not None:
            self._process.terminate()
            try:
                self._process.wait(20)
            except subprocess.TimeoutExpired:
                self.kill()
            self._process = None

    def log(self) -> str:
        """All that was written on its stderr, over all its starts."""
        return "".join(path.read_text(encoding="utf-8") for path in sorted(self._folder.glob("bot-*.log")))

    def events(self) -> list[dict[str, Any]]:
        """The structured lines of the log."""
        return [json.loads(line) for line in self.log().splitlines() if line.startswith("{")]

    def _file(self, kind: str) -> Path:
        return self._folder / f"bot-{self._starts}.{kind}"

    def _said_ready(self) -> bool:
        return "ready\n" in self._file("out").read_text(encoding="utf-8")

    def _ready_or_dead(self) -> bool:
        assert self._process is not None
        return self._said_ready() or self._process.poll() is not None
