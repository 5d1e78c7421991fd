"""The shapes that several resources share."""

from datetime import UTC, date, datetime
from typing import Annotated

from fastapi import Header, Path, Query
from pydantic import AfterValidator, AwareDatetime, BaseModel, Field, StringConstraints

from bot.storage.tables import Person, Staff

MOST_WORDS = 2000
_FIRST_YEAR, _LAST_YEAR = 1900, 2100


def _near(day: date) -> date:
    """Far from the ends of the calendar, where a change of zone or a sum of days is no date any more."""
    if not _FIRST_YEAR <= day.year <= _LAST_YEAR:
        raise ValueError(f"the year must be between {_FIRST_YEAR} and {_LAST_YEAR}")
    return day


def _near_instant(at: datetime) -> datetime:
    _near(at)
    return at.astimezone(UTC)


Number = Annotated[int, Path(ge=1, le=2**63 - 1)]
Id = Annotated[int, Field(ge=1, le=2**63 - 1)]
Day = Annotated[date, AfterValidator(_near)]
Instant = Annotated[AwareDatetime, AfterValidator(_near_instant)]
# No control character: a line is a line, and PostgreSQL keeps no NUL.
Line = Annotated[str, StringConstraints(max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")]
Reference = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=r"^[^\x00-\x1f\x7f]+$")]
Words = Annotated[
    str, StringConstraints(min_length=1, max_length=MOST_WORDS, pattern=r"^[^\x00]*[^\x00\s][^\x00]*$")
]
Asked = Annotated[Reference | None, Query(description="La référence du bailleur, exacte.")]
IdempotencyKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=80,
        pattern=r"^[!-~]+$",
        description="Redonnée avant 24 h avec la même demande, rend la première réponse sans rien refaire.",
    ),
]


Note = Annotated[str, StringConstraints(max_length=MOST_WORDS, pattern=r"^[^\x00]*$")]


class Member(BaseModel):
    """Une personne de l'équipe."""

    reference: str
    name: str


class Who(BaseModel):
    """Un locataire, en bref."""

    id: int
    reference: str
    name: str


def member(staff: Staff | None) -> Member | None:
    return Member(reference=staff.reference, name=staff.display_name) if staff else None


def who(person: Person | None) -> Who | None:
    if person is None:
        return None
    name = f"{person.title} {person.display_name}".strip()
    return Who(id=person.id, reference=person.reference, name=name)
