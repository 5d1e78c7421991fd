"""What the pages of appointments show: a week, one's own or the team's, and one appointment."""

from dataclasses import dataclass
from datetime import date, time, timedelta

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from bot.console.desk import Desk, Visit
from bot.console.menu import Shell
from bot.console.tenant_field import Choice
from bot.domain.appointments import Act, after
from bot.domain.calendar import instant
from bot.domain.rights import Right, holders
from bot.domain.states import AppointmentKind
from bot.services.appointments.rows import begun, is_live, rules_of
from bot.services.cases import rota
from bot.storage.tables import Appointment, AppointmentEvent, Person, Staff
from bot.texts import format as say

_DAYS = 6
SETTLED = (Act.HONOUR, Act.EXCUSE, Act.MISS)


@dataclass(frozen=True)
class MeetingLine:
    number: int
    hour: str
    who: str
    staff: str
    how: str
    state: str
    live: bool


@dataclass(frozen=True)
class DayColumn:
    """`away`: who is absent that day; `closed`: why nobody receives."""

    label: str
    iso: str
    today: bool
    closed: str
    away: list[str]
    meetings: list[MeetingLine]


@dataclass(frozen=True)
class WeekPage:
    shell: Shell
    title: str
    team: bool
    days: list[DayColumn]
    before: str
    after: str
    monday: str


@dataclass(frozen=True)
class Choices:
    """What the forms offer, as (value, words)."""

    staff: list[tuple[int, str]]
    kinds: list[tuple[str, str]]
    subjects: list[tuple[str, str]]
    minutes: int
    today: str
    me: int


@dataclass(frozen=True)
class NewMeetingPage:
    shell: Shell
    csrf: str
    choices: Choices
    tenants: tuple[Choice, ...]


@dataclass(frozen=True)
class MeetingPage:
    """`settle` are the outcomes that the reader may note now; `wish` another time that the tenant asks."""

    shell: Shell
    csrf: str
    number: int
    who: str
    tenant: int
    phone: str
    discreet: bool
    when: str
    how: str
    staff: str
    subject: str
    place: str
    papers: list[str]
    minutes: int
    state: str
    needs_help: bool
    wish: str
    wished_at: str
    version: int
    can_change: bool
    settle: list[tuple[str, str]]
    on: str
    at: str
    today: str
    history: list[tuple[str, str]]


def monday_of(day: date) -> date:
    return day - timedelta(days=day.weekday())


def week(desk: Desk, visit: Visit, monday: date, *, team: bool) -> WeekPage:
    """From that Monday to Saturday; the Sunday too when somebody has an appointment."""
    house, today = desk.house, visit.now.astimezone(desk.house.zone).date()
    query = select(Appointment).where(
        Appointment.organisation_id == visit.staff.organisation_id,
        Appointment.starts_at >= instant(monday, time(0), house.zone),
        Appointment.starts_at < instant(monday + timedelta(days=7), time(0), house.zone),
    )
    if not team:
        query = query.where(Appointment.staff_id == visit.staff.id)
    shown = query.order_by(Appointment.starts_at, Appointment.id).options(
        selectinload(Appointment.person), selectinload(Appointment.staff)
    )
    by_day: dict[date, list[Appointment]] = {}
    for one in visit.session.scalars(shown):
        by_day.setdefault(one.starts_at.astimezone(house.zone).date(), []).append(one)
    sunday = monday + timedelta(days=6)
    days = [monday + timedelta(days=number) for number in range(_DAYS)]
    return WeekPage(
        shell=visit.shell,
        title=f"Semaine du {say.day_with_year(monday)}",
        team=team,
        days=[_day(desk, visit, day, by_day.get(day, []), today, team) for day in days]
        + ([_day(desk, visit, sunday, by_day[sunday], today, team)] if sunday in by_day else []),
        before=_address(monday - timedelta(days=7), team),
        after=_address(monday + timedelta(days=7), team),
        monday=monday.isoformat(),
    )


def new(desk: Desk, visit: Visit, tenants: tuple[Choice, ...] = ()) -> NewMeetingPage:
    """`tenants`: those to choose from, when what was typed names several."""
    return NewMeetingPage(visit.shell, visit.csrf, _choices(desk, visit), tenants)


