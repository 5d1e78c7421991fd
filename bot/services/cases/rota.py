"""Who works now: the present team, who stands in for the absent, who is on call."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import delete, or_, select
from sqlalchemy.orm import Session

from bot.domain.rights import Right, holders
from bot.domain.states import Role
from bot.services import people
from bot.services.house import House
from bot.storage.tables import Absence, Case, Duty, Lease, LeasePerson, Staff

# How far ahead the calendars go, and how late a form for "now" may arrive.
_FARTHEST, _LATELY = timedelta(days=366), timedelta(minutes=5)


@dataclass(frozen=True)
class Team:
    """The people of an organisation who work on cases, today."""

    present: list[Staff]
    on_call: list[Staff]
    absent: dict[int, Absence]

    @property
    def caseworkers(self) -> list[Staff]:
        return [member for member in self.present if member.role is Role.CASEWORKER]

    @property
    def coordination(self) -> list[Staff]:
        return [m for m in self.present if m.role in (Role.COORDINATOR, Role.ADMINISTRATOR)]

    def instead_of(self, member: Staff) -> Staff | None:
        """The member if present, else who stands in and is present; None: the team as a whole."""
        if member in self.present:
            return member
        absence = self.absent.get(member.id)
        stand_in = absence.stand_in if absence else None
        return stand_in if stand_in in self.present else None


def team(
    session: Session, now: datetime, house: House, organisation_id: int, *, nameless: bool = False
) -> Team:
    """Everybody of the organisation who may work on cases now; `nameless`: no name of theirs is needed."""
    members = session.scalars(
        select(Staff)
        .where(
            Staff.organisation_id == organisation_id,
            Staff.role.in_(holders(Right.WORK_CASES)),
            Staff.left_at.is_(None),
        )
        .order_by(Staff.id)
        .options(*(people.NAMELESS if nameless else ()))
    ).all()
    absent = absences(session, _today(now, house), [member.id for member in members])
    present = [member for member in members if member.id not in absent]
    duty = on_duty(session, now, organisation_id)
    on_call = [m for m in present if (m.id in duty if duty else m.on_call)]
    return Team(present, on_call, absent)


def absences(session: Session, day: date, staff_ids: Sequence[int]) -> dict[int, Absence]:
    """The absence of each of them that day, the one that ends last."""
    rows = session.scalars(
        select(Absence)
        .where(Absence.staff_id.in_(staff_ids), Absence.starts_on <= day, Absence.ends_on >= day)
        .order_by(Absence.ends_on, Absence.id)
    )
    return {row.staff_id: row for row in rows}


def is_absent(session: Session, now: datetime, house: House, staff: Staff) -> bool:
    return bool(absences(session, _today(now, house), [staff.id]))


def be_absent(
    session: Session, now: datetime, house: House, staff: Staff, ends_on: date, stand_in: Staff | None = None
) -> Absence:
    """From today to `ends_on`, both included; it replaces what was said of these days."""
    be_back(session, now, house, staff)
    absence = Absence(
        organisation_id=staff.organisation_id,
        staff_id=staff.id,
        starts_on=_today(now, house),
        ends_on=ends_on,
        stand_in_id=stand_in.id if stand_in else None,
    )
    session.add(absence)
    session.flush()
    return absence


def plan_absence(
    session: Session,
    now: datetime,
    house: House,
    staff: Staff,
    starts_on: date,
    ends_on: date,
    stand_in: Staff | None = None,
) -> Absence:
    """Away on these days, both included; from today on it replaces what was said of them.

    Raises ValueError: "days" (past, not in order, or more than a year), "stand_in" (oneself, or of another
    organisation).
    """
    today = _today(now, house)
    if not today <= starts_on <= ends_on <= today + _FARTHEST:
        raise ValueError("days")
    if stand_in is not None and (
        stand_in.id == staff.id or stand_in.organisation_id != staff.organisation_id
    ):
        raise ValueError("stand_in")
    if starts_on == today:
        return be_absent(session, now, house, staff, ends_on, stand_in)
    absence = Absence(
        organisation_id=staff.organisation_id,
        staff_id=staff.id,
        starts_on=starts_on,
        ends_on=ends_on,
        stand_in_id=stand_in.id if stand_in else None,
    )
    session.add(absence)
    session.flush()
    return absence


def end_absence(session: Session, now: datetime, house: House, absence: Absence) -> None:
    """They work again from today on; a planned absence is forgotten, the days before stay written."""
    today = _today(now, house)
    if absence.starts_on >= today:
        session.delete(absence)
    elif absence.ends_on >= today:
        absence.ends_on = today - timedelta(days=1)
    session.flush()


def coming_absences(session: Session, now: datetime, house: House, organisation_id: int) -> list[Absence]:
    """Those that last today or are planned, the next to begin first."""
    return list(
        session.scalars(
            select(Absence)
            .where(Absence.organisation_id == organisation_id, Absence.ends_on >= _today(now, house))
            .order_by(Absence.starts_on, Absence.id)
        )
    )


def be_back(session: Session, now: datetime, house: House, staff: Staff) -> None:
    """From today on the member works again; the days before stay written."""
    today = _today(now, house)
    session.execute(delete(Absence).where(Absence.staff_id == staff.id, Absence.starts_on >= today))
    running = absences(session, today, [staff.id])
    if running:
        running[staff.id].ends_on = today - timedelta(days=1)
    session.flush()


def on_duty(session: Session, now: datetime, organisation_id: int) -> set[int]:
    """Who the calendar puts on call now; nobody: the standing on-call of the team's file."""
    return set(
        session.scalars(
            select(Duty.staff_id).where(
                Duty.organisation_id == organisation_id,
                Duty.starts_at <= now,
                or_(Duty.ends_at.is_(None), Duty.ends_at > now),
            )
        )
    )


