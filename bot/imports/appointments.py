"""`rendez-vous.csv`: appointments, and the drop-ins of partners (type `permanence` without a tenant)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.domain.calendar import instant
from bot.domain.states import AppointmentKind
from bot.imports import values
from bot.imports.change import apply
from bot.imports.importer import Importer
from bot.imports.reading import Row, fold
from bot.imports.report import Change, LineRefused, Report
from bot.services.appointments import appointments, drop_ins
from bot.services.appointments.appointments import LONGEST, SHORTEST, Meeting
from bot.services.appointments.rows import AppointmentRefused, is_live
from bot.services.house import House
from bot.storage.tables import Appointment, DropIn, Organisation, Person, Staff

_MINUTES = 45


class AppointmentImporter(Importer):
    """A line of a known reference moves its appointment when the time, the length or the place differs.

    Times are wall-clock times of the house's zone. The optional columns beyond the contract: `a_apporter`
    (papers, separated by commas), `latitude`, `longitude`, and `quartiers` for a drop-in.
    """

    columns = frozenset(
        {
            "reference",
            "reference_locataire",
            "intervenant",
            "motif",
            "debut",
            "duree_min",
            "lieu",
            "type",
            "a_apporter",
            "latitude",
            "longitude",
            "quartiers",
        }
    )
    required = ("reference", "debut", "type")

    def __init__(self, now: datetime, report: Report, house: House) -> None:
        super().__init__(now, report)
        self._house = house

    def load(self, session: Session, organisation: Organisation, rows: Sequence[Row]) -> None:
        own = {"organisation_id": organisation.id}
        wanted = {row.get("reference") for row in rows}
        tenants = {row.get("reference_locataire") for row in rows}
        people = select(Person).filter_by(**own).where(Person.reference.in_(tenants))
        booked = select(Appointment).filter_by(**own).where(Appointment.reference.in_(wanted))
        drop_ins = select(DropIn).filter_by(**own).where(DropIn.reference.in_(wanted))
        self._session = session
        self._people = {person.reference: person for person in session.scalars(people)}
        self._staff = {staff.reference: staff for staff in session.scalars(select(Staff).filter_by(**own))}
        self._booked = {known.reference: known for known in session.scalars(booked)}
        self._drop_ins = {known.reference: known for known in session.scalars(drop_ins)}

    def write(self, session: Session, organisation: Organisation, row: Row) -> Change:
        reference = values.text(row, "reference", 64, required=True)
        kind = _kind(row)
        if kind is AppointmentKind.DROP_IN and not row.get("reference_locataire"):
            return self._drop_in(organisation, reference, row)
        try:
            known = self._booked.get(reference)
            return self._book(reference, kind, row) if known is None else self._follow(known, row)
        except AppointmentRefused as refused:
            raise LineRefused(self._house.texts.say(f"rdv.refused.{refused.code}")) from refused

    def finish(self, session: Session, organisation: Organisation) -> None:
        pass

    def _book(self, reference: str, kind: AppointmentKind, row: Row) -> Change:
        meeting = Meeting(
            person=self._named(row, "reference_locataire", self._people),
            staff=self._named(row, "intervenant", self._staff),
            kind=kind,
            starts_at=self._start(row),
            minutes=_minutes(row),
            subject=values.text(row, "motif", 120),
            place=values.text(row, "lieu", 200),
            papers=values.several(row, "a_apporter"),
            latitude=_degrees(row, "latitude", 90),
            longitude=_degrees(row, "longitude", 180),
        )
        booked = appointments.book(self._session, self.now, self._house, meeting, reference=reference)
        self._booked[reference] = booked
        return Change.CREATED

    def _follow(self, known: Appointment, row: Row) -> Change:
        """The landlord's file says where the appointment is now; what is over stays as it was."""
        starts_at, minutes = self._start(row), _minutes(row)
        place = values.text(row, "lieu", 200) if row.has("lieu") else known.place
        same = (known.starts_at, known.minutes, known.place) == (starts_at, minutes, place)
        if same or not is_live(known):
            return Change.UNCHANGED
        appointments.move(
            self._session,
            self.now,
            self._house,
            known.id,
            known.staff,
            starts_at,
            version=known.version,
            minutes=minutes,
            place=place,
        )
        return Change.UPDATED

    def _drop_in(self, organisation: Organisation, reference: str, row: Row) -> Change:
        found = {
            "partner": values.text(row, "motif", 80, required=True),
            "districts": values.several(row, "quartiers"),
            "starts_at": self._start(row),
            "minutes": _minutes(row),
            "place": values.text(row, "lieu", 200),
        }
        known = self._drop_ins.get(reference)
        if known is not None and not apply(known, found):
            return Change.UNCHANGED
        change = Change.CREATED if known is None else Change.UPDATED
        if known is None:
            known = DropIn(organisation_id=organisation.id, reference=reference, **found)
            self._session.add(known)
            self._drop_ins[reference] = known
        self._session.flush()
        drop_ins.plan(self._session, self._house, known)
        return change

    def _named(self, row: Row, column: str, known: dict[str, Any]) -> Any:
        reference = values.text(row, column, 64, required=True)
        if reference not in known:
            raise LineRefused(f"{column} : « {reference} » n'est pas connu")
        return known[reference]

    def _start(self, row: Row) -> datetime:
        day, at = values.moment(row, "debut")
        values.not_after(row, "debut", day, self.now.date() + 2 * values.A_YEAR)
        return instant(day, at, self._house.zone)


def _kind(row: Row) -> AppointmentKind:
    said = fold(values.text(row, "type", 20, required=True))
    try:
        return AppointmentKind(said)
    except ValueError as error:
        known = ", ".join(AppointmentKind)
        raise LineRefused(f"type : « {row.get('type')} » n'est pas un type ({known})") from error


def _minutes(row: Row) -> int:
    return values.whole(row, "duree_min", SHORTEST, LONGEST) or _MINUTES


def _degrees(row: Row, name: str, most: int) -> float | None:
    written = row.get(name).replace(",", ".")
    if not written:
        return None
    try:
        degrees = float(written)
    except ValueError as error:
        raise LineRefused(f"{name} : « {row.get(name)} » n'est pas un nombre") from error
    if not -most <= degrees <= most:
        raise LineRefused(f"{name} : « {row.get(name)} » n'est pas entre -{most} et {most}")
    return degrees
