"""One file from the disk to the database, in batches that are transactions of their own."""

from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.imports.appointments import AppointmentImporter
from bot.imports.bank import MovementImporter, PaymentImporter
from bot.imports.importer import Importer
from bot.imports.leases import LeaseImporter
from bot.imports.reading import Row, content_of, read
from bot.imports.report import FileRefused, Report
from bot.imports.team import TeamImporter
from bot.imports.workshops import WorkshopImporter
from bot.services.house import House
from bot.services.people import DEFAULT_ORGANISATION, ensure_default_organisation
from bot.storage import Database
from bot.storage.tables import Lease, Organisation, Staff

KINDS: dict[str, type[Importer]] = {
    "baux": LeaseImporter,
    "encaissements": PaymentImporter,
    "mouvements": MovementImporter,
    "equipe": TeamImporter,
    "rendez-vous": AppointmentImporter,
    "ateliers": WorkshopImporter,
}
_BATCH = 500

# Called with the lines done and their total.
Progress = Callable[[int, int], None]


def import_file(
    database: Database,
    house: House,
    now: datetime,
    kind: str,
    path: Path,
    organisation_reference: str | None = None,
    dry_run: bool = False,
    until: date | None = None,
    progress: Progress | None = None,
) -> Report:
    """`import_content` of the file at `path`. Raises FileRefused also when it can't be read."""
    content = content_of(path)
    return import_content(
        database, house, now, kind, path.name, content, organisation_reference, dry_run, until, progress
    )


def import_content(
    database: Database,
    house: House,
    now: datetime,
    kind: str,
    name: str,
    content: bytes,
    organisation_reference: str | None = None,
    dry_run: bool = False,
    until: date | None = None,
    progress: Progress | None = None,
) -> Report:
    """Read a file into the database; the same one again changes nothing. `name` is said in refusals.

    `until` is the last bank day that an `encaissements` file covers (default: its latest date).
    A dry run reports the same and writes nothing. Raises FileRefused when nothing can be read.
    """
    if kind not in KINDS:
        raise FileRefused(f"« {kind} » n'est pas un import connu : {', '.join(KINDS)}.")
    if until is not None and kind != "encaissements":
        raise FileRefused("une date couverte ne va qu'avec les encaissements.")
    importer_type = KINDS[kind]
    sheet = read(name, content, importer_type.columns, importer_type.required)
    report = Report(refused=sheet.refused)
    if importer_type is PaymentImporter:
        importer: Importer = PaymentImporter(now, report, until)
    elif importer_type in (AppointmentImporter, LeaseImporter, TeamImporter, WorkshopImporter):
        importer = importer_type(now, report, house)
    else:
        importer = importer_type(now, report)
    if dry_run:
        _rehearse(database, importer, organisation_reference, sheet.rows, progress)
    else:
        _in_batches(database, importer, organisation_reference, sheet.rows, progress)
    report.refused.sort(key=lambda refusal: refusal.line)
    return report


def _rehearse(
    database: Database,
    importer: Importer,
    reference: str | None,
    rows: list[Row],
    progress: Progress | None,
) -> None:
    """Do it all in one transaction, so that each line sees those before it, and undo it."""
    with database.transaction() as session:
        owner = organisation(session, reference, importer.report)
        for start in range(0, len(rows), _BATCH):
            batch = rows[start : start + _BATCH]
            importer.take(session, owner, batch)
            if progress is not None:
                progress(start + len(batch), len(rows))
        importer.finish(session, owner)
        session.rollback()


def _in_batches(
    database: Database,
    importer: Importer,
    reference: str | None,
    rows: list[Row],
    progress: Progress | None,
) -> None:
    for start in range(0, len(rows), _BATCH):
        batch = rows[start : start + _BATCH]
        with database.transaction() as session:
            importer.take(session, organisation(session, reference, importer.report), batch)
        if progress is not None:
            progress(start + len(batch), len(rows))
    with database.transaction() as session:
        importer.finish(session, organisation(session, reference, importer.report))


def _unused_default(session: Session) -> Organisation | None:
    """The organisation made at the first start, while nobody belongs to it.

    The first landlord takes its place: unlinked people's cases go to the first organisation, and an
    empty one has nobody to read them.
    """
    first = ensure_default_organisation(session)
    if first.reference != DEFAULT_ORGANISATION:
        return None
    members = session.scalar(select(Staff.id).filter_by(organisation_id=first.id).limit(1))
    leases = session.scalar(select(Lease.id).filter_by(organisation_id=first.id).limit(1))
    return first if members is None and leases is None else None


def organisation(session: Session, reference: str | None, report: Report) -> Organisation:
    """The organisation of that reference, made and noted when new; the first one without a reference."""
    if not reference:
        return ensure_default_organisation(session)
    found = session.scalar(select(Organisation).filter_by(reference=reference))
    if found is None:
        found = _unused_default(session)
        if found is None:
            found = Organisation(reference=reference, name=reference, settings={})
            session.add(found)
        found.reference = found.name = reference
        session.flush()
        report.notes.append(f"organisation {reference} créée")
    return found
