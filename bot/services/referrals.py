"""A household referred by a partner or a mediator: a case for the team, and its progress for who referred."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from bot.domain.states import CaseState, Urgency
from bot.services.cases import cases
from bot.services.house import House
from bot.storage.tables import Case, Person, Referral, Staff
from bot.texts.format import folded

KIND = "referral"
# Of who may not look tenants up: so many wrong names or references, then they wait.
WRONG_TRIES, WRONG_SECONDS = 10, 3600


class Danger(StrEnum):
    """What a referral may tell of danger; it opens a case of that danger, read by its workers only."""

    VIOLENCE = "violence"
    DISTRESS = "detresse"
    HOME = "logement"


_KINDS = {
    Danger.VIOLENCE: "report_violence",
    Danger.DISTRESS: "report_distress",
    Danger.HOME: "report_hazard",
}


class Progress(StrEnum):
    """All that who referred is told of the case."""

    RECEIVED = "recue"
    FOLLOWED = "suivie"
    CLOSED = "close"


def household(session: Session, staff: Staff, reference: str, family_name: str) -> Person | None:
    """The tenant of that reference whose family name is that one, but for case and accents; None else.

    For who refers without the right to look tenants up: a reference that is not theirs tells nothing.
    """
    own = {"organisation_id": staff.organisation_id, "reference": reference.strip()}
    person = session.scalar(select(Person).filter_by(**own))
    said = _letters(family_name)
    return person if person is not None and said and said == _letters(person.last_name) else None


def _letters(name: str) -> str:
    return "".join(filter(str.isalnum, folded(name)))


def refer(
    session: Session,
    now: datetime,
    house: House,
    staff: Staff,
    person: Person,
    words: str,
    danger: Danger | None = None,
) -> Referral:
    """Open a case about the tenant (of the same organisation), or add to the open one; the team is alerted.

    The tenant is told nothing: who referred may not have said so.
    """
    case = cases.open_case(
        session,
        now,
        house,
        kind=_KINDS[danger] if danger else KIND,
        urgency=Urgency.URGENT if danger else Urgency.NORMAL,
        reason=house.texts.say("referral.reason", who=staff.display_name, words=words),
        person=person,
    )
    session.flush()
    referral = Referral(
        organisation_id=staff.organisation_id,
        staff_id=staff.id,
        person=person,
        case=case,
        words=words,
        made_at=now,
    )
    session.add(referral)
    session.flush()
    return referral


def of(staff: Staff) -> Select[Referral]:
    """The member's own referrals, nobody else's."""
    return select(Referral).filter_by(organisation_id=staff.organisation_id, staff_id=staff.id)


def progress(referral: Referral) -> Progress:
    """Where the team is; a case that was joined to another one is where that one is."""
    case: Case = referral.case
    while case.merged_into is not None:
        case = case.merged_into
    if case.state is CaseState.CLOSED:
        return Progress.CLOSED
    return Progress.RECEIVED if case.state is CaseState.NEW else Progress.FOLLOWED
