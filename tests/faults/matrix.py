"""The faults, each a way to hurt a running world and to let it heal."""

import contextlib
import resource
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import text

from tests.faults.commits import cutting_commits
from tests.postgres import Postgres
from tests.scenarios.parts import SharedDialogue
from tests.scenarios.process import BotProcess
from tests.scenarios.world import World

Strike = Callable[[World, SharedDialogue], AbstractContextManager[None]]
ROLES = "bot,delivery,scheduler"
_NO_SPACE = "No space left on device"


@dataclass(frozen=True)
class Fault:
    """`holds_back`: while it lasts nothing can leave, so a danger waits for its end. `database`: where it
    can happen. `small_disk`: on which PostgreSQL has its tables. `day`: on which it happens."""

    name: str
    title: str
    strike: Strike
    holds_back: bool = False
    database: str = "sqlite"
    small_disk: bool = False
    webhook: bool = False
    day: str = "2026-12-08"


FAULTS: dict[str, Fault] = {}


def fault(title: str, **options: Any) -> Callable[[Callable[..., Iterator[None]]], Strike]:
    """Declare the fault that the decorated generator strikes with: it yields while the fault lasts."""

    def declare(generator: Callable[..., Iterator[None]]) -> Strike:
        strike = contextlib.contextmanager(generator)
        name = generator.__name__
        FAULTS[name] = Fault(name, title, strike, **options)
        return strike

    return declare


@fault("Rien ne tombe en panne (pour comparer)")
def nothing(_world: World, _dialogue: SharedDialogue) -> Iterator[None]:
    yield


# The dialogue


@fault("Le serveur de dialogue est mort")
def dialogue_dead(world: World, _dialogue: SharedDialogue) -> Iterator[None]:
    assert world.bridge
    world.bridge.cut()
    yield
    world.bridge.restore()


@fault("Le serveur de dialogue ne répond plus")
def dialogue_hung(world: World, _dialogue: SharedDialogue) -> Iterator[None]:
    assert world.bridge
    world.bridge.stall()
    yield
    world.bridge.restore()


@fault("Le serveur de dialogue répond 10 secondes trop tard")
def dialogue_slow(world: World, _dialogue: SharedDialogue) -> Iterator[None]:
    assert world.bridge
    world.bridge.slow(10)
    yield
    world.bridge.restore()


@fault("Le serveur de dialogue répond n’importe quoi")
def dialogue_garbles(world: World, _dialogue: SharedDialogue) -> Iterator[None]:
    assert world.bridge
    world.bridge.garble()
    yield
    world.bridge.restore()


@fault("Le serveur d’actions est mort")
def actions_dead(_world: World, dialogue: SharedDialogue) -> Iterator[None]:
    dialogue.way.cut()
    yield
    dialogue.way.restore()


@fault("Le serveur d’actions répond n’importe quoi")
def actions_garble(_world: World, dialogue: SharedDialogue) -> Iterator[None]:
    dialogue.way.garble()
    yield
    dialogue.way.restore()


# The database


@fault("La base SQLite est verrouillée 4 secondes", holds_back=True)
def database_locked(world: World, _dialogue: SharedDialogue) -> Iterator[None]:
    lock = sqlite3.connect(
        str(world.parts.database.url.database), isolation_level=None, check_same_thread=False
    )
    lock.execute("BEGIN IMMEDIATE")
    later = threading.Timer(4.0, lock.execute, ["ROLLBACK"])
    later.start()
    yield
    later.join()
    lock.close()


