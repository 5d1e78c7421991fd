"""What the pages of workshops show: the list, one workshop with its invitations, the day's list."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import InstrumentedAttribute

from bot.console.desk import Desk, Visit
from bot.console.menu import Shell
from bot.console.person_card import PROFILES
from bot.domain.rights import Right, may
from bot.domain.workshops import OPEN_SENDING, PlaceState, SendingState, WorkshopState
from bot.services import people
from bot.services.staff_desk import workshop_steps
from bot.services.workshops import audience, creation, day, sending
from bot.services.workshops import messages as workshop_messages
from bot.services.workshops.sending import Counts
from bot.storage.tables import Lease, Person, Workshop, WorkshopPlace, WorkshopSending
from bot.texts import PLAIN
from bot.texts import format as say
from bot.texts.format import folded

_PAST_SHOWN = timedelta(days=60)
_SENDINGS = {
    SendingState.PLANNED: "Envoi prévu",
    SendingState.GOING: "Envoi en cours",
    SendingState.STOPPED: "Envoi arrêté",
    SendingState.DONE: "Envoi terminé",
}
_PLACES = {
    PlaceState.COMING: "vient",
    PlaceState.MAYBE: "peut-être",
    PlaceState.WAITING: "liste d’attente",
    PlaceState.OFFERED: "place gardée, réponse attendue",
}


@dataclass(frozen=True)
class Choices:
    """What a workshop may be about and for whom: the landlord's own themes, districts and residences."""

    themes: list[str]
    districts: list[str]
    residences: list[str]
    profiles: list[str]
    labels: Mapping[str, str]


@dataclass(frozen=True)
class PosterBox:
    """Whether there is a poster, and whether this visitor may give one: Telegram keeps it in their chat."""

    given: bool
    linked: bool
    series: bool


@dataclass(frozen=True)
class WorkshopLine:
    number: int
    title: str
    when: str
    place: str
    seats: str
    state: str


@dataclass(frozen=True)
class WorkshopsPage:
    shell: Shell
    coming: list[WorkshopLine]
    past: list[WorkshopLine]


@dataclass(frozen=True)
class PlaceLine:
    """`present` None: nobody has said."""

    number: int
    who: str
    state: str
    seats: int
    present: bool | None


@dataclass(frozen=True)
class SendingBox:
    """How an envoi goes; `counts` are sentences."""

    number: int
    state: str
    open: bool
    sent: int
    invited: int
    counts: list[str]


@dataclass(frozen=True)
class WorkshopPage:
    """`blocked`: why no invitation may leave. `can_mark`: the day has come, presence may be noted."""

    shell: Shell
    csrf: str
    number: int
    title: str
    line: WorkshopLine
    led_by: str
    audience: str
    open: bool
    seats: int
    place: str
    starts_on: str
    starts_at: str
    invited: int
    left_out: list[str]
    blocked: list[str]
    warned: list[str]
    message: str
    sendings: list[SendingBox]
    sending_open: bool
    places: list[PlaceLine]
    walk_ins: int
    can_mark: bool
    today: str
    theme: str
    chosen: tuple[str, ...]
    choices: Choices
    poster: PosterBox


@dataclass(frozen=True)
class NewPage:
    """The form of a new workshop."""

    shell: Shell
    csrf: str
    today: str
    choices: Choices


def listed(desk: Desk, visit: Visit) -> WorkshopsPage:
    rows = visit.session.scalars(
        select(Workshop)
        .filter_by(organisation_id=visit.staff.organisation_id)
        .where(Workshop.starts_at > visit.now - _PAST_SHOWN)
        .order_by(Workshop.starts_at, Workshop.id)
    ).all()
    lines = [(row, _line(desk, visit, row)) for row in rows]
    return WorkshopsPage(
        shell=visit.shell,
        coming=[line for row, line in lines if row.starts_at > visit.now],
        past=[line for row, line in reversed(lines) if row.starts_at <= visit.now],
    )


def new(desk: Desk, visit: Visit) -> NewPage:
    return NewPage(
        shell=visit.shell,
        csrf=visit.csrf,
        today=visit.now.astimezone(desk.house.zone).date().isoformat(),
        choices=_choices(visit),
    )


def _choices(visit: Visit, chosen: Sequence[str] = ()) -> Choices:
    """`chosen`: the profiles of a workshop, which are shown to whoever opens it."""
    own = {"organisation_id": visit.staff.organisation_id}

    def known(column: InstrumentedAttribute[str]) -> list[str]:
        found = visit.session.scalars(select(column).filter_by(**own).distinct())
        return sorted(filter(None, found), key=folded)

    named = PROFILES if may(visit.staff.role, Right.READ_TENANTS) else workshop_steps.PROFILES
    return Choices(
        themes=known(Workshop.theme),
        districts=known(Lease.district),
        residences=known(Lease.residence),
        profiles=[*named, *(profile for profile in chosen if profile not in named)],
        labels=PROFILES,
    )


