"""`ateliers.csv`: the collective workshops, checked as those that are made on Telegram."""

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
from bot.services.workshops import creation, workshops
from bot.services.workshops import sending as workshop_sending
from bot.services.workshops.creation import NewWorkshop
from bot.storage.tables import Organisation, Staff, Workshop
from bot.texts import PLAIN

_MINUTES = 120
# The column in which each of the creation's faults is mended.
_COLUMNS = {
    "title_missing": "titre", "title_long": "titre", "theme_long": "theme", "place_long": "lieu",
    "past": "debut", "far": "debut", "minutes": "duree_min", "seats": "places", "leader": "anime_par",
}  # fmt: skip
# A longer cell is no text of a workshop at all, a greater number no number of seats: read, then checked.
_LONGEST, _MOST = 1000, 10**9


class WorkshopImporter(Importer):
    """A line of a known reference changes its workshop: another time or place is told to those who come,
    more seats go to those who wait. Times are wall-clock times of the house's zone. A line that is taken
    but of which nobody can be invited yet (no place, no number to call) is warned of."""

    columns = frozenset(
        {"reference", "titre", "theme", "debut", "duree_min", "lieu", "places", "quartiers", "residences"}
        | {"profils", "anime_par", "relances"}
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
        leaders = {row.get("anime_par") for row in rows}
        staff = session.scalars(select(Staff).filter_by(**own).where(Staff.reference.in_(leaders)))
        self._staff = {one.reference: one for one in staff}

    def write(self, session: Session, organisation: Organisation, row: Row) -> Change:
        reference = values.text(row, "reference", 64, required=True)
        workshop = self._known.get(reference)
        if workshop is not None and not self._is_open(workshop):
            # What is over or cancelled stays as it was.
            return Change.UNCHANGED
        found = self._values(row, organisation)
        if workshop is None:
            workshop, change = self._made(organisation, reference, found), Change.CREATED
        else:
            change = self._follow(workshop, found)
        for code in workshop_sending.blockers(self.now, workshop) if change is not Change.UNCHANGED else ():
            self.report.warn(row.line, self._house.texts.say(f"staff.workshops.blocked.{code}", PLAIN))
        return change

    def finish(self, session: Session, organisation: Organisation) -> None:
        pass

    def _made(self, organisation: Organisation, reference: str, found: dict[str, Any]) -> Workshop:
        workshop = Workshop(
            organisation_id=organisation.id, reference=reference, seats_taken=0, version=0, **found
        )
        self._session.add(workshop)
        self._session.flush()
        workshop_audience.plan_steps(self._session, self._house, workshop)
        self._known[reference] = workshop
        return workshop

    def _is_open(self, workshop: Workshop) -> bool:
        return workshop.state is WorkshopState.OPEN and workshop.starts_at > self.now

    def _follow(self, workshop: Workshop, found: dict[str, Any]) -> Change:
        """Seats that are taken are not taken back."""
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

    def _values(self, row: Row, organisation: Organisation) -> dict[str, Any]:
        """The columns of the workshop that the line says. Raises LineRefused with all that is wrong."""
        day, at = values.moment(row, "debut")
        seats = values.whole(row, "places", 0, _MOST)
        if seats is None:
            raise LineRefused("places manque")
        minutes, again = values.whole(row, "duree_min", 0, _MOST), values.whole(row, "relances", 0, 1)
        optional = {
            "theme": ("theme", values.text(row, "theme", _LONGEST)),
            "quartiers": ("districts", values.several(row, "quartiers")),
            "residences": ("residences", values.several(row, "residences")),
            "profils": ("profiles", [fold(p).replace(" ", "-") for p in values.several(row, "profils")]),
            "relances": ("asks_again", again != 0),
        }
        new: dict[str, Any] = {
            "title": values.text(row, "titre", _LONGEST),
            "starts_at": instant(day, at, self._house.zone),
            "minutes": _MINUTES if minutes is None else minutes,
            "place": values.text(row, "lieu", _LONGEST),
            "seats": seats,
        } | {name: value for column, (name, value) in optional.items() if row.has(column)}
        leader = self._staff.get(row.get("anime_par"))
        wrong = creation.faults(self.now, NewWorkshop(**new))
        if leader is not None and not creation.may_lead(leader, organisation.id):
            wrong.append("leader")
        if wrong:
            raise LineRefused(" ; ".join(self._said(code) for code in wrong))
        if leader is None and row.get("anime_par"):
            self.report.warn(row.line, f"anime_par inconnu : {row.get('anime_par')}")
        return new | ({"led_by": leader} if row.has("anime_par") else {})

    def _said(self, code: str) -> str:
        sentence = self._house.texts.say(f"staff.workshops.refused.{code}", PLAIN)
        return f"{_COLUMNS[code]} : {sentence}"
