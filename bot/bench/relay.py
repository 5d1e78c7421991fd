"""Times the dialogue server from outside: bytes pass unchanged between the bot and the server.

One request at a time on a connection, as httpx does without pipelining. What the relay itself costs is
measured by the caller (`palier bench reply` asks the same thing with and without it) and taken away.
"""

import asyncio
import contextlib
import re
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

_CHAT = re.compile(rb'"chat_id": ?(\d+)')
_MESSAGE = b"POST /palier/message"
_CHUNK = 65536


@dataclass(frozen=True)
class Turn:
    """One message in the dialogue server, in monotonic seconds; `chat` is the chat's row."""

    chat: int
    began: float
    ended: float


@dataclass
class Relay:
    """Where the bot calls, and the turns that passed."""

    address: str = ""
    turns: list[Turn] = field(default_factory=list)
    # As when the server hangs: messages are taken and nothing is answered.
    hangs: bool = False


@contextlib.contextmanager
def running(port: int) -> Iterator[Relay]:
    """A relay to the loopback `port`, in a thread with its own event loop."""
    relay, started, loop = Relay(), threading.Event(), asyncio.new_event_loop()
    stop = asyncio.Event()

    async def serve() -> None:
        async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await _carry(relay, port, reader, writer)

        server = await asyncio.start_server(connected, "127.0.0.1", 0)
        relay.address = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        started.set()
        await stop.wait()
        server.close()

    def run() -> None:
        with asyncio.Runner(loop_factory=lambda: loop) as runner:
            runner.run(serve())

    thread = threading.Thread(target=run, name="relay")
    thread.start()
    started.wait()
    try:
        yield relay
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join()


async def _carry(relay: Relay, port: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        back, forth = await asyncio.open_connection("127.0.0.1", port)
    except OSError:  # the dialogue server does not listen yet
        writer.close()
        return
    passing = _Passing(relay)
    both = asyncio.gather(_pipe(reader, forth, passing.asked), _pipe(back, writer, passing.answered))
    with contextlib.suppress(OSError, asyncio.CancelledError):
        await both


class _Passing:
    """The exchange under way on one connection."""

    def __init__(self, relay: Relay) -> None:
        self._relay = relay
        self._request = b""
        self._asked = self._answered = 0.0

    def asked(self, chunk: bytes) -> bool:
        """Whether the chunk passes on."""
        if self._answered > self._asked:
            self._request = b""
        self._request += chunk
        self._asked = time.monotonic()
        return not (self._relay.hangs and self._request.startswith(_MESSAGE))

    def answered(self, _chunk: bytes) -> bool:
        self._answered = time.monotonic()
        chat = _CHAT.search(self._request)
        if chat and self._request.startswith(_MESSAGE):
            self._relay.turns.append(Turn(int(chat[1]), self._asked, self._answered))
        return True


async def _pipe(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, note: Callable[[bytes], bool]
) -> None:
    try:
        while chunk := await reader.read(_CHUNK):
            if note(chunk):
                writer.write(chunk)
    finally:
        writer.close()
