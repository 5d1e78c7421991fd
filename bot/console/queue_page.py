"""What the queue page shows: read inside the transaction, drawn after it."""

from dataclasses import dataclass
from urllib.parse import urlencode

from bot.console.desk import Desk, Visit
from bot.console.menu import Shell
from bot.domain.states import CaseState, Urgency
from bot.services.appointments import calls as appointment_calls
from bot.services.cases import queue as case_queue
from bot.services.cases import requests as case_requests
from bot.services.cases.queue import Wanted, Whose
from bot.services.rent import calls as rent_calls
from bot.storage.tables import Case

# People on a page: what a telephone scrolls through, and well under 60 kB.
_PEOPLE = 25
_WHOSE = {
    Whose.FOR_ME: "À prendre et les miens",
    Whose.UNTAKEN: "À prendre",
    Whose.MINE: "Les miens",
    Whose.TEAM: "Toute l’équipe",
}


@dataclass(frozen=True)
class QueueLine:
    """`why` is empty for a danger: its words are read on its page, where the reading is written down."""

    number: int
    kind: str
    urgency: Urgency
    urgency_label: str
    state_label: str
    due: str
    late: bool
    opened: str
    why: str
    step: str


@dataclass(frozen=True)
class QueueGroup:
    """One person; the most pressing case first, the others after it."""

    who: str
    lines: list[QueueLine]

    @property
    def urgency(self) -> Urgency:
        return self.lines[0].urgency


@dataclass(frozen=True)
class Filters:
    """What was asked for, and what can be; a choice is (value, words)."""

    whose: str
    kind: str
    my_districts: bool
    waiting: bool
    whose_choices: list[tuple[str, str]]
    kind_choices: list[tuple[str, str]]
    districts: list[str]

    @property
    def active(self) -> bool:
        return bool(self.whose or self.kind or self.my_districts or self.waiting)


@dataclass(frozen=True)
class QueuePage:
    """`asked`: the cases (number, who asks) in which colleagues wait for the reader's advice. `before` and
    `after` are addresses of the pages beside this one, empty when there is none."""

    shell: Shell
    csrf: str
    groups: list[QueueGroup]
    untaken: int
    urgent: int
    mine: int
    calls: int
    asked: list[tuple[int, str]]
    filters: Filters
    total: int
    place: str
    before: str
    after: str


def read(desk: Desk, visit: Visit, wanted: Wanted, number: int) -> QueuePage:
    """The page `number` (from 1) of what is wanted."""
    session, staff = visit.session, visit.staff
    found = case_queue.page(session, staff, wanted, number=number, size=_PEOPLE)
    reasons = case_queue.reasons(session, [case for group in found.groups for case in group.cases])
    counts = case_queue.counts(session, staff)
    pages = -(-found.total // _PEOPLE)
    return QueuePage(
        shell=visit.shell,
        csrf=visit.csrf,
        groups=[
            QueueGroup(who(group.cases[0]), [_line(desk, visit, case, reasons) for case in group.cases])
            for group in found.groups
        ],
        untaken=counts.untaken,
        urgent=counts.urgent,
        mine=counts.mine,
        calls=rent_calls.count(session, staff) + appointment_calls.count(session, visit.now, staff),
        asked=[(one.case_id, one.asked_by.display_name) for one in case_requests.asked_of(session, staff)],
        filters=_filters(desk, visit, wanted),
        total=found.total,
        place=f"Page {number} sur {pages}" if pages > 1 else "",
        before=_address(wanted, number - 1) if number > 1 else "",
        after=_address(wanted, number + 1) if number < pages else "",
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


def _line(desk: Desk, visit: Visit, case: Case, reasons: dict[int, str]) -> QueueLine:
    text, late = due(desk, visit, case) if case.state is CaseState.NEW else (_back(desk, visit, case), False)
    kind, why = kind_label(desk, case.kind), reasons.get(case.id, "")
    return QueueLine(
        number=case.id,
        kind=kind,
        urgency=case.urgency,
        urgency_label=desk.pages.label(f"console.urgency.{case.urgency}", case.urgency),
        state_label=_state(desk, visit, case),
        due=text,
        late=late,
        opened=desk.pages.when(case.opened_at, visit.now),
        why=why if why != kind else "",
        step=desk.next_steps.of(case.kind).step,
    )


def _back(desk: Desk, visit: Visit, case: Case) -> str:
    return f"Revient {desk.pages.when(case.waiting_until, visit.now)}" if case.waiting_until else ""


def _state(desk: Desk, visit: Visit, case: Case) -> str:
    state = desk.pages.label(f"console.state.{case.state}", case.state)
    if case.owner is None:
        return state
    by = "vous" if case.owner_id == visit.staff.id else case.owner.display_name
    return f"{state} par {by}" if case.state is CaseState.TAKEN else f"{state}, suivi par {by}"


def _filters(desk: Desk, visit: Visit, wanted: Wanted) -> Filters:
    kinds = set(case_queue.kinds(visit.session, visit.staff)) | ({wanted.kind} - {""})
    return Filters(
        whose=wanted.whose,
        kind=wanted.kind,
        my_districts=wanted.my_districts,
        waiting=wanted.waiting,
        whose_choices=[(whose.value, label) for whose, label in _WHOSE.items()],
        kind_choices=sorted(((kind, kind_label(desk, kind)) for kind in kinds), key=lambda pair: pair[1]),
        districts=visit.staff.districts,
    )


def _address(wanted: Wanted, number: int) -> str:
    asked = {
        "voir": wanted.whose.value,
        "sorte": wanted.kind,
        "secteur": "oui" if wanted.my_districts else "",
        "attente": "oui" if wanted.waiting else "",
        "page": str(number) if number > 1 else "",
    }
    given = urlencode({name: value for name, value in asked.items() if value})
    return f"/dossiers?{given}" if given else "/dossiers"
