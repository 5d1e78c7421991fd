"""`python -m bot.standin`: the stand-in as a process."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from bot.standin.errors import ControlError
from bot.standin.limits import Limits
from bot.standin.server import StandInServer, listen, make_world, new_token


def main(arguments: list[str] | None = None) -> int:
    """Prints one JSON line with `url` and `token`, then serves until SIGTERM."""
    options = _parser().parse_args(arguments)
    try:
        world = make_world(
            options.token or new_token(),
            Limits.off() if options.no_limits else Limits(),
            _read(options.users),
            _read(options.script),
            options.title,
            options.panel_url,
        )
        listener, url = listen(options.host, options.port)
    except (ControlError, OSError, ValueError) as error:
        sys.stderr.write(f"standin: {error}\n")
        return 1
    with listener:
        server = StandInServer(world)
        listener.listen()
        sys.stdout.write(json.dumps({"url": url, "token": world.token}) + "\n")
        sys.stdout.flush()
        server.run([listener])
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m bot.standin", description="Telegram, on this machine only."
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: loopback)")
    parser.add_argument("--port", type=int, default=0, help="port to listen on (default: a free one)")
    parser.add_argument("--token", help="the bot's token (default: made up)")
    parser.add_argument("--script", type=Path, help="JSON list of fault rules")
    parser.add_argument("--users", type=Path, help="JSON list of users")
    parser.add_argument("--panel-url", default="", help="address of a page shown above the chats")
    parser.add_argument("--title", default="", help="name of the bot")
    parser.add_argument("--no-limits", action="store_true", help="without Telegram's sending limits")
    return parser


def _read(path: Path | None) -> Any:
    if path is None:
        return None
    content = json.loads(path.read_text(encoding="utf-8"))
    if not isinstance(content, list):
        raise ControlError(f"{path} must hold a JSON list")
    return content


if __name__ == "__main__":
    sys.exit(main())
