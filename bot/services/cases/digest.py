"""The morning digest: on working days at 9, what each member of the team has to do; nothing, no message."""

from datetime import datetime, timedelta

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from bot.domain.calendar import OFFICE_FROM, instant, office_instant
from bot.domain.rights import Right, holders, may
from bot.domain.states import CaseState, ChatState, Role, Urgency
from bot.domain.words import Drop, Words
from bot.services import outbox
from bot.services.cases import alerts, rota
from bot.services.house import House
from bot.services.kinds import Lane, MessageKind, declare
from bot.services.one_by_one import one_by_one
from bot.storage.tables import Case, Chat, Outbox, Staff
from bot.texts import format as say


def plan(session: Session, now: datetime, house: House) -> int:
    """Tick: queue the next morning's digest of everybody who has something to do now. Returns how many.

    What there is to do is counted again when it leaves: taken in between, it is not sent.
    """
    morning = _next_morning(now, house)
    day, queued = morning.astimezone(house.zone).date().isoformat(), 0
    chats = session.scalars(
        select(Chat)
        .join(Staff, Staff.id == Chat.staff_id)
        .where(Staff.role.in_(holders(Right.WORK_CASES)), Chat.state == ChatState.ACTIVE)
        .order_by(Chat.id)
    ).all()

    def look(chat: Chat) -> None:
        nonlocal queued
        if chat.staff is not None and session.scalar(_to_do(chat.staff).limit(1)) is not None:
            row = outbox.enqueue(session, now, house, chat, DIGEST, occasion=day, not_before=morning)
            queued += row is not None

    one_by_one(session, now, chats, look)
    return queued


def _next_morning(now: datetime, house: House) -> datetime:
    """The next opening of the office, after now."""
    today = now.astimezone(house.zone).date()
    opening = office_instant(instant(today, OFFICE_FROM, house.zone), house.zone, house.holidays)
    if opening > now:
        return opening
    tomorrow = instant(today + timedelta(days=1), OFFICE_FROM, house.zone)
    return office_instant(tomorrow, house.zone, house.holidays)


def _to_do(staff: Staff) -> Select[Case]:
    """What nobody follows and what the member follows; the administrator only what came up the ladder."""
    untaken = Case.state == CaseState.NEW
    if staff.role is Role.ADMINISTRATOR:
        untaken &= Case.level >= alerts.TOP
    mine = (Case.state == CaseState.TAKEN) & (Case.owner_id == staff.id)
    return (
        select(Case)
        .where(Case.organisation_id == staff.organisation_id, untaken | mine)
        .order_by(Case.opened_at, Case.id)
    )


def _render(session: Session, now: datetime, house: House, row: Outbox) -> Words | Drop:
    staff = row.chat.staff
    if staff is None or not may(staff.role, Right.WORK_CASES):
        return Drop("not staff")
    if rota.is_absent(session, now, house, staff):
        return Drop("absent")
    cases = session.scalars(_to_do(staff)).all()
    if not cases:
        return Drop("nothing to do")
    untaken = [case for case in cases if case.state is CaseState.NEW]
    urgent = sum(case.urgency is Urgency.URGENT for case in untaken)
    oldest = cases[0]
    text = house.texts.say(
        "case.digest.urgent" if urgent else "case.digest",
        untaken=len(untaken),
        urgent=urgent,
        mine=len(cases) - len(untaken),
        oldest=oldest.id,
        since=say.day(oldest.opened_at.astimezone(house.zone).date()),
    )
    return Words(text)


DIGEST = declare(
    MessageKind("case_digest", Lane.REMINDER, timedelta(hours=3), held=False, resend=False, render=_render)
)
