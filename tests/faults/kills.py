"""A day of hundreds of tenants in which the whole product is killed again and again, at random moments."""

import contextlib
import csv
import tempfile
import time
from bisect import bisect_right
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from sqlalchemy import func, select

from bot.domain.states import InboxState, OutboxState
from bot.services import people
from bot.services.workshops import sending
from bot.storage import tables
from tests.faults import account
from tests.faults.account import Account
from tests.faults.day import Day
from tests.faults.report import Line
from tests.scenarios.parts import SharedDialogue, until
from tests.scenarios.story import SAMPLES, World, running_world

NAME = "killed_all_day"
# Between the moment when a process is ready and its kill, in seconds.
LEAST_SECONDS, MOST_SECONDS = 0.5, 4.0
# Of a process's life: what it can follow, however long the machine takes to start it.
PER_SECOND = 3.0
_UNPAID_ONE_IN = 3
_KILLS_PER_DANGER = 10
_WORKSHOP = (
    "Référence;Titre;Thème;Début;Durée_min;Lieu;Places;Profils;Animé_par;Relances",
    "W1;Cuisine d’hiver;cuisine;16/12/2026 10:00;90;la salle du Clos;40;;EQ03;1",
)
_APPOINTMENTS = "Référence;Référence_locataire;Intervenant;Motif;Début;Durée_min;Lieu;Type"
# Told in the morning, reminded of on the day, two days before.
_MET_ON, _MET_BY, _MET_MINUTES = "10/12/2026", ("EQ01", "EQ02"), 15
_MEETS_ONE_IN = 10
_DAY = "2026-12-08"
_PATIENCE_SECONDS = 240.0


@dataclass
class Lives:
    """When the process was ready and when it was killed (monotonic seconds), and what it was doing then: a
    message was being read (`reading`), a call to Telegram was out (`sending`)."""

    ready: list[float] = field(default_factory=list)
    killed: list[float] = field(default_factory=list)
    reading: int = 0
    sending: int = 0

    def lived(self, at: float) -> float:
        """Seconds that a process had lived in all by that instant."""
        begun = bisect_right(self.ready, at)
        ends = (*self.killed[:begun], float("inf"))
        lives = zip(self.ready[:begun], ends, strict=False)
        return sum(min(end, at) - start for start, end in lives)


