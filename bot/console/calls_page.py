"""Whom to call: what Palier can't write of a rent, with what is missing today, or of an appointment."""

from dataclasses import dataclass

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from bot.console.case_routes import CsrfField, Number
from bot.console.desk import Desk, Visit
from bot.console.menu import Shell
from bot.services.appointments import calls as appointment_calls
from bot.services.appointments import words as appointment_words
from bot.services.appointments.rows import AppointmentRefused
from bot.services.cases.cases import CaseRefused
from bot.services.rent import calls as rent_calls
from bot.services.rent import rent
from bot.services.rent.calls import Call
from bot.storage.tables import Appointment
from bot.texts import format as say


@dataclass(frozen=True)
class CallRow:
    number: int
    who: str
    phone: str
    discreet: bool
    referent: str
    what: str
    missing: str
    since: str


@dataclass(frozen=True)
class MeetingRow:
    number: int
    who: str
    phone: str
    discreet: bool
    mine: bool
    staff: str
    what: str


@dataclass(frozen=True)
class CallsPage:
    """`mine` are the reader's own households and those without a référent; `meetings` the appointments."""

    shell: Shell
    csrf: str
    mine: list[CallRow]
    others: list[CallRow]
    meetings: list[MeetingRow]


def router(desk: Desk) -> APIRouter:
    routes = APIRouter(include_in_schema=False)

    @routes.get("/appels")
    def calls(request: Request) -> Response:
        with desk.visit(request) as visit:
            page = _read(desk, visit)
        return desk.pages.show("calls.html", page=page)

    @routes.post("/appels/rdv/{number}")
    def called(request: Request, number: Number, csrf: CsrfField = "") -> Response:
        with desk.visit(request) as visit:
            desk.check_form(request, csrf)
            try:
                appointment_calls.called(visit.session, visit.now, visit.staff, number)
            except AppointmentRefused as refused:
                raise CaseRefused("unknown") from refused
        return RedirectResponse("/appels", 303)

    @routes.post("/appels/{number}")
    def done(request: Request, number: Number, csrf: CsrfField = "") -> Response:
        with desk.visit(request) as visit:
            desk.check_form(request, csrf)
            rent_calls.done(visit.session, visit.now, visit.staff, number)
        return RedirectResponse("/appels", 303)

    return routes


def _read(desk: Desk, visit: Visit) -> CallsPage:
    calls = rent_calls.open_calls(visit.session, visit.now, desk.house, visit.staff)
    rows = [(call, _row(desk, visit, call)) for call in calls]
    found = appointment_calls.to_call(visit.session, visit.now, visit.staff)
    others = [row for call, row in rows if call.line.person.referent_id not in (None, visit.staff.id)]
    return CallsPage(
        shell=visit.shell,
        csrf=visit.csrf,
        mine=[row for _, row in rows if row not in others],
        others=others,
        meetings=[_meeting(desk, visit, one) for one in found],
    )


def _meeting(desk: Desk, visit: Visit, appointment: Appointment) -> MeetingRow:
    person = appointment.person
    when = appointment_words.when(desk.house, appointment.starts_at, appointment.kind)
    return MeetingRow(
        number=appointment.id,
        who=f"{person.title} {person.display_name}".strip(),
        phone=person.phone or "",
        discreet=person.discreet,
        mine=appointment.staff_id == visit.staff.id,
        staff=appointment.staff.display_name,
        what=desk.house.texts.say(
            "rdv.staff.call", when=when, kind=desk.house.texts.say(f"rdv.kind.{appointment.kind.value}")
        ),
    )


def _row(desk: Desk, visit: Visit, call: Call) -> CallRow:
    line, person = call.line, call.line.person
    _, month = rent.read_object(line.object)
    return CallRow(
        number=line.id,
        who=f"{person.title} {person.display_name}".strip(),
        phone=person.phone or "",
        discreet=person.discreet,
        referent=person.referent.display_name if person.referent else "",
        what=desk.house.texts.say(
            f"rent.call.{line.rule}", of_month=say.of_month(month), day=say.day(call.due_on)
        ),
        missing=say.euros(call.missing_cents),
        since=desk.pages.when(line.noted_at, visit.now),
    )
