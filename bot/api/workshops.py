"""Workshops: made, changed, cancelled; and who comes."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field
from sqlalchemy import select
from sqlalchemy.orm import selectinload

from bot.api import lists
from bot.api.desk import Api, Visit
from bot.api.fields import IdempotencyKey, Instant, Line, Member, Number, Reference, Who, member, who
from bot.api.lists import Cursor, Limit, Page
from bot.api.problems import Refused
from bot.api.workshop_sending import workshop_of
from bot.domain.workshops import MOST_SEATS, PlaceState, WorkshopState
from bot.services.workshops import audience, creation, day, workshops
from bot.services.workshops.creation import NewWorkshop
from bot.services.workshops.refusals import WorkshopRefused
from bot.storage.tables import Person, Staff, Workshop, WorkshopPlace

# Who said something of coming; whom was invited and said nothing, or no, is nobody's list.
_SHOWN = (PlaceState.COMING, PlaceState.OFFERED, PlaceState.WAITING, PlaceState.MAYBE)
Choices = Annotated[list[Line], Field(max_length=50)]
Seats = Annotated[int, Field(ge=1, le=creation.MOST_SEATS)]
Title = Annotated[str, Field(min_length=1, max_length=creation.MOST_TITLE, pattern=r"^[^\x00-\x1f\x7f]*\S")]


class WorkshopRead(BaseModel):
    """Un atelier. Une condition vide : pour tous."""

    id: int
    reference: str
    title: str
    theme: str
    starts_at: datetime
    minutes: int
    place: str
    seats: int
    seats_taken: int
    state: WorkshopState
    series: str | None
    led_by: Member | None
    districts: list[str]
    residences: list[str]
    profiles: list[str]
    interests: list[str]
    came_before: bool
    asks_again: bool
    poster: bool
    walk_ins: int = Field(description="Venus sans prévenir, sans nom.")


class WorkshopNew(BaseModel):
    """Un atelier à créer, ou une série de séances ; personne n'est invité tant qu'on n'envoie pas."""

    title: Title
    starts_at: Instant
    minutes: int = Field(ge=creation.MINUTES[0], le=creation.MINUTES[1])
    seats: Seats
    place: Line = Field(default="", description="Vide : à donner avant d'inviter.")
    theme: Annotated[Line, Field(max_length=creation.MOST_THEME)] = ""
    districts: Choices = []
    residences: Choices = []
    profiles: Choices = []
    interests: Choices = Field(default=[], description="Thèmes auxquels ils ont déjà dit oui.")
    came_before: bool = Field(default=False, description="Seulement ceux déjà venus à ce thème.")
    asks_again: bool = Field(default=True, description="Relancer une fois qui ne dit rien, à trois jours.")
    sessions: int = Field(default=1, ge=1, le=creation.MOST_SESSIONS)
    every_days: int = Field(default=creation.EVERY_DAYS, ge=1, le=92)
    led_by: Reference | None = Field(default=None, description="La référence de qui anime.")


class Made(BaseModel):
    """Les ateliers créés : un, ou toutes les séances."""

    workshops: list[WorkshopRead]


class Change(BaseModel):
    """Ce qui change. D'une autre heure ou d'un autre lieu, les seuls inscrits sont prévenus ; le reste vaut
    pour le prochain envoi."""

    starts_at: Instant | None = None
    place: Line | None = None
    seats: Seats | None = None
    title: Title | None = None
    theme: Annotated[Line, Field(max_length=creation.MOST_THEME)] | None = None
    districts: Choices | None = None
    residences: Choices | None = None
    profiles: Choices | None = None
    interests: Choices | None = None
    came_before: bool | None = None


class Told(BaseModel):
    """À combien de personnes Palier écrit."""

    told: int


class Place(BaseModel):
    """Une inscription, ou une place sur la liste d'attente."""

    tenant: Who | None
    state: PlaceState
    seats: int
    since: datetime
    present: bool | None = Field(description="Si la personne est venue ; vide : pas encore dit.")


class NewPlace(BaseModel):
    """Inscrire un locataire, ou changer son nombre de places."""

    tenant: Reference = Field(description="La référence du locataire.")
    seats: int = Field(default=1, ge=1, le=MOST_SEATS)


