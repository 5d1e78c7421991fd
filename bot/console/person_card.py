"""Who a tenant is and how they are reached, for the pages that show one."""

from dataclasses import dataclass

from sqlalchemy import select

from bot.console.desk import Desk, Visit
from bot.domain.states import ChatState, Register
from bot.domain.workshops import PlaceState, WorkshopState
from bot.services import people, tenants
from bot.services.tips import rhythm as tip_rhythm
from bot.storage.tables import Appointment, Person, Workshop, WorkshopPlace
from bot.texts import format as say

# What a tenant may agree to, in the order of the page.
_CONSENTS = ("rent", "appointments", "tips", "checkins", "workshops")


_MEETINGS_SHOWN = 5
_PLACES = {
    PlaceState.INVITED: "invité, sans réponse",
    PlaceState.COMING: "vient",
    PlaceState.MAYBE: "peut-être",
    PlaceState.WAITING: "en liste d’attente",
    PlaceState.OFFERED: "une place lui est gardée",
    PlaceState.DECLINED: "ne vient pas",
    PlaceState.LEFT: "s’est désisté",
}
PROFILES = {
    "senior": "senior",
    "jeune": "jeune",
    "phrases-simples": "phrases simples",
    "pictogrammes": "pictogrammes",
    "discret": "mode discret",
    "asr": "accompagnement renforcé",
    "panel": "panel",
    "maison-partagee": "maison partagée",
}


@dataclass(frozen=True)
class PersonCard:
    """`agrees` and `refuses` name kinds of messages; what was never asked is in neither. `meetings` and
    `workshops` are one sentence each, the latest first."""

    number: int
    reference: str
    phone: str
    email: str
    referent: str
    discreet: bool
    household: str
    telegram: str
    preferences: list[str]
    agrees: list[str]
    refuses: list[str]
    meetings: list[str]
    workshops: list[str]


def read(desk: Desk, visit: Visit, person: Person) -> PersonCard:
    session, count = visit.session, person.household_size
    given = people.consents(session, person)
    asked = [kind for kind in _CONSENTS if people.was_asked(session, person, kind)]
    return PersonCard(
        number=person.id,
        reference=person.reference,
        phone=person.phone or "",
        email=person.email or "",
        referent=person.referent.display_name if person.referent else "",
        discreet=person.discreet,
        household=f"{count} personne{'s' if count > 1 else ''}" if count else "",
        telegram=telegram(tenants.chat_states(session, [person]).get(person.id, set())),
        preferences=_preferences(desk, visit, person),
        agrees=[_kind(desk, kind) for kind in asked if kind in given],
        refuses=[_kind(desk, kind) for kind in asked if kind not in given],
        meetings=_meetings(desk, visit, person),
        workshops=_workshops(desk, visit, person),
    )


def telegram(states: set[ChatState]) -> str:
    """Whether Palier can write to somebody whose chats are in these states, in words."""
    if not states:
        return "non relié : Palier ne peut pas lui écrire"
    if ChatState.ACTIVE in states:
        return "relié"
    return "en pause, à sa demande" if ChatState.PAUSED in states else "injoignable (bot bloqué)"


def _kind(desk: Desk, kind: str) -> str:
    return desk.pages.label(f"console.consent.{kind}", kind)


def _preferences(desk: Desk, visit: Visit, person: Person) -> list[str]:
    found = ["phrases simples"] if person.register is Register.SIMPLE else []
    found += ["mode discret"] if person.discreet else []
    found += [PROFILES.get(profile, profile) for profile in person.profiles]
    rhythm = tip_rhythm.current(visit.session, desk.house, person)
    if rhythm is not None and rhythm.weekday is not None and rhythm.hour is not None:
        found.append(f"conseils le {say.weekday(rhythm.weekday)} à {say.oclock(rhythm.hour)}")
    return list(dict.fromkeys(found))


def _meetings(desk: Desk, visit: Visit, person: Person) -> list[str]:
    found = visit.session.scalars(
        select(Appointment)
        .where(Appointment.person_id == person.id)
        .order_by(Appointment.starts_at.desc(), Appointment.id.desc())
        .limit(_MEETINGS_SHOWN)
    )
    say_text = desk.house.texts.say
    return [
        f"{desk.pages.when(one.starts_at, visit.now).capitalize()}, {say_text(f'rdv.kind.{one.kind}')}, "
        f"avec {one.staff.display_name} : {say_text(f'rdv.state.{one.state}')}"
        for one in found
    ]


def _workshops(desk: Desk, visit: Visit, person: Person) -> list[str]:
    found = visit.session.scalars(
        select(WorkshopPlace)
        .join(Workshop, Workshop.id == WorkshopPlace.workshop_id)
        .where(WorkshopPlace.person_id == person.id, Workshop.state == WorkshopState.OPEN)
        .order_by(Workshop.starts_at.desc(), Workshop.id.desc())
        .limit(_MEETINGS_SHOWN)
    )
    return [_place(desk, visit, place) for place in found]


def _place(desk: Desk, visit: Visit, place: WorkshopPlace) -> str:
    state = _PLACES[place.state]
    if place.present is not None:
        state = "est venu" if place.present else "n’est pas venu"
    when = desk.pages.when(place.workshop.starts_at, visit.now)
    return f"{place.workshop.title}, {when} : {state}"
