"""The night's purge: each kind of data as long as its rule says, in batches, with an account of what went.

Days come from data/content/personal_data.yml, or from the organisation's settings under `retention`.
"""

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, delete, exists, func, or_, select, update
from sqlalchemy.orm import Session, aliased

from bot.domain.states import CaseState, Direction, InboxState, OutboxState
from bot.services.house import House
from bot.services.one_by_one import one_by_one, together, tried_lately
from bot.services.people import DANGER_KINDS
from bot.services.privacy import erasure
from bot.storage.tables import (
    AccessLink,
    ActionRun,
    ApiAnswer,
    Appointment,
    Button,
    Case,
    CaseEvent,
    Chat,
    Draft,
    Inbox,
    Invitation,
    Lease,
    LeasePerson,
    LeftUndone,
    Message,
    Organisation,
    Outbox,
    Person,
    Plan,
    Question,
    RetentionRun,
    Table,
    WebSession,
    WorkshopDraft,
)

# How many rows a step changes in one transaction.
BATCH = 500
_JOB = "privacy.retention"
# From this hour of the local day on, the night's work is done.
HOUR = 2
# What hangs on a chat of which nothing that a person said is left.
_MOVED_BY: tuple[tuple[type[Table], Any], ...] = (
    (Button, Button.chat_id),
    (Message, Message.chat_id),
    (Outbox, Outbox.chat_id),
    (Inbox, Inbox.chat_id),
    (Invitation, Invitation.used_by_chat_id),
)
_MOVING = (OutboxState.QUEUED, OutboxState.SENDING)


@dataclass(frozen=True)
class Step:
    """Rows of `table` that are `old` before the day of `rule`: blanked to `blank`, or deleted (None)."""

    name: str
    rule: str
    table: Any
    old: Any
    blank: Mapping[str, Any] | None = None


def night(session: Session, now: datetime, house: House) -> int:
    """Tick: one batch of every landlord's night; returns how many rows. Nothing once the night is done."""
    if now.astimezone(house.zone).hour < HOUR:
        return 0
    done = 0

    def work(organisation: Organisation) -> None:
        nonlocal done
        done += _night(session, now, house, organisation)

    one_by_one(session, now, session.scalars(select(Organisation).order_by(Organisation.id)).all(), work)
    return done


def _night(session: Session, now: datetime, house: House, organisation: Organisation) -> int:
    key = {"organisation_id": organisation.id, "night": now.astimezone(house.zone).date()}
    run = session.scalar(select(RetentionRun).filter_by(**key))
    if run is None:
        run = RetentionRun(**key, counts={})
        session.add(run)
    if run.ended_at is not None:
        return 0
    counts = purge(session, now, house, organisation)
    run.counts = {name: run.counts.get(name, 0) + counts.get(name, 0) for name in run.counts | counts}
    done = sum(counts.values())
    if not done:
        run.ended_at = now
    session.flush()
    return done


