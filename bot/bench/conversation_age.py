"""`palier bench conversation-age`: whether an answer slows down as a talk grows long."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bot.bench import report, timings, world
from bot.bench.report import Line
from bot.bench.timings import Answer
from bot.standin.client import StandInClient

TEXTS = ("Bonjour", "Combien je dois pour mon loyer ?", "Merci beaucoup", "Est-ce que je parle à un robot ?")
MOST_RATIO = 1.2
_PATIENCE_SECONDS = 20.0


@dataclass(frozen=True)
class Plan:
    """One tenant's messages, one after the other's answer; the first and last `window` are compared."""

    warm_up: int = 20
    messages: int = 1000
    window: int = 40


def bench(say: Callable[[str], None]) -> None:
    """Run the plan of the target and print its table."""
    run(say, Plan())


def run(say: Callable[[str], None], plan: Plan) -> list[Line]:
    """Measure, print the table, and return its lines. Raises BenchFailed, model.ModelMissing.

    Telegram takes one message a second in a chat: at that pace the talk would last 17 minutes. Here
    neither the stand-in nor our own limiter waits; what is timed has nothing to do with them.
    """
    say(f"Démarrage : un locataire écrira {plan.messages} messages, sans les limites de Telegram…")
    answers = _measure(plan)
    lines = _lines(plan, answers)
    say(f"{len(answers)} réponses, chaque message après la réponse au précédent ; {report.load()}")
    for row in report.table(lines):
        say(row)
    return lines


def _measure(plan: Plan) -> list[Answer]:
    # A first tenant warms the product up: the talk that is measured begins at its first message.
    with world.running(2, limits=False) as running, StandInClient(running.telegram) as client:
        guest, tenant = (client.user(number, first_name="Camille") for number in running.chats.values())
        for number in range(plan.warm_up):
            guest.write(TEXTS[number % len(TEXTS)])
            guest.wait_for(timeout=_PATIENCE_SECONDS)
        written = []
        for number in range(plan.messages):
            written.append(int(tenant.write(TEXTS[number % len(TEXTS)])["update_id"]))
            tenant.wait_for(timeout=_PATIENCE_SECONDS)
        return timings.wait(client, running, set(written), _PATIENCE_SECONDS)


def _lines(plan: Plan, answers: Sequence[Answer]) -> list[Line]:
    young, old = answers[: plan.window], answers[-plan.window :]
    first, last = (report.median([answer.total for answer in part]) for part in (young, old))
    count = len(answers)
    slow = report.median([answer.total for answer in answers])
    return [
        Line(f"médiane des messages 1 à {len(young)}", (report.milliseconds(first),)),
        Line(f"médiane des messages {count - len(old) + 1} à {count}", (report.milliseconds(last),)),
        Line("médiane de tous", (report.milliseconds(slow),)),
        report.spread("  dans le dialogue", [answer.dialogue for answer in answers]),
        report.ratio("la fin / le début", last / first, MOST_RATIO),
        Line("sans réponse", (str(plan.messages - count),), "cible : 0", plan.messages == count),
    ]
