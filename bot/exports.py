"""`palier export KIND`: what happened, for the landlord's own figures. No name, no word of the talk."""

import csv
import io
import json
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot import wiring
from bot.domain.appointments import no_show_percent
from bot.domain.states import AppointmentState, Urgency
from bot.services import alerts, case_kinds
from bot.services.house import House
from bot.settings import SettingsRefused
from bot.storage.tables import Appointment, Case, Organisation

FORMATS = ("csv", "json")
# What makes a spreadsheet run a cell instead of showing it.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")

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
}


def export(kind: str, format: str, organisation: str | None = None) -> str:
    """The export as one text. Raises KeyError for an unknown kind, SettingsRefused."""
    parts = wiring.parts()
    with parts.database.reading() as session:
        rows = KINDS[kind](session, parts.house, _organisation(session, organisation))
    return _json(rows) if format == "json" else _csv(COLUMNS[kind], rows)


def cases(session: Session, house: House, organisation_id: int | None) -> Rows:
    """Every case: what, how urgent, when, by whom, how it ended, and the delays in hours."""
    wanted = select(Case).order_by(Case.id)
    if organisation_id is not None:
        wanted = wanted.where(Case.organisation_id == organisation_id)
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


KINDS: dict[str, Callable[[Session, House, int | None], Rows]] = {
    "dossiers": cases,
    "rendez-vous": appointments,
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


def _organisation(session: Session, reference: str | None) -> int | None:
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
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value


def _json(rows: Rows) -> str:
    return json.dumps(rows, ensure_ascii=False, indent=2)
