"""What is asked of others for a case: what is open, what became of it, and the forms that ask."""

from dataclasses import dataclass
from datetime import timedelta

from bot.console.desk import Desk, Visit
from bot.domain.case_requests import OUTCOMES, RequestKind
from bot.domain.states import CaseState
from bot.services import access
from bot.services.cases import requests as case_requests
from bot.storage.tables import Case, CaseRequest
from bot.texts import format as say


@dataclass(frozen=True)
class RequestLine:
    """`endings` are (value, words) that the reader may choose; `for_me`: the reader is asked."""

    number: int
    what: str
    asked: str
    words: str
    ended: str
    for_me: bool
    endings: list[tuple[str, str]]


@dataclass(frozen=True)
class RequestsBox:
    """`colleagues` and `commissions` fill the forms; `fund`: why the fund may be asked, or empty."""

    open: list[RequestLine]
    over: list[RequestLine]
    can_ask: bool
    colleagues: list[tuple[int, str]]
    commissions: list[str]
    fund: str
    today: str
    in_a_month: str


def read(desk: Desk, visit: Visit, case: Case) -> RequestsBox:
    can_ask = access.may_lead(case, visit.staff)
    today = visit.now.astimezone(desk.house.zone).date()
    words = case_requests.words_of(case)
    lines = [
        _line(desk, visit, one, words.get(one.id, "")) for one in case_requests.of_case(visit.session, case)
    ]
    found = case_requests.askable(visit.session, visit.now, desk.house, case, visit.staff) if can_ask else []
    return RequestsBox(
        open=[line for line in lines if not line.ended],
        over=[line for line in lines if line.ended],
        can_ask=can_ask,
        colleagues=[(member.id, member.display_name) for member in found],
        commissions=case_requests.commissions(visit.session, visit.staff) if can_ask else [],
        fund=_fund(desk, visit, case) if can_ask else "",
        today=today.isoformat(),
        in_a_month=(today + timedelta(days=30)).isoformat(),
    )


def _line(desk: Desk, visit: Visit, request: CaseRequest, words: str) -> RequestLine:
    is_open = request.outcome is None and request.case.state is not CaseState.CLOSED
    endings = [
        (outcome.value, desk.house.texts.say(f"console.request_outcome.{outcome}"))
        for outcome in OUTCOMES[request.kind]
        if is_open and case_requests.may_end(request, visit.staff, outcome)
    ]
    by = "vous" if request.asked_by_id == visit.staff.id else request.asked_by.display_name
    return RequestLine(
        number=request.id,
        what=_what(desk, request),
        asked=f"Demandé par {by} {desk.pages.when(request.asked_at, visit.now)}",
        words=words,
        ended=_ended(desk, visit, request),
        for_me=is_open and request.asked_of_id == visit.staff.id,
        endings=endings,
    )


def _what(desk: Desk, request: CaseRequest) -> str:
    day = say.day_with_year(request.due_on) if request.due_on else ""
    if request.kind is RequestKind.COLLEAGUE:
        return f"Avis de {request.asked_of.display_name}" if request.asked_of else ""
    if request.kind is RequestKind.COMMISSION:
        return f"{request.commission}, ordre du jour du {day}"
    amount = f", {say.euros(request.amount_cents)}" if request.amount_cents else ""
    answer = f", réponse attendue le {day}" if day else ""
    return f"{desk.house.texts.say('console.request.fsl')}{amount}{answer}"


def _ended(desk: Desk, visit: Visit, request: CaseRequest) -> str:
    if request.outcome is None or request.closed_at is None:
        return "" if request.case.state is not CaseState.CLOSED else "Dossier clos"
    when = desk.pages.when(request.closed_at, visit.now)
    return f"{desk.house.texts.say(f'console.request_outcome.{request.outcome}')} {when}"


def _fund(desk: Desk, visit: Visit, case: Case) -> str:
    today = visit.now.astimezone(desk.house.zone).date()
    found = case_requests.signals(visit.session, desk.house, case, today)
    if found is None or not case_requests.may_ask_fund(found):
        return ""
    if found.share is None:
        return "Les ressources ne sont pas connues : vérifiez avec la personne la part que prend le loyer."
    return (
        f"Le loyer et les charges, aide déduite, prennent {found.share} % des ressources connues "
        f"(repère : {found.limits.share_percent} %)."
    )
