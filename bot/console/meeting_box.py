"""Booking an appointment with the person of a case, from its page."""

from dataclasses import dataclass

from bot.console.desk import Desk, Visit
from bot.domain.rights import Right, may
from bot.domain.states import AppointmentKind, CaseState
from bot.services.appointments import offers
from bot.services.appointments.offers import Wanted
from bot.services.appointments.rows import rules_of
from bot.storage.tables import Case
from bot.texts import format as say


@dataclass(frozen=True)
class MeetingBox:
    """`free` are the reader's next free times (value, words); choices are (value, words)."""

    who: str
    free: list[tuple[str, str]]
    kinds: list[tuple[str, str]]
    subjects: list[tuple[str, str]]
    minutes: int
    today: str


def read(desk: Desk, visit: Visit, case: Case) -> MeetingBox | None:
    """None when the case is about nobody known, or closed."""
    if case.person is None or case.state is CaseState.CLOSED:
        return None
    if not may(visit.staff.role, Right.MANAGE_APPOINTMENTS):
        return None
    wanted = Wanted(person=case.person, staff=visit.staff, kind=AppointmentKind.OFFICE)
    free = offers.free_times(visit.session, visit.now, desk.house, wanted)
    return MeetingBox(
        who=case.person.display_name,
        free=[(at.isoformat(), desk.pages.when(at, visit.now)) for at in free],
        kinds=[(kind.value, desk.house.texts.say(f"rdv.kind.{kind}")) for kind in AppointmentKind],
        subjects=[
            (name, say.typeset(subject.label))
            for name, subject in desk.house.content.appointments.subjects.items()
        ],
        minutes=rules_of(visit.session, desk.house, case.organisation_id).minutes,
        today=visit.now.astimezone(desk.house.zone).date().isoformat(),
    )