def one(desk: Desk, visit: Visit, appointment: Appointment) -> MeetingPage:
    texts, house, person = desk.house.texts, desk.house, appointment.person
    local, live = appointment.starts_at.astimezone(house.zone), is_live(appointment)
    passed = begun(appointment, visit.now)
    wished = appointment.wished_at if live else None
    return MeetingPage(
        shell=visit.shell,
        csrf=visit.csrf,
        number=appointment.id,
        who=_who(person),
        tenant=person.id,
        phone=person.phone or "",
        discreet=person.discreet,
        when=desk.pages.when(appointment.starts_at, visit.now),
        how=texts.say(f"rdv.kind.{appointment.kind}"),
        staff=appointment.staff.display_name,
        subject=appointment.subject,
        place=appointment.place,
        papers=list(appointment.papers),
        minutes=appointment.minutes,
        state=texts.say(f"rdv.state.{appointment.state}"),
        needs_help=appointment.needs_help,
        wish=desk.pages.when(wished, visit.now) if wished else "",
        wished_at=wished.isoformat() if wished else "",
        version=appointment.version,
        can_change=live and not passed,
        settle=[
            (act.value, texts.say(f"rdv.staff.button.{act}"))
            for act in SETTLED
            if after(appointment.state, act, begun=passed) is not None
        ],
        on=local.date().isoformat(),
        at=f"{local:%H:%M}",
        today=visit.now.astimezone(house.zone).date().isoformat(),
        history=[_event(desk, visit, event) for event in appointment.history],
    )


def _day(
    desk: Desk, visit: Visit, day: date, meetings: list[Appointment], today: date, team: bool
) -> DayColumn:
    members = _members(visit) if team else [visit.staff]
    absent = rota.absences(visit.session, day, [member.id for member in members])
    return DayColumn(
        label=say.day(day),
        iso=day.isoformat(),
        today=day == today,
        closed="jour férié" if day in desk.house.holidays else "",
        away=[member.display_name for member in members if member.id in absent],
        meetings=[_line(desk, one) for one in meetings],
    )


def _line(desk: Desk, one: Appointment) -> MeetingLine:
    return MeetingLine(
        number=one.id,
        hour=say.hour(one.starts_at, desk.house.zone),
        who=_who(one.person),
        staff=one.staff.display_name,
        how=desk.house.texts.say(f"rdv.kind.{one.kind}"),
        state=desk.house.texts.say(f"rdv.state.{one.state}"),
        live=is_live(one),
    )


def _choices(desk: Desk, visit: Visit) -> Choices:
    subjects = desk.house.content.appointments.subjects
    return Choices(
        staff=[(member.id, member.display_name) for member in _members(visit)],
        kinds=[(kind.value, desk.house.texts.say(f"rdv.kind.{kind}")) for kind in AppointmentKind],
        subjects=[(name, say.typeset(subject.label)) for name, subject in subjects.items()],
        minutes=rules_of(visit.session, desk.house, visit.staff.organisation_id).minutes,
        today=visit.now.astimezone(desk.house.zone).date().isoformat(),
        me=visit.staff.id,
    )


def _members(visit: Visit) -> list[Staff]:
    own = {"organisation_id": visit.staff.organisation_id}
    meets = Staff.role.in_(holders(Right.MANAGE_APPOINTMENTS))
    return list(visit.session.scalars(select(Staff).filter_by(**own).where(meets).order_by(Staff.id)))


def _event(desk: Desk, visit: Visit, event: AppointmentEvent) -> tuple[str, str]:
    by = "le locataire" if event.by_tenant else event.actor.display_name if event.actor else "Palier"
    state = desk.house.texts.say(f"rdv.state.{event.state}")
    return desk.pages.when(event.at, visit.now), f"{state}, par {by}"


def _who(person: Person) -> str:
    return f"{person.title} {person.display_name}".strip() or "Personne effacée"


def _address(monday: date, team: bool) -> str:
    return f"/rendez-vous?semaine={monday.isoformat()}{'&equipe=oui' if team else ''}"
