"""What the ticks could not do, told to people: a household it is about hears nothing meanwhile."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.domain.calendar import OFFICE_FROM, instant, is_business_day, office_instant
from bot.domain.words import Drop, Words
from bot.services import outbox, people
from bot.services.house import House
from bot.services.kinds import Lane, MessageKind, declare
from bot.storage.tables import Case, LeasePerson, LeftUndone, Occurrence, Organisation, Outbox, Person

_MOST_SHOWN = 5


def lately(
    session: Session, now: datetime, house: House, organisation_id: int | None = None
) -> Sequence[LeftUndone]:
    """What failed since the office of the last working day opened, the oldest note first: what is tried in
    vain every day is always among it, what has been mended no more. Of one landlord, or of all."""
    day = now.astimezone(house.zone).date() - timedelta(days=1)
    while not is_business_day(day, house.holidays):
        day -= timedelta(days=1)
    since = instant(day, OFFICE_FROM, house.zone)
    found = select(LeftUndone).where(LeftUndone.at >= since).order_by(LeftUndone.id)
    if organisation_id is not None:
        found = found.where(LeftUndone.organisation_id == organisation_id)
    return session.scalars(found).all()


def tell(session: Session, now: datetime, house: House) -> int:
    """Tick, in office hours: tell each administrator, once a working day, of what was left undone.
    Returns how many were told."""
    if office_instant(now, house.zone, house.holidays) != now:
        return 0
    day, queued = now.astimezone(house.zone).date().isoformat(), 0
    for organisation in session.scalars(select(Organisation.id).order_by(Organisation.id)).all():
        if lately(session, now, house, organisation):
            object = f"organisation:{organisation}"
            for chat in people.administration(session, organisation):
                row = outbox.enqueue(session, now, house, chat, LEFT_UNDONE, object=object, occasion=day)
                queued += row is not None
    return queued


def _render(session: Session, now: datetime, house: House, row: Outbox) -> Words | Drop:
    found = lately(session, now, house, int(row.object.removeprefix("organisation:")))
    if not found:
        return Drop("done since")
    pages = list(dict.fromkeys(page for each in found for page in _pages(session, each)))
    lines = [f"{house.base_address}{page}" for page in pages[:_MOST_SHOWN]]
    if len(pages) > _MOST_SHOWN:
        lines.append("…")
    text = house.texts.say("staff.left_undone", count=len(found))
    return Words("\n".join([text, *lines]))


def _pages(session: Session, undone: LeftUndone) -> list[str]:
    """Where a person sees whom it is about: numbers, no name."""
    if undone.what == Case.__tablename__:
        return [f"/dossiers/{undone.row}"]
    return [f"/locataires/{person}" for person in _persons(session, undone)]


def _persons(session: Session, undone: LeftUndone) -> Sequence[int]:
    if undone.what == Person.__tablename__:
        return [undone.row]
    on = (
        select(LeasePerson.person_id)
        .where(LeasePerson.absent_since.is_(None))
        .order_by(LeasePerson.person_id)
    )
    if undone.what == "lease":
        return session.scalars(on.where(LeasePerson.lease_id == undone.row)).all()
    if undone.what == LeasePerson.__tablename__:
        return session.scalars(on.where(LeasePerson.id == undone.row)).all()
    if undone.what == Occurrence.__tablename__:
        step = session.get(Occurrence, undone.row)
        if step is not None and step.lease_id is not None:
            return session.scalars(on.where(LeasePerson.lease_id == step.lease_id)).all()
        if step is not None and step.object.startswith("person:"):
            return [int(step.object.split(":")[1])]
    return []


LEFT_UNDONE = declare(
    MessageKind("left_undone", Lane.HAND_OFF, timedelta(hours=12), held=False, resend=True, render=_render)
)
