"""What can be done on a case's page beside taking and closing it, and what came before it."""

from dataclasses import dataclass

from sqlalchemy import select

from bot.console.desk import Desk, Visit
from bot.domain.case_moves import WaitReason
from bot.domain.states import CaseState
from bot.services import access
from bot.services.cases import acts as case_acts
from bot.services.cases import kinds as case_kinds
from bot.storage.tables import Case, Person

_SHOWN = 20
# Its kind or its outcome alone would tell of a danger to who may not know.
_RESERVED = "réservé aux personnes qui le suivent"


@dataclass(frozen=True)
class Earlier:
    """Another case of the same person."""

    number: int
    kind: str
    state: str
    opened: str
    readable: bool


@dataclass(frozen=True)
class Acts:
    """`colleagues` are (number, name), `twins` (number, kind); an empty list: no form."""

    can_wait: bool
    can_hand_over: bool
    can_unlink: bool
    reasons: list[tuple[str, str]]
    colleagues: list[tuple[int, str]]
    twins: list[tuple[int, str]]
    tomorrow: str


def acts(desk: Desk, visit: Visit, case: Case) -> Acts:
    """What the services accept from this visitor, so that no button leads to a refusal."""
    may_give = access.may_lead(case, visit.staff)
    followed = case.state in (CaseState.TAKEN, CaseState.WAITING)
    found = case_acts.colleagues(visit.session, visit.now, desk.house, case, visit.staff) if may_give else []
    return Acts(
        can_wait=may_give and followed,
        can_hand_over=may_give,
        can_unlink=case_acts.may_unlink(visit.session, case, visit.staff),
        reasons=[(reason.value, desk.house.texts.say(f"case.wait_reason.{reason}")) for reason in WaitReason],
        colleagues=[(member.id, member.display_name) for member in found],
        twins=[
            (twin.id, case_kinds.label(desk.house, twin.kind))
            for twin in case_acts.twins(visit.session, case, visit.staff)
        ],
        tomorrow=case_acts.first_day(visit.now, desk.house).isoformat(),
    )


def waiting(desk: Desk, visit: Visit, case: Case) -> str:
    """Until when and why the case waits; empty when it does not."""
    if case.state is not CaseState.WAITING or case.waiting_until is None:
        return ""
    why = desk.pages.label(f"case.wait_reason.{case.waiting_reason}", "Autre raison")
    return f"En attente jusqu’à {desk.pages.when(case.waiting_until, visit.now)} : {why}"


def earlier(desk: Desk, visit: Visit, case: Case) -> list[Earlier]:
    """The other cases of the person (or of the unknown telephone), the latest first."""
    same = Case.person_id == case.person_id if case.person_id else Case.subject == case.subject
    found = visit.session.scalars(
        select(Case)
        .where(Case.organisation_id == case.organisation_id, same, Case.id != case.id)
        .order_by(Case.id.desc())
        .limit(_SHOWN)
    )
    return [_earlier(desk, visit, other) for other in found]


def earlier_of(desk: Desk, visit: Visit, person: Person) -> list[Earlier]:
    """The cases of a person, the open ones first, then the latest."""
    mine = select(Case).filter_by(organisation_id=person.organisation_id, person_id=person.id)
    latest = mine.order_by(Case.state == CaseState.CLOSED, Case.id.desc()).limit(_SHOWN)
    return [_earlier(desk, visit, case) for case in visit.session.scalars(latest)]


def _earlier(desk: Desk, visit: Visit, other: Case) -> Earlier:
    readable = access.may_read(other, visit.staff)
    return Earlier(
        number=other.id,
        kind=case_kinds.label(desk.house, other.kind) if readable else _RESERVED,
        state=_state(desk, other) if readable else desk.pages.label(f"console.state.{other.state}", ""),
        opened=desk.pages.when(other.opened_at, visit.now),
        readable=readable,
    )


def _state(desk: Desk, case: Case) -> str:
    if case.merged_into_id is not None:
        return f"Réuni avec le n° {case.merged_into_id}"
    state = desk.pages.label(f"console.state.{case.state}", case.state)
    if case.outcome is None:
        return state
    return f"{state} : {desk.house.texts.say(f'case.outcome.{case.outcome}')}"
