"""`palier clock`: the clock seen and moved from a terminal."""

import os
from collections.abc import Callable
from datetime import datetime, timedelta

from bot import advance, wiring
from bot.demo.feed import Feed
from bot.demo.prepare import SETTINGS_FILE, demo_settings
from bot.settings import load
from bot.standin.client import StandInClient
from bot.wiring import Parts


def show_or_move(move: str | None, target: Callable[[str, datetime], datetime]) -> str:
    """The business time after the move, as ISO in the person's zone.

    Without PALIER_DATABASE_URL it is the demo's clock. Raises PermissionError outside demo and tests,
    ValueError for a move that is not understood or goes back.
    """
    in_demo = "PALIER_DATABASE_URL" not in os.environ and SETTINGS_FILE.exists()
    parts = wiring.parts(demo_settings() if in_demo else load("secret_key"))
    with parts.database.reading() as session:
        now = parts.clock.now(session)
    if move is not None:
        if not parts.clock.movable:
            raise PermissionError
        now = _move(parts, target(move, now.astimezone(parts.house.zone)), in_demo)
    return now.astimezone(parts.house.zone).isoformat(timespec="seconds")


def _move(parts: Parts, target: datetime, in_demo: bool) -> datetime:
    if not in_demo:
        return advance.advance(parts, target)
    with StandInClient(parts.settings.telegram_api) as telegram:

        def stopped(offset: timedelta) -> None:
            telegram.clock(offset.total_seconds())

        return advance.advance(parts, target, feed=Feed(parts).play, stopped=stopped)