def one(desk: Desk, visit: Visit, workshop: Workshop) -> WorkshopPage:
    session, now, house = visit.session, visit.now, desk.house
    seen = audience.preview(session, now, workshop)
    found = sending.checks(session, now, house, workshop)
    counted = seen.left_out | ({"later": seen.later} if seen.later else {})
    sendings = session.scalars(
        select(WorkshopSending).filter_by(workshop_id=workshop.id).order_by(WorkshopSending.id.desc())
    ).all()
    local = workshop.starts_at.astimezone(house.zone)
    return WorkshopPage(
        shell=visit.shell,
        csrf=visit.csrf,
        number=workshop.id,
        title=workshop.title,
        line=_line(desk, visit, workshop),
        led_by=workshop.led_by.display_name if workshop.led_by else "",
        audience=_audience(workshop),
        open=workshop.state is WorkshopState.OPEN and workshop.starts_at > now,
        seats=workshop.seats,
        place=workshop.place,
        starts_on=local.date().isoformat(),
        starts_at=f"{local:%H:%M}",
        invited=len(seen.invited),
        left_out=[house.texts.say(f"staff.workshops.left_out.{why}", count=n) for why, n in counted.items()],
        blocked=[house.texts.say(f"staff.workshops.blocked.{code}") for code in found.blockers],
        warned=[house.texts.say(f"staff.workshops.warned.{code}") for code in found.warnings],
        message=workshop_messages.invitation_text(house, PLAIN, workshop),
        sendings=[_sending(desk, visit, row) for row in sendings],
        sending_open=any(row.state in OPEN_SENDING for row in sendings),
        places=_places(visit, workshop),
        walk_ins=workshop.walk_ins,
        can_mark=local.date() <= now.astimezone(house.zone).date() and workshop.state is WorkshopState.OPEN,
        today=now.astimezone(house.zone).date().isoformat(),
        theme=workshop.theme,
        chosen=_chosen(workshop),
        choices=_choices(visit, workshop.profiles),
        poster=PosterBox(
            given=workshop.poster is not None,
            linked=people.staff_chat(session, visit.staff) is not None,
            series=workshop.series is not None,
        ),
    )


def _chosen(workshop: Workshop) -> tuple[str, ...]:
    """What is ticked of whom it is for, as "field/value"."""
    told = creation.description(workshop)
    lists = {
        "quartiers": told.districts,
        "residences": told.residences,
        "profils": told.profiles,
        "interets": told.interests,
    }
    ticked = [f"{field}/{value}" for field, values in lists.items() for value in values]
    return (*ticked, *(["deja_venus/oui"] if told.came_before else []))


def _line(desk: Desk, visit: Visit, workshop: Workshop) -> WorkshopLine:
    state = "Annulé" if workshop.state is WorkshopState.CANCELLED else ""
    latest = visit.session.scalar(
        select(WorkshopSending.state)
        .filter_by(workshop_id=workshop.id)
        .order_by(WorkshopSending.id.desc())
        .limit(1)
    )
    if not state:
        state = _SENDINGS[latest] if latest else "Personne n’est encore invité"
    return WorkshopLine(
        number=workshop.id,
        title=workshop.title,
        when=desk.pages.when(workshop.starts_at, visit.now),
        place=workshop.place,
        seats=f"{workshop.seats_taken} place{'s' if workshop.seats_taken > 1 else ''} prise"
        f"{'s' if workshop.seats_taken > 1 else ''} sur {workshop.seats}",
        state=state,
    )


def _audience(workshop: Workshop) -> str:
    profiles = (PROFILES.get(profile, profile) for profile in workshop.profiles)
    parts = [*workshop.districts, *workshop.residences, *profiles]
    if workshop.interests:
        parts.append(f"ont déjà dit oui à : {', '.join(workshop.interests)}")
    if workshop.came_before:
        parts.append("sont déjà venus à ce thème")
    return ", ".join(parts) if parts else "tous les locataires"


def _sending(desk: Desk, visit: Visit, row: WorkshopSending) -> SendingBox:
    counts = sending.counts(visit.session, row)
    planned = f" {desk.pages.when(row.starts_at, visit.now)}" if row.state is SendingState.PLANNED else ""
    return SendingBox(
        number=row.id,
        state=f"{_SENDINGS[row.state]}{planned}",
        open=row.state in OPEN_SENDING,
        sent=counts.invited - counts.waiting,
        invited=counts.invited,
        counts=_counts(counts),
    )


def _counts(counts: Counts) -> list[str]:
    said = (
        (counts.sent, "parties"),
        (counts.waiting, "en attente de départ"),
        (counts.answered, "ont reçu une réponse"),
        (counts.unreachable, "vers un compte fermé ou qui a bloqué Palier"),
        (counts.refused, "refusées par Telegram"),
        (counts.unknown, "au sort inconnu"),
        (counts.other, "non envoyées"),
    )
    return [f"{count} {what}" for count, what in said if count]


def _places(visit: Visit, workshop: Workshop) -> list[PlaceLine]:
    """Who said something of coming; those who come first. Who said no, or nothing, is nobody's list."""
    coming = day.expected(visit.session, workshop)
    others = visit.session.scalars(
        select(WorkshopPlace)
        .where(WorkshopPlace.workshop_id == workshop.id)
        .where(WorkshopPlace.state.in_((PlaceState.OFFERED, PlaceState.WAITING, PlaceState.MAYBE)))
        .order_by(WorkshopPlace.state.desc(), WorkshopPlace.since, WorkshopPlace.id)
    )
    known = {place.id for place in coming}
    return [_place(place) for place in [*coming, *(one for one in others if one.id not in known)]]


def _place(place: WorkshopPlace) -> PlaceLine:
    return PlaceLine(
        number=place.id,
        who=_who(place.person),
        state=_PLACES.get(place.state, "venu sans prévenir"),
        seats=place.seats,
        present=place.present,
    )


def _who(person: Person) -> str:
    return say.typeset(f"{person.title} {person.display_name}".strip()) or "Personne effacée"
