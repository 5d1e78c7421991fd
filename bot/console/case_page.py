"""What a case's page shows: read inside the transaction, drawn after it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select

from bot.console import (
    case_acts_page,
    meeting_box,
    person_card,
    plan_box,
    queue_page,
    relay_box,
    requests_box,
    thread_view,
)
from bot.console.case_acts_page import Acts, Earlier
from bot.console.desk import Desk, Visit
from bot.console.household import Household, households
from bot.console.meeting_box import MeetingBox
from bot.console.menu import Shell
from bot.console.person_card import PersonCard
from bot.console.plan_box import PlanBox
from bot.console.relay_box import RelayBox
from bot.console.requests_box import RequestsBox
from bot.console.thread_view import Sending, Thread
from bot.content.next_steps import Fact
from bot.domain.states import CaseState, Outcome, Urgency
from bot.services import access
from bot.services.cases import requests as case_requests
from bot.services.rent import signals as rent_signals
from bot.storage.tables import Case, CaseEvent
from bot.texts import format as say


@dataclass(frozen=True)
class Line:
    """A dated line of history; `who` is Palier or a member of staff."""

    at: str
    who: str
    did: str
    detail: str


@dataclass(frozen=True)
class Advice:
    """`signs` are what this household's account adds to the advice of the kind."""

    step: str
    why: str
    signs: list[str]
    facts: list[Fact]


@dataclass(frozen=True)
class CasePage:
    shell: Shell
    csrf: str
    number: int
    who: str
    kind: str
    danger: bool
    urgency: Urgency
    urgency_label: str
    state_label: str
    due: str
    late: bool
    owner: str
    outcome: str
    opened: str
    person: PersonCard | None
    households: list[Household]
    plan: PlanBox | None
    signs: list[Line]
    history: list[Line]
    reads: list[Line]
    thread: Thread
    relay: RelayBox | None
    sendings: list[Sending]
    advice: Advice
    can_take: bool
    can_close: bool
    outcomes: list[tuple[str, str]]
    waiting: str
    previous: int | None
    acts: Acts
    earlier: list[Earlier]
    notes: list[Line]
    requests: RequestsBox
    meeting: MeetingBox | None


def read(desk: Desk, visit: Visit, case: Case) -> CasePage:
    """Gather the page of a case that the visitor may read."""
    due, late = queue_page.due(desk, visit, case) if case.state is CaseState.NEW else ("", False)
    events = visit.session.scalars(select(CaseEvent).filter_by(case_id=case.id).order_by(CaseEvent.id)).all()
    return CasePage(
        shell=visit.shell,
        csrf=visit.csrf,
        number=case.id,
        who=queue_page.who(case),
        kind=queue_page.kind_label(desk, case.kind),
        danger=access.is_danger(case),
        urgency=case.urgency,
        urgency_label=desk.pages.label(f"console.urgency.{case.urgency}", case.urgency),
        state_label=desk.pages.label(f"console.state.{case.state}", case.state),
        due=due,
        late=late,
        owner=_owner(visit, case),
        outcome=_outcome(desk, case.outcome) if case.outcome else "",
        opened=desk.pages.when(case.opened_at, visit.now),
        person=person_card.read(desk, visit, case.person) if case.person else None,
        households=households(desk, visit, case.person) if case.person else [],
        plan=plan_box.read(desk, visit, case),
        signs=[_line(desk, visit, event) for event in events if event.kind in ("opened", "sign")],
        history=[_line(desk, visit, event) for event in events if event.kind not in access.READINGS],
        reads=[_line(desk, visit, event) for event in events if event.kind in access.READINGS],
        thread=thread_view.thread(desk, visit, case),
        relay=relay_box.read(desk, visit, case),
        sendings=thread_view.sendings(desk, visit, case),
        advice=_advice(desk, visit, case),
        can_take=case.state is CaseState.NEW,
        can_close=access.may_lead(case, visit.staff),
        outcomes=[(outcome.value, _outcome(desk, outcome)) for outcome in Outcome],
        waiting=case_acts_page.waiting(desk, visit, case),
        previous=case.previous_id,
        acts=case_acts_page.acts(desk, visit, case),
        earlier=case_acts_page.earlier(desk, visit, case),
        notes=[_line(desk, visit, event) for event in events if event.kind == "note"],
        requests=requests_box.read(desk, visit, case),
        meeting=meeting_box.read(desk, visit, case),
    )


def _owner(visit: Visit, case: Case) -> str:
    if case.owner is None:
        return ""
    return "vous" if case.owner_id == visit.staff.id else case.owner.display_name


def _outcome(desk: Desk, outcome: Outcome) -> str:
    return desk.house.texts.say(f"case.outcome.{outcome}")


def _line(desk: Desk, visit: Visit, event: CaseEvent) -> Line:
    detail = event.detail or {}
    words = [detail.get("reason", ""), _asked(desk, detail), detail.get("to", ""), detail.get("note", "")]
    if detail.get("because"):
        words.append(desk.pages.label(f"console.because.{detail['because']}", ""))
    if detail.get("until"):
        words.append(f"jusqu’à {desk.pages.when(datetime.fromisoformat(detail['until']), visit.now)}")
        words.append(desk.pages.label(f"case.wait_reason.{detail['why']}", ""))
    if detail.get("into") or detail.get("from"):
        words.append(f"dossier n° {detail.get('into') or detail['from']}")
    if detail.get("outcome"):
        words.insert(0, _outcome(desk, Outcome(detail["outcome"])))
    return Line(
        at=desk.pages.when(event.at, visit.now),
        who=event.actor.display_name if event.actor else "Palier",
        did=desk.pages.label(f"console.event.{event.kind}", "a modifié le dossier"),
        detail=" · ".join(word for word in words if word),
    )


def _asked(desk: Desk, detail: Mapping[str, Any]) -> str:
    """What was asked of others, or what became of it."""
    if not detail.get("request"):
        return ""
    parts = [desk.pages.label(f"console.request.{detail['request']}", "")]
    if detail.get("result"):
        parts.append(desk.pages.label(f"console.request_outcome.{detail['result']}", ""))
    if detail.get("on"):
        parts.append(say.day_with_year(date.fromisoformat(detail["on"])))
    return " · ".join(parts)


def _advice(desk: Desk, visit: Visit, case: Case) -> Advice:
    advised = desk.next_steps.of(case.kind)
    today = visit.now.astimezone(desk.house.zone).date()
    found = case_requests.signals(visit.session, desk.house, case, today)
    signs = rent_signals.in_words(desk.house, found) if found else []
    return Advice(advised.step, advised.why, signs, advised.facts_on(today))
