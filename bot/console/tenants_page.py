"""The list of tenants, and the page of one."""

from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, HTTPException, Query, Request, Response
from sqlalchemy import select

from bot.console import person_card
from bot.console.case_acts_page import Earlier, earlier_of
from bot.console.case_routes import Number
from bot.console.desk import Desk, Visit
from bot.console.household import Household, households
from bot.console.menu import Shell
from bot.console.person_card import PersonCard
from bot.services import tenants
from bot.services.appointments import words as appointment_words
from bot.services.tenants import MOST_COUNTED, Reached, Wanted
from bot.storage.tables import Appointment, Person

_SHOWN = 25
_APPOINTMENTS = 6
_REACHED = (
    (Reached.ANY, "Reliés ou non à Telegram"),
    (Reached.YES, "Reliés à Telegram"),
    (Reached.NO, "Pas reliés, en pause ou injoignables"),
)
Asked = Annotated[str, Query(max_length=80)]


@dataclass(frozen=True)
class TenantRow:
    number: int
    who: str
    reference: str
    home: str
    referent: str
    telegram: str
    cases: int


@dataclass(frozen=True)
class TenantsPage:
    """`before` and `after` are addresses of the pages beside this one, empty when there is none."""

    shell: Shell
    rows: list[TenantRow]
    total: str
    wanted: Wanted
    filtered: bool
    unlinked: bool
    residences: list[str]
    reached_choices: list[tuple[str, str]]
    before: str
    after: str


@dataclass(frozen=True)
class AppointmentLine:
    when: str
    what: str
    state: str


@dataclass(frozen=True)
class TenantPage:
    shell: Shell
    who: str
    person: PersonCard
    linked: bool
    households: list[Household]
    cases: list[Earlier]
    appointments: list[AppointmentLine]


def router(desk: Desk) -> APIRouter:
    routes = APIRouter(include_in_schema=False)

    @routes.get("/locataires")
    def tenants_list(
        request: Request,
        cherche: Asked = "",
        residence: Annotated[str, Query(max_length=120)] = "",
        suivis: str = "",
        telegram: str = "",
        dossier: str = "",
        apres: Asked = "",
        avant: Asked = "",
    ) -> Response:
        reached = Reached(telegram) if telegram in list(Reached) else Reached.ANY
        wanted = Wanted(cherche, residence, bool(suivis), reached, bool(dossier))
        with desk.visit(request, reading=True) as visit:
            page = _list(desk, visit, wanted, apres, avant)
        return desk.pages.show("tenants.html", page=page)

    @routes.get("/locataires/{number}")
    def tenant(request: Request, number: Number) -> Response:
        with desk.visit(request, reading=True) as visit:
            person = tenants.one(visit.session, visit.staff, number)
            if person is None:
                raise HTTPException(404)
            page = _tenant(desk, visit, person)
        return desk.pages.show("tenant.html", page=page)

    return routes


def _list(desk: Desk, visit: Visit, wanted: Wanted, after: str, before: str) -> TenantsPage:
    session, staff = visit.session, visit.staff
    found = tenants.page(session, desk.house, staff, wanted, after=after, before=before, size=_SHOWN)
    homes = tenants.homes(session, found.people)
    states = tenants.chat_states(session, found.people)
    cases = tenants.open_cases(session, staff, found.people)
    rows = [
        TenantRow(
            number=person.id,
            who=f"{person.title} {person.display_name}".strip() or "Personne effacée",
            reference=person.reference,
            home=homes[person.id].residence if person.id in homes else "",
            referent=person.referent.display_name if person.referent else "",
            telegram=person_card.telegram(states.get(person.id, set())).partition(" :")[0],
            cases=cases.get(person.id, 0),
        )
        for person in found.people
    ]
    return TenantsPage(
        shell=visit.shell,
        rows=rows,
        total=_total(found.total),
        wanted=wanted,
        filtered=wanted != Wanted(),
        unlinked=any(person.id not in states for person in found.people),
        residences=list(tenants.residences(session, staff)),
        reached_choices=[(value.value, label) for value, label in _REACHED],
        before=_address(wanted, avant=rows[0].reference) if rows and found.has_before else "",
        after=_address(wanted, apres=rows[-1].reference) if rows and found.has_after else "",
    )


def _total(count: int) -> str:
    if count > MOST_COUNTED:
        return f"Plus de {MOST_COUNTED:,} locataires".replace(",", "\u202f")
    return "Aucun locataire" if not count else f"{count} locataire{'s' if count > 1 else ''}"


def _address(wanted: Wanted, **place: str) -> str:
    asked = {
        "cherche": wanted.search,
        "residence": wanted.residence,
        "suivis": "oui" if wanted.mine else "",
        "telegram": wanted.reached.value,
        "dossier": "oui" if wanted.with_case else "",
    }
    return "/locataires?" + urlencode({name: value for name, value in asked.items() if value} | place)


def _tenant(desk: Desk, visit: Visit, person: Person) -> TenantPage:
    latest = (
        select(Appointment)
        .filter_by(person_id=person.id, organisation_id=person.organisation_id)
        .order_by(Appointment.starts_at.desc(), Appointment.id.desc())
        .limit(_APPOINTMENTS)
    )
    return TenantPage(
        shell=visit.shell,
        who=f"{person.title} {person.display_name}".strip() or "Personne effacée",
        person=person_card.read(desk, visit, person),
        linked=bool(tenants.chat_states(visit.session, [person])) or not person.last_name,
        households=households(desk, visit, person),
        cases=earlier_of(desk, visit, person),
        appointments=[_appointment(desk, one) for one in visit.session.scalars(latest)],
    )


def _appointment(desk: Desk, appointment: Appointment) -> AppointmentLine:
    return AppointmentLine(
        when=appointment_words.when(desk.house, appointment.starts_at, appointment.kind),
        what=f"avec {appointment.staff.display_name}",
        state=desk.pages.label(f"rdv.state.{appointment.state.value}", appointment.state.value),
    )
