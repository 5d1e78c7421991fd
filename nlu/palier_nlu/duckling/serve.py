"""Duckling's own HTTP over our worker: `python -m palier_nlu.duckling.serve --port N`, loopback only.

`POST /parse` takes a form (`text`, `locale`, `tz`, `dims`, `reftime`, `latent`) and answers as the official
server does, which may stand in its place. A text that takes too long gets 503, one that is too long 413.
"""

from __future__ import annotations

import argparse
import json
import logging
import signal
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs

from palier_fr.times import DIMENSIONS, EngineDown
from palier_nlu.duckling.engine import Worker
from palier_nlu.lifeline import exit_with_parent

logger = logging.getLogger(__name__)

LARGEST_REQUEST = 16 * 1024
LONGEST_TEXT = 600
_PATIENCE_SECONDS = 5.0


class Refused(ValueError):
    """The request is not understood."""


def main() -> int:
    """Serve until SIGTERM or SIGINT; 1 when Duckling can't run on this machine."""
    parser = argparse.ArgumentParser(prog="palier_nlu.duckling.serve", description="Duckling over HTTP.")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: loopback)")
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    exit_with_parent()
    worker = Worker()
    try:
        worker.start()
        server = make_server(arguments.host, arguments.port, worker)
    except (EngineDown, OSError) as error:
        print(f"palier_nlu.duckling.serve: {error}", file=sys.stderr)
        return 1
    for number in (signal.SIGTERM, signal.SIGINT):
        # `shutdown` waits for the loop that this handler interrupts: from another thread.
        signal.signal(number, lambda *_: Thread(target=server.shutdown).start())
    print("ready", flush=True)
    server.serve_forever(poll_interval=0.2)
    worker.close()
    return 0


def make_server(host: str, port: int, worker: Worker) -> ThreadingHTTPServer:
    """The server, bound and not yet serving."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = _PATIENCE_SECONDS

        def do_GET(self) -> None:
            self._answer(200, "quack!")

        def do_POST(self) -> None:
            try:
                length = int(self.headers.get("content-length") or 0)
                if length > LARGEST_REQUEST:
                    self.close_connection = True
                    self._answer(413, "too large")
                    return
                request = read_form(self.rfile.read(length))
            except ValueError as error:
                self._answer(400, str(error))
                return
            if self.path != "/parse":
                self._answer(404, "POST /parse")
            elif len(request["text"]) > LONGEST_TEXT:
                self._answer(413, "the text is too long")
            else:
                self._parse(request)

        def _parse(self, request: dict[str, Any]) -> None:
            try:
                found = worker.parse(request)
            except EngineDown as error:
                logger.warning("%s (%d characters)", error, len(request["text"]))
                self._answer(503, str(error))
            else:
                self._answer(200, json.dumps(found))

        def _answer(self, status: int, content: str) -> None:
            body = content.encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json" if status == 200 else "text/plain")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """No line a request: it would count what people write."""

    server = ThreadingHTTPServer((host, port), Handler)
    server.daemon_threads = True
    return server


def read_form(body: bytes) -> dict[str, Any]:
    """The request of a form. Raises Refused, or ValueError when a value is not what it should be."""
    form = {name: values[0] for name, values in parse_qs(body.decode("utf-8", "replace")).items()}
    if not form.get("text"):
        raise Refused("text is missing")
    dims = json.loads(form.get("dims") or "null")
    if dims is not None and not isinstance(dims, list):
        raise Refused("dims is a list")
    return {
        "text": form["text"],
        "locale": form.get("locale") or "en_GB",
        "tz": form.get("tz") or "America/Los_Angeles",
        "dims": [name for name in dims or DIMENSIONS if name in DIMENSIONS],
        "reftime": int(form.get("reftime") or time.time() * 1000),
        "latent": form.get("latent") == "true",
    }


if __name__ == "__main__":
    sys.exit(main())
