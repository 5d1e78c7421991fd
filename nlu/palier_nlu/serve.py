"""Serve one model: `python -m palier_nlu.serve --model FILE --sha256 HASH --port N`."""

from __future__ import annotations

import argparse
import asyncio
import ctypes
import gc
import hashlib
import os
import shutil
import signal
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from palier_nlu.duckling.engine import Server
from palier_nlu.lifeline import exit_with_parent
from palier_nlu.quiet import hush

if TYPE_CHECKING:
    from sanic import Sanic
    from sanic.server import AsyncioServer

PURGE_SECONDS = 60.0
CLOSE_SECONDS = 10.0


class Refused(Exception):
    """The server does not start; the message says what to do."""


def main() -> int:
    """Run until SIGTERM or SIGINT; 1 when the start is refused."""
    arguments = _arguments()
    exit_with_parent()
    try:
        secret = _secret()
        with tempfile.TemporaryDirectory(prefix="palier-model-") as folder:
            model = checked_copy(arguments.model, arguments.sha256, Path(folder))
            hush()
            asyncio.run(_serve(arguments, secret, model))
    except (Refused, OSError) as error:
        print(f"palier_nlu.serve: {error}", file=sys.stderr)
        return 1
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="palier_nlu.serve", description="Palier's dialogue server.")
    parser.add_argument("--model", type=Path, required=True, help="the model archive")
    parser.add_argument("--sha256", required=True, help="its expected SHA-256 (models/current.json)")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: loopback)")
    parser.add_argument("--actions", help="address of the action server's webhook")
    parser.add_argument("--duckling", help="address of a Duckling server; without it no time is read")
    parser.add_argument(
        "--idle-seconds", type=float, default=7200.0, help="forget a silent conversation after"
    )
    return parser.parse_args()


def _secret() -> str:
    secret = os.environ.pop("PALIER_DIALOGUE_SECRET", "")
    if not secret:
        raise Refused("PALIER_DIALOGUE_SECRET is not set")
    return secret


def checked_copy(model: Path, expected: str, folder: Path) -> Path:
    """A private copy of the model whose hash is the expected one: nobody can swap it before it is loaded."""
    if not model.is_file():
        raise Refused(f"there is no model {model}: train one first")
    copy = Path(shutil.copyfile(model, folder / "model.tar.gz"))
    found = hashlib.sha256(copy.read_bytes()).hexdigest()
    if found != expected.lower():
        raise Refused(f"{model} is not the expected model (its SHA-256 is {found}): train again")
    return copy


async def _serve(arguments: argparse.Namespace, secret: str, model: Path) -> None:
    """Listen at once (answering 503), load, say `ready`, and stop cleanly on a signal."""
    from palier_nlu.channel import make_app

    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    app = make_app(secret, arguments.sha256.lower())
    server = await _listen(app, arguments.host, arguments.port)
    await _load(app, arguments, model)
    if not stop.is_set():
        print("ready", flush=True)
    purging = asyncio.create_task(_purge(app))
    await stop.wait()
    purging.cancel()
    await _close(app, server)


async def _listen(app: Sanic, host: str, port: int) -> AsyncioServer:
    server = await app.create_server(
        host,
        port,
        return_asyncio_server=True,
        access_log=False,
        asyncio_server_kwargs={"start_serving": False},
    )
    await server.startup()
    await server.start_serving()
    return server


async def _close(app: Sanic, server: AsyncioServer) -> None:
    """Take no new connection, let the messages under way be answered, and hang up."""
    await server.close()
    patience = time.monotonic() + CLOSE_SECONDS
    while server.connections and time.monotonic() < patience:
        for connection in list(server.connections):
            connection.close_if_idle()
        await asyncio.sleep(0.05)
    await app.ctx.dialogue.close()


async def _load(app: Sanic, arguments: argparse.Namespace, model: Path) -> None:
    """Load in a thread, so that the route answers 503 meanwhile."""

    def load() -> object:
        from palier_nlu.dialogue import Dialogue

        engine = Server(arguments.duckling) if arguments.duckling else None
        return Dialogue.load(model, arguments.actions, arguments.idle_seconds, engine)

    app.ctx.dialogue = await asyncio.to_thread(load)
    # Without this a full collection over TensorFlow's heap stops the server for half a second.
    gc.collect()
    gc.freeze()
    # What loading needed and no longer does goes back to the machine.
    ctypes.CDLL("libc.so.6").malloc_trim(0)


async def _purge(app: Sanic) -> None:
    while True:
        await asyncio.sleep(PURGE_SECONDS)
        app.ctx.dialogue.forget_idle()


if __name__ == "__main__":
    sys.exit(main())
