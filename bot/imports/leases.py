"""`baux.csv`: leases, their amounts over time, and the persons who share them."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from bot.domain.calendar import same_day_of_month
from bot.domain.states import Register
from bot.imports import values
from bot.imports.change import apply
from bot.imports.importer import Importer
from bot.imports.named import Named
from bot.imports.reading import Row, fold
from bot.imports.report import Change, LineRefused, Report
from bot.services import tenant_search
from bot.services.house import House
from bot.services.rent import rent
from bot.storage.tables import Lease, LeaseAmount, LeasePerson, Organisation, Person, Staff
from bot.texts.format import day_with_year, euros

_PROFILES = (
    "senior", "jeune", "phrases-simples", "pictogrammes", "discret", "asr", "panel", "maison-partagee",
)  # fmt: skip
_SIMPLE = {"phrases-simples", "pictogrammes"}
_COLUMNS = frozenset(
    {"reference_bail", "reference_locataire", "civilite", "nom", "prenom", "telephone", "courriel"}
    | {"residence", "quartier", "commune", "adresse", "logement", "typologie", "chauffage"}
    | {"date_debut", "date_fin", "loyer", "charges", "aide", "aide_versee_au_bailleur", "date_effet"}
    | {"jour_echeance", "mode_paiement", "solde", "solde_au"}
    | {"ressources", "personnes", "naissance", "profils", "referent"}
)


class LeaseImporter(Importer):
    columns = _COLUMNS
    required = ("reference_bail", "reference_locataire", "nom", "date_debut", "loyer", "jour_echeance")

    def __init__(self, now: datetime, report: Report, house: House) -> None:
        super().__init__(now, report)
        self._house = house
        # A line that could not be read may name anybody.
        self._every_line_read = not report.refused
        self._named = Named()
        # What the first line of a lease or of a person said: the others of the file only add to it.
        self._lease_lines: dict[str, tuple[int, dict[str, Any]]] = {}
        self._person_lines: dict[str, tuple[int, dict[str, Any]]] = {}
        self._unknown_staff: set[str] = set()

    def load(self, session: Session, organisation: Organisation, rows: Sequence[Row]) -> None:
        mine = {"organisation_id": organisation.id}
        leases = session.scalars(
            select(Lease)
            .filter_by(**mine)
            .where(Lease.reference.in_({row.get("reference_bail") for row in rows}))
            .options(selectinload(Lease.amounts))
        )
        self._leases = {lease.reference: lease for lease in leases}
        people = session.scalars(
            select(Person)
            .filter_by(**mine)
            .where(Person.reference.in_({row.get("reference_locataire") for row in rows}))
        )
        self._people = {person.reference: person for person in people}
        staff = session.execute(select(Staff.reference, Staff.id).filter_by(**mine))
        self._staff = {row.reference: row.id for row in staff}
        links = session.execute(
            select(LeasePerson.lease_id, LeasePerson.person_id).where(
                LeasePerson.lease_id.in_([lease.id for lease in self._leases.values()])
            )
        )
        by_id = {person.id: reference for reference, person in self._people.items()}
        lease_by_id = {lease.id: reference for reference, lease in self._leases.items()}
        self._links = {(lease_by_id[lease], by_id.get(person)) for lease, person in links}
        self._new_links: list[tuple[Lease, Person]] = []
        self._books: dict[int, rent.Book] | None = None

    def take(self, session: Session, organisation: Organisation, rows: Sequence[Row]) -> None:
        self._named.add(rows)
        super().take(session, organisation, rows)
        session.add_all(
            LeasePerson(organisation_id=organisation.id, lease_id=lease.id, person_id=person.id)
            for lease, person in self._new_links
        )
        tenant_search.index(session, self._house, self._people.values())

    def write(self, session: Session, organisation: Organisation, row: Row) -> Change:
        lease_ref = values.text(row, "reference_bail", 64, required=True)
        person_ref = values.text(row, "reference_locataire", 64, required=True)
        lease_values, amounts = _lease_values(row), _amounts(row)
        effective, opening = values.day(row, "date_effet"), self._opening(row)
        person_values = self._person_values(row)

        moved = self._write_lease(session, organisation, row, lease_ref, lease_values, opening)
        changed = self._write_person(session, organisation, row, person_ref, person_values)
        lease, person = self._leases[lease_ref], self._people[person_ref]
        moved = self._write_amounts(row, lease, amounts, effective) or moved
        if moved:
            # Other days or sums: the steps of its terms are planned anew.
            lease.planned_until = None
        if (lease_ref, person_ref) not in self._links:
            self._links.add((lease_ref, person_ref))
            self._new_links.append((lease, person))
            return Change.CREATED
        return Change.UPDATED if moved or changed else Change.UNCHANGED

    def finish(self, session: Session, organisation: Organisation) -> None:
        if self._every_line_read:
            self._named.compare(session, self.now, self._house, organisation, self.report)

    def _write_lease(
        self,
        session: Session,
        organisation: Organisation,
        row: Row,
        reference: str,
        found: dict[str, Any],
        opening: tuple[int, date] | None,
    ) -> bool:
        line, first = self._lease_lines.setdefault(reference, (row.line, found))
        if line != row.line:
            if first != found:
                self.report.warn(row.line, f"le bail {reference} diffère de la ligne {line}, qui est gardée")
            return False
        lease = self._leases.get(reference)
        if lease is None:
            lease = Lease(
                organisation_id=organisation.id,
                reference=reference,
                first_import_on=self.now.date(),
                **found,
            )
            if opening is not None:
                lease.opening_cents, lease.opening_on = opening
            session.add(lease)
            self._leases[reference] = lease
            return True
        moved = lease.starts_on != found["starts_on"]
        if moved and lease.amounts and lease.amounts[0].effective_on == lease.starts_on:
            lease.amounts[0].effective_on = found["starts_on"]
        reopened = opening is not None and self._reopen(session, row, lease, *opening)
        return apply(lease, found) or reopened

    def _reopen(self, session: Session, row: Row, lease: Lease, cents: int, on: date) -> bool:
        """Take a balance for a known lease: a correction, or a newer one that the account contradicts."""
        if lease.opening_on is not None and on < lease.opening_on:
            return False
        if lease.opening_on is not None and on > lease.opening_on:
            if self._books is None:
                known = [lease for lease in self._leases.values() if lease.id is not None]
                self._books = rent.books(session, known)
            computed = self._books[lease.id].balance_on(on)
            # The account agrees: it keeps its older start, and the history of its terms with it.
            if computed == cents:
                return False
            self.report.warn(
                row.line,
                f"solde au {day_with_year(on)} : {euros(cents)} chez le bailleur,"
                f" {euros(computed)} calculés ; le compte repart du solde du bailleur",
            )
        return apply(lease, {"opening_cents": cents, "opening_on": on})

    def _write_amounts(self, row: Row, lease: Lease, found: dict[str, Any], effective: date | None) -> bool:
        ordered = sorted(lease.amounts, key=lambda amount: amount.effective_on)
        if effective is None and ordered:
            today = self.now.date()
            past = sum(amount.effective_on <= today for amount in ordered)
            # What is in force, and what was announced already.
            if any(_same(amount, found) for amount in ordered[max(0, past - 1) :]):
                return False
            effective = max(_next_month_to_pay(lease.due_day, today), ordered[0].effective_on)
            self.report.warn(
                row.line, f"montants changés sans date_effet : comptés à partir du {day_with_year(effective)}"
            )
        effective = effective or lease.starts_on
        exact = next((amount for amount in ordered if amount.effective_on == effective), None)
        if exact is not None:
            return apply(exact, found)
        before = [amount for amount in ordered if amount.effective_on < effective]
        if before and _same(before[-1], found):
            return False
        lease.amounts.append(
            LeaseAmount(organisation_id=lease.organisation_id, effective_on=effective, **found)
        )
        return True

    def _write_person(
        self, session: Session, organisation: Organisation, row: Row, reference: str, found: dict[str, Any]
    ) -> bool:
        line, first = self._person_lines.setdefault(reference, (row.line, found))
        if line != row.line:
            if first != found:
                self.report.warn(row.line, f"{reference} diffère de la ligne {line}, qui est gardée")
            return False
        person = self._people.get(reference)
        if person is not None:
            self._note_resources(person, found)
            return apply(person, found)
        profiles = set(found.get("profiles", ()))
        person = Person(
            organisation_id=organisation.id,
            reference=reference,
            # Only at first: later on, how Palier speaks is the tenant's own choice.
            register=Register.SIMPLE if profiles & _SIMPLE else Register.ORDINARY,
            discreet="discret" in profiles,
            **found,
        )
        session.add(person)
        self._people[reference] = person
        return True

    def _note_resources(self, person: Person, found: dict[str, Any]) -> None:
        """Keep what the resources were, so that a fall can be told to the caseworker."""
        before = person.resources_cents
        if before is not None and found.get("resources_cents", before) != before:
            person.resources_before_cents = before
            person.resources_changed_on = self.now.date()

    def _person_values(self, row: Row) -> dict[str, Any]:
        born_on = values.day(row, "naissance")
        resources = values.cents(row, "ressources")
        optional = {
            "civilite": ("title", values.text(row, "civilite", 12)),
            "prenom": ("first_name", values.text(row, "prenom", 120)),
            "telephone": ("phone", values.text(row, "telephone", 40) or None),
            "courriel": ("email", values.text(row, "courriel", 254) or None),
            "naissance": ("born_on", born_on.isoformat() if born_on else None),
            "ressources": ("resources_cents", None if resources is None else str(resources)),
            "personnes": ("household_size", values.whole(row, "personnes", 0, 99)),
            "profils": ("profiles", self._profiles(row)),
            "referent": ("referent_id", self._referent(row)),
        }
        found = {name: value for column, (name, value) in optional.items() if row.has(column)}
        return found | {"last_name": values.text(row, "nom", 120, required=True)}

    def _opening(self, row: Row) -> tuple[int, date] | None:
        cents, on = values.cents(row, "solde", negative=True), values.day(row, "solde_au")
        if cents is not None and on is None:
            raise LineRefused("solde_au manque : un solde vaut à une date")
        if cents is None or on is None:
            return None
        return cents, values.not_after(row, "solde_au", on, self.now.date() + values.A_YEAR)

    def _profiles(self, row: Row) -> list[str]:
        said = {name: fold(name).replace(" ", "-") for name in values.several(row, "profils")}
        unknown = [name for name, profile in said.items() if profile not in _PROFILES]
        if unknown:
            self.report.warn(row.line, f"profils inconnus : {', '.join(unknown)}")
        return sorted({profile for profile in said.values() if profile in _PROFILES})

    def _referent(self, row: Row) -> int | None:
        reference = row.get("referent")
        if reference and reference not in self._staff and reference not in self._unknown_staff:
            self._unknown_staff.add(reference)
            self.report.warn(row.line, f"référent inconnu : {reference} (aussi pour les lignes suivantes)")
        return self._staff.get(reference)


def _lease_values(row: Row) -> dict[str, Any]:
    starts_on, ends_on = values.required_day(row, "date_debut"), values.day(row, "date_fin")
    if ends_on is not None and ends_on < starts_on:
        raise LineRefused("date_fin est avant date_debut")
    due_day = values.whole(row, "jour_echeance", 1, 31)
    if due_day is None:
        raise LineRefused("jour_echeance manque")
    optional = {
        "date_fin": ("ends_on", ends_on),
        "residence": ("residence", values.text(row, "residence", 120)),
        "quartier": ("district", values.text(row, "quartier", 120)),
        "commune": ("town", values.text(row, "commune", 120)),
        "adresse": ("address", row.get("adresse") or None),
        "logement": ("dwelling", row.get("logement") or None),
        "typologie": ("typology", values.text(row, "typologie", 16)),
        "chauffage": ("heating", fold(values.text(row, "chauffage", 16))),
        "mode_paiement": ("payment_method", fold(values.text(row, "mode_paiement", 24))),
    }
    found = {name: value for column, (name, value) in optional.items() if row.has(column)}
    return found | {"starts_on": starts_on, "due_day": due_day}


def _amounts(row: Row) -> dict[str, Any]:
    return {
        "rent_cents": values.required_cents(row, "loyer"),
        "charges_cents": values.cents(row, "charges") or 0,
        "aid_cents": values.cents(row, "aide") or 0,
        "aid_to_landlord": values.yes(row, "aide_versee_au_bailleur", default=True),
    }


def _same(amount: LeaseAmount, found: dict[str, Any]) -> bool:
    return all(getattr(amount, name) == value for name, value in found.items())


def _next_month_to_pay(due_day: int, today: date) -> date:
    """The first day of the first month that is due after today: what is already due keeps its amount."""
    month = today.replace(day=1)
    if same_day_of_month(month.year, month.month, due_day) > today:
        return month
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)