def purge(session: Session, now: datetime, house: House, organisation: Organisation) -> dict[str, int]:
    """One batch of every step; how many rows (or persons) of each, those with none left out."""
    counts: dict[str, int] = {}
    for step, wanted in _planned(session, now, house, organisation):
        ids = session.scalars(wanted.limit(BATCH)).all()
        if ids:
            _apply(session, step, ids)
            counts[step.name] = len(ids)
    for name, people in _leaving(session, now, house, organisation).items():
        some = people.where(Person.id.not_in(tried_lately(_JOB, now))).limit(BATCH // 10)
        ids = session.scalars(some.with_only_columns(Person.id)).all()
        leave = functools.partial(_leave, session, now, house, name)
        failed = together(session, now, _JOB, Person, ids, leave)
        counts |= {name: len(ids) - len(failed)} if len(ids) > len(failed) else {}
    return counts


def _leave(session: Session, now: datetime, house: House, name: str, ids: Sequence[int]) -> None:
    for person in session.scalars(select(Person).where(Person.id.in_(ids)).order_by(Person.id)).all():
        if name == "follow_up" and erasure.has_a_lease(session, now, person):
            erasure.forget_follow_up(session, now, house, person)
        else:
            erasure.erase(session, now, house, person, name)


def due(session: Session, now: datetime, house: House, organisation: Organisation) -> dict[str, int]:
    """What a night would do now, by step; changes nothing."""
    counts = {
        step.name: session.scalar(select(func.count()).select_from(wanted.subquery())) or 0
        for step, wanted in _planned(session, now, house, organisation)
    }
    for name, people in _leaving(session, now, house, organisation).items():
        counts[name] = session.scalar(select(func.count()).select_from(people.subquery())) or 0
    return counts


def cutoff(now: datetime, house: House, organisation: Organisation, rule: str) -> datetime | None:
    """What is older has to go; None while the landlord has not said how long."""
    days = organisation.settings.get("retention", {}).get(rule, house.content.personal_data.rules[rule].days)
    return None if days is None else now - timedelta(days=days)


def _planned(session: Session, now: datetime, house: House, organisation: Organisation) -> Any:
    """Each step with the rows it would change, the words of danger first."""
    for step in STEPS:
        before = cutoff(now, house, organisation, step.rule)
        if before is not None:
            mine = select(step.table.id).where(step.table.organisation_id == organisation.id)
            yield step, mine.where(*step.old(before)).order_by(step.table.id)


def _apply(session: Session, step: Step, ids: Any) -> None:
    wanted = step.table.id.in_(ids)
    if step.blank is not None:
        change: Any = update(step.table).where(wanted).values(step.blank)
        session.execute(change.execution_options(synchronize_session=False))
        return
    if step.table is Chat:
        for table, chat in _MOVED_BY:
            _forget(session, table, chat.in_(ids))
    _forget(session, step.table, wanted)


def _forget(session: Session, table: type[Table], wanted: ColumnElement[bool]) -> None:
    session.execute(delete(table).where(wanted).execution_options(synchronize_session=False))


def _leaving(session: Session, now: datetime, house: House, organisation: Organisation) -> dict[str, Any]:
    """The persons of whom a rule erases what is left: those who asked and had something to wait for, those
    nobody has heard of for long, those who have moved out for longer than the landlord keeps them."""
    mine = select(Person).where(Person.organisation_id == organisation.id).order_by(Person.id)
    closed = exists().where(Case.person_id == Person.id, Case.state == CaseState.CLOSED, ~_has_plan(Case))
    met = exists().where(Appointment.person_id == Person.id, Appointment.starts_at <= now)
    leaving = {"erased": mine.where(Person.erased_at.is_not(None), or_(closed, met))}
    quiet = cutoff(now, house, organisation, "follow_up")
    if quiet is not None:
        leaving["follow_up"] = mine.where(Person.erased_at.is_(None), or_(closed, met), ~_in_contact(quiet))
    gone = cutoff(now, house, organisation, "lease")
    if gone is not None:
        leaving["lease"] = mine.where(Person.erased_at.is_(None), _moved_out(gone), ~_has_open_case())
    return leaving


def _in_contact(since: datetime) -> ColumnElement[bool]:
    return or_(
        exists().where(Chat.person_id == Person.id, Chat.last_message_at > since),
        exists().where(Message.person_id == Person.id, Message.inbox_id.is_not(None), Message.at > since),
        exists().where(Case.person_id == Person.id, Case.opened_at > since),
        exists().where(Appointment.person_id == Person.id, Appointment.starts_at > since),
        _has_open_case(),
    )


def _has_open_case() -> ColumnElement[bool]:
    return exists().where(Case.person_id == Person.id, Case.state != CaseState.CLOSED)


def _has_plan(case: Any) -> ColumnElement[bool]:
    return exists().where(Plan.case_id == case.id)


def _moved_out(before: datetime) -> ColumnElement[bool]:
    """They had a lease, and every one of theirs ended before that day."""
    link, late = aliased(LeasePerson), aliased(Lease)
    running = (
        select(late.id)
        .join(link, link.lease_id == late.id)
        .where(
            link.person_id == Person.id,
            or_(link.absent_since.is_(None), link.absent_since >= before.date()),
            or_(late.ends_on.is_(None), late.ends_on >= before.date()),
        )
    )
    return exists().where(LeasePerson.person_id == Person.id) & ~running.exists()


def _danger_is_open(person_id: Any, chat_id: Any) -> ColumnElement[bool]:
    return exists().where(
        or_(Case.person_id == person_id, Case.chat_id == chat_id),
        Case.state != CaseState.CLOSED,
        Case.kind.in_(DANGER_KINDS),
    )


def _old_danger(before: datetime) -> tuple[ColumnElement[bool], ...]:
    return (
        Message.sensitive.is_(True),
        Message.at < before,
        ~_danger_is_open(Message.person_id, Message.chat_id),
    )


def _closed_danger(before: datetime) -> ColumnElement[bool]:
    return exists().where(Case.id == CaseEvent.case_id, Case.kind.in_(DANGER_KINDS), Case.closed_at < before)


def _unlinked_and_empty(_before: datetime) -> tuple[ColumnElement[bool], ...]:
    """A chat that is nobody's and of which nothing is left but what moved its messages."""
    return (
        Chat.person_id.is_(None),
        Chat.staff_id.is_(None),
        ~exists().where(Message.chat_id == Chat.id, Message.direction == Direction.IN),
        ~exists().where(Case.chat_id == Chat.id),
        ~exists().where(Outbox.chat_id == Chat.id, Outbox.state.in_(_MOVING)),
        ~exists().where(Inbox.chat_id == Chat.id, Inbox.state.in_((InboxState.NEW, InboxState.WORKING))),
    )


# In this order: what hangs on a row goes before it.
STEPS = (
    # What was sent goes with the thread's copy of it, which alone says that it was about danger.
    Step("danger_sent", "danger", Outbox, lambda before: (
        Outbox.words.is_not(None), Outbox.state.not_in(_MOVING),
        Outbox.id.in_(select(Message.outbox_id).where(*_old_danger(before))),
    ), {"words": None}),
    Step("danger_words", "danger", Message, lambda before: (
        *_old_danger(before),
        ~exists().where(Outbox.id == Message.outbox_id, Outbox.words.is_not(None)),
    )),
    Step("danger_notes", "danger", CaseEvent, lambda before: (
        CaseEvent.detail.is_not(None), _closed_danger(before),
    ), {"detail": None}),
    Step("messages", "messages", Message, lambda before: (Message.at < before,)),
    Step("sent_words", "messages", Outbox, lambda before: (
        Outbox.created_at < before, Outbox.words.is_not(None), Outbox.state.not_in(_MOVING),
    ), {"words": None, "message_id": None}),
    Step("sent_safe_words", "messages", Outbox, lambda before: (
        Outbox.created_at < before, Outbox.kind == "safe_words", Outbox.state.not_in(_MOVING),
        ~exists().where(Message.outbox_id == Outbox.id),
    )),
    Step("buttons", "technical", Button, lambda before: (Button.expires_at < before,)),
    Step("questions", "messages", Question, lambda before: (
        Question.expires_at < before, ~exists().where(Button.question_id == Question.id),
    )),
    Step("answers", "technical", ActionRun, lambda before: (ActionRun.at < before,)),
    Step("updates", "technical", Inbox, lambda before: (
        Inbox.handled_at < before, ~exists().where(Message.inbox_id == Inbox.id),
    )),
    Step("drafts", "technical", Draft, lambda before: (Draft.expires_at < before,)),
    Step("workshop_drafts", "technical", WorkshopDraft, lambda before: (WorkshopDraft.touched_at < before,)),
    Step("links", "technical", AccessLink, lambda before: (AccessLink.expires_at < before,)),
    Step("api_answers", "technical", ApiAnswer, lambda before: (ApiAnswer.expires_at < before,)),
    Step("sessions", "technical", WebSession, lambda before: (WebSession.expires_at < before,)),
    Step("invitations", "technical", Invitation, lambda before: (Invitation.expires_at < before,)),
    Step("left_undone", "technical", LeftUndone, lambda before: (LeftUndone.at < before,)),
    Step("chats", "technical", Chat, _unlinked_and_empty),
)  # fmt: skip
