"""The words in which a scenario is told: a world of its own, its tenants and caseworkers."""

import contextlib
import shutil
from collections.abc import Iterator
from pathlib import Path

from bot.standin.server import running_standin
from tests.scenarios.parts import Bridge, SharedDialogue
from tests.scenarios.process import BotProcess
from tests.scenarios.talkers import Caseworker, Talker, Tenant, link_in, path_of
from tests.scenarios.world import LANDLORD, SAMPLES, SECRET_KEY, STARTS, World

__all__ = [
    "LANDLORD",
    "SAMPLES",
    "SECRET_KEY",
    "STARTS",
    "Caseworker",
    "Talker",
    "Tenant",
    "World",
    "link_in",
    "path_of",
    "running_world",
]


@contextlib.contextmanager
def running_world(
    folder: Path,
    dialogue: SharedDialogue | None,
    *,
    database_url: str = "",
    samples: Path | None = None,
    roles: str = "bot,delivery,scheduler",
    webhook: bool = False,
    run: bool = True,
    starts: str = STARTS,
) -> Iterator[World]:
    """A world whose bot runs, on Tuesday 1 December 2026, 9 h, or from that other local instant on.

    Without a `dialogue` it must start its own (role dialogue). `samples` is a SQLite file that holds the
    sample landlord already.
    """
    extra: dict[str, str] = {}
    bridge = None
    if dialogue is not None:
        bridge = Bridge(dialogue.port)
        bridge.restore()
        extra = {"PALIER_DIALOGUE_URL": bridge.url, "PALIER_DIALOGUE_SECRET": dialogue.secret}
    with running_standin() as telegram:
        url = database_url or f"sqlite:///{folder / 'palier.sqlite3'}"
        if samples is not None:
            shutil.copy(samples, folder / "palier.sqlite3")
        world = World(folder, url, telegram, roles, extra)
        world.bridge = bridge
        if webhook:
            world.bot = BotProcess(
                folder,
                world.settings | {"PALIER_WEBHOOK_URL": world.address, "PALIER_WEBHOOK_SECRET": "s3cret"},
                roles,
            )
        with contextlib.ExitStack() as held:
            held.callback(world.standin.close)
            held.callback(world.parts.database.close)
            if samples is None:
                world.prepare()
            world.begin(starts)
            if dialogue is not None:
                held.enter_context(dialogue.actions.working_on(world.parts))
            if bridge is not None:
                held.callback(bridge.cut)
            held.callback(world.bot.end)
            if bridge is not None:
                held.callback(bridge.restore)
            if run:
                world.bot.start()
            yield world
