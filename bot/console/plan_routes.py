"""What a caseworker does with a plan d'apurement: propose it, note an agreement, stop it."""

from dataclasses import replace
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from bot.console import case_page
from bot.console.case_routes import CsrfField, Number
from bot.console.desk import Desk, Visit
from bot.console.forms import cents, kept
from bot.domain.plans import evenly, within
from bot.services import access
from bot.services.cases.cases import CaseRefused
from bot.services.rent import plan_rows, rent
from bot.services.rent import plans as rent_plans
from bot.services.rent.plans import PlanRefused
from bot.storage.tables import Case, Lease, Plan


def router(desk: Desk) -> APIRouter:
    routes = APIRouter(include_in_schema=False)

    @routes.post("/dossiers/{number}/plan")
    def propose(
        request: Request,
        number: Number,
        csrf: CsrfField = "",
        count: Annotated[str, Form()] = "",
        each: Annotated[str, Form()] = "",
        first_on: Annotated[str, Form()] = "",
    ) -> Response:
        page = None
        with desk.visit(request) as visit:
            desk.check_form(request, csrf)
            case, lease = _mine(visit, number)
            try:
                _propose(desk, visit, case, lease, count, each, first_on)
            except PlanRefused as refused:
                page = _refused(desk, visit, case, refused, _field(refused, each))
        if page is not None:
            typed = kept("plan", count=count, each=each, first_on=first_on)
            return desk.pages.show("case.html", 422, page=page, notice="", error="", note="", typed=typed)
        return RedirectResponse(f"/dossiers/{number}?avis=plan", 303)

    @routes.post("/dossiers/{number}/plan/{act}")
    def change(
        request: Request, number: Number, act: str, csrf: CsrfField = "", plan: Annotated[int, Form()] = 0
    ) -> Response:
        page = None
        with desk.visit(request) as visit:
            desk.check_form(request, csrf)
            case, lease = _mine(visit, number)
            try:
                _change(desk, visit, lease, act, plan)
            except PlanRefused as refused:
                page = _refused(desk, visit, case, refused)
        if page is not None:
            return desk.pages.show("case.html", 422, page=page, notice="", error="", note="", typed=kept())
        return RedirectResponse(f"/dossiers/{number}?avis=plan-note", 303)

    return routes


def _mine(visit: Visit, number: int) -> tuple[Case, Lease]:
    """The case, when the visitor decides on its plan, and its lease. Raises CaseRefused."""
    case = access.readable(visit.session, number, visit.staff)
    lease = plan_rows.lease_of(visit.session, case)
    if lease is None:
        raise CaseRefused("unknown")
    if not access.may_lead(case, visit.staff):
        raise CaseRefused("not_owner")
    return case, lease


def _propose(
    desk: Desk, visit: Visit, case: Case, lease: Lease, count: str, each: str, first_on: str
) -> None:
    """Split all that is overdue in so many parts, or in parts of at most `each` euros when it is given.

    Raises PlanRefused, also for a field that holds no number or no day.
    """
    today = visit.now.astimezone(desk.house.zone).date()
    overdue = rent.account(visit.session, lease, today).overdue_cents
    try:
        day = date.fromisoformat(first_on)
    except ValueError as error:
        raise PlanRefused("days") from error
    try:
        parts = within(overdue, cents(each), day) if each.strip() else evenly(overdue, int(count), day)
    except (ValueError, OverflowError) as error:
        raise PlanRefused("instalments") from error
    rent_plans.propose(visit.session, visit.now, desk.house, visit.staff, case, lease, parts)


def _change(desk: Desk, visit: Visit, lease: Lease, act: str, plan_id: int) -> None:
    plan = visit.session.get(Plan, plan_id) if 0 < plan_id < 2**63 else None
    if plan is None or plan.lease_id != lease.id or act not in ("accepte", "arreter"):
        raise PlanRefused("not_proposed")
    if act == "accepte":
        rent_plans.accept(visit.session, visit.now, desk.house, plan, visit.staff)
    else:
        rent_plans.end(visit.session, visit.now, desk.house, plan, visit.staff)


def _field(refused: PlanRefused, each: str) -> str:
    """The field that the refusal is about; none when it is about the plan as a whole."""
    return {"days": "first_on", "instalments": "each" if each.strip() else "count"}.get(refused.code, "")


def _refused(
    desk: Desk, visit: Visit, case: Case, refused: PlanRefused, field: str = ""
) -> case_page.CasePage:
    page = case_page.read(desk, visit, case)
    sentence = desk.house.texts.say(f"rent.refused.{refused.code}")
    return replace(page, plan=replace(page.plan, error=sentence, wrong=field)) if page.plan else page
