"""`palier erasures`: the list of what was erased, kept apart from the copies, and done again after a restore.

A line names nobody: the landlord's reference, the instant, the keyed fingerprint of the person's own reference.
"""

import json
import os
from pathlib import Path

from sqlalchemy import select

from bot.services.privacy import erasure
from bot.settings import SettingsRefused
from bot.storage import Database
from bot.storage.tables import Erasure, Organisation, Person
from bot.wiring import Parts

_Line = tuple[str, str, str]


def write(database: Database, file: Path) -> int:
    """Write every erasure into `file`, in one step, beside what it holds already; returns how many lines.

    Raises SettingsRefused when `file` is something else.
    """
    with database.reading() as session:
        rows = session.execute(
            select(Organisation.reference, Erasure.at, Erasure.fingerprint).join(
                Organisation, Organisation.id == Erasure.organisation_id
            )
        )
        known = {(reference, at.isoformat(), fingerprint) for reference, at, fingerprint in rows}
    lines = sorted(known | (_read(file) if file.exists() else set()), key=lambda line: line[1])
    draft = file.with_name(f"{file.name}.{os.getpid()}")
    draft.touch(mode=0o600)
    draft.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    draft.replace(file)
    return len(lines)


def redo(parts: Parts, file: Path) -> int:
    """Erase again whom the list says and the restored database does not; returns how many persons.

    An erasure that the database knows is not done twice: the person may have come back since. Raises
    SettingsRefused.
    """
    with parts.database.transaction() as session:
        now = parts.clock.now(session)
        organisations = {row.reference: row.id for row in session.scalars(select(Organisation))}
        known = set(
            session.execute(select(Erasure.organisation_id, Erasure.fingerprint, Erasure.at)).tuples()
        )
        known_at = {(organisation, print_, at.isoformat()) for organisation, print_, at in known}
        wanted = {
            (organisations[reference], fingerprint)
            for reference, at, fingerprint in _read(file)
            if reference in organisations and (organisations[reference], fingerprint, at) not in known_at
        }
        again = [
            person
            for person in session.scalars(
                select(Person).where(Person.organisation_id.in_(organisations.values()))
            )
            if (person.organisation_id, erasure.proof_of(parts.house, person)) in wanted
        ]
        for person in again:
            erasure.erase(session, now, parts.house, person, "restore")
    return len(again)


def _read(file: Path) -> set[_Line]:
    try:
        lines = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
        return {(str(reference), str(at), str(fingerprint)) for reference, at, fingerprint in lines}
    except (OSError, ValueError, TypeError) as error:
        raise SettingsRefused(f"{file} n'est pas une liste de `palier erasures`") from error
