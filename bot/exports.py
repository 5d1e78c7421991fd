"""What happened, for the landlord's own figures: `palier export KIND`, and the API. No name, no word of the
talk."""

import csv
import io
import json
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.domain.appointments import no_show_percent
from bot.domain.states import AppointmentState, Urgency
from bot.domain.workshops import PlaceState
from bot.services import access
from bot.services.cases import alerts
from bot.services.cases import kinds as case_kinds
from bot.services.house import House
from bot.settings import SettingsRefused
from bot.storage.tables import Appointment, Case, Organisation, Staff, Workshop, WorkshopPlace
from bot.texts import format as say

FORMATS = ("csv", "json")

Rows = list[dict[str, Any]]
COLUMNS = {
    "dossiers": (
        "numero",
        "reference_locataire",
        "sorte",
        "libelle",
        "urgence",
        "etat",
        "referent",
        "suivi_par",
        "ouvert_le",
        "echeance",
        "pris_le",
        "attend_jusqu_au",
        "clos_le",
        "issue",
        "heures_avant_prise",
        "heures_avant_cloture",
        "prise_en_retard",
        "retours_a_l_equipe",
        "dossier_precedent",
        "reuni_avec",
    ),
    "rendez-vous": (
        "numero",
        "reference",
        "reference_locataire",
        "intervenant",
        "type",
        "debut",
        "duree_min",
        "etat",
        "cree_le",
        "changements",
        "aide_pour_venir",
        "refus",
        "parcours",
        "absences_intervenant_pourcent",
        "absences_type_pourcent",
    ),
    "ateliers": (
        "reference",
        "titre",
        "theme",
        "debut",
        "duree_min",
        "lieu",
        "anime_par",
        "etat",
        "places",
        "places_prises",
        "locataires_inscrits",
        "sans_reponse",
        "peut_etre",
        "liste_d_attente",
        "refus",
        "desistements",
    ),
}


def export(
    session: Session,
    house: House,
    kind: str,
    format: str,
    organisation_id: int | None,
    reader: Staff | None = None,
) -> str:
    """The export as one text; of the cases, only those that `reader` may read. Raises KeyError for an
    unknown kind."""
    if kind == "dossiers":
        rows = cases(session, house, organisation_id, reader)
    else:
        rows = KINDS[kind](session, house, organisation_id)
    return _json(rows) if format == "json" else _csv(COLUMNS[kind], rows)


def cases(session: Session, house: House, organisation_id: int | None, reader: Staff | None = None) -> Rows:
    """Every case: what, how urgent, when, by whom, how it ended, and the delays in hours."""
    wanted = select(Case).order_by(Case.id)
    if organisation_id is not None:
        wanted = wanted.where(Case.organisation_id == organisation_id)
    if reader is not None:
        wanted = wanted.where(access.readable_by(reader))
    return [_case(house, case) for case in session.scalars(wanted)]


def appointments(session: Session, house: House, organisation_id: int | None) -> Rows:
    """Every appointment: who, when, what became of it, with the no-show rate of its caseworker and kind."""
    wanted = select(Appointment).order_by(Appointment.starts_at, Appointment.id)
    if organisation_id is not None:
        wanted = wanted.where(Appointment.organisation_id == organisation_id)
    found = session.scalars(wanted).all()
    by_staff = _no_shows(found, lambda appointment: appointment.staff_id)
    by_kind = _no_shows(found, lambda appointment: (appointment.organisation_id, appointment.kind))
    return [
        _appointment(house, appointment)
        | {
            "absences_intervenant_pourcent": by_staff[appointment.staff_id],
            "absences_type_pourcent": by_kind[(appointment.organisation_id, appointment.kind)],
        }
        for appointment in found
    ]


def workshops(session: Session, house: House, organisation_id: int | None) -> Rows:
    """Every workshop: its seats, and how many tenants answered what."""
    wanted = select(Workshop).order_by(Workshop.starts_at, Workshop.id)
    if organisation_id is not None:
        wanted = wanted.where(Workshop.organisation_id == organisation_id)
    answered = select(WorkshopPlace.workshop_id, WorkshopPlace.state, func.count())
    counts: dict[int, dict[PlaceState, int]] = {}
    for workshop_id, state, count in session.execute(
        answered.group_by(WorkshopPlace.workshop_id, WorkshopPlace.state)
    ):
        counts.setdefault(workshop_id, {})[state] = count
    return [_workshop(house, workshop, counts.get(workshop.id, {})) for workshop in session.scalars(wanted)]


KINDS: dict[str, Callable[[Session, House, int | None], Rows]] = {
    "dossiers": cases,
    "rendez-vous": appointments,
    "ateliers": workshops,
}


