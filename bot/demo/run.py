"""`palier demo`: everything on this machine, for a visitor."""

import contextlib
import json
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from datetime import datetime

import uvloop

from bot.app import ROLES, App
from bot.demo import prepare
from bot.demo.letterbox import Letterbox
from bot.demo.panel import Panel, serving
from bot.demo.prepare import World
from bot.standin.client import StandInClient

_LINK_SECONDS = 30.0


def run(port: int, say: Callable[[str], None]) -> None:
    """Build the demo's world and run it until Ctrl-C or SIGTERM; `say` prints for the visitor."""
    with prepare.alone():
        world = prepare.build(port)
        with _standin(world) as telegram:
            letterbox = Letterbox(lambda: _now(world))
            with serving(Panel(world.parts, telegram, letterbox), world.panel_port):
                uvloop.run(_run(world, telegram, letterbox, say))


def _now(world: World) -> datetime:
    with world.parts.database.reading() as session:
        return world.parts.clock.now(session)


async def _run(world: World, telegram: str, letterbox: Letterbox, say: Callable[[str], None]) -> None:
    app = App(world.parts, set(ROLES), mailer=letterbox)

    def ready() -> None:
        threading.Thread(target=_welcome, args=(world, telegram, say), daemon=True).start()

    await app.run(ready)


def _welcome(world: World, telegram: str, say: Callable[[str], None]) -> None:
    with StandInClient(telegram, timeout=_LINK_SECONDS) as client:
        with world.parts.database.reading() as session:
            client.clock(world.parts.clock.offset(session).total_seconds())
        _link(world, client)
    say(f"Conversations (locataires et équipe, une horloge en haut) : {telegram}/")
    say(f"Console (demandez /console comme membre de l'équipe) : {world.parts.settings.base_address}/")
    say(f"Courriels (un lien pour entrer sans Telegram) : http://127.0.0.1:{world.panel_port}/courriels")
    say("Arrêter : Ctrl-C")
    say("ready")


def _link(world: World, client: StandInClient) -> None:
    """The team and some tenants open their invitation and answer the first contact."""
    codes = {user["id"]: user for user in world.users}
    people = [client.user(number) for number in world.starters]
    for person in people:
        person.start(codes[person.id]["start_payload"])
    for person in people:
        if codes[person.id]["group"] == "Locataires":
            person.wait_for(lambda message: "D’accord" in message.buttons).press("D’accord")


@contextlib.contextmanager
def _standin(world: World) -> Iterator[str]:
    """The stand-in in a process of its own; yields its address."""
    command = [
        *(sys.executable, "-m", "bot.standin"),
        *("--port", str(world.telegram_port), "--token", prepare.TOKEN, "--title", "Palier"),
        *("--users", str(prepare.users_file(world))),
        *("--panel-url", f"http://127.0.0.1:{world.panel_port}/"),
    ]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True)
    try:
        line = process.stdout.readline() if process.stdout else ""
        yield str(json.loads(line)["url"])
    finally:
        process.terminate()
        process.wait(10)
