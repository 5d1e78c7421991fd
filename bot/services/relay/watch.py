"""The relay's tick: silences, closed and handed-over cases, drafts too old, messages that did not arrive."""

from datetime import datetime, timedelta

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from bot.domain.relay import DraftState, RelayEnd
from bot.domain.states import CaseState, ChatState, OutboxState
from bot.domain.words import Words
from bot.services import outbox, questions
from bot.services.house import House
from bot.services.one_by_one import one_by_one
from bot.services.relay import drafts, relay
from bot.services.relay import words as relay_words
from bot.services.relay.words import RELAY_NOTICE, addressee
from bot.storage.tables import Case, Chat, Draft, Outbox, Relay

_LOST = (OutboxState.FAILED, OutboxState.UNKNOWN, OutboxState.DROPPED)
# How long after a talk a tenant's last words may still turn out not to have arrived.
_LOOK_BACK = timedelta(hours=1)


def watch(session: Session, now: datetime, house: House) -> int:
    """Do what time, cases and Telegram have made due. Returns how much it was."""
    settled = settle_open(session, now, house) + _expire(session, now, house)
    return settled + _follow(session, now, house) + _unread(session, now, house)


def settle_open(session: Session, now: datetime, house: House, limit: int = 50) -> int:
    """End or move the talks whose case, owner, tenant or silence says so. Returns how many."""
    due = session.scalars(
        select(Relay)
        .join(Case, Case.id == Relay.case_id)
        .join(Chat, Chat.id == Relay.chat_id)
        .where(
            Relay.ended_at.is_(None),
            or_(
                Relay.silent_at <= now,
                Case.state == CaseState.CLOSED,
                Case.owner_id.is_distinct_from(Relay.staff_id),
                Chat.state == ChatState.UNREACHABLE,
                Chat.person_id.is_distinct_from(Relay.person_id),
            ),
        )
        .order_by(Relay.id)
        .limit(limit)
        .with_for_update(of=Relay)
    ).all()
    settled: list[bool] = []
    one_by_one(session, now, due, lambda talk: settled.append(relay.settle(session, now, house, talk)))
    return sum(settled)


def _expire(session: Session, now: datetime, house: House) -> int:
    old = drafts.expire_due(session, now, house)
    return one_by_one(session, now, old, lambda draft: tell_expired(session, now, house, draft))


def tell_expired(session: Session, now: datetime, house: House, draft: Draft) -> None:
    """The worker knows that what they typed was not sent, and how to begin again."""
    chat = session.get(Chat, draft.chat_id) if draft.chat_id else None
    if chat is None:
        return
    text = house.texts.say("relay.draft.expired", who=addressee(house, draft.case))
    options = relay_words.options(house, draft.case)
    rows = questions.choices(session, now, chat, None, [(o.title, o.intent, o.values) for o in options])
    outbox.enqueue(
        session, now, house, chat, RELAY_NOTICE,
        object=f"draft:{draft.id}", occasion="expired", words=Words(text, rows),
    )  # fmt: skip


def _follow(session: Session, now: datetime, house: House, limit: int = 50) -> int:
    """What became of the messages on their way: their author hears of those that did not surely arrive."""
    sent = session.scalars(
        select(Draft).where(Draft.state == DraftState.SENT).order_by(Draft.id).limit(limit)
    ).all()
    one_by_one(session, now, sent, lambda draft: _settle_draft(session, now, house, draft))
    return sum(draft.state is not DraftState.SENT for draft in sent)


def _settle_draft(session: Session, now: datetime, house: House, draft: Draft) -> None:
    rows = relay_words.rows_of(session, draft)
    lost = [row for row in rows if row.state in _LOST]
    if lost:
        _tell_worker(session, now, house, draft, lost[0])
        drafts.finish(draft, DraftState.LOST)
    elif all(row.state is OutboxState.SENT for row in rows):
        drafts.finish(draft, DraftState.DELIVERED)


def _tell_worker(session: Session, now: datetime, house: House, draft: Draft, row: Outbox) -> None:
    talk = session.get_one(Relay, draft.relay_id)
    relay_words.tell_staff(
        session,
        now,
        house,
        talk,
        draft.staff,
        f"relay.lost.{row.state}",
        f"lost:{row.id}",
        buttons=relay_words.options(house, talk.case),
    )
    if draft.opens and row.state is not OutboxState.UNKNOWN:
        relay.end(session, now, house, talk, RelayEnd.UNREACHABLE)


def _unread(session: Session, now: datetime, house: House) -> int:
    """The tenants' words that never reached the worker: the team hears of them."""
    talks = session.scalars(
        select(Relay)
        .where(or_(Relay.ended_at.is_(None), Relay.ended_at > now - _LOOK_BACK))
        .order_by(Relay.id)
    ).all()
    lost = [talk for talk in talks if relay_words.lost_back(session, talk, _LOST)]
    told: list[bool] = []
    one_by_one(session, now, lost, lambda talk: told.append(relay.nobody_reads(session, now, house, talk)))
    return sum(told)
