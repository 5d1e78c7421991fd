"""One fault, played: a world, a day around the fault, its account."""

import contextlib
import tempfile
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import select

from bot.domain.states import OutboxState
from bot.storage import tables
from tests.faults import account
from tests.faults.account import Account
from tests.faults.day import Day
from tests.faults.matrix import ROLES, Fault, lasting
from tests.scenarios.parts import SharedDialogue, until
from tests.scenarios.story import World, running_world

# Six of them are asked about December's rent as the fault begins.
_UNPAID = ("B-0101", "B-0102", "B-0103", "B-0104", "B-0105", "B-0201")
# A caseworker gets one message a second at most: what a fault hands over takes its time to be told.
_PATIENCE_SECONDS = 240.0


def play(
    fault: Fault, dialogue: SharedDialogue, samples: Path, new_postgres: Callable[..., str] | None = None
) -> Account:
    """Talk before, during and after the fault; wait until all is handled; compare."""
    options = {"roles": ROLES, "webhook": fault.webhook, "starts": f"{fault.day}T08:00"}
    if fault.database == "postgres":
        assert new_postgres is not None
        options["database_url"] = new_postgres(small_disk=fault.small_disk)
    else:
        options["samples"] = samples
    if fault.webhook:
        options["roles"] += ",console"
    with (
        tempfile.TemporaryDirectory(prefix="palier-faults-") as folder,
        running_world(Path(folder), dialogue, **options) as world,
    ):
        day = Day(world, 20, in_danger=4)
        world.move_to(f"{fault.day}T09:00")
        world.bank_file(fault.day, unpaid=_UNPAID)
        day.talk(8)
        world.jump_to(f"{fault.day}T10:00")
        lasting(fault.strike(world, dialogue), lambda: day.talk(24, danger=3))
        day.talk(8, danger=1)
        # What is not done by then is in the account.
        with contextlib.suppress(AssertionError):
            until(lambda: not _in_work(world), "everything is handled and sent", _PATIENCE_SECONDS)
        return account.of(day)


def _in_work(world: World) -> bool:
    """Also a message that was refused, and waits to be tried again."""
    with world.reading() as session:
        refused = select(tables.Outbox.id).where(
            tables.Outbox.state == OutboxState.QUEUED, tables.Outbox.attempts > 0
        )
        if session.scalar(refused.limit(1)) is not None:
            return True
    return world.in_work()