class Presence(BaseModel):
    """Le jour venu : ce locataire est-il venu ? Aussi pour qui n'avait rien dit."""

    tenant: Reference
    present: bool = True


class WalkIns(BaseModel):
    """Des personnes venues sans prévenir, seulement comptées ; un nombre négatif corrige."""

    count: int = Field(ge=-50, le=50)


class LeavePlace(BaseModel):
    """Le locataire ne vient pas ; ses places vont à la liste d'attente."""

    tenant: Reference


def router(api: Api) -> APIRouter:
    routes = APIRouter(prefix="/v1/workshops", tags=["workshops"])

    @routes.get("", summary="Lister les ateliers, dans l'ordre du calendrier")
    def listed(
        request: Request,
        start: Annotated[Instant | None, Query(description="À partir de cet instant.")] = None,
        cursor: Cursor = None,
        limit: Limit = 50,
    ) -> Page[WorkshopRead]:
        with api.visit(request, reading=True) as visit:
            query = select(Workshop).filter_by(organisation_id=visit.organisation_id)
            if start is not None:
                query = query.where(Workshop.starts_at >= start)
            query = query.options(selectinload(Workshop.led_by))
            found, following = lists.read(
                visit.session, query, cursor, limit, Workshop.starts_at, Workshop.id
            )
            return Page(items=[_read(one) for one in found], next=following)

    @routes.post("", summary="Créer un atelier ou une série", status_code=201)
    def create(request: Request, body: WorkshopNew, key: IdempotencyKey = None) -> Made:
        with api.visit(request) as visit:
            return visit.once(request, key, body, Made, lambda: _create(visit, body))

    @routes.get("/{number}", summary="Lire un atelier")
    def read(request: Request, number: Number) -> WorkshopRead:
        with api.visit(request, reading=True) as visit:
            return _read(workshop_of(visit, number))

    @routes.post("/{number}/change", summary="Changer l'heure, le lieu, les places, le sujet ou le public")
    def change(request: Request, number: Number, body: Change) -> WorkshopRead:
        with api.visit(request) as visit:
            visit.member()
            return _read(_change(visit, workshop_of(visit, number), body))

    @routes.post("/{number}/cancel", summary="Annuler ; les seuls inscrits sont prévenus")
    def cancel(request: Request, number: Number) -> Told:
        with api.visit(request) as visit:
            visit.member()
            found = workshop_of(visit, number)
            return Told(told=audience.cancel(visit.session, visit.now, visit.house, found))

    @routes.get("/{number}/registrations", summary="Qui vient, peut-être, ou attend une place")
    def registrations(
        request: Request, number: Number, cursor: Cursor = None, limit: Limit = 50
    ) -> Page[Place]:
        with api.visit(request, reading=True) as visit:
            query = select(WorkshopPlace).filter_by(workshop_id=workshop_of(visit, number).id)
            shown = WorkshopPlace.state.in_(_SHOWN) | WorkshopPlace.present.is_(True)
            query = query.where(shown).options(selectinload(WorkshopPlace.person))
            found, following = lists.read(visit.session, query, cursor, limit, WorkshopPlace.id)
            return Page(items=[_place(one) for one in found], next=following)

    @routes.post("/{number}/registrations", summary="Inscrire un locataire", status_code=201)
    def register(request: Request, number: Number, body: NewPlace, key: IdempotencyKey = None) -> Place:
        with api.visit(request) as visit:
            return visit.once(request, key, body, Place, lambda: _register(visit, number, body))

    @routes.post("/{number}/registrations/leave", summary="Désinscrire un locataire")
    def leave(request: Request, number: Number, body: LeavePlace) -> Place:
        with api.visit(request) as visit:
            visit.member()
            found = workshop_of(visit, number)
            person = _tenant(visit, body.tenant)
            place = workshops.place_of(visit.session, found, person)
            if place is None:
                raise Refused(404)
            workshops.leave(visit.session, visit.now, visit.house, found, person)
            return _place(place)

    @routes.post("/{number}/presence", summary="Noter qui est venu, le jour de l'atelier")
    def presence(request: Request, number: Number, body: Presence) -> Place:
        with api.visit(request) as visit:
            visit.member()
            return _presence(visit, workshop_of(visit, number), body)

    @routes.post("/{number}/walk-ins", summary="Compter des personnes venues sans prévenir")
    def walk_ins(request: Request, number: Number, body: WalkIns) -> WorkshopRead:
        with api.visit(request) as visit:
            visit.member()
            found = workshop_of(visit, number)
            day.add_walk_ins(visit.session, visit.now, visit.house, found, body.count)
            return _read(found)

    return routes


