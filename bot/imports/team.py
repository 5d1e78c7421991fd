"""`equipe.csv`: the landlord's staff."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.domain.states import Role
from bot.imports import values
from bot.imports.change import apply
from bot.imports.importer import Importer
from bot.imports.reading import Row, fold
from bot.imports.report import Change, LineRefused, Report
from bot.services import members
from bot.services.house import House
from bot.storage.tables import Organisation, Staff

_FEMININE = {
    "intervenante": "intervenant",
    "mediatrice": "mediateur",
    "coordinatrice": "coordinateur",
    "administratrice": "administrateur",
}


class TeamImporter(Importer):
    columns = frozenset(
        {"reference", "nom", "prenom", "role", "courriel", "telephone", "quartiers", "astreinte"}
    )
    required = ("reference", "nom", "role")

    def __init__(self, now: datetime, report: Report, house: House) -> None:
        super().__init__(now, report)
        self._house = house

    def load(self, session: Session, organisation: Organisation, rows: Sequence[Row]) -> None:
        known = session.scalars(select(Staff).filter_by(organisation_id=organisation.id))
        self._staff = {staff.reference: staff for staff in known}

    def write(self, session: Session, organisation: Organisation, row: Row) -> Change:
        reference = values.text(row, "reference", 64, required=True)
        found = self._values(row)
        staff = self._staff.get(reference)
        if staff is not None:
            changed = apply(staff, found)
            if changed:
                members.give_back_unreadable(session, self.now, self._house, staff)
            return Change.UPDATED if changed else Change.UNCHANGED
        staff = Staff(organisation_id=organisation.id, reference=reference, **found)
        session.add(staff)
        self._staff[reference] = staff
        return Change.CREATED

    def finish(self, session: Session, organisation: Organisation) -> None:
        pass

    def _values(self, row: Row) -> dict[str, Any]:
        found: dict[str, Any] = {
            "last_name": values.text(row, "nom", 120, required=True),
            "role": _role(row),
        }
        optional = {
            "prenom": ("first_name", values.text(row, "prenom", 120)),
            "courriel": ("email", values.text(row, "courriel", 254) or None),
            "telephone": ("phone", values.text(row, "telephone", 40) or None),
            "quartiers": ("districts", values.several(row, "quartiers")),
            "astreinte": ("on_call", values.yes(row, "astreinte", default=False)),
        }
        return found | {name: value for column, (name, value) in optional.items() if row.has(column)}


def _role(row: Row) -> Role:
    said = fold(values.text(row, "role", 40, required=True))
    try:
        return Role(_FEMININE.get(said, said))
    except ValueError as error:
        raise LineRefused(f"role : « {row.get('role')} » n'est pas un rôle ({', '.join(Role)})") from error
