"""`encaissements.csv` and `mouvements.csv`: what came in, and what corrects an account."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, Generic, TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.imports import values
from bot.imports.change import apply
from bot.imports.importer import Importer
from bot.imports.labels import named_month
from bot.imports.reading import Row, fold
from bot.imports.report import Change, LineRefused, Report
from bot.storage.tables import Lease, Movement, Organisation, Payment
from bot.texts.format import day_with_year, euros

_KEYS = ("reference_operation", "reference_bail", "date", "montant")

Operation = TypeVar("Operation", Payment, Movement)


class _OperationImporter(Importer, Generic[Operation]):
    """Lines known by a unique `reference_operation`, so that a file may overlap the last one."""

    table: type[Operation]

    def __init__(self, now: datetime, report: Report) -> None:
        super().__init__(now, report)
        self._read: dict[str, tuple[int, dict[str, Any]]] = {}

    def load(self, session: Session, organisation: Organisation, rows: Sequence[Row]) -> None:
        leases = {row.get("reference_bail") for row in rows}
        found = session.execute(
            select(Lease.reference, Lease.id).where(
                Lease.organisation_id == organisation.id, Lease.reference.in_(leases)
            )
        )
        self._leases = {row.reference: row.id for row in found}
        operations = {row.get("reference_operation") for row in rows}
        table = self.table
        known = session.scalars(
            select(table).where(table.organisation_id == organisation.id, table.reference.in_(operations))
        )
        self._known: dict[str, Operation] = {operation.reference: operation for operation in known}

    def write(self, session: Session, organisation: Organisation, row: Row) -> Change:
        reference = values.text(row, "reference_operation", 64, required=True)
        found = self._values(row)
        line, first = self._read.setdefault(reference, (row.line, found))
        if first != found:
            raise LineRefused(f"l'opération {reference} est déjà à la ligne {line}, avec d'autres valeurs")
        operation = self._known.get(reference)
        if operation is not None:
            self._warn_of_another(row, operation, found)
            return Change.UPDATED if apply(operation, found) else Change.UNCHANGED
        operation = self.table(organisation_id=organisation.id, reference=reference, **found)
        session.add(operation)
        self._known[reference] = operation
        return Change.CREATED

    def finish(self, session: Session, organisation: Organisation) -> None:
        pass

    def _warn_of_another(self, row: Row, known: Operation, found: dict[str, Any]) -> None:
        """A corrected line, or a reference that another bank uses again: somebody must look."""
        if any(getattr(known, name) != found[name] for name in ("lease_id", "on_day", "amount_cents")):
            self.report.warn(
                row.line,
                f"l'opération {known.reference} remplace une ligne déjà lue : {euros(known.amount_cents)} le"
                f" {day_with_year(known.on_day)} ; une référence ne sert qu'une fois, même si"
                " la banque change",
            )

    def _values(self, row: Row) -> dict[str, Any]:
        lease = values.text(row, "reference_bail", 64, required=True)
        if lease not in self._leases:
            raise LineRefused(f"bail inconnu : {lease}")
        day = values.not_after(row, "date", values.required_day(row, "date"), self.now.date() + values.A_YEAR)
        return {
            "lease_id": self._leases[lease],
            "on_day": day,
            "amount_cents": values.required_cents(row, "montant", negative=True),
            "label": row.get("libelle") or None,
        }


class PaymentImporter(_OperationImporter[Payment]):
    columns = frozenset({*_KEYS, "moyen", "libelle"})
    required = _KEYS
    table = Payment

    def __init__(self, now: datetime, report: Report, until: date | None = None) -> None:
        super().__init__(now, report)
        self._until = until

    def finish(self, session: Session, organisation: Organisation) -> None:
        """Move the day that the bank file covers forward, never back."""
        days: list[date] = [found["on_day"] for _, found in self._read.values()]
        until = self._until or max(days, default=None)
        before = organisation.bank_covered_until
        if until is None:
            self.report.notes.append("aucune ligne lue : la date couverte ne change pas")
        elif before is not None and until < before:
            self.report.notes.append(f"les encaissements restent connus jusqu'au {day_with_year(before)}")
        else:
            organisation.bank_covered_until = until
            self.report.notes.append(f"encaissements connus jusqu'au {day_with_year(until)}")

    def _values(self, row: Row) -> dict[str, Any]:
        found = super()._values(row)
        names = named_month(found["label"] or "", found["on_day"])
        return found | {"method": fold(values.text(row, "moyen", 24)), "names_month": names}


class MovementImporter(_OperationImporter[Movement]):
    columns = frozenset({*_KEYS, "nature", "libelle"})
    required = _KEYS
    table = Movement

    def _values(self, row: Row) -> dict[str, Any]:
        return super()._values(row) | {"kind": values.text(row, "nature", 40)}
