"""What became of a day: nothing lost, nothing said twice but what may be, every danger with a person."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from sqlalchemy import select

from bot.domain.states import CaseState, InboxState, OccurrenceState, OutboxState, Urgency
from bot.services.danger import SAFE_WORDS
from bot.services.kinds import REGISTRY
from bot.services.outbox import SENT_AGAIN
from bot.storage import tables
from tests.faults.day import Day, Written
from tests.scenarios.world import World

# Sent again rather than perhaps not at all: answers, alerts, safe words (see bot/services/kinds.py).
_MAY_COME_TWICE = {kind.name for kind in REGISTRY.values() if kind.resend}


@dataclass
class Account:
    """`lost`, `twice`, `forgotten`: sentences for a reader, none when all is well. `doubtful`: messages sent
    once more or listed as unknown, by kind. `dangers`: seconds from each message of danger to its safe words.
    `said`: the beginnings of what the tenants were told, with how often."""

    written: int = 0
    lost: list[str] = field(default_factory=list)
    twice: list[str] = field(default_factory=list)
    forgotten: list[str] = field(default_factory=list)
    doubtful: Counter[str] = field(default_factory=Counter)
    dangers: list[float] = field(default_factory=list)
    said: Counter[str] = field(default_factory=Counter)

    @property
    def faults(self) -> list[str]:
        return [*self.lost, *self.twice, *self.forgotten]


def of(day: Day, lived: Callable[[float], float] = float) -> Account:
    """Compare what was written with what was received, answered, delivered and handed to a person.

    `lived`: the clock for the delays of dangers, from monotonic seconds.
    """
    account = Account(written=len(day.written))
    rows = _inbox_rows(day, account)
    _answers(day, rows, account)
    _plans(day.world, account)
    _deliveries(day.world, account)
    _dangers(day, lived, account)
    return account


def _inbox_rows(day: Day, account: Account) -> dict[int, int]:
    """The row of each written update; what is not received, or not handled, is lost."""
    with day.world.reading() as session:
        states = {
            update_id: (row_id, state)
            for row_id, update_id, state in session.execute(
                select(tables.Inbox.id, tables.Inbox.update_id, tables.Inbox.state)
            )
        }
    for written in day.written:
        if written.update_id not in states:
            account.lost.append(f"reçu nulle part : {written.words}")
        elif states[written.update_id][1] is not InboxState.HANDLED:
            account.lost.append(f"pas traité ({states[written.update_id][1]}) : {written.words}")
    return {update_id: row_id for update_id, (row_id, _) in states.items()}


def _answers(day: Day, rows: dict[int, int], account: Account) -> None:
    """Every message has an answer that left, or that is listed as doubtful."""
    with day.world.reading() as session:
        told = {
            occasion
            for occasion, state in session.execute(
                select(tables.Outbox.occasion, tables.Outbox.state).where(
                    tables.Outbox.kind.in_(("reply", SAFE_WORDS.name))
                )
            )
            if state in (OutboxState.SENT, OutboxState.UNKNOWN)
        }
    for written in day.written:
        row_id = rows.get(written.update_id)
        if row_id is not None and str(row_id) not in told:
            account.lost.append(f"sans réponse : {written.words}")


def _plans(world: World, account: Account) -> None:
    """Every step that a rule had planned until now is taken, or skipped for a reason."""
    with world.reading() as session:
        due = select(tables.Occurrence.rule, tables.Occurrence.object).where(
            tables.Occurrence.state == OccurrenceState.PLANNED,
            tables.Occurrence.due_at <= world.parts.clock.now(session),
        )
        account.lost += [f"prévu et jamais fait : {rule} ({what})" for rule, what in session.execute(due)]


def _deliveries(world: World, account: Account) -> None:
    """What the telephones hold against what the outbox says has left, chat by chat and word by word."""
    held = Counter((message["chat_id"], message["text"]) for message in _delivered(world))
    surely: Counter[tuple[int, str]] = Counter()
    at_most: Counter[tuple[int, str]] = Counter()
    with world.reading() as session:
        now = world.parts.clock.now(session)
        for row, chat in session.execute(select(tables.Outbox, tables.Chat).join(tables.Outbox.chat)):
            if row.state is OutboxState.DROPPED or (row.not_before > now and not row.attempts):
                continue
            if row.state in (OutboxState.QUEUED, OutboxState.SENDING, OutboxState.FAILED):
                account.lost.append(f"{row.kind} n’est pas parti ({row.state} : {row.reason})")
                continue
            if row.reason == SENT_AGAIN or row.state is OutboxState.UNKNOWN:
                account.doubtful[f"{row.kind}, {row.reason or row.state}"] += 1
            key = (chat.telegram_id, row.words["text"])
            surely[key] += row.state is OutboxState.SENT
            at_most[key] += 1 + (row.reason == SENT_AGAIN and row.kind in _MAY_COME_TWICE)
    for key, count in held.items():
        account.said[key[1].partition("\n")[0][:90]] += count
        if count > at_most[key]:
            account.twice.append(f"{count} fois au lieu de {at_most[key]} : {key[1][:60]!r}")
    for key, count in surely.items():
        if held[key] < count:
            account.lost.append(f"noté parti, pas arrivé : {key[1][:60]!r}")


def _delivered(world: World) -> list[dict]:
    found = []
    for person in world.standin.users():
        found += [
            {"chat_id": person.id, "text": message.text}
            for message in person.messages(deleted=True)
            if message.from_bot
        ]
    return found


def _dangers(day: Day, lived: Callable[[float], float], account: Account) -> None:
    """Safe words, an urgent open case and an alert for every message of danger."""
    calls = day.world.standin.journal("sendMessage")
    with day.world.reading() as session:
        urgent = set(
            session.scalars(
                select(tables.Chat.telegram_id)
                .join(tables.Case, tables.Case.person_id == tables.Chat.person_id)
                .where(tables.Case.urgency == Urgency.URGENT, tables.Case.state != CaseState.CLOSED)
            )
        )
        alerts = session.scalars(
            select(tables.Outbox.id).where(
                tables.Outbox.kind == "case_alert_urgent", tables.Outbox.state == OutboxState.SENT
            )
        ).all()
    in_danger = [written for written in day.written if written.in_danger]
    if len(alerts) < len(in_danger):
        account.forgotten.append(f"{len(alerts)} alertes pour {len(in_danger)} dangers")
    for written in in_danger:
        if written.telegram_chat not in urgent:
            account.forgotten.append(f"aucun dossier urgent : {written.words}")
        account.dangers.append(_until_answered(calls, written, lived))


def _until_answered(calls: list[dict], written: Written, lived: Callable[[float], float]) -> float:
    """Seconds to the first message that Telegram took for that chat; infinite when there is none."""
    times = [
        call["started"]
        for call in calls
        if call["chat_id"] == written.telegram_chat
        and call["started"] > written.at
        and call["error_code"] is None
    ]
    return lived(min(times)) - lived(written.at) if times else float("inf")
