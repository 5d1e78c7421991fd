"""So many updates and files into a running Palier, and what must still be true after them."""

import asyncio
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from random import Random

import aiohttp

from bot.bench import memory
from bot.chat import webhook
from bot.domain.states import InboxState
from tests.faults.day import link
from tests.fuzz import files as landlord
from tests.fuzz.dialogue import Pretender, running_pretender
from tests.fuzz.files import FilesFound
from tests.fuzz.morning import Mornings
from tests.fuzz.updates import Post, Source
from tests.fuzz.watch import Bystanders, Telephones, loud, reached, stuck
from tests.scenarios.parts import SharedDialogue, until
from tests.scenarios.process import UNPACED
from tests.scenarios.story import World, running_world

_WRITERS, _BYSTANDERS = 30, 8
_STRANGERS = (990_001, 990_002, 990_003)
_TEAM = ("EQ01", "EQ02", "EQ03", "EQ04")
# So many calls of the webhook at once, as Telegram may; so many updates between two looks at the backlog.
_AT_ONCE, _BATCH = 16, 100
# A morning comes after so many updates, and twice at least; once a whole season has passed.
_A_DAY, _DAYS, _SEASON = 2_000, 3, timedelta(days=70)
_PATIENCE_SECONDS = 600.0
_SECRET = "s3cret"


@dataclass
class Found:
    """What went wrong (none of it should), and what was done. Memory in bytes, of the bot's process."""

    updates: int = 0
    made: Counter[str] = field(default_factory=Counter)
    answered: Counter[str] = field(default_factory=Counter)
    troubles: Counter[str] = field(default_factory=Counter)
    files: FilesFound = field(default_factory=FilesFound)
    shown: int = 0
    refused: int = 0
    looks: int = 0
    reached: dict[str, int] = field(default_factory=dict)
    days: int = 0
    memory: dict[int, int] = field(default_factory=dict)
    update_seconds: float = 0.0
    file_seconds: float = 0.0
    bot_seconds: float = 0.0
    # What the bot logged, kept when something went wrong.
    log: str = ""

    @property
    def faults(self) -> list[str]:
        return [f"{count} × {what}" for what, count in [*self.troubles.items(), *self.files.broken.items()]]


def play(
    dialogue: SharedDialogue,
    samples: Path,
    *,
    updates: int,
    files: int,
    seed: int,
    say: Callable[[str], None] = lambda _words: None,
) -> Found:
    """Updates of tenants, of the team and of strangers; some tenants write nothing: nothing of theirs may
    change. Then so many files of every kind, with bytes changed. The same seed makes the same ones, but for
    what they answer to."""
    found = Found(updates=updates)
    random = Random(seed)
    with (
        tempfile.TemporaryDirectory(prefix="palier-fuzz-") as folder,
        running_pretender(dialogue, Random(seed)) as pretender,
        running_world(
            Path(folder), dialogue, samples=samples, roles="bot,delivery", webhook=True, run=False
        ) as world,
    ):
        # Straight to the stand-in: the way that a scenario may cut is not wanted here.
        world.bot.environment |= {UNPACED: "1", "PALIER_DIALOGUE_URL": pretender.url}
        world.standin.limits(overall=0, per_chat=0)
        world.bot.start()
        begun = time.monotonic()
        Run(world, pretender, found, random, Path(folder), say).all()
        found.update_seconds = time.monotonic() - begun
        begun = time.monotonic()
        found.files = landlord.feed(world, Random(seed), Path(folder), files, huge=files >= 100)
        found.file_seconds = time.monotonic() - begun
    return found


