"""Who is no longer on a lease by the landlord's file: a person looks, Palier writes of that rent no more.

The file may be wrong, and a household may have parted: somebody may have left to be safe. So nobody is
unlinked, and nothing is said to the others of the lease.
"""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.domain.states import CaseState, Urgency
from bot.services.cases import cases
from bot.services.house import House
from bot.services.rent import rent
from bot.storage.tables import Case, Lease, LeasePerson, Person
from bot.texts import format as say

LEFT = "lease_left"


def left(session: Session, now: datetime, house: House, link: LeasePerson) -> Case:
    """The file names the person no more: nothing about this rent goes to them, and a case opens."""
    today = rent.local_day(now, house)
    link.absent_since = today
    session.flush()
    lease = session.get_one(Lease, link.lease_id)
    session.expire(lease, ["tenants"])
    return cases.open_case(
        session,
        now,
        house,
        kind=LEFT,
        urgency=Urgency.NORMAL,
        reason=house.texts.say("rent.reason.left", lease=lease.reference, day=say.day_with_year(today)),
        person=session.get_one(Person, link.person_id),
        object=_object(link),
    )


def back(session: Session, now: datetime, house: House, link: LeasePerson) -> None:
    """The file names the person again: Palier writes again, and who follows the open case hears of it."""
    link.absent_since = None
    session.flush()
    lease = session.get_one(Lease, link.lease_id)
    session.expire(lease, ["tenants"])
    case = session.scalar(
        select(Case)
        .filter_by(organisation_id=link.organisation_id, kind=LEFT, object=_object(link))
        .where(Case.person_id == link.person_id, Case.state != CaseState.CLOSED)
    )
    if case is not None:
        day = say.day_with_year(rent.local_day(now, house))
        reason = house.texts.say("rent.reason.back", lease=lease.reference, day=day)
        cases.add_sign(session, now, house, case, reason, Urgency.NORMAL)


def _object(link: LeasePerson) -> str:
    return f"lease:{link.lease_id}"
