"""`palier bench broadcast`: a workshop's invitations at Telegram's pace, answers meanwhile, and kills.

By default fewer recipients than a landlord has: the pace shows in a minute. BENCH_RECIPIENTS=13000 measures
the whole (about 8 minutes at that pace).
"""

import contextlib
import os
import random
import secrets
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from sqlalchemy import func, insert, select

from bot.bench import report, timings, world
from bot.bench.report import Line
from bot.clock import Clock
from bot.domain.delivery import STEADY_PER_SECOND
from bot.domain.states import OutboxState
from bot.domain.workshops import PlaceState
from bot.services.workshops import messages as workshop_messages
from bot.standin.client import StandInClient
from bot.storage import Database
from bot.storage.tables import Chat, Consent, Outbox, Staff, Workshop, WorkshopPlace

RECIPIENTS = "BENCH_RECIPIENTS"
LEAST_OF_PACE, MOST_P95, LEAST_UNPACED = 0.97, 2.0, 300.0
_TITLE = "Atelier de mesure"
_WORDS = "Combien je dois pour mon loyer ?"
_PATIENCE_SECONDS = 60.0


@dataclass(frozen=True)
class Plan:
    """`recipients` at Telegram's pace while `talkers` write one message each a second; `unpaced` recipients
    without limits; `killed` recipients while the delivery is killed `kills` times."""

    recipients: int = 1300
    talkers: int = 20
    unpaced: int = 1000
    killed: int = 600
    kills: int = 20


def bench(say: Callable[[str], None]) -> None:
    """Run the plan of the targets and print its table."""
    run(say, Plan(recipients=int(os.environ.get(RECIPIENTS, Plan.recipients))))


def run(say: Callable[[str], None], plan: Plan) -> list[Line]:
    """Measure, print the table, and return its lines. Raises BenchFailed, model.ModelMissing."""
    say(
        f"Démarrage : {plan.recipients} invitations à {report.number(STEADY_PER_SECOND, 1)} par seconde,"
        " modèle réel…"
    )
    lines = _paced(plan)
    say(f"Sans limite : {plan.unpaced} invitations…")
    lines += _unpaced(plan)
    say(f"Arrêts brutaux : {plan.kills} pendant {plan.killed} invitations…")
    lines += _killed(plan)
    say(report.load())
    for row in report.table(lines):
        say(row)
    return lines


def _paced(plan: Plan) -> list[Line]:
    """The pace, refusals for going too fast, and the answers to tenants who write meanwhile."""
    with (
        world.running(plan.recipients + plan.talkers) as running,
        StandInClient(running.telegram) as client,
    ):
        telephones = list(running.chats.values())
        _introduce(client, telephones)
        _settle(client)
        _invite(running.environment, plan.recipients)
        wanted = []
        for telephone in telephones[plan.recipients :]:
            wanted.append(client.user(telephone, first_name="Camille").write(_WORDS)["update_id"])
            time.sleep(1.0)
        _wait(running.environment, plan.recipients)
        answers = timings.wait(client, running, set(wanted), _PATIENCE_SECONDS)
        calls = client.journal("sendMessage")
        rate = _rate(client)
    late = report.quantile([answer.total for answer in answers], 0.95)
    refused = sum(call["error_code"] == 429 for call in calls)
    part = rate / STEADY_PER_SECOND
    return [
        Line("invitations par seconde", (report.number(rate, 1),)),
        Line(
            "part du rythme réglé",
            (report.number(part),),
            f"cible ≥ {report.number(LEAST_OF_PACE)}",
            part >= LEAST_OF_PACE,
        ),
        Line("refus 429", (str(refused),), "cible : 0", refused == 0),
        report.spread(
            "réponses pendant l'envoi",
            [answer.total for answer in answers],
            f"cible à 95 % < {report.number(MOST_P95, 0)} s",
            met=late < MOST_P95,
        ),
        Line(
            "sans réponse",
            (str(plan.talkers - len(answers)),),
            "cible : 0",
            len(answers) == plan.talkers,
        ),
    ]


def _unpaced(plan: Plan) -> list[Line]:
    """Where the code itself stops, at a pace of 1,000 a second: nothing but the delivery runs."""
    with _delivery_alone(plan.unpaced, limits=False) as (environment, folder, _, client):
        with world.deliverer(environment, folder):
            _wait(environment, plan.unpaced)
        rate = _rate(client)
    target = f"cible > {report.number(LEAST_UNPACED, 0)}"
    return [
        Line("invitations par seconde, sans limite", (report.number(rate, 1),), target, rate > LEAST_UNPACED)
    ]


def _killed(plan: Plan) -> list[Line]:
    """Deliver, be killed at any moment, take up again; then every invitation is looked for."""
    chance = random.Random(7)  # noqa: S311 (when to kill is no secret)
    with _delivery_alone(plan.killed, limits=True) as (environment, folder, telephones, client):
        for _ in range(plan.kills):
            before = len(client.journal("sendMessage"))
            with world.deliverer(environment, folder) as process:
                _wait_for_calls(client, before)
                time.sleep(chance.uniform(0.0, 0.5))
                process.kill()
        with world.deliverer(environment, folder):
            _wait(environment, plan.killed)
        sent = [call["chat_id"] for call in client.journal("sendMessage") if call["error_code"] is None]
        doubtful = _count(environment, OutboxState.UNKNOWN)
        unfinished = plan.killed - doubtful - _count(environment, OutboxState.SENT)
    lost = unfinished + max(0, len(set(telephones) - set(sent)) - doubtful)
    return [
        Line("arrêts brutaux", (str(plan.kills),)),
        Line("perdues", (str(lost),), "cible : 0", lost == 0),
        Line("en double", (str(len(sent) - len(set(sent))),), "cible : 0", len(sent) == len(set(sent))),
        Line(
            "douteuses, listées",
            (str(doubtful),),
            f"cible ≤ {plan.kills} (une par arrêt)",
            doubtful <= plan.kills,
        ),
    ]


