"""An action server that records its calls and says what the test wants."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Call = dict[str, Any]


def name_itself(call: Call) -> dict[str, Any]:
    """The default answer: one message with the name of the action."""
    return {"events": [], "responses": [{"text": call["next_action"], "buttons": []}]}


class Actions:
    """What was called, and what will be answered (`None` is an error of the action server)."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.answer: Callable[[Call], dict[str, Any] | None] = name_itself
        self.url = ""

    def reset(self) -> None:
        self.calls.clear()
        self.answer = name_itself


@contextmanager
def running_actions() -> Iterator[Actions]:
    actions = Actions()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1

        def do_POST(self) -> None:
            call = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            actions.calls.append(call)
            answer = actions.answer(call)
            body = json.dumps(call if answer is None else answer).encode()
            self.send_response(500 if answer is None else 200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    actions.url = f"http://127.0.0.1:{server.server_port}/webhook"
    try:
        yield actions
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
