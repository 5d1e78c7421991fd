"""`palier bench start`: how long from `palier run` to the first message that would be answered."""

import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass

from bot import model
from bot.bench import report, world
from bot.bench.report import Line

MOST_SECONDS = 25.0
# What no start of a dialogue server can spare: Python with Rasa's own imports.
_BARE = "import rasa.core.agent, rasa.core.channels.channel"


@dataclass(frozen=True)
class Plan:
    """How many starts are measured."""

    starts: int = 3


def bench(say: Callable[[str], None]) -> None:
    """Run the plan of the target and print its table."""
    run(say, Plan())


def run(say: Callable[[str], None], plan: Plan) -> list[Line]:
    """Measure, print the table, and return its lines. Raises BenchFailed, model.ModelMissing."""
    say(f"{plan.starts} démarrages de tous les rôles, base SQLite, faux Telegram, modèle réel…")
    bare, ready = [], []
    for _ in range(plan.starts):
        bare.append(_bare())
        with world.running(1) as running:
            ready.append(running.ready_seconds)
    most = report.quantile(ready, 1)
    lines = [
        Line("démarrage jusqu'à « ready », médiane", (_seconds(report.median(ready)),)),
        Line("le plus long", (_seconds(most),), "cible < 25 s", most < MOST_SECONDS),
        Line("Python et les importations de Rasa seuls", (_seconds(report.median(bare)),)),
        Line("démarrage / importations seules", (report.number(report.median(ready) / report.median(bare)),)),
    ]
    say(report.load())
    for row in report.table(lines):
        say(row)
    return lines


def _bare() -> float:
    began = time.monotonic()
    subprocess.run([model.PYTHON, "-W", "ignore", "-c", _BARE], check=True, capture_output=True)
    return time.monotonic() - began


def _seconds(value: float) -> str:
    return f"{report.number(value, 1)} s"