@contextlib.contextmanager
def _delivery_alone(
    recipients: int, *, limits: bool
) -> Iterator[tuple[Mapping[str, str], Path, list[int], StandInClient]]:
    """Invitations queued, and what a process that only delivers needs: its environment and folder, the
    telephones, the stand-in."""
    with (
        tempfile.TemporaryDirectory(prefix="palier-bench-") as folder,
        world.standin(limits=limits) as (telegram, token),
        StandInClient(telegram) as client,
    ):
        environment = {
            "PALIER_DATABASE_URL": f"sqlite:///{folder}/palier.sqlite3",
            "PALIER_SECRET_KEY": secrets.token_hex(32),
            "PALIER_TELEGRAM_TOKEN": token,
            "PALIER_TELEGRAM_API": telegram,
            "PALIER_PORT": "0",
            world.UNPACED: "" if limits else "1",
        }
        chats, _ = world.fill(environment, recipients, 0, int(token.partition(":")[0]))
        telephones = list(chats.values())
        _introduce(client, telephones)
        _invite(environment, recipients)
        yield environment, Path(folder), telephones, client


def _invite(environment: Mapping[str, str], recipients: int) -> None:
    """Invitations to the first tenants, as the service queues them, due at any hour of the day."""
    now = Clock.real()
    database = Database(environment["PALIER_DATABASE_URL"], environment["PALIER_SECRET_KEY"])
    kind = workshop_messages.INVITE
    try:
        with database.transaction() as session:
            leader = session.scalars(select(Staff).order_by(Staff.id).limit(1)).one()
            leader.phone = "01 99 00 70 04"
            own = {"organisation_id": leader.organisation_id}
            workshop = Workshop(
                **own,
                reference="MESURE",
                title=_TITLE,
                starts_at=now + timedelta(days=9),
                minutes=90,
                place="la salle commune",
                seats=500,
                led_by=leader,
            )
            session.add(workshop)
            session.flush()
            chosen = select(Chat).where(Chat.person_id.is_not(None)).order_by(Chat.id).limit(recipients)
            chats = session.scalars(chosen).all()
            consent = {**own, "kind": workshop_messages.CONSENT, "given": True, "wording": "x", "at": now}
            place = {**own, "workshop_id": workshop.id, "state": PlaceState.INVITED, "seats": 1, "since": now}
            row = {
                **own,
                "kind": kind.name,
                "object": workshop_messages.object_of(workshop),
                "occasion": "once",
                "lane": int(kind.lane),
                "not_before": now,
                "useful_until": now + kind.useful_for,
                "created_at": now,
                "state": OutboxState.QUEUED,
                "reason": "",
                "attempts": 0,
            }
            session.execute(insert(Consent), [{**consent, "person_id": chat.person_id} for chat in chats])
            session.execute(insert(WorkshopPlace), [{**place, "person_id": chat.person_id} for chat in chats])
            session.execute(
                insert(Outbox),
                [
                    {**row, "bot_id": chat.bot_id, "chat_id": chat.id, "recipient": f"chat:{chat.id}"}
                    for chat in chats
                ],
            )
    finally:
        database.close()


def _introduce(client: StandInClient, telephones: list[int]) -> None:
    """Telegram lets a bot write to who has written to it."""
    for telephone in telephones:
        client.user(telephone, first_name="Camille").start()


def _settle(client: StandInClient) -> None:
    """Until the answers to that have left."""
    before = -1
    while client.state()["pending"] or before != len(client.journal("sendMessage")):
        before = len(client.journal("sendMessage"))
        time.sleep(1.5)


def _wait(environment: Mapping[str, str], recipients: int) -> None:
    """Until what has become of every invitation is known, or much longer than that takes has passed."""
    end = time.monotonic() + _PATIENCE_SECONDS + 2 * recipients / STEADY_PER_SECOND
    while time.monotonic() < end:
        if not _count(environment, OutboxState.QUEUED, OutboxState.SENDING):
            return
        time.sleep(0.5)


def _count(environment: Mapping[str, str], *states: OutboxState) -> int:
    database = Database(environment["PALIER_DATABASE_URL"], environment["PALIER_SECRET_KEY"])
    try:
        with database.reading() as session:
            wanted = (Outbox.kind == workshop_messages.INVITE.name, Outbox.state.in_(states))
            return session.scalar(select(func.count(Outbox.id)).where(*wanted)) or 0
    finally:
        database.close()


def _wait_for_calls(client: StandInClient, before: int) -> None:
    """Until something more has been sent: a kill before that shows nothing."""
    end = time.monotonic() + _PATIENCE_SECONDS
    while len(client.journal("sendMessage")) == before and time.monotonic() < end:
        time.sleep(0.05)


def _rate(client: StandInClient) -> float:
    """Invitations a second, from the first to the last."""
    calls = client.journal("sendMessage")
    began = sorted(c["started"] for c in calls if _TITLE in str(c["parameters"].get("text", "")))
    return (len(began) - 1) / (began[-1] - began[0]) if len(began) > 1 else 0.0
