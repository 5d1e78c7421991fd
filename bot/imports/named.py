"""Whom a `baux.csv` names on each lease, against who was on it: who has left, who is back."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.imports.reading import Row
from bot.imports.report import Report
from bot.services.house import House
from bot.services.rent import departures
from bot.services.rent.rent import local_day
from bot.storage.tables import Lease, LeasePerson, Organisation, Person

# So many persons, and such a share of those of the file's leases, do not leave between two files: an
# export that holds one person a lease is likelier.
_TOO_MANY, _TOO_LARGE_A_SHARE = 5, 0.1
_BATCH = 500


class Named:
    """Collects the names of a file read line by line. A lease with a line that names nobody tells nothing."""

    def __init__(self) -> None:
        self._by_lease: dict[str, set[str]] = defaultdict(set)

    def add(self, rows: Iterable[Row]) -> None:
        """Refused lines count too: they name somebody."""
        for row in rows:
            self._by_lease[row.get("reference_bail")].add(row.get("reference_locataire"))

    def compare(
        self, session: Session, now: datetime, house: House, organisation: Organisation, report: Report
    ) -> None:
        """Hand who is no longer named to a person, and write again to who is; leases that are over and
        leases that the file lacks stay as they are."""
        links = list(self._links(session, now, house, organisation))
        gone = [link for link, here in links if not here and link.absent_since is None]
        if len(gone) > _TOO_MANY and len(gone) > _TOO_LARGE_A_SHARE * len(links):
            report.notes.append(
                f"{len(gone)} personnes ne sont plus sur leur bail dans ce fichier : c'est trop pour être"
                " sûr, rien n'a changé pour elles ; vérifiez que l'export contient toutes les personnes"
            )
            return
        for link, here in links:
            if here and link.absent_since is not None:
                departures.back(session, now, house, link)
        for link in gone:
            departures.left(session, now, house, link)
        if gone:
            report.notes.append(
                f"personnes qui ne sont plus sur leur bail : {len(gone)} ; un dossier pour chacune, et plus"
                " aucun message sur ce loyer en attendant"
            )

    def _links(
        self, session: Session, now: datetime, house: House, organisation: Organisation
    ) -> Iterator[tuple[LeasePerson, bool]]:
        """Who was on a lease of the file, and whether the file still says so."""
        today = local_day(now, house)
        sure = [lease for lease, people in self._by_lease.items() if "" not in people]
        for start in range(0, len(sure), _BATCH):
            some = sure[start : start + _BATCH]
            for link, lease, person in session.execute(
                select(LeasePerson, Lease.reference, Person.reference)
                .join(Lease, Lease.id == LeasePerson.lease_id)
                .join(Person, Person.id == LeasePerson.person_id)
                .where(
                    Lease.organisation_id == organisation.id,
                    Lease.reference.in_(some),
                    Lease.ends_on.is_(None) | (Lease.ends_on >= today),
                )
                .order_by(LeasePerson.id)
            ):
                yield link, person in self._by_lease[lease]
