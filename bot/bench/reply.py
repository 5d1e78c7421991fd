"""`palier bench reply`: how long a tenant waits when many write, and what of it is ours."""

import http.client
import time
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from bot.bench import bare, memory, report, timings, world
from bot.bench.bare import Bare
from bot.bench.report import Line
from bot.bench.timings import Answer
from bot.bench.world import World
from bot.standin.client import StandInClient

TEXTS = (
    "Bonjour",
    "Combien je dois pour mon loyer ?",
    "Merci beaucoup",
    "Est-ce que je parle à un robot ?",
    "Au revoir",
)
MOST_P95 = 0.150
MOST_RATIO = 1.5
MOST_MEMORY = 1.1e9
# The bare cost is measured after one message in five, when the answer has surely left.
_BARE_EVERY = 5
_BARE_AFTER = 0.6
_PATIENCE_SECONDS = 15.0
_PROBES = 60


@dataclass(frozen=True)
class Plan:
    """How many tenants write, how often all together, for how long (seconds)."""

    tenants: int = 200
    per_second: float = 10.0
    warm_up: float = 10.0
    seconds: float = 30.0

    @property
    def warming(self) -> int:
        return round(self.warm_up * self.per_second)

    @property
    def messages(self) -> int:
        return round(self.seconds * self.per_second)


@dataclass(frozen=True)
class Figures:
    """What was measured; durations in seconds."""

    answers: list[Answer]
    unanswered: int
    bare: Bare
    relay: float
    processor: float
    memory: memory.Memory | None
    ready: float


def bench(say: Callable[[str], None]) -> None:
    """Run the plan of the targets and print its table."""
    run(say, Plan())


def run(say: Callable[[str], None], plan: Plan) -> list[Line]:
    """Measure, print the table, and return its lines. Raises BenchFailed, model.ModelMissing."""
    say(f"Démarrage : {plan.tenants} locataires, base SQLite, faux Telegram, modèle réel…")
    figures = _measure(plan)
    lines = _lines(figures)
    say(
        f"{plan.messages} messages à {report.number(plan.per_second, 0)} par seconde"
        f" après {plan.warming} de mise en route ; {report.load()}"
    )
    say(f"{'':<{max(len(line.what) for line in lines)}}{'médiane':>12}{'95 %':>12}")
    for row in report.table(lines):
        say(row)
    return lines


def _measure(plan: Plan) -> Figures:
    with world.running(plan.tenants) as running, bare.measuring() as beside:
        with StandInClient(running.telegram) as client:
            people = [client.user(number, first_name="Camille") for number in running.chats.values()]

            def write(number: int) -> int:
                text = TEXTS[number % len(TEXTS)]
                return int(people[number % len(people)].write(text)["update_id"])

            _at_pace(plan, 0, plan.warming, write, lambda: None)
            computed = memory.processor_seconds(running.pid)
            measured = set(_at_pace(plan, plan.warming, plan.messages, write, beside.once))
            answers = timings.wait(client, running, measured, _PATIENCE_SECONDS)
            computed = memory.processor_seconds(running.pid) - computed
        return Figures(
            answers,
            len(measured) - len(answers),
            beside,
            _cost_of_relay(running),
            computed / len(measured),
            memory.of_tree(running.pid),
            running.ready_seconds,
        )


def _at_pace(
    plan: Plan, first: int, count: int, write: Callable[[int], int], between: Callable[[], None]
) -> list[int]:
    """Write `count` messages at the plan's pace, whatever the answers do. Returns the updates' numbers."""
    pause = 1 / plan.per_second
    began = time.monotonic()
    written = []
    for index in range(count):
        _sleep_until(began + index * pause)
        written.append(write(first + index))
        if index % _BARE_EVERY == _BARE_EVERY - 1:
            _sleep_until(began + (index + _BARE_AFTER) * pause)
            between()
    return written


def _sleep_until(instant: float) -> None:
    time.sleep(max(0.0, instant - time.monotonic()))


def _cost_of_relay(running: World) -> float:
    """What the relay adds to an exchange: the same small question asked with it and without it, in turn."""
    secret = {"Authorization": f"Bearer {running.dialogue_secret}"}
    addresses = (running.relay.address, running.dialogue)
    connections = [http.client.HTTPConnection(urlsplit(address).netloc, timeout=5) for address in addresses]
    spent: tuple[list[float], list[float]] = ([], [])
    for _ in range(_PROBES):
        for connection, durations in zip(connections, spent, strict=True):
            began = time.perf_counter()
            connection.request("GET", "/palier/ready", headers=secret)
            connection.getresponse().read()
            durations.append(time.perf_counter() - began)
    for connection in connections:
        connection.close()
    return max(0.0, report.median(spent[0]) - report.median(spent[1]))


def _lines(figures: Figures) -> list[Line]:
    answers, cost = figures.answers, figures.bare
    # Taking the relay's cost away only makes sense for the whole: where it falls is not known.
    totals = [answer.total - figures.relay for answer in answers]
    outside = [answer.total - answer.dialogue - figures.relay for answer in answers]
    p95 = report.quantile(totals, 0.95)
    lines = [
        report.spread(
            "de la mise en file à sendMessage", totals, "cible à 95 % < 150 ms", met=p95 < MOST_P95
        ),
        report.spread("  dans le dialogue (règles et actions)", [answer.dialogue for answer in answers]),
        report.spread("  hors du dialogue", outside),
        report.spread("    avant : reçu, validé, lu", [answer.before for answer in answers]),
        report.spread("    après : validé, pris, envoyé", [answer.after for answer in answers]),
        report.spread("coût nu : deux validations, une requête", cost.totals),
        report.spread("  deux validations", cost.commits),
        report.spread("  une requête", cost.requests),
        report.ratio(
            "hors du dialogue / coût nu (médianes)",
            report.median(outside) / report.median(cost.totals),
            MOST_RATIO,
        ),
        Line("processeur du bot, par message", (report.milliseconds(figures.processor),)),
        Line("relais de mesure (déjà retiré)", (report.milliseconds(figures.relay),)),
        Line("sans réponse", (str(figures.unanswered),), "cible : 0", figures.unanswered == 0),
        Line("démarrage jusqu'à « ready »", (f"{report.number(figures.ready, 1)} s",)),
    ]
    return lines + _memory_lines(figures.memory)


def _memory_lines(held: memory.Memory | None) -> list[Line]:
    if held is None:
        return [Line("mémoire", ("inconnue",))]
    return [
        # What they hold together: a library that five of them share is in memory once.
        Line(
            f"mémoire de {held.processes} processus (PSS)",
            (f"{held.pss / 1e6:.0f} Mo",),
            "cible < 1 100 Mo",
            held.pss < MOST_MEMORY,
        ),
        Line("  pages partagées comptées dans chacun (RSS)", (f"{held.rss / 1e6:.0f} Mo",)),
    ]
