"""What is known of a tenant's home, to choose tips that fit and harm nobody."""

from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.content.tips import Tips
from bot.domain.tips import Home
from bot.storage.tables import Case, HomeTrait, Person

_OLD = 65


def home_of(session: Session, today: date, tips: Tips, person: Person) -> Home:
    """The known traits. The usual equipment is there until somebody says otherwise; that somebody is old (the
    landlord's file) or ill (a case about health) holds whatever is said."""
    home = {name: True for name, trait in tips.traits.items() if trait.usual}
    rows = session.execute(select(HomeTrait.name, HomeTrait.present).filter_by(person_id=person.id))
    home |= {name: present for name, present in rows if present is not None}
    frail = _is_old(person, today) or _is_ill(session, person)
    return home | ({"fragile": True} if frail else {})


def asked(session: Session, person: Person) -> set[str]:
    """The traits that the tenant was asked about and answered, "je ne sais pas" included."""
    return set(session.scalars(select(HomeTrait.name).filter_by(person_id=person.id)))


def note(session: Session, now: datetime, person: Person, name: str, present: bool | None) -> None:
    """Keep what the tenant said of the home; None: does not know."""
    row = session.scalar(select(HomeTrait).filter_by(person_id=person.id, name=name))
    if row is None:
        row = HomeTrait(organisation_id=person.organisation_id, person_id=person.id, name=name)
        session.add(row)
    row.present, row.said_at = present, now
    session.flush()


def _is_ill(session: Session, person: Person) -> bool:
    """Whether that person ever told of bad health."""
    told = select(Case.id).filter_by(person_id=person.id, kind="report_health").limit(1)
    return session.scalar(told) is not None


def _is_old(person: Person, today: date) -> bool:
    if "senior" in person.profiles:
        return True
    return person.born_on is not None and today.year - date.fromisoformat(person.born_on).year >= _OLD
