"""The team: who is on call, who is away, who has how much to do; and the forms that change it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Form, HTTPException, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy import select

from bot.console.case_routes import CsrfField, Number
from bot.console.desk import Desk, Visit
from bot.console.forms import day, instant, kept, number_of
from bot.console.menu import Shell
from bot.domain.rights import Right, holders, may
from bot.domain.states import Gives, Role
from bot.services import people
from bot.services.cases import leaving, load, rota
from bot.services.cases.load import Load
from bot.storage.tables import Absence, Duty, Staff
from bot.texts import format as say

Text = Annotated[str, Form()]

_ROLES = {
    Role.CASEWORKER: "intervention sociale",
    Role.MEDIATOR: "médiation",
    Role.COORDINATOR: "coordination",
    Role.ADMINISTRATOR: "administration",
    Role.PARTNER: "partenaire",
}
_REFUSED = {
    "days": "Choisissez des jours à partir d’aujourd’hui, dans l’ordre, et pas plus d’un an plus loin.",
    "stand_in": "Choisissez une autre personne pour le remplacement.",
    "turn": "Choisissez un début à venir, et une fin après ce début.",
    "who": "Choisissez une personne de l’équipe.",
}
_NOTICES = {
    "absence": "L’absence est notée.",
    "retour": "C’est noté.",
    "tour": "Le tour d’astreinte est noté.",
    "tour-fini": "Le tour d’astreinte est retiré.",
}


@dataclass(frozen=True)
class MemberLine:
    name: str
    role: str
    districts: str
    away: str
    on_call: bool
    reachable: bool
    load: Load


@dataclass(frozen=True)
class Period:
    """An absence or a turn, in words; `can_end`: the reader may take it back."""

    number: int
    who: str
    when: str
    can_end: bool


@dataclass(frozen=True)
class TeamPage:
    """`choices` and `absent_choices` are (number, name): whom the reader may put on call, or declare away."""

    shell: Shell
    csrf: str
    on_call: str
    members: list[MemberLine]
    turns: list[Period]
    absences: list[Period]
    can_change_duty: bool
    choices: list[tuple[int, str]]
    absent_choices: list[tuple[int, str]]
    me: int
    today: str
    notice: str
    error: str


def router(desk: Desk) -> APIRouter:
    routes = APIRouter(include_in_schema=False)

    def refused(visit: Visit, code: str, typed: Mapping[str, str]) -> Response:
        page = _read(desk, visit, error=_REFUSED[code])
        return desk.pages.show("team.html", 422, page=page, typed=typed)

    @routes.get("/astreinte")
    def read(request: Request, avis: str = "") -> Response:
        with desk.visit(request, reading=True) as visit:
            page = _read(desk, visit, notice=_NOTICES.get(avis, ""))
        return desk.pages.show("team.html", page=page, typed=kept())

    @routes.post("/astreinte/absence")
    def be_absent(
        request: Request,
        csrf: CsrfField = "",
        qui: Text = "",
        du: Text = "",
        au: Text = "",
        remplace_par: Text = "",
        dossiers: Text = "",
    ) -> Response:
        with desk.visit(request) as visit:
            desk.check_form(request, csrf)
            typed = kept("absence", qui=qui, du=du, au=au, remplace_par=remplace_par, dossiers=dossiers)
            member = _absent_one(visit, number_of(qui) or visit.staff.id)
            first, last = day(du), day(au)
            if member is None or first is None or last is None:
                return refused(visit, "days" if member else "who", typed)
            stand_in = visit.session.get(Staff, number_of(remplace_par))
            mine = (visit.session, visit.now, desk.house, member)
            try:
                leaving.plan(*mine, first, last, stand_in, everything=bool(dossiers))
            except ValueError as error:
                return refused(visit, str(error), typed)
        return RedirectResponse("/astreinte?avis=absence", 303)

    @routes.post("/astreinte/absence/{number}/finir")
    def be_back(request: Request, number: Number, csrf: CsrfField = "") -> Response:
        with desk.visit(request) as visit:
            desk.check_form(request, csrf)
            absence = visit.session.get(Absence, number)
            if absence is None or _absent_one(visit, absence.staff_id) is None:
                raise HTTPException(404)
            rota.end_absence(visit.session, visit.now, desk.house, absence)
        return RedirectResponse("/astreinte?avis=retour", 303)

    @routes.post("/astreinte/tour")
    def plan_turn(
        request: Request,
        csrf: CsrfField = "",
        qui: Text = "",
        du: Text = "",
        du_heure: Text = "",
        au: Text = "",
        au_heure: Text = "",
    ) -> Response:
        with desk.visit(request) as visit:
            desk.check_form(request, csrf)
            typed = kept("tour", qui=qui, du=du, du_heure=du_heure, au=au, au_heure=au_heure)
            member = next((one for one in _workers(visit) if one.id == number_of(qui)), None)
            starts_at = instant(du, du_heure, desk.house.zone)
            ends_at = instant(au, au_heure or "09:00", desk.house.zone) if au else None
            if member is None or starts_at is None or (au and ends_at is None):
                return refused(visit, "turn" if member else "who", typed)
            try:
                rota.plan_turn(visit.session, visit.now, member, starts_at, ends_at)
            except ValueError as error:
                return refused(visit, str(error), typed)
        return RedirectResponse("/astreinte?avis=tour", 303)

    @routes.post("/astreinte/tour/{number}/finir")
    def end_turn(request: Request, number: Number, csrf: CsrfField = "") -> Response:
        with desk.visit(request) as visit:
            desk.check_form(request, csrf)
            duty = visit.session.get(Duty, number)
            if duty is None or duty.organisation_id != visit.staff.organisation_id:
                raise HTTPException(404)
            rota.end_turn(visit.session, visit.now, duty)
        return RedirectResponse("/astreinte?avis=tour-fini", 303)

    return routes


def _workers(visit: Visit) -> list[Staff]:
    """Everybody of the organisation who works on cases."""
    own = {"organisation_id": visit.staff.organisation_id}
    works = Staff.role.in_(holders(Right.WORK_CASES))
    return list(visit.session.scalars(select(Staff).filter_by(**own).where(works).order_by(Staff.id)))


def _absent_one(visit: Visit, number: int) -> Staff | None:
    """The member whose absences the visitor may change: oneself, or anybody for who changes the duty."""
    member = next((one for one in _workers(visit) if one.id == number), None)
    own = member is not None and member.id == visit.staff.id
    return member if own or may(visit.staff.role, Right.CHANGE_DUTY) else None


def _read(desk: Desk, visit: Visit, notice: str = "", error: str = "") -> TeamPage:
    session, now, house, staff = visit.session, visit.now, desk.house, visit.staff
    team = rota.team(session, now, house, staff.organisation_id)
    members, changes = _workers(visit), may(staff.role, Right.CHANGE_DUTY)
    loads, on_call = load.of(session, now, members), {one.id for one in team.on_call}
    own = [member for member in members if changes or member.id == staff.id]
    return TeamPage(
        shell=visit.shell,
        csrf=visit.csrf,
        on_call=", ".join(member.display_name for member in team.on_call),
        members=[
            MemberLine(
                name=member.display_name,
                role=_ROLES[member.role],
                districts=", ".join(member.districts),
                away=_away(team.absent.get(member.id)),
                on_call=member.id in on_call,
                reachable=people.staff_chat(session, member) is not None,
                load=loads[member.id],
            )
            for member in members
        ],
        turns=[
            _turn(desk, visit, duty, changes)
            for duty in rota.coming_turns(session, now, staff.organisation_id)
        ],
        absences=[
            _absence(absence, changes or absence.staff_id == staff.id)
            for absence in rota.coming_absences(session, now, house, staff.organisation_id)
        ],
        can_change_duty=changes,
        choices=[(member.id, member.display_name) for member in members],
        absent_choices=[(member.id, member.display_name) for member in own],
        me=staff.id,
        today=now.astimezone(house.zone).date().isoformat(),
        notice=notice,
        error=error,
    )


def _away(absence: Absence | None) -> str:
    return f"absence jusqu’au {say.day_with_year(absence.ends_on)}" if absence else ""


def _turn(desk: Desk, visit: Visit, duty: Duty, changes: bool) -> Period:
    until = f"jusqu’à {desk.pages.when(duty.ends_at, visit.now)}" if duty.ends_at else "sans fin prévue"
    return Period(
        number=duty.id,
        who=duty.staff.display_name,
        when=f"{desk.pages.when(duty.starts_at, visit.now)}, {until}",
        can_end=changes,
    )


def _absence(absence: Absence, changes: bool) -> Period:
    instead = f", remplacement : {absence.stand_in.display_name}" if absence.stand_in else ""
    if absence.gives is Gives.EVERYTHING:
        instead += ". Tous ses dossiers ouverts passent le premier jour, à 7 h"
    first, last = (say.day_with_year(on) for on in (absence.starts_on, absence.ends_on))
    return Period(absence.id, absence.staff.display_name, f"du {first} au {last}{instead}", changes)