def _create(visit: Visit, body: WorkshopNew) -> Made:
    leader = visit.token.staff
    if body.led_by is not None:
        own = {"organisation_id": visit.organisation_id, "reference": body.led_by}
        leader = visit.session.scalar(select(Staff).filter_by(**own))
        if leader is None:
            raise WorkshopRefused("leader")
    wanted = NewWorkshop(
        title=body.title,
        starts_at=body.starts_at,
        minutes=body.minutes,
        seats=body.seats,
        place=body.place,
        theme=body.theme,
        districts=tuple(body.districts),
        residences=tuple(body.residences),
        profiles=tuple(body.profiles),
        interests=tuple(body.interests),
        came_before=body.came_before,
        asks_again=body.asks_again,
        sessions=body.sessions,
        every_days=body.every_days,
    )
    made = creation.create(visit.session, visit.now, visit.house, visit.organisation_id, leader, wanted)
    return Made(workshops=[_read(one) for one in made])


def _change(visit: Visit, found: Workshop, body: Change) -> Workshop:
    creation.change(
        visit.session, visit.now, visit.house, found,
        starts_at=body.starts_at, place=body.place, seats=body.seats,
    )  # fmt: skip
    asked = body.model_dump(exclude={"starts_at", "place", "seats"}, exclude_none=True)
    told: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in asked.items()
    }
    creation.describe(visit.session, visit.now, found, replace(creation.description(found), **told))
    return found


def _register(visit: Visit, number: int, body: NewPlace) -> Place:
    visit.member()
    found = workshop_of(visit, number)
    person = _tenant(visit, body.tenant)
    try:
        workshops.register(visit.session, visit.now, visit.house, found, person, body.seats)
    except ValueError as error:
        raise WorkshopRefused("over") from error
    place = workshops.place_of(visit.session, found, person)
    assert place is not None
    return _place(place)


def _presence(visit: Visit, found: Workshop, body: Presence) -> Place:
    session, now, house = visit.session, visit.now, visit.house
    person = _tenant(visit, body.tenant)
    place = workshops.place_of(session, found, person)
    if place is None and not body.present:
        raise Refused(404)
    if place is None:
        day.came_unexpected(session, now, house, found, person)
        place = workshops.place_for(session, now, found, person)
    else:
        day.mark(session, now, house, found, place.id, body.present)
    return _place(place)


def _tenant(visit: Visit, reference: str) -> Person:
    own = {"organisation_id": visit.organisation_id, "reference": reference}
    person = visit.session.scalar(select(Person).filter_by(**own))
    if person is None:
        raise Refused(422, visit.house.texts.say("api.refused.no_tenant"))
    return person


def _place(place: WorkshopPlace) -> Place:
    return Place(
        tenant=who(place.person),
        state=place.state,
        seats=place.seats,
        since=place.since,
        present=place.present,
    )


def _read(one: Workshop) -> WorkshopRead:
    return WorkshopRead(
        id=one.id,
        reference=one.reference,
        title=one.title,
        theme=one.theme,
        starts_at=one.starts_at.astimezone(UTC),
        minutes=one.minutes,
        place=one.place,
        seats=one.seats,
        seats_taken=one.seats_taken,
        state=one.state,
        series=one.series,
        led_by=member(one.led_by),
        districts=one.districts,
        residences=one.residences,
        profiles=one.profiles,
        interests=one.interests or [],
        came_before=one.came_before,
        asks_again=one.asks_again,
        poster=one.poster is not None,
        walk_ins=one.walk_ins,
    )
