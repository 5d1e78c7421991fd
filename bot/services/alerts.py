"""Who is alerted of a case, and the words of the alert: number, kind, urgency, delay; no name, no story."""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.domain.calendar import OFFICE_FROM, instant, office_instant
from bot.domain.states import CASE_ROLES, CaseState, Role, Urgency
from bot.domain.words import Drop, Words
from bot.services import outbox, people, questions
from bot.services.house import House
from bot.services.kinds import Lane, MessageKind, declare
from bot.storage.tables import Case, Chat, Outbox, Staff
from bot.texts import format as say

# An urgent case that nobody takes goes to the next people of the ladder after this long,
# and at its top they hear of it again every hour. The others wait for their due time, then once
# every working day.
URGENT_STEP = timedelta(minutes=15)
URGENT_AGAIN = timedelta(hours=1)
_TOP = 2


def alert(session: Session, now: datetime, house: House, case: Case) -> int:
    """Alert the people of the case's level of the ladder, going up until somebody can be reached.

    Returns how many alerts were queued; sets when the ladder is climbed next.
    """
    chats = _chats(session, recipients(session, case))
    while not chats and case.level < _TOP:
        case.level += 1
        chats = _chats(session, recipients(session, case))
    case.escalate_at = _next_alert(now, house, case)
    return sum(_queue(session, now, house, case, chat) for chat in chats)


def _next_alert(now: datetime, house: House, case: Case) -> datetime:
    if case.urgency is Urgency.URGENT:
        return now + (URGENT_STEP if case.level < _TOP else URGENT_AGAIN)
    if case.due_at > now:
        return case.due_at
    tomorrow = now.astimezone(house.zone).date() + timedelta(days=1)
    return office_instant(instant(tomorrow, OFFICE_FROM, house.zone), house.zone, house.holidays)


def escalate_due(session: Session, now: datetime, house: House, limit: int = 50) -> int:
    """Send untaken cases whose time has come one step up the ladder. Returns how many."""
    cases = session.scalars(
        select(Case)
        .where(Case.state == CaseState.NEW, Case.escalate_at <= now)
        .order_by(Case.escalate_at)
        .limit(limit)
    ).all()
    for case in cases:
        case.level = min(case.level + 1, _TOP)
        alert(session, now, house, case)
    return len(cases)


def recipients(session: Session, case: Case) -> list[Staff]:
    """Who hears of the case at its level: référent and on-call, then the team, then coordination."""
    team = session.scalars(
        select(Staff)
        .where(Staff.organisation_id == case.organisation_id, Staff.role.in_(CASE_ROLES))
        .order_by(Staff.id)
    ).all()
    caseworkers = [s for s in team if s.role is Role.CASEWORKER]
    referent = [s for s in team if case.person and s.id == case.person.referent_id]
    on_call = [s for s in team if s.on_call]
    if case.level == 0:
        if case.urgency is Urgency.URGENT:
            return list(dict.fromkeys([*referent, *on_call]))
        return referent or on_call
    if case.level == 1:
        return list(dict.fromkeys([*on_call, *caseworkers]))
    return [s for s in team if s.role in (Role.COORDINATOR, Role.ADMINISTRATOR)]


def _chats(session: Session, staff: list[Staff]) -> list[Chat]:
    return [chat for member in staff if (chat := people.staff_chat(session, member))]


def _queue(session: Session, now: datetime, house: House, case: Case, chat: Chat) -> int:
    urgent = case.urgency is Urgency.URGENT
    row = outbox.enqueue(
        session,
        now,
        house,
        chat,
        URGENT_ALERT if urgent else ALERT,
        object=f"case:{case.id}",
        # At the top of the ladder the same people are told again, each time on a new occasion.
        occasion=f"{case.urgency}/{case.level}" + (f"/{now:%m-%dT%H}" if case.level == _TOP else ""),
        not_before=now if urgent else office_instant(now, house.zone, house.holidays),
    )
    return 1 if row else 0


def _render(session: Session, now: datetime, house: House, row: Outbox) -> Words | Drop:
    case = session.get_one(Case, int(row.object.split(":")[1]))
    if case.state is not CaseState.NEW:
        return Drop("case not new")
    intent = house.content.intents.get(case.kind)
    due = case.due_at.astimezone(house.zone)
    late = case.due_at < now and case.urgency is not Urgency.URGENT
    text = house.texts.say(
        "case.alert.late" if late else f"case.alert.{case.urgency}",
        number=case.id,
        kind=intent.label if intent else house.texts.say(f"case.kind.{case.kind}"),
        day=say.day(due.date()),
        hour=say.hour(due, house.zone),
    )
    take = house.texts.say("case.button.take")
    rows = questions.choices(session, now, row.chat, None, [(take, "case.take", {"case": case.id})])
    return Words(text, rows)


ALERT = declare(
    MessageKind("case_alert", Lane.HAND_OFF, timedelta(days=7), held=False, resend=True, render=_render)
)
URGENT_ALERT = declare(
    MessageKind("case_alert_urgent", Lane.SAFETY, timedelta(days=7), held=False, resend=True, render=_render)
)
