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
    """One tenant's messages, each after the last answer; the first and last `window` are compared."""

    warm_up: int = 20
    messages: int = 1000
    window: int = 40


@dataclass(frozen=True)
class Talks:
    """The answers to the tenant, and to another one who begins when the first writes the last messages."""

    old: list[Answer]
    new: list[Answer]


def bench(say: Callable[[str], None]) -> None:
    """Run the plan of the target and print its table."""
    run(say, Plan())


def run(say: Callable[[str], None], plan: Plan) -> list[Line]:
    """Measure, print the table, and return its lines. Raises BenchFailed, model.ModelMissing.

    Telegram takes one message a second in a chat: at that pace the talk would last 17 minutes. Here
    neither the stand-in nor our own limiter waits; what is timed has nothing to do with them.
    """
    say(f"Démarrage : un locataire écrira {plan.messages} messages, sans les limites de Telegram…")
    talks = _measure(plan)
    lines = _lines(plan, talks)
    say(f"{len(talks.old)} réponses, chaque message après la réponse au précédent ; {report.load()}")
    for row in report.table(lines):
        say(row)
    return lines


def _measure(plan: Plan) -> Talks:
    # The first tenant warms the product up: a talk that is measured begins at its first message.
    with world.running(3, limits=False) as running, StandInClient(running.telegram) as client:
        guest, old, new = (_Talker(client, number) for number in running.chats.values())
        for _ in range(plan.warm_up):
            guest.says()
        for number in range(plan.messages):
            old.says()
            if number >= plan.messages - plan.window:
                # In turn with the last messages: a machine that slows down meanwhile slows both talks.
                new.says()
        answers = timings.wait(client, running, {*old.written, *new.written}, _PATIENCE_SECONDS)
        mine = set(old.written)
        return Talks(
            [answer for answer in answers if answer.update_id in mine],
            [answer for answer in answers if answer.update_id not in mine],
        )


class _Talker:
    """Someone who writes and waits for the answer."""

    def __init__(self, client: StandInClient, number: int) -> None:
        self._person = client.user(number, first_name="Camille")
        self.written: list[int] = []

    def says(self) -> None:
        text = TEXTS[len(self.written) % len(TEXTS)]
        self.written.append(int(self._person.write(text)["update_id"]))
        self._person.wait_for(timeout=_PATIENCE_SECONDS)


def _lines(plan: Plan, talks: Talks) -> list[Line]:
    answers, count = talks.old, len(talks.old)
    first, last = _total(answers[: plan.window]), _total(answers[-plan.window :])
    beside = _total(talks.new)
    lost = plan.messages + plan.window - count - len(talks.new)
    return [
        Line(f"médiane des messages 1 à {plan.window}", (report.milliseconds(first),)),
        Line(f"médiane des messages {count - plan.window + 1} à {count}", (report.milliseconds(last),)),
        report.ratio("la fin / le début", last / first, MOST_RATIO),
        Line(f"un autre locataire, ses messages 1 à {plan.window}", (report.milliseconds(beside),)),
        report.ratio("la fin / cet autre, au même moment", last / beside, MOST_RATIO),
        Line("médiane de tous", (report.milliseconds(_total(answers)),)),
        report.spread("  dans le dialogue (médiane, 95 %)", [answer.dialogue for answer in answers]),
        Line("sans réponse", (str(lost),), "cible : 0", lost == 0),
    ]


def _total(answers: Sequence[Answer]) -> float:
    return report.median([answer.total for answer in answers])
