"""Ways to ask Duckling: a worker process of ours, or any server that answers its `POST /parse`."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from datetime import datetime
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import ProxyHandler, Request, build_opener

from palier_fr.times import DIMENSIONS, EngineDown

LOCALE = "fr_FR"
# A worker that is slow for a time is killed before this; so this only ends a wait for a dead server.
TIMEOUT_SECONDS = 1.0
_LARGEST_ANSWER = 1_000_000


class Worker:
    """Duckling in a child process; when a text has killed it, the next one is asked of a new process."""

    def __init__(self, python: str = sys.executable) -> None:
        """`python`: the interpreter of an environment where Duckling is installed."""
        self._python = python
        self._lock = threading.Lock()
        self._process: subprocess.Popen[str] | None = None
        self._is_ready = False

    def start(self) -> None:
        """Start the process and wait until it answers. Raises EngineDown when it can't run here."""
        with self._lock:
            self._running()

    def parse(self, request: dict[str, Any]) -> list[dict[str, Any]]:
        """The answer to `text`, `locale`, `tz`, `dims`, `reftime` (ms) and `latent`. Raises EngineDown."""
        with self._lock:
            process = self._running()
            assert process.stdin is not None
            assert process.stdout is not None
            try:
                process.stdin.write(json.dumps(request) + "\n")
                process.stdin.flush()
                line = process.stdout.readline()
            except OSError:
                line = ""
            if not line:
                self._end()
                self._spawn()  # while nobody waits for it
                raise EngineDown("the text took too long")
            answer: list[dict[str, Any]] = json.loads(line)
            return answer

    def __call__(self, text: str, reference: datetime, zone: str) -> list[dict[str, Any]]:
        """What Duckling finds in a text written at `reference` by somebody in `zone`. Raises EngineDown."""
        return self.parse(
            {
                "text": text,
                "locale": LOCALE,
                "tz": zone,
                "dims": list(DIMENSIONS),
                "reftime": _milliseconds(reference),
                "latent": False,
            }
        )

    def close(self) -> None:
        """End the process."""
        with self._lock:
            self._end()

    def _running(self) -> subprocess.Popen[str]:
        process = self._process or self._spawn()
        if not self._is_ready:
            assert process.stdout is not None
            self._is_ready = process.stdout.readline() == "ready\n"
            if not self._is_ready:
                self._end()
                raise EngineDown("Duckling does not start")
        return process

    def _spawn(self) -> subprocess.Popen[str]:
        self._process = subprocess.Popen(
            [self._python, "-m", "palier_nlu.duckling.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            encoding="utf-8",
            env={**os.environ, "LC_ALL": "C.UTF-8"},
            start_new_session=True,
        )
        return self._process

    def _end(self) -> None:
        process, self._process, self._is_ready = self._process, None, False
        if process is None:
            return
        process.kill()
        with process:  # closes the pipes and waits
            pass


class Server:
    """A server that speaks Duckling's own HTTP: ours (`palier_nlu.duckling.serve`), or the official one."""

    def __init__(self, url: str) -> None:
        self._url = f"{url.rstrip('/')}/parse"
        self._open = build_opener(ProxyHandler({})).open

    def __call__(self, text: str, reference: datetime, zone: str) -> list[dict[str, Any]]:
        """What Duckling finds in a text written at `reference` by somebody in `zone`. Raises EngineDown."""
        form = {
            "text": text,
            "locale": LOCALE,
            "tz": zone,
            "dims": json.dumps(list(DIMENSIONS)),
            "reftime": str(_milliseconds(reference)),
        }
        # The address is the operator's own setting.
        request = Request(self._url, urlencode(form).encode())  # noqa: S310
        try:
            with self._open(request, timeout=TIMEOUT_SECONDS) as answer:
                found = json.loads(answer.read(_LARGEST_ANSWER))
        except HTTPError as error:
            raise EngineDown(f"HTTP {error.code}") from error
        except (OSError, ValueError) as error:
            raise EngineDown(type(error).__name__) from error
        if not isinstance(found, list):
            raise EngineDown("answer not understood")
        return found


def _milliseconds(instant: datetime) -> int:
    return round(instant.timestamp() * 1000)