class Run:
    """The updates of one run."""

    def __init__(
        self,
        world: World,
        pretender: Pretender,
        found: Found,
        random: Random,
        folder: Path,
        say: Callable[[str], None],
    ) -> None:
        self._world, self._pretender, self._found, self._say = world, pretender, found, say
        chats = link(world, _WRITERS + _BYSTANDERS)
        team = [world.caseworker(reference).joins().telegram.id for reference in _TEAM]
        writers, silent = chats[:_WRITERS], chats[_WRITERS:]
        for chat in (*chats, *_STRANGERS):
            world.standin.user(chat, first_name="C").start()
        world.settle()
        self._source = Source(random, writers, team, _STRANGERS)
        self._telephones = Telephones(world, self._source)
        self._mornings = Mornings(world, self._source, random, folder)
        self._bystanders = Bystanders(world, silent)

    def all(self) -> None:
        """Day after day, then what must be true at the end."""
        found, world = self._found, self._world
        pid = world.bot.pid
        done, day = 0, 0
        days = max(_DAYS, found.updates // _A_DAY)
        size = max(_BATCH, found.updates // days)
        while done < found.updates:
            if day:
                self._morning(_SEASON if day == days * 4 // 5 else timedelta(hours=5))
            self._telephones.meet()
            self._bystanders.look()
            today = min(size, found.updates - done)
            self._day(today)
            done, day = done + today, day + 1
            found.troubles.update(self._bystanders.changed())
            held = memory.of_tree(pid)
            found.memory[done] = held.rss if held else 0
            wrong = len(found.faults) + len(loud(world)) + len(self._telephones.troubles)
            self._say(f"{done} mises à jour, {found.memory[done] / 2**20:.0f} Mo, {wrong} défauts")
        assert world.bot.pid == pid, "another process answers"
        found.bot_seconds = memory.processor_seconds(pid)
        found.troubles.update(loud(world))
        found.troubles.update(stuck(world))
        found.troubles.update(self._telephones.troubles)
        found.troubles.update(self._pretender.refused)
        found.made, found.answered = self._source.made, self._pretender.answered
        found.shown, found.refused = self._telephones.shown, self._telephones.refused
        found.reached = reached(world)
        found.looks, found.days = self._bystanders.looks, day
        found.log = world.bot.log() if found.faults else ""

    def _day(self, updates: int) -> None:
        self._source.date = int(self._world.now.timestamp())
        for done in range(0, updates, _BATCH):
            asyncio.run(self._send(self._source.posts(min(_BATCH, updates - done))))
            until(self._keeps_up, "Palier keeps up", _PATIENCE_SECONDS)
            self._telephones.read()
        self._settles("everything is handled")
        self._telephones.read()

    def _settles(self, what: str) -> None:
        try:
            until(lambda: not self._world.in_work(), what, _PATIENCE_SECONDS)
        except AssertionError as error:
            raise AssertionError(f"{error}: {stuck(self._world)}\n{self._world.bot.log()[-5_000:]}") from None

    def _keeps_up(self) -> bool:
        return self._world.inbox(InboxState.NEW, InboxState.WORKING) < _BATCH

    async def _send(self, posts: Sequence[Post]) -> None:
        waiting = list(posts)
        async with aiohttp.ClientSession(base_url=self._world.address) as client:

            async def post() -> None:
                while waiting:
                    await self._post(client, waiting.pop(0))

            await asyncio.gather(*(post() for _ in range(_AT_ONCE)))

    async def _post(self, client: aiohttp.ClientSession, post: Post) -> None:
        headers = {"X-Telegram-Bot-Api-Secret-Token": _SECRET if post.trusted else "guessed"}
        try:
            async with client.post(webhook.PATH, data=post.body, headers=headers) as answer:
                status = answer.status
        except aiohttp.ClientError as error:
            status = type(error).__name__
        if status not in ((200, 413) if post.trusted else (404,)):
            self._found.troubles[f"le webhook répond {status}"] += 1

    def _morning(self, later: timedelta) -> None:
        posts = self._mornings.comes(later)
        self._settles("the morning's messages have left")
        asyncio.run(self._send(posts))
        self._settles("all that came of it has left")
        self._telephones.read()