def _no_shows(found: Sequence[Appointment], group: Callable[[Appointment], Any]) -> dict[Any, float | str]:
    """The no-show rate of each group, in percent; empty while nothing of it is resolved."""
    states: dict[Any, list[AppointmentState]] = {}
    for appointment in found:
        states.setdefault(group(appointment), []).append(appointment.state)
    rates = {key: no_show_percent(of_group) for key, of_group in states.items()}
    return {key: "" if rate is None else rate for key, rate in rates.items()}


def _appointment(house: House, appointment: Appointment) -> dict[str, Any]:
    return {
        "numero": appointment.id,
        "reference": appointment.reference or "",
        "reference_locataire": appointment.person.reference,
        "intervenant": appointment.staff.reference,
        "type": appointment.kind.value,
        "debut": _local(house, appointment.starts_at),
        "duree_min": appointment.minutes,
        "etat": appointment.state.value,
        "cree_le": _local(house, appointment.created_at),
        "changements": appointment.version - 1,
        "aide_pour_venir": int(appointment.needs_help),
        "refus": appointment.refusal,
        "parcours": appointment.journey,
    }


def _workshop(house: House, workshop: Workshop, counts: dict[PlaceState, int]) -> dict[str, Any]:
    return {
        "reference": workshop.reference,
        "titre": workshop.title,
        "theme": workshop.theme,
        "debut": _local(house, workshop.starts_at),
        "duree_min": workshop.minutes,
        "lieu": workshop.place,
        "anime_par": workshop.led_by.reference if workshop.led_by else "",
        "etat": workshop.state.value,
        "places": workshop.seats,
        "places_prises": workshop.seats_taken,
        "locataires_inscrits": counts.get(PlaceState.COMING, 0),
        "sans_reponse": counts.get(PlaceState.INVITED, 0),
        "peut_etre": counts.get(PlaceState.MAYBE, 0),
        "liste_d_attente": counts.get(PlaceState.WAITING, 0) + counts.get(PlaceState.OFFERED, 0),
        "refus": counts.get(PlaceState.DECLINED, 0),
        "desistements": counts.get(PlaceState.LEFT, 0),
    }


def _case(house: House, case: Case) -> dict[str, Any]:
    return {
        "numero": case.id,
        "reference_locataire": case.person.reference if case.person else "",
        "sorte": case.kind,
        "libelle": case_kinds.label(house, case.kind),
        "urgence": case.urgency.value,
        "etat": case.state.value,
        "referent": case.person.referent.reference if case.person and case.person.referent else "",
        "suivi_par": case.owner.reference if case.owner else "",
        "ouvert_le": _local(house, case.opened_at),
        "echeance": _local(house, case.due_at),
        "pris_le": _local(house, case.taken_at),
        "attend_jusqu_au": _local(house, case.waiting_until),
        "clos_le": _local(house, case.closed_at),
        "issue": case.outcome.value if case.outcome else "",
        "heures_avant_prise": _hours(case.opened_at, case.taken_at),
        "heures_avant_cloture": _hours(case.opened_at, case.closed_at),
        "prise_en_retard": _late(case),
        "retours_a_l_equipe": case.round,
        "dossier_precedent": case.previous_id or "",
        "reuni_avec": case.merged_into_id or "",
    }


def _late(case: Case) -> int | str:
    """Whether it was taken later than it should have been; an urgent one has a step of the ladder."""
    if case.taken_at is None:
        return ""
    allowed = alerts.URGENT_STEP if case.urgency is Urgency.URGENT else timedelta()
    return int(case.taken_at > case.due_at + allowed)


def _local(house: House, at: datetime | None) -> str:
    return at.astimezone(house.zone).isoformat(timespec="minutes") if at else ""


def _hours(start: datetime, end: datetime | None) -> float | str:
    return round((end - start).total_seconds() / 3600, 2) if end else ""


def organisation(session: Session, reference: str | None) -> int | None:
    """The number of the organisation of that reference; None for all. Raises SettingsRefused."""
    if reference is None:
        return None
    found = session.scalar(select(Organisation.id).filter_by(reference=reference))
    if found is None:
        raise SettingsRefused(f"organisation inconnue : {reference}")
    return found


def _csv(columns: Sequence[str], rows: Rows) -> str:
    written = io.StringIO()
    writer = csv.DictWriter(written, columns, delimiter=";", lineterminator="\n")
    writer.writeheader()
    writer.writerows({name: _neutral(value) for name, value in row.items()} for row in rows)
    return written.getvalue().rstrip("\n")


def _neutral(value: object) -> object:
    """A text that a spreadsheet would take for a formula begins with an apostrophe instead."""
    return say.harmless(value) if isinstance(value, str) else value


def _json(rows: Rows) -> str:
    return json.dumps(rows, ensure_ascii=False, indent=2)
