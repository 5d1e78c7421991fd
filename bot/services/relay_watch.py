"""The relay's tick: silences, closed and handed-over cases, drafts too old, messages that did not arrive."""

from datetime import datetime, timedelta

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from bot.domain.relay import RelayEnd
from bot.domain.states import CaseState, ChatState, OutboxState
from bot.domain.words import Words
from bot.services import drafts, outbox, questions, relay, relay_words
from bot.services.house import House
from bot.services.relay_words import RELAY, RELAY_BACK, RELAY_NOTICE, addressee
from bot.storage.tables import Case, Chat, Draft, Outbox, Relay

_LOST = (OutboxState.FAILED, OutboxState.UNKNOWN, OutboxState.DROPPED)
# Older losses were told long ago.
_LOOK_BACK = timedelta(days=7)
# Ends the reason of a lost row that somebody has been told of.
_TOLD, _REASON_LENGTH = " (told)", 80


def watch(session: Session, now: datetime, house: House) -> int:
    """Do what time, cases and Telegram have made due. Returns how much it was."""
    return settle_open(session, now, house) + _expire(session, now, house) + _lost(session, now, house)


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
    return sum(relay.settle(session, now, house, talk) for talk in due)


def _expire(session: Session, now: datetime, house: House) -> int:
    old = drafts.expire_due(session, now, house)
    for draft in old:
        tell_expired(session, now, house, draft)
    return len(old)


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


def _lost(session: Session, now: datetime, house: House, limit: int = 50) -> int:
    """What did not arrive, each told once: to the worker, or to the team when it was for the worker."""
    rows = session.scalars(
        select(Outbox)
        .where(
            Outbox.kind.in_((RELAY.name, RELAY_BACK.name)),
            Outbox.state.in_(_LOST),
            Outbox.created_at > now - _LOOK_BACK,
            ~Outbox.reason.endswith(_TOLD),
        )
        .order_by(Outbox.id)
        .limit(limit)
    ).all()
    for row in rows:
        talk = session.get_one(Relay, int(row.object.removeprefix("relay:")))
        if row.kind == RELAY.name:
            _tell_worker(session, now, house, talk, row)
        else:
            relay.nobody_reads(session, now, house, talk)
        row.reason = f"{row.reason[: _REASON_LENGTH - len(_TOLD)]}{_TOLD}"
    return len(rows)


def _tell_worker(session: Session, now: datetime, house: House, talk: Relay, row: Outbox) -> None:
    draft = relay_words.draft_of(session, row)
    relay_words.tell_staff(
        session, now, house, talk, draft.staff, f"relay.lost.{row.state}", f"lost:{row.id}",
        buttons=relay_words.options(house, talk.case),
    )  # fmt: skip
    if draft.opens and row.state is not OutboxState.UNKNOWN:
        relay.end(session, now, house, talk, RelayEnd.UNREACHABLE)
