"""The team: load, absences, turns of the on-call."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import TypeVar

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field
from sqlalchemy import select

from bot.api.desk import Api, Visit
from bot.api.fields import Day, IdempotencyKey, Instant, Member, Number, Reference, member
from bot.api.problems import Refused
from bot.domain.rights import Right, holders, may
from bot.domain.states import Role
from bot.services.cases import leaving, load, rota
from bot.storage.tables import Absence, Duty, Staff

Made = TypeVar("Made")

_DAYS = "Des jours à partir d’aujourd’hui, dans l’ordre, et pas plus d’un an plus loin."
_REFUSED = {
    "days": _DAYS,
    "stand_in": "Une autre personne de l’équipe doit remplacer.",
    "turn": "Un début à venir, une fin après ce début, et pas plus d’un an plus loin.",
}


class MemberRead(Member):
    """Un membre de l'équipe et ce qu'il a à faire."""

    role: Role
    districts: list[str]
    on_call: bool
    away_until: date | None
    cases: int = Field(description="Dossiers ouverts qu'il suit.")
    urgent: int
    waiting: int
    tenants: int = Field(description="Locataires dont il est le référent.")
    appointments: int = Field(description="Rendez-vous des sept prochains jours.")


class NewAbsence(BaseModel):
    """Des jours d'absence, compris. Celle d'un autre : par la coordination ou l'administration."""

    starts_on: Day
    ends_on: Day
    staff: Reference | None = Field(default=None, description="Vide : soi-même.")
    stand_in: Reference | None = Field(default=None, description="Qui remplace ; vide : l'équipe.")
    hand_over: bool = Field(
        default=False,
        description="Passer tous les dossiers ouverts : tout de suite si l'absence commence aujourd'hui, "
        "sinon le premier jour à 7 h.",
    )


class AbsenceRead(BaseModel):
    """Une absence, en cours ou prévue."""

    id: int
    staff: Member
    starts_on: date
    ends_on: date
    stand_in: Member | None


class NewTurn(BaseModel):
    """Un tour d'astreinte ; sans fin : jusqu'à nouvel ordre."""

    staff: Reference
    starts_at: Instant
    ends_at: Instant | None = None


class TurnRead(BaseModel):
    """Un tour d'astreinte, en cours ou prévu."""

    id: int
    staff: Member
    starts_at: datetime
    ends_at: datetime | None


class Ended(BaseModel):
    """Le numéro de ce qui est fini, ou n'aura pas lieu."""

    id: int


def router(api: Api) -> APIRouter:
    routes = APIRouter(prefix="/v1", tags=["team"])

    @routes.get("/team", summary="Lire l'équipe : présence, astreinte, charge")
    def team(request: Request) -> list[MemberRead]:
        with api.visit(request, reading=True) as visit:
            return _team(visit)

    @routes.get("/absences", summary="Lister les absences en cours et prévues")
    def absences(request: Request) -> list[AbsenceRead]:
        with api.visit(request, reading=True) as visit:
            found = rota.coming_absences(visit.session, visit.now, visit.house, visit.organisation_id)
            return [_absence(one) for one in found]

    @routes.post("/absences", summary="Noter une absence", status_code=201)
    def be_absent(request: Request, body: NewAbsence, key: IdempotencyKey = None) -> AbsenceRead:
        with api.visit(request) as visit:
            return visit.once(request, key, body, AbsenceRead, lambda: _be_absent(visit, body))

    @routes.post("/absences/{number}/end", summary="Finir ou retirer une absence")
    def be_back(request: Request, number: Number) -> Ended:
        with api.visit(request) as visit:
            found = visit.session.get(Absence, number)
            if found is None or found.organisation_id != visit.organisation_id:
                raise Refused(404)
            _may_change(visit, found.staff)
            rota.end_absence(visit.session, visit.now, visit.house, found)
            return Ended(id=number)

    @routes.get("/duty", summary="Lister les tours d'astreinte, en cours et prévus")
    def duty(request: Request) -> list[TurnRead]:
        with api.visit(request, reading=True) as visit:
            found = rota.coming_turns(visit.session, visit.now, visit.organisation_id)
            return [_turn(one) for one in found]

    @routes.post("/duty", summary="Ajouter un tour d'astreinte", status_code=201)
    def plan_turn(request: Request, body: NewTurn, key: IdempotencyKey = None) -> TurnRead:
        with api.visit(request) as visit:
            return visit.once(request, key, body, TurnRead, lambda: _plan_turn(visit, body))

    @routes.post("/duty/{number}/end", summary="Finir ou retirer un tour d'astreinte")
    def end_turn(request: Request, number: Number) -> Ended:
        with api.visit(request) as visit:
            visit.member()
            found = visit.session.get(Duty, number)
            if found is None or found.organisation_id != visit.organisation_id:
                raise Refused(404)
            rota.end_turn(visit.session, visit.now, found)
            return Ended(id=number)

    return routes


