"""A way to PostgreSQL on which some commits break: before the server reads them, or before it can answer."""

import contextlib
import shutil
import socket
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import URL

_SOCKET = ".s.PGSQL.5432"
# One commit in so many breaks, in turn before and after it holds.
_ONE_IN = 6


class CommitWay:
    """Passes everything on; while `cuts`, breaks commits. `before`, `after`: how many broke, and when."""

    def __init__(self, server: Path, folder: Path, url: str) -> None:
        self.url = url
        self.cuts = False
        self.before = self.after = 0
        self._server = server
        self._commits = 0
        self._lock = threading.Lock()
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(folder / _SOCKET))
        self._listener.listen(64)
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            far = socket.socket(socket.AF_UNIX)
            far.connect(str(self._server / _SOCKET))
            # Set when the client must not read the answer to its commit.
            lost = threading.Event()
            threading.Thread(target=self._ask, args=(near, far, lost), daemon=True).start()
            threading.Thread(target=self._answer, args=(near, far, lost), daemon=True).start()

    def _ask(self, near: socket.socket, far: socket.socket, lost: threading.Event) -> None:
        with contextlib.suppress(OSError):
            while data := near.recv(65_536):
                if self.cuts and b"COMMIT" in data and (turn := self._turn()) is not None:
                    if turn:
                        break
                    lost.set()
                far.sendall(data)
        _close(near, far)

    def _answer(self, near: socket.socket, far: socket.socket, lost: threading.Event) -> None:
        with contextlib.suppress(OSError):
            # What comes after the commit was sent is its answer: it holds by then.
            while (data := far.recv(65_536)) and not lost.is_set():
                near.sendall(data)
        _close(near, far)

    def _turn(self) -> bool | None:
        """Whether this commit breaks before (True) or after it holds (False); None: it does not break."""
        with self._lock:
            self._commits += 1
            if self._commits % _ONE_IN:
                return None
            before = self._commits // _ONE_IN % 2 == 0
            self.before += before
            self.after += not before
            return before


@contextlib.contextmanager
def cutting_commits(url: URL) -> Iterator[CommitWay]:
    """Such a way to the database of `url`, which is reached by a Unix socket."""
    # Not the tests' folder: a socket's path must be short.
    folder = Path(tempfile.mkdtemp(prefix="palier-way-"))
    address = url.set(query={"host": str(folder)}).render_as_string(hide_password=False)
    way = CommitWay(Path(str(url.query["host"])), folder, address)
    try:
        yield way
    finally:
        way.close()
        shutil.rmtree(folder)


def _close(*ends: socket.socket) -> None:
    for end in ends:
        with contextlib.suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
        end.close()