@fault("Le disque est plein", holds_back=True)
def disk_full(world: World, _dialogue: SharedDialogue) -> Iterator[None]:
    # No file of the bot's may grow: what the kernel answers is what a full disk makes SQLite say.
    path = Path(str(world.parts.database.url.database))
    size = min(file.stat().st_size for file in (path, Path(f"{path}-wal")) if file.exists())
    _, hard = resource.prlimit(world.bot.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(world.bot.pid, resource.RLIMIT_FSIZE, (size, hard))
    yield
    resource.prlimit(world.bot.pid, resource.RLIMIT_FSIZE, (hard, hard))


@fault("Les connexions à PostgreSQL sont coupées, au milieu des transactions", database="postgres")
def connections_cut(world: World, _dialogue: SharedDialogue) -> Iterator[None]:
    stop = threading.Event()

    def cut() -> None:
        while not stop.wait(0.3):
            with world.parts.database.engine.begin() as connection:
                connection.execute(
                    text(
                        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                    )
                )

    cutting = threading.Thread(target=cut)
    cutting.start()
    yield
    stop.set()
    cutting.join()


@fault("PostgreSQL est tué et redémarré", database="postgres", holds_back=True)
def postgres_restarted(world: World, _dialogue: SharedDialogue) -> Iterator[None]:
    url = world.parts.database.url
    later = threading.Timer(1.0, Postgres(Path(str(url.query["host"])), str(url.username)).restart)
    later.start()
    yield
    later.join()


@fault("Le disque de PostgreSQL est plein", database="postgres", small_disk=True, holds_back=True)
def postgres_disk_full(world: World, _dialogue: SharedDialogue) -> Iterator[None]:
    url = world.parts.database.url
    server = Postgres(Path(str(url.query["host"])), str(url.username))
    ballast = server.small_disks / str(url.database) / "ballast"
    with world.parts.database.engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        # Without a gap in their pages, the tables need more room at the next row.
        connection.execute(text("VACUUM FULL"))
    refused = server.log().count(_NO_SPACE)
    with ballast.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(bytes(4096))
    yield
    ballast.unlink()
    assert server.log().count(_NO_SPACE) > refused, "no write was refused"


@fault("La connexion à PostgreSQL casse pendant un COMMIT, avant ou après qu’il vaut", database="postgres")
def commits_cut(world: World, _dialogue: SharedDialogue) -> Iterator[None]:
    straight = world.bot.environment["PALIER_DATABASE_URL"]
    with cutting_commits(world.parts.database.url) as way:
        _on_database(world, way.url)
        way.cuts = True
        yield
        way.cuts = False
        assert min(way.before, way.after) > 0, "no commit was cut"
        _on_database(world, straight)


@fault("Une migration change les tables pendant que l’ancienne version tourne", database="postgres")
def migrated_meanwhile(world: World, _dialogue: SharedDialogue) -> Iterator[None]:
    later = threading.Timer(1.0, _migrate_to_tomorrow, [world])
    later.start()
    yield
    later.join()
    with world.parts.database.engine.connect() as connection:
        version = connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one()
    assert version == "tomorrow", "the migration failed"


# Telegram


@fault("Telegram demande d’attendre (429), trois fois", holds_back=True)
def telegram_429(world: World, _dialogue: SharedDialogue) -> Iterator[None]:
    world.standin.fault("retry_after", method="sendMessage", count=3, seconds=1)
    yield


@fault("Telegram est en panne (502) pour tout", holds_back=True)
def telegram_down(world: World, _dialogue: SharedDialogue) -> Iterator[None]:
    world.standin.fault("error", count=0, code=502, description="Bad Gateway")
    yield
    world.standin.clear_faults()


@fault("Telegram accepte le message et la réponse se perd")
def answer_lost(world: World, _dialogue: SharedDialogue) -> Iterator[None]:
    world.standin.fault("drop_after", method="sendMessage", nth=3, count=4)
    yield


@fault("La connexion casse avant que Telegram n’accepte")
def call_lost(world: World, _dialogue: SharedDialogue) -> Iterator[None]:
    world.standin.fault("drop_before", method="sendMessage", nth=3, count=4)
    yield


@fault("Le jeton est refusé (401)", holds_back=True)
def token_refused(world: World, _dialogue: SharedDialogue) -> Iterator[None]:
    world.standin.fault("error", count=0, code=401, description="Unauthorized")
    yield
    # The process has ended and said why; it is started again once the token is right.
    world.standin.clear_faults()
    world.bot.end()
    world.bot.start()


@fault("L’adresse du webhook est enlevée chez Telegram", webhook=True)
def webhook_removed(world: World, _dialogue: SharedDialogue) -> Iterator[None]:
    _bot_api(world, "deleteWebhook")
    yield


# Processes and clocks


@fault("Le processus est tué (kill -9) et redémarré, cinq fois")
def killed(world: World, _dialogue: SharedDialogue) -> Iterator[None]:
    stop = threading.Event()

    def kill() -> None:
        for _ in range(5):
            if stop.wait(0.4):
                return
            world.bot.kill()
            world.bot.start()

    killing = threading.Thread(target=kill)
    killing.start()
    yield
    stop.set()
    killing.join()


@fault("Un second Palier entier est démarré par erreur")
def started_twice(world: World, _dialogue: SharedDialogue) -> Iterator[None]:
    folder = Path(str(world.parts.database.url.database)).parent / "second"
    folder.mkdir()
    second = BotProcess(folder, {**world.settings, "PALIER_PORT": "0"}, ROLES)
    second.start()
    yield
    second.end()


@fault("Un second ordonnanceur est démarré par erreur")
def scheduled_twice(world: World, _dialogue: SharedDialogue) -> Iterator[None]:
    folder = Path(str(world.parts.database.url.database)).parent / "second"
    folder.mkdir()
    second = BotProcess(folder, world.settings, "scheduler")
    second.start()
    # A day later much is due at once, and both look for it.
    world.jump_to("2026-12-09T10:00")
    yield
    second.end()


@fault("L’horloge saute d’une heure")
def clock_jumps(world: World, _dialogue: SharedDialogue) -> Iterator[None]:
    world.jump_to("2026-12-08T11:00")
    yield


@fault("Le dimanche du passage à l’heure d’été, à l’instant même")
def summer_begins(world: World, _dialogue: SharedDialogue) -> Iterator[None]:
    world.jump_to("2027-03-28T01:59:59")
    yield
    world.jump_to("2027-03-28T09:00")


@fault("Le dimanche du passage à l’heure d’hiver, à l’instant même", day="2027-10-30")
def winter_begins(world: World, _dialogue: SharedDialogue) -> Iterator[None]:
    world.jump_to("2027-10-31T02:59:59")
    yield
    world.jump_to("2027-10-31T09:00")


def _on_database(world: World, url: str) -> None:
    """The bot goes on with the database at that address."""
    world.bot.end()
    world.bot.environment["PALIER_DATABASE_URL"] = url
    world.bot.start()


def _migrate_to_tomorrow(world: World) -> None:
    """What a later version's migration does to the tables in use, in its one transaction: columns with a
    value of their own, and a revision that the running version does not know."""
    with world.parts.database.engine.begin() as connection:
        for table in ("inbox", "outbox", "person", "case_file"):
            connection.execute(text(f"ALTER TABLE {table} ADD COLUMN tomorrow INTEGER NOT NULL DEFAULT 0"))
        connection.execute(text("UPDATE alembic_version SET version_num = 'tomorrow'"))
        time.sleep(1)  # its locks are held as long as a migration of many rows takes


def _bot_api(world: World, method: str) -> None:
    token = world.settings["PALIER_TELEGRAM_TOKEN"]
    address = f"{world.settings['PALIER_TELEGRAM_API']}/bot{token}/{method}"
    answer = httpx.post(address, json={}, trust_env=False)
    assert answer.json()["ok"], answer.text


def lasting(strike: AbstractContextManager[None], day: Callable[[], None], least: float = 3.0) -> None:
    """The day goes on while the fault lasts, at least so many seconds."""
    with strike:
        began = time.monotonic()
        day()
        time.sleep(max(0.0, began + least - time.monotonic()))
