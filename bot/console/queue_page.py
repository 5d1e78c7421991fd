"""What the queue page shows: read inside the transaction, drawn after it."""

from dataclasses import dataclass

from bot.console.desk import Desk, Visit
from bot.domain.states import CaseState, Urgency
from bot.services.appointments import calls as appointment_calls
from bot.services.cases import cases
from bot.services.rent import calls as rent_calls
from bot.storage.tables import Case

_SHOWN = 200


@dataclass(frozen=True)
class QueueLine:
    number: int
    who: str
    kind: str
    urgency: Urgency
    urgency_label: str
    state_label: str
    due: str
    late: bool
    opened: str


@dataclass(frozen=True)
class QueuePage:
    """`untaken` wait for somebody, `mine` are followed by the reader; both urgent first."""

    staff: str
    csrf: str
    untaken: list[QueueLine]
    mine: list[QueueLine]
    truncated: bool
    calls: int

    @property
    def urgent(self) -> int:
        return sum(line.urgency is Urgency.URGENT for line in self.untaken)


def read(desk: Desk, visit: Visit) -> QueuePage:
    found = cases.queue(visit.session, visit.staff, _SHOWN + 1)
    shown = found[:_SHOWN]
    return QueuePage(
        staff=visit.staff.display_name,
        csrf=visit.csrf,
        untaken=[_line(desk, visit, case) for case in shown if case.owner_id is None],
        mine=[_line(desk, visit, case) for case in shown if case.owner_id is not None],
        truncated=len(found) > _SHOWN,
        calls=rent_calls.count(visit.session, visit.staff)
        + appointment_calls.count(visit.session, visit.now, visit.staff),
    )


def who(case: Case) -> str:
    """The person's name, or that Palier does not know it."""
    if case.person is None:
        return "Personne non reliée à un bail"
    return f"{case.person.title} {case.person.display_name}".strip()


def kind_label(desk: Desk, kind: str) -> str:
    intent = desk.house.content.intents.get(kind)
    return intent.label if intent else desk.pages.label(f"case.kind.{kind}", "Autre demande")


def due(desk: Desk, visit: Visit, case: Case) -> tuple[str, bool]:
    """By when somebody must have taken the case, and whether that is past."""
    if case.urgency is Urgency.URGENT:
        return "Maintenant", False
    late = case.due_at < visit.now
    when = desk.pages.when(case.due_at, visit.now)
    return (f"En retard depuis {when}" if late else f"Au plus tard {when}"), late


def _line(desk: Desk, visit: Visit, case: Case) -> QueueLine:
    text, late = due(desk, visit, case) if case.state is CaseState.NEW else ("", False)
    return QueueLine(
        number=case.id,
        who=who(case),
        kind=kind_label(desk, case.kind),
        urgency=case.urgency,
        urgency_label=desk.pages.label(f"console.urgency.{case.urgency}", case.urgency),
        state_label=desk.pages.label(f"console.state.{case.state}", case.state),
        due=text,
        late=late,
        opened=desk.pages.when(case.opened_at, visit.now),
    )
