"""A bank file that is late: the administrator is told once a working day, the tenants are left in peace."""

from datetime import date, datetime, timedelta

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from bot.domain.calendar import add_business_days, office_instant
from bot.domain.words import Drop, Words
from bot.services import outbox, people
from bot.services.house import House
from bot.services.kinds import Lane, MessageKind, declare
from bot.services.one_by_one import one_by_one
from bot.services.rent import rent
from bot.storage.tables import Lease, Organisation, Outbox
from bot.texts import format as say


def warn(session: Session, now: datetime, house: House) -> int:
    """Tick, in office hours: tell each administrator of a late file. Returns how many were told."""
    if office_instant(now, house.zone, house.holidays) != now:
        return 0
    today = rent.local_day(now, house)
    queued = 0

    def look(organisation: Organisation) -> None:
        nonlocal queued
        if is_late(organisation, today, house):
            object, day = f"organisation:{organisation.id}", today.isoformat()
            for chat in people.administration(session, organisation.id):
                row = outbox.enqueue(session, now, house, chat, LATE, object=object, occasion=day)
                queued += row is not None

    landlords = select(Organisation).where(exists().where(_ITS_LEASES)).order_by(Organisation.id)
    one_by_one(session, now, session.scalars(landlords).all(), look)
    return queued


_ITS_LEASES = Lease.organisation_id == Organisation.id


def is_late(organisation: Organisation, today: date, house: House) -> bool:
    """Whether the file misses a bank day more than the bank's own delay; so does one that never came."""
    covered = organisation.bank_covered_until
    if covered is None:
        return True
    days = rent.steps_of(house, organisation).bank_days + 1
    return add_business_days(covered, days, house.holidays) <= today


def _render(session: Session, now: datetime, house: House, row: Outbox) -> Words | Drop:
    organisation = session.get_one(Organisation, int(row.object.removeprefix("organisation:")))
    if not is_late(organisation, rent.local_day(now, house), house):
        return Drop("came")
    covered = organisation.bank_covered_until
    if covered is None:
        return Words(house.texts.say("rent.staff.bank_never"))
    return Words(house.texts.say("rent.staff.bank_late", day=say.day_with_year(covered)))


LATE = declare(
    MessageKind("bank_late", Lane.HAND_OFF, timedelta(hours=12), held=False, resend=True, render=_render)
)
