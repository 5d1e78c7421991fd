"""`python -m bot.bench.product`: `palier run` with all its roles, its dialogue seen through the relay.

The processes are those of `palier run`; only the address that the bot calls for the dialogue is another.
"""

import os
import sys

import uvloop

from bot import logs, wiring
from bot.app import ROLES, App
from bot.bench.world import RELAY, UNPACED
from bot.domain.delivery import Pace


class _Measured(App):
    def _start_dialogue(self, secret: str) -> str:
        super()._start_dialogue(secret)
        return os.environ[RELAY]


def unpaced() -> Pace:
    """A pace that no bench reaches, neither over all chats nor in one."""
    return Pace(1000, 1.0, steady_per_second=1000.0, chat_messages=1000)


def main() -> None:
    logs.set_up()
    parts = wiring.parts()
    pace = unpaced() if os.environ.get(UNPACED) else None

    async def run() -> None:
        # "delivery" alone, for the measures that kill it.
        roles = set(sys.argv[1:]) or set(ROLES)
        await _Measured(parts, roles, pace=pace).run(_ready)

    uvloop.run(run())


def _ready() -> None:
    sys.stdout.write("ready\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
