"""Asking others for a case: a colleague, the social fund, a commission; and the meetings' agendas."""

from dataclasses import asdict, dataclass
from datetime import date
from itertools import groupby
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from bot.console import case_routes, queue_page
from bot.console.case_routes import NOTE_LENGTH, CsrfField, Number
from bot.console.desk import Desk, Visit
from bot.console.forms import cents, day, kept, number_of
from bot.console.menu import Shell
from bot.domain.case_requests import RequestKind, RequestOutcome
from bot.services import access
from bot.services.cases import requests as case_requests
from bot.services.cases.cases import CaseRefused
from bot.storage.tables import CaseRequest, Staff
from bot.texts import format as say

Text = Annotated[str, Form()]

# What the form itself can mend; any other refusal has its own page.
_IN_THE_FORM = ("amount", "commission", "past", "asked_already", "not_there", "fund_share")
_NO_WORDS = "Écrivez votre question."
_LONG = f"{NOTE_LENGTH} caractères au plus."
_NO_COLLEAGUE = "Choisissez une collègue ou un collègue."
_NO_DAY = "Choisissez le jour de la commission."
_NO_ANSWER = f"Écrivez votre réponse, en {NOTE_LENGTH} caractères au plus."


@dataclass(frozen=True)
class Typed:
    """What the fields of a form held."""

    form: str
    a: str
    commission: str
    montant: str
    jour: str
    mot: str


@dataclass(frozen=True)
class AgendaLine:
    number: int
    who: str
    kind: str
    referent: str


@dataclass(frozen=True)
class Meeting:
    commission: str
    on: str
    lines: list[AgendaLine]


@dataclass(frozen=True)
class AgendaPage:
    shell: Shell
    meetings: list[Meeting]


def router(desk: Desk) -> APIRouter:
    routes = APIRouter(include_in_schema=False)

    @routes.get("/ordres-du-jour")
    def agenda(request: Request) -> Response:
        with desk.visit(request, reading=True) as visit:
            page = _agenda(desk, visit)
        return desk.pages.show("agenda.html", page=page)

    @routes.post("/dossiers/{number}/demander/{kind}")
    def ask(
        request: Request,
        number: Number,
        kind: str,
        csrf: CsrfField = "",
        a: Text = "",
        commission: Text = "",
        montant: Text = "",
        jour: Text = "",
        mot: Text = "",
    ) -> Response:
        typed = Typed(form=kind, a=a, commission=commission, montant=montant, jour=jour, mot=mot.strip())
        with desk.visit(request) as visit:
            desk.check_form(request, csrf)
            access.readable(visit.session, number, visit.staff)
            try:
                wrong = _ask(desk, visit, number, typed)
            except CaseRefused as refused:
                if refused.code not in _IN_THE_FORM:
                    raise
                wrong = desk.house.texts.say(f"case.refused.{refused.code}")
            if wrong:
                return case_routes.refused(desk, visit, number, wrong, kept(**asdict(typed)))
        return _done(number, "demande")

    @routes.post("/dossiers/{number}/demandes/{asked}/terminer")
    def end(
        request: Request,
        number: Number,
        asked: Number,
        csrf: CsrfField = "",
        issue: Text = "",
        mot: Text = "",
    ) -> Response:
        with desk.visit(request) as visit:
            desk.check_form(request, csrf)
            case = access.readable(visit.session, number, visit.staff)
            found = visit.session.get(CaseRequest, asked)
            if found is None or found.case_id != case.id or issue not in list(RequestOutcome):
                raise CaseRefused("request_over")
            outcome, words = RequestOutcome(issue), mot.strip()
            if len(words) > NOTE_LENGTH or (outcome is RequestOutcome.ANSWERED and not words):
                return case_routes.refused(desk, visit, number, _NO_ANSWER, kept("reponse", mot=words))
            case_requests.end(visit.session, visit.now, desk.house, found, visit.staff, outcome, words)
        return _done(number, "demande-finie")

    return routes


def _ask(desk: Desk, visit: Visit, number: int, typed: Typed) -> str:
    """What is wrong with the form, empty when it is asked. Raises CaseRefused."""
    session, now, house, staff = visit.session, visit.now, desk.house, visit.staff
    if len(typed.mot) > NOTE_LENGTH:
        return _LONG
    on = day(typed.jour)
    match typed.form:
        case RequestKind.COLLEAGUE:
            colleague = session.get(Staff, number_of(typed.a))
            if colleague is None or not typed.mot:
                return _NO_WORDS if colleague else _NO_COLLEAGUE
            case_requests.ask_colleague(session, now, house, number, staff, colleague, typed.mot)
        case RequestKind.FUND:
            amount = _amount(typed.montant)
            case_requests.ask_fund(
                session, now, house, number, staff, amount_cents=amount, answer_by=on, words=typed.mot
            )
        case RequestKind.COMMISSION:
            if on is None:
                return _NO_DAY
            case_requests.put_on_agenda(session, now, house, number, staff, typed.commission, on, typed.mot)
        case _:
            raise CaseRefused("unknown")
    return ""


def _amount(text: str) -> int | None:
    """In cents; None when nothing is written. Raises CaseRefused."""
    try:
        return cents(text) if text.strip() else None
    except ValueError as error:
        raise CaseRefused("amount") from error


def _agenda(desk: Desk, visit: Visit) -> AgendaPage:
    today: date = visit.now.astimezone(desk.house.zone).date()
    found = case_requests.agenda(visit.session, visit.staff, today)
    meetings = groupby(found, key=lambda one: (one.due_on or today, one.commission))
    return AgendaPage(
        shell=visit.shell,
        meetings=[
            Meeting(name, say.day_with_year(on), [_line(desk, one) for one in of_one])
            for (on, name), of_one in meetings
        ],
    )


def _line(desk: Desk, request: CaseRequest) -> AgendaLine:
    case = request.case
    return AgendaLine(
        number=case.id,
        who=queue_page.who(case),
        kind=queue_page.kind_label(desk, case.kind),
        referent=case.owner.display_name if case.owner else "",
    )


def _done(number: int, notice: str) -> Response:
    return RedirectResponse(f"/dossiers/{number}?avis={notice}#demandes", 303)
