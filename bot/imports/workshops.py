"""`ateliers.csv`: the collective workshops."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.domain.calendar import instant
from bot.domain.workshops import WorkshopState
from bot.imports import values
from bot.imports.change import apply
from bot.imports.importer import Importer
from bot.imports.reading import Row, fold
from bot.imports.report import Change, LineRefused, Report
from bot.services.house import House
from bot.services.workshops import audience as workshop_audience
from bot.services.workshops import workshops
from bot.storage.tables import Organisation, Staff, Workshop

_MINUTES = 120
_MOST_SEATS = 500


class WorkshopImporter(Importer):
    """A line of a known reference changes its workshop: another time or place is told to those who come,
    more seats go to those who wait. Times are wall-clock times of the house's zone."""

    columns = frozenset(
        {"reference", "titre", "theme", "debut", "duree_min", "lieu", "places", "quartiers", "residences"}
        | {"profils", "anime_par"}
    )
    required = ("reference", "titre", "debut", "lieu", "places")

    def __init__(self, now: datetime, report: Report, house: House) -> None:
        super().__init__(now, report)
        self._house = house

    def load(self, session: Session, organisation: Organisation, rows: Sequence[Row]) -> None:
        own = {"organisation_id": organisation.id}
        wanted = {row.get("reference") for row in rows}
        known = session.scalars(select(Workshop).filter_by(**own).where(Workshop.reference.in_(wanted)))
        self._session = session
        self._known = {workshop.reference: workshop for workshop in known}
        staff = session.execute(select(Staff.reference, Staff.id).filter_by(**own))
        self._staff = {row.reference: row.id for row in staff}

    def write(self, session: Session, organisation: Organisation, row: Row) -> Change:
        reference = values.text(row, "reference", 64, required=True)
        found = self._values(row)
        workshop = self._known.get(reference)
        if workshop is not None:
            return self._follow(workshop, found)
        if found["starts_at"] <= self.now:
            raise LineRefused("debut : l'atelier est passé")
        workshop = Workshop(
            organisation_id=organisation.id, reference=reference, seats_taken=0, version=0, **found
        )
        session.add(workshop)
        session.flush()
        workshop_audience.plan_steps(session, self._house, workshop)
        self._known[reference] = workshop
        return Change.CREATED

    def finish(self, session: Session, organisation: Organisation) -> None:
        pass

    def _follow(self, workshop: Workshop, found: dict[str, Any]) -> Change:
        """What is over or cancelled stays as it was; seats that are taken are not taken back."""
        if workshop.state is not WorkshopState.OPEN or workshop.starts_at <= self.now:
            return Change.UNCHANGED
        if found["seats"] < workshop.seats_taken:
            raise LineRefused(f"places : {workshop.seats_taken} sont déjà prises")
        before = (workshop.starts_at, workshop.place, workshop.seats)
        if not apply(workshop, found):
            return Change.UNCHANGED
        self._session.flush()
        if (workshop.starts_at, workshop.place) != before[:2]:
            workshop_audience.changed(self._session, self.now, self._house, workshop)
        if workshop.seats > before[2]:
            workshops.offer_free(self._session, self.now, self._house, workshop)
        return Change.UPDATED

    def _values(self, row: Row) -> dict[str, Any]:
        day, at = values.moment(row, "debut")
        seats = values.whole(row, "places", 1, _MOST_SEATS)
        if seats is None:
            raise LineRefused("places manque")
        optional = {
            "theme": ("theme", values.text(row, "theme", 60)),
            "quartiers": ("districts", values.several(row, "quartiers")),
            "residences": ("residences", values.several(row, "residences")),
            "profils": ("profiles", [fold(p).replace(" ", "-") for p in values.several(row, "profils")]),
            "anime_par": ("led_by_id", self._led_by(row)),
        }
        return {
            "title": values.text(row, "titre", 120, required=True),
            "starts_at": instant(day, at, self._house.zone),
            "minutes": values.whole(row, "duree_min", 10, 720) or _MINUTES,
            "place": values.text(row, "lieu", 200, required=True),
            "seats": seats,
        } | {name: value for column, (name, value) in optional.items() if row.has(column)}

    def _led_by(self, row: Row) -> int | None:
        reference = row.get("anime_par")
        if reference and reference not in self._staff:
            self.report.warn(row.line, f"anime_par inconnu : {reference}")
        return self._staff.get(reference)
