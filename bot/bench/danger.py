"""`palier bench danger`: how soon somebody in danger has the safe words, and a person the alert.

The safe words leave after the commit that puts the case in the queue: their time bounds the queue's.
"""

import time
from bisect import insort
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from bot.bench import memory, report, world
from bot.bench.report import Line
from bot.bench.world import World
from bot.standin.client import StandInClient

LEXICON = ("mon mari me frappe, j'ai peur", "ça sent le gaz dans l'escalier", "je vais me tuer ce soir")
MODEL = ("depuis hier il lève la main sur moi dès que je parle", "à quoi bon continuer, je suis au bout")
ORDINARY = ("Combien je dois pour mon loyer ?", "Bonjour", "il me faut une quittance")
# Two messages in four are for the lexicon, one only for the model, one is ordinary.
_TURN = (LEXICON, MODEL, LEXICON, ORDINARY)
MOST_P95, MOST_P95_HUNG = 1.0, 5.0
_PATIENCE_SECONDS = 20.0
_WARM_UP = 20


@dataclass(frozen=True)
class Plan:
    """So many messages a second for so long (seconds), each of another tenant; then the same while the
    dialogue server hangs. `workers`: référents whose telephones are alerted."""

    per_second: float = 10.0
    seconds: float = 30.0
    workers: int = 40

    @property
    def messages(self) -> int:
        return round(self.seconds * self.per_second)


@dataclass(frozen=True)
class Written:
    """A message on its way, in monotonic seconds; the tenant's and the référent's telephones."""

    words: str
    queued: float
    tenant: int
    worker: int


@dataclass(frozen=True)
class Delays:
    """Seconds from a message to the answer, and to the alert of a person; how many had no answer; what the
    bot computed for each, which a busy machine does not change."""

    lexicon: list[float]
    model: list[float]
    ordinary: list[float]
    alerts: list[float]
    unanswered: int
    processor: float


def bench(say: Callable[[str], None]) -> None:
    """Run the plan of the targets and print its table."""
    run(say, Plan())


def run(say: Callable[[str], None], plan: Plan) -> list[Line]:
    """Measure, print the table, and return its lines. Raises BenchFailed, model.ModelMissing."""
    say(f"Démarrage : {2 * plan.messages + _WARM_UP} locataires, {plan.workers} référents, modèle réel…")
    usual, hung = _measure(plan)
    lines = _lines(usual, "", MOST_P95) + _lines(hung, ", dialogue bloqué", MOST_P95_HUNG)
    say(
        f"deux fois {plan.messages} messages à {report.number(plan.per_second, 0)} par seconde,"
        f" trois sur quatre en danger ; {report.load()}"
    )
    say(f"{'':<{max(len(line.what) for line in lines)}}{'médiane':>12}{'95 %':>12}")
    for row in report.table(lines):
        say(row)
    return lines


def _measure(plan: Plan) -> tuple[Delays, Delays]:
    tenants = 2 * plan.messages + _WARM_UP
    with (
        world.running(tenants, workers=plan.workers) as running,
        StandInClient(running.telegram) as client,
    ):
        telephones = list(running.chats.values())
        for worker in running.workers:
            # Telegram lets a bot write to who has written to it.
            client.user(worker, first_name="Référente").start()
        _phase(client, running, telephones[:_WARM_UP], plan.per_second, ORDINARY)
        usual = _phase(client, running, telephones[_WARM_UP::2], plan.per_second)
        running.relay.hangs = True
        hung = _phase(client, running, telephones[_WARM_UP + 1 :: 2], plan.per_second)
        running.relay.hangs = False
        return usual, hung


def _phase(
    client: StandInClient,
    running: World,
    telephones: list[int],
    per_second: float,
    only: tuple[str, ...] = (),
) -> Delays:
    computed = memory.processor_seconds(running.pid)
    written = _write(client, running, telephones, per_second, only)
    waited = _delays(client, written)
    computed = memory.processor_seconds(running.pid) - computed
    return replace(waited, processor=computed / len(written))


def _write(
    client: StandInClient,
    running: World,
    telephones: list[int],
    per_second: float,
    only: tuple[str, ...],
) -> list[Written]:
    """One message of each telephone at that pace, whatever the answers do."""
    order = list(running.chats.values())
    began, written = time.monotonic(), []
    for index, telephone in enumerate(telephones):
        time.sleep(max(0.0, began + index / per_second - time.monotonic()))
        kind = only or _TURN[index % len(_TURN)]
        words = kind[index // len(_TURN) % len(kind)]
        queued = time.monotonic()
        client.user(telephone, first_name="Camille").write(words)
        worker = running.workers[order.index(telephone) % len(running.workers)]
        written.append(Written(words, queued, telephone, worker))
    return written


def _delays(client: StandInClient, written: list[Written]) -> Delays:
    """Wait for the answers, and put each message and its calls together."""
    end = time.monotonic() + _PATIENCE_SECONDS
    while True:
        calls = client.journal("sendMessage")
        answers = _first_calls(calls, [(one.tenant, one.queued) for one in written])
        if None not in answers or time.monotonic() > end:
            break
        time.sleep(0.5)
    in_danger = [one for one in written if one.words in LEXICON]
    urgent = [call for call in calls if str(call["parameters"].get("text", "")).startswith("URGENT")]
    alerts = _first_calls(urgent, [(one.worker, one.queued) for one in in_danger])

    def spent(kind: tuple[str, ...]) -> list[float]:
        pairs = zip(written, answers, strict=True)
        return [at - one.queued for one, at in pairs if at is not None and one.words in kind]

    return Delays(
        spent(LEXICON),
        spent(MODEL),
        spent(ORDINARY),
        [at - one.queued for one, at in zip(in_danger, alerts, strict=True) if at is not None],
        answers.count(None),
        processor=0.0,
    )


def _first_calls(calls: list[dict[str, Any]], wanted: list[tuple[int, float]]) -> list[float | None]:
    """For each (chat, instant) in turn: when the first call to that chat after it began, each call once."""
    of_chat: dict[int, list[float]] = {}
    for call in calls:
        insort(of_chat.setdefault(call["chat_id"], []), call["started"])
    found: list[float | None] = []
    for chat, after in wanted:
        waiting = [at for at in of_chat.get(chat, []) if at > after]
        found.append(waiting[0] if waiting else None)
        if waiting:
            of_chat[chat].remove(waiting[0])
    return found


def _lines(delays: Delays, when: str, most: float) -> list[Line]:
    p95 = report.quantile(delays.lexicon, 0.95)
    target = f"cible à 95 % < {report.number(most, 0)} s"
    return [
        report.spread(f"phrases de sécurité, lexique{when}", delays.lexicon, target, met=p95 < most),
        report.spread(f"réponse au danger indirect{when}", delays.model),
        report.spread(f"réponse ordinaire{when}", delays.ordinary),
        report.spread(f"alerte au référent, lexique{when}", delays.alerts),
        Line(f"processeur du bot, par message{when}", (report.milliseconds(delays.processor),)),
        Line(f"sans réponse{when}", (str(delays.unanswered),), "cible : 0", delays.unanswered == 0),
    ]
