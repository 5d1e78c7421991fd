"""Who goes away: what becomes of their cases on the day on which they leave."""

from datetime import date, datetime, time

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.domain.states import Gives
from bot.services.cases import acts, rota
from bot.services.house import House
from bot.services.one_by_one import one_by_one
from bot.storage.tables import Absence, Staff

# A planned absence begins for the others at an hour at which they may be disturbed.
_FROM = time(7)


def plan(
    session: Session,
    now: datetime,
    house: House,
    staff: Staff,
    starts_on: date,
    ends_on: date,
    stand_in: Staff | None,
    *,
    everything: bool,
) -> Absence:
    """Note an absence. On its first day their open cases go to who stands in, else to the team: all of them
    when `everything` is asked, else what is urgent. Raises ValueError as `rota.plan_absence` does."""
    absence = rota.plan_absence(session, now, house, staff, starts_on, ends_on, stand_in)
    absence.gives = Gives.EVERYTHING if everything else Gives.URGENT
    if starts_on == now.astimezone(house.zone).date():
        _leave(session, now, house, absence)
    session.flush()
    return absence


def begin_due(session: Session, now: datetime, house: House) -> int:
    """The absences that have begun: what was to be handed over is. Returns how many absences."""
    here = now.astimezone(house.zone)
    if here.time() < _FROM:
        return 0
    runs = Absence.starts_on <= here.date(), Absence.ends_on >= here.date()
    begun = session.scalars(
        select(Absence).where(Absence.gives.is_not(None), *runs).order_by(Absence.id)
    ).all()
    return one_by_one(session, now, begun, lambda absence: _leave(session, now, house, absence))


def _leave(session: Session, now: datetime, house: House, absence: Absence) -> None:
    gives, absence.gives = absence.gives, None
    if gives is Gives.EVERYTHING:
        acts.give_all(session, now, house, absence.staff, absence.stand_in)
    else:
        acts.give_back_urgent(session, now, house, absence.staff)
