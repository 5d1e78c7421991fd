"""Who is alerted of a case, and the words of the alert: number, kind, urgency, delay; no name, no story."""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.domain.calendar import OFFICE_FROM, instant, office_instant
from bot.domain.rights import Right, holders, may
from bot.domain.states import CaseState, Urgency
from bot.domain.words import Drop, Words
from bot.services import outbox, people, questions
from bot.services.cases import kinds as case_kinds
from bot.services.cases import rota
from bot.services.house import House
from bot.services.kinds import Lane, MessageKind, declare
from bot.services.one_by_one import one_by_one
from bot.storage.tables import Case, Chat, Outbox, Person, Staff
from bot.texts import format as say

# An urgent case that nobody takes goes to the next people of the ladder after this long,
# and at its top they hear of it again every hour. The others wait for their due time, then once
# every working day.
URGENT_STEP = timedelta(minutes=15)
URGENT_AGAIN = timedelta(hours=1)
TOP = 2


def alert(session: Session, now: datetime, house: House, case: Case) -> int:
    """Alert the people of the case's level of the ladder, going up until somebody can be reached.

    Returns how many alerts were queued; sets when the ladder is climbed next.
    """
    chats = chats_of(session, recipients(session, now, house, case))
    while not chats and case.level < TOP:
        case.level += 1
        chats = chats_of(session, recipients(session, now, house, case))
    if not chats:
        # Nobody in the coordination has a telephone: the team again rather than nobody.
        team = rota.team(session, now, house, case.organisation_id, nameless=True)
        chats = chats_of(session, _once(team.on_call + team.caseworkers))
    case.escalate_at = _next_alert(now, house, case)
    return sum(_queue(session, now, house, case, chat) for chat in chats)


def _next_alert(now: datetime, house: House, case: Case) -> datetime:
    if case.urgency is Urgency.URGENT:
        return now + (URGENT_STEP if case.level < TOP else URGENT_AGAIN)
    if case.due_at > now:
        return case.due_at
    # The working day after the one on which this alert is read: out of hours it waits for the office.
    read_on = office_instant(now, house.zone, house.holidays).astimezone(house.zone).date()
    after = instant(read_on + timedelta(days=1), OFFICE_FROM, house.zone)
    return office_instant(after, house.zone, house.holidays)


def escalate_due(session: Session, now: datetime, house: House, limit: int = 50) -> int:
    """Send untaken cases whose time has come one step up the ladder. Returns how many."""
    cases = session.scalars(
        select(Case)
        .where(Case.state == CaseState.NEW, Case.escalate_at <= now)
        .order_by(Case.escalate_at, Case.id)
        .limit(limit)
    ).all()

    def climb(case: Case) -> None:
        case.level = min(case.level + 1, TOP)
        alert(session, now, house, case)

    return one_by_one(session, now, cases, climb)


def recipients(session: Session, now: datetime, house: House, case: Case) -> list[Staff]:
    """Who hears of the case at its level: référent and on-call, then the team, then coordination.

    For an absent référent it is who stands in, else the team of the district. Nobody absent is alerted.
    """
    team = rota.team(session, now, house, case.organisation_id, nameless=True)
    if case.level == 0:
        first = _referent(session, team, case)
        return _once(first + team.on_call) if case.urgency is Urgency.URGENT else first or team.on_call
    if case.level == 1:
        return _once(team.on_call + team.caseworkers)
    return team.coordination


def _referent(session: Session, team: rota.Team, case: Case) -> list[Staff]:
    # Not by the person, whose name nobody needs here either.
    whose = select(Person.referent_id).where(Person.id == case.person_id)
    found = select(Staff).where(Staff.id.in_(whose)).options(*people.NAMELESS)
    referent = session.scalar(found)
    if referent is None or not may(referent.role, Right.WORK_CASES):
        return []
    instead = team.instead_of(referent)
    return [instead] if instead else rota.of_district(session, case, team.caseworkers)


def _once(staff: list[Staff]) -> list[Staff]:
    return list(dict.fromkeys(staff))


def chats_of(session: Session, staff: list[Staff]) -> list[Chat]:
    """Where they can be reached."""
    return [chat for member in staff if (chat := people.staff_chat(session, member))]


def everybody_else(session: Session, now: datetime, house: House, case: Case) -> int:
    """Alert every reachable member of the team, absent or not, who was not alerted at this urgency.

    For an alert that does not leave: better one too many. Returns how many were queued.
    """
    members = session.scalars(
        select(Staff)
        .where(Staff.organisation_id == case.organisation_id, Staff.role.in_(holders(Right.WORK_CASES)))
        .order_by(Staff.id)
        .options(*people.NAMELESS)
    ).all()
    return sum(_queue(session, now, house, case, chat) for chat in chats_of(session, list(members)))


def _queue(session: Session, now: datetime, house: House, case: Case, chat: Chat) -> int:
    urgent = case.urgency is Urgency.URGENT
    row = outbox.enqueue(
        session,
        now,
        house,
        chat,
        URGENT_ALERT if urgent else ALERT,
        object=f"case:{case.id}",
        occasion=_occasion(now, case),
        not_before=now if urgent else office_instant(now, house.zone, house.holidays),
    )
    return 1 if row else 0


def _occasion(now: datetime, case: Case) -> str:
    """One alert a person for an urgency and a level; a case given back to the team starts anew."""
    # At the top of the ladder the same people are told again, each time on a new occasion.
    again = f"/{now:%m-%dT%H}" if case.level == TOP else ""
    round = f"/r{case.round}" if case.round else ""
    return f"{case.urgency}/{case.level}{again}{round}"


def _render(session: Session, now: datetime, house: House, row: Outbox) -> Words | Drop:
    case = session.get_one(Case, int(row.object.split(":")[1]))
    if case.state is not CaseState.NEW:
        return Drop("case not new")
    if not row.occasion.startswith(f"{case.urgency}/"):
        return Drop("more urgent since")
    due = case.due_at.astimezone(house.zone)
    late = case.due_at < now and case.urgency is not Urgency.URGENT
    text = house.texts.say(
        "case.alert.late" if late else f"case.alert.{case.urgency}",
        number=case.id,
        kind=case_kinds.label(house, case.kind),
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
