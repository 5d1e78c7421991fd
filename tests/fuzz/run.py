"""So many updates and files into a running Palier, and what must still be true after them."""

import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from sqlalchemy import func, select

from bot.bench import memory
from bot.domain.states import InboxState
from bot.imports.report import FileRefused
from bot.imports.run import KINDS, import_file
from bot.storage import tables
from bot.storage.tables import Table
from tests.faults.day import link
from tests.fuzz.mutate import Source
from tests.scenarios.parts import SharedDialogue, until
from tests.scenarios.process import UNPACED
from tests.scenarios.story import SAMPLES, World, running_world

_WRITERS, _BYSTANDERS = 12, 4
# Updates that wait at the most: the product works while we make the next ones.
_AHEAD = 200
_PATIENCE_SECONDS = 120.0


@dataclass
class Found:
    """What went wrong (none of it should), and what was done. Memory in bytes, of the bot's process."""

    updates: int = 0
    files: int = 0
    troubles: Counter[str] = field(default_factory=Counter)
    unhandled: int = 0
    touched: list[str] = field(default_factory=list)
    broken_files: list[str] = field(default_factory=list)
    memory_early: int = 0
    memory_late: int = 0
    seconds: float = 0.0

    @property
    def faults(self) -> list[str]:
        said = [f"{count} × {what}" for what, count in self.troubles.items()]
        said += [f"{self.unhandled} messages abandonnés"] if self.unhandled else []
        return [*said, *self.touched, *self.broken_files]


def play(
    dialogue: SharedDialogue,
    samples: Path,
    *,
    updates: int,
    files: int,
    seed: int,
    say: Callable[[str], None] = lambda _words: None,
) -> Found:
    """Updates of a dozen tenants, a caseworker and strangers; some tenants write nothing: nothing of theirs
    may change. Then files with bytes changed. The same seed makes the same ones."""
    found = Found(updates=updates, files=files)
    with (
        tempfile.TemporaryDirectory(prefix="palier-fuzz-") as folder,
        running_world(Path(folder), dialogue, samples=samples, roles="bot,delivery", run=False) as world,
    ):
        world.bot.environment[UNPACED] = "1"
        world.standin.limits(overall=0, per_chat=0)
        world.bot.start()
        began = time.monotonic()
        _updates(world, found, Random(seed), say)
        _files(world, found, Random(seed), Path(folder))
        found.seconds = time.monotonic() - began
    return found


def _updates(world: World, found: Found, random: Random, say: Callable[[str], None]) -> None:
    chats = link(world, _WRITERS + _BYSTANDERS)
    writers, bystanders = chats[:_WRITERS], chats[_WRITERS:]
    maelle = world.caseworker("EQ01").joins()
    for chat in chats:
        world.standin.user(chat, first_name="C").start()
    world.settle()
    before = _rows_of(world, bystanders)
    source = Source(random, [*writers, maelle.telegram.id, 990_001, 990_002], _keys(world))
    pid = world.bot.pid
    for number in range(found.updates):
        world.standin.send_update(source.update())
        if number % _AHEAD == _AHEAD - 1:
            until(lambda: world.standin.state()["pending"] < _AHEAD, "Palier follows", _PATIENCE_SECONDS)
            source.learn(_keys(world))
        if number == found.updates // 5:
            found.memory_early = _memory(pid)
        if number % 5_000 == 4_999:
            say(f"{number + 1} mises à jour…")
    until(lambda: not world.in_work(), "everything is handled", _PATIENCE_SECONDS)
    assert world.bot.pid == pid
    found.memory_late = _memory(pid)
    found.unhandled = world.inbox(InboxState.FAILED)
    found.troubles = Counter(
        f"{event['event']} ({event.get('fault', '')})"
        for event in world.bot.events()
        if event["level"] in ("error", "critical")
    )
    after = _rows_of(world, bystanders)
    found.touched = [f"{name} de qui n’a rien écrit" for name in after if after[name] != before[name]]


def _keys(world: World) -> list[str]:
    with world.reading() as session:
        newest = select(tables.Button.key).order_by(tables.Button.id.desc()).limit(300)
        return list(session.scalars(newest))


def _rows_of(world: World, telephones: list[int]) -> dict[str, list[Any]]:
    """Every row of every table that belongs to these chats or their persons."""
    with world.reading() as session:
        chats = session.scalars(select(tables.Chat).where(tables.Chat.telegram_id.in_(telephones))).all()
        ids = {"chat_id": [chat.id for chat in chats], "person_id": [chat.person_id for chat in chats]}
        rows: dict[str, list[Any]] = {}
        for table in Table.metadata.sorted_tables:
            for column in ids.keys() & table.columns.keys():
                mine = select(table).where(table.columns[column].in_(ids[column]))
                rows[f"{table.name} ({column})"] = sorted(map(repr, session.execute(mine)))
        mine = select(func.count()).select_from(tables.Person.__table__)
        rows["person"] = [session.scalar(mine)]
        return rows


def _memory(pid: int) -> int:
    measured = memory.of_tree(pid)
    return measured.rss if measured else 0


def _files(world: World, found: Found, random: Random, folder: Path) -> None:
    """The landlord's sample files with bytes changed, lost and doubled: read, or refused with a reason."""
    for number in range(found.files):
        kind = random.choice(sorted(KINDS))
        content = bytearray((SAMPLES / f"{kind}.csv").read_bytes())
        for _ in range(random.randint(1, 30)):
            _change(content, random)
        path = folder / "mutated.csv"
        path.write_bytes(content)
        try:
            import_file(
                world.parts.database, world.parts.house, world.now, kind, path, dry_run=number % 2 == 0
            )
        except FileRefused:
            continue
        except Exception as error:
            found.broken_files.append(f"{kind} : {type(error).__name__} {error}"[:200])


def _change(content: bytearray, random: Random) -> None:
    at = random.randrange(len(content))
    act = random.random()
    if act < 0.5:
        content[at] = random.randrange(256)
    elif act < 0.7:
        del content[at : at + random.randint(1, 20)]
    elif act < 0.9:
        content[at:at] = random.choice(
            [b";", b"\n", b'"', b",", b"-", b"99999999999999999999", b"\x00", b"\xff", b"29/02/2027"]
        )
    else:
        end = at + random.randint(1, 200)
        content[at:at] = content[at:end]