def put_on_call(session: Session, now: datetime, staff: Staff, until: datetime | None) -> Duty:
    """`staff` is on call from now on, alone, until `until` (None: until further notice)."""
    running = session.scalars(
        select(Duty).where(
            Duty.organisation_id == staff.organisation_id, or_(Duty.ends_at.is_(None), Duty.ends_at > now)
        )
    )
    for duty in running:
        if duty.starts_at > now:
            continue  # a turn planned for later stays planned
        duty.ends_at = now
    duty = Duty(organisation_id=staff.organisation_id, staff_id=staff.id, starts_at=now, ends_at=until)
    session.add(duty)
    session.flush()
    return duty


def plan_turn(
    session: Session, now: datetime, staff: Staff, starts_at: datetime, ends_at: datetime | None
) -> Duty:
    """Put `staff` on call from an instant on (now: alone, at once), until another (None: until further
    notice). Several may be on call at once later.

    Raises ValueError("turn") when it begins in the past, ends before it begins, or lasts over a year.
    """
    if starts_at < now - _LATELY or (ends_at is not None and ends_at <= starts_at):
        raise ValueError("turn")
    if max(starts_at, ends_at or starts_at) > now + _FARTHEST:
        raise ValueError("turn")
    if starts_at <= now:
        return put_on_call(session, now, staff, ends_at)
    duty = Duty(
        organisation_id=staff.organisation_id, staff_id=staff.id, starts_at=starts_at, ends_at=ends_at
    )
    session.add(duty)
    session.flush()
    return duty


def end_turn(session: Session, now: datetime, duty: Duty) -> None:
    """The turn ends now, or is forgotten when it has not begun."""
    if duty.starts_at > now:
        session.delete(duty)
    elif duty.ends_at is None or duty.ends_at > now:
        duty.ends_at = now
    session.flush()


def coming_turns(session: Session, now: datetime, organisation_id: int) -> list[Duty]:
    """Those that run now or are planned, the next to begin first."""
    return list(
        session.scalars(
            select(Duty)
            .where(Duty.organisation_id == organisation_id, or_(Duty.ends_at.is_(None), Duty.ends_at > now))
            .order_by(Duty.starts_at, Duty.id)
        )
    )


def of_district(session: Session, case: Case, members: list[Staff]) -> list[Staff]:
    """Those of the members who work in a district where the person of the case has a lease."""
    if case.person_id is None:
        return []
    districts = set(
        session.scalars(
            select(Lease.district)
            .join(LeasePerson, LeasePerson.lease_id == Lease.id)
            .where(LeasePerson.person_id == case.person_id, Lease.district != "")
        )
    )
    return [member for member in members if districts & set(member.districts)]


def _today(now: datetime, house: House) -> date:
    return now.astimezone(house.zone).date()