def _workers(visit: Visit) -> list[Staff]:
    own = {"organisation_id": visit.organisation_id}
    works = Staff.role.in_(holders(Right.WORK_CASES))
    return list(visit.session.scalars(select(Staff).filter_by(**own).where(works).order_by(Staff.id)))


def _worker(visit: Visit, reference: str) -> Staff:
    found = next((one for one in _workers(visit) if one.reference == reference), None)
    if found is None:
        raise Refused(422, visit.house.texts.say("api.refused.no_member"))
    return found


def _team(visit: Visit) -> list[MemberRead]:
    members = _workers(visit)
    team = rota.team(visit.session, visit.now, visit.house, visit.organisation_id)
    loads, on_call = load.of(visit.session, visit.now, members), {one.id for one in team.on_call}
    return [
        MemberRead(
            reference=one.reference,
            name=one.display_name,
            role=one.role,
            districts=one.districts,
            on_call=one.id in on_call,
            away_until=team.absent[one.id].ends_on if one.id in team.absent else None,
            **vars(loads[one.id]),
        )
        for one in members
    ]


def _may_change(visit: Visit, of: Staff) -> Staff:
    """Oneself, or anybody for who changes the duty. Raises Refused (403)."""
    mine = visit.member()
    if of.id != mine.id and not may(mine.role, Right.CHANGE_DUTY):
        raise Refused(403, visit.house.texts.say("case.refused.forbidden_duty"))
    return of


def _be_absent(visit: Visit, body: NewAbsence) -> AbsenceRead:
    away = _may_change(visit, _worker(visit, body.staff) if body.staff else visit.member())
    stand_in = _worker(visit, body.stand_in) if body.stand_in else None
    session, now, house = visit.session, visit.now, visit.house
    days = (body.starts_on, body.ends_on, stand_in)
    planned = _planned(lambda: leaving.plan(session, now, house, away, *days, everything=body.hand_over))
    session.refresh(planned)
    return _absence(planned)


def _plan_turn(visit: Visit, body: NewTurn) -> TurnRead:
    visit.member()
    staff = _worker(visit, body.staff)
    made = _planned(lambda: rota.plan_turn(visit.session, visit.now, staff, body.starts_at, body.ends_at))
    visit.session.refresh(made)
    return _turn(made)


def _planned(act: Callable[[], Made]) -> Made:
    try:
        return act()
    except ValueError as error:
        raise Refused(422, _REFUSED[str(error)]) from error


def _absence(one: Absence) -> AbsenceRead:
    return AbsenceRead(
        id=one.id,
        staff=Member(reference=one.staff.reference, name=one.staff.display_name),
        starts_on=one.starts_on,
        ends_on=one.ends_on,
        stand_in=member(one.stand_in),
    )


def _turn(one: Duty) -> TurnRead:
    return TurnRead(
        id=one.id,
        staff=Member(reference=one.staff.reference, name=one.staff.display_name),
        starts_at=one.starts_at.astimezone(UTC),
        ends_at=one.ends_at.astimezone(UTC) if one.ends_at else None,
    )