def play(
    dialogue: SharedDialogue,
    samples: Path,
    *,
    tenants: int,
    kills: int,
    seed: int,
    most_seconds: float = MOST_SECONDS,
) -> tuple[Account, Lives]:
    """From 9 h to 18 h: rents to ask about, appointments, invitations, messages, dangers.

    The same seed waits as long before each kill, `most_seconds` at most. A danger's delay is counted in time
    that a process lived.
    """
    lives = Lives()
    with (
        tempfile.TemporaryDirectory(prefix="palier-kills-") as folder,
        running_world(Path(folder), dialogue, samples=samples) as world,
        ThreadPoolExecutor() as threads,
    ):
        _let_more_live_here(world, tenants)
        dangers = max(2, kills // _KILLS_PER_DANGER)
        day = Day(world, tenants, in_danger=dangers)
        _book(world)
        world.move_to(f"{_DAY}T08:55")
        world.bank_file(_DAY, unpaid=_unpaid(world))
        _invite_all(world)
        lives.ready.append(time.monotonic())
        random = Random(seed)
        waits = [random.uniform(LEAST_SECONDS, most_seconds) for _ in range(kills)]
        killing = threads.submit(_kill, world, waits, lives)
        _live(world, day, dangers, kills, lives, killing)
        killing.result()
        world.jump_to(f"{_DAY}T18:30")
        # What is not done by then is in the account.
        with contextlib.suppress(AssertionError):
            until(lambda: not world.in_work(), "everything is handled and sent", _PATIENCE_SECONDS)
        return account.of(day, lives.lived), lives


def line(
    dialogue: SharedDialogue, samples: Path, *, tenants: int = 500, kills: int = 200, seed: int = 1
) -> Line:
    """The day, played, as a line of the report."""
    account, lives = play(dialogue, samples, tenants=tenants, kills=kills, seed=seed)
    in_all = lives.lived(lives.ready[-1])
    remark = (
        f"Chaque processus a vécu de {LEAST_SECONDS:g} à {MOST_SECONDS:g} s après s’être dit prêt"
        f" ({in_all:.0f} s en tout) ; {PER_SECOND:g} messages arrivaient par seconde de vie."
        f" {lives.reading} fois il a été tué en lisant un message, {lives.sending} fois en en envoyant un."
        " Le délai d’un danger est"
        " compté en temps vécu : les secondes pendant lesquelles un processus était prêt, du message reçu par"
        " Telegram à ses mots de sécurité."
    )
    title = f"Le processus est tué (kill -9) {kills} fois en un jour de {tenants} locataires"
    return Line(title, account, remark=remark)


def _live(world: World, day: Day, dangers: int, kills: int, lives: Lives, killing: Future[None]) -> None:
    """An hour passes each time that a ninth of the kills is done; people write all the while."""
    hour, told = 9, 0
    while not killing.done():
        done = len(lives.killed)
        while hour <= 17 and done * 9 >= (hour - 9) * kills:
            world.set_clock(f"{_DAY}T{hour:02}:30")
            hour += 1
        danger = told < dangers and done * dangers >= told * kills
        day.talk(8, danger=int(danger), per_second=PER_SECOND)
        told += danger
        while not killing.done() and len(day.written) > PER_SECOND * lives.lived(time.monotonic()):
            time.sleep(0.1)
    while told < dangers:
        day.talk(1, danger=1, per_second=PER_SECOND)
        told += 1


def _kill(world: World, waits: list[float], lives: Lives) -> None:
    for seconds in waits:
        time.sleep(seconds)
        lives.killed.append(time.monotonic())
        world.bot.kill()
        lives.reading += world.inbox(InboxState.WORKING) > 0
        lives.sending += _out(world) > 0
        world.bot.start()
        lives.ready.append(time.monotonic())


def _out(world: World) -> int:
    with world.reading() as session:
        rows = select(func.count(tables.Outbox.id)).where(tables.Outbox.state == OutboxState.SENDING)
        return int(session.scalar(rows) or 0)


def _let_more_live_here(world: World, tenants: int) -> None:
    """The sample file again and again, each time with other leases and tenants, until there are enough."""
    with (SAMPLES / "baux.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file, delimiter=";"))
    with world.reading() as session:
        taken = set(session.scalars(select(tables.Lease.reference)))
    header, leases = rows[0], [row for row in rows[1:] if row[0] in taken]
    lines = [";".join(header)]
    for copy in range(1, tenants // len(leases) + 2):
        lines += [";".join([f"{row[0]}-{copy}", f"{row[1]}-{copy}", *row[2:]]) for row in leases]
    world.imports("baux", *lines)


def _unpaid(world: World) -> tuple[str, ...]:
    with world.reading() as session:
        every = session.scalars(select(tables.Lease.reference).order_by(tables.Lease.id)).all()
        return tuple(every[::_UNPAID_ONE_IN])


def _book(world: World) -> None:
    """An appointment in two days for a tenth of them, in turn with each who receives."""
    lines = [_APPOINTMENTS]
    for number, tenant in enumerate(_agreed(world, "appointments", "consent.ask")[::_MEETS_ONE_IN]):
        turn, who = divmod(number, len(_MET_BY))
        hour, minute = divmod(9 * 60 + turn * _MET_MINUTES, 60)
        lines.append(
            f"RK{number};{tenant};{_MET_BY[who]};Votre dossier;{_MET_ON} {hour:02}:{minute:02};{_MET_MINUTES}"
            ";la Maison du Clos;bureau"
        )
    world.imports("rendez-vous", *lines)


def _agreed(world: World, kind: str, wording: str) -> list[str]:
    """Let all who can be written to agree to that kind of message; their references."""
    linked = select(tables.Person).join(tables.Chat, tables.Chat.person_id == tables.Person.id)
    with world.parts.database.transaction() as session:
        now = world.parts.clock.now(session)
        found = session.scalars(linked.order_by(tables.Person.id)).all()
        for person in found:
            people.set_consent(session, now, person, kind, True, wording)
        return [person.reference for person in found]


def _invite_all(world: World) -> None:
    world.imports("ateliers", *_WORKSHOP)
    _agreed(world, "workshops", "workshop.button.news")
    with world.parts.database.transaction() as session:
        now = world.parts.clock.now(session)
        workshop = session.scalars(select(tables.Workshop).filter_by(reference="W1")).one()
        sent = sending.send(session, now, world.parts.house, workshop, None)
        assert sent.invited > 0
