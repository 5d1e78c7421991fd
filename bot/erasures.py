"""`palier erasures`: the list of what was erased, kept apart from the copies, and done again after a restore.

A line names nobody: the landlord's reference, the instant, the keyed fingerprint of the person's own.
"""

import json
import os
from datetime import datetime
from pathlib import Path

from sqlalchemy import func, select

from bot.services.privacy import erasure
from bot.settings import SettingsRefused
from bot.storage import Database
from bot.storage.tables import Erasure, Organisation, Person
from bot.wiring import Parts

_Line = tuple[str, datetime, str]


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
        known = {(reference, at, fingerprint) for reference, at, fingerprint in rows}
    lines = sorted(known | (_read(file) if file.exists() else set()), key=lambda line: (line[1], *line))
    draft = file.with_name(f"{file.name}.{os.getpid()}")
    draft.touch(mode=0o600)
    text = (json.dumps([reference, at.isoformat(), print_]) for reference, at, print_ in lines)
    draft.write_text("".join(f"{line}\n" for line in text), encoding="utf-8")
    draft.replace(file)
    return len(lines)


def redo(parts: Parts, file: Path) -> int:
    """Erase again whom the list says and the restored database does not; returns how many persons.

    One that the database knows, or a later one, is not done twice: the person may have come back since.
    Raises SettingsRefused.
    """
    with parts.database.transaction() as session:
        latest = select(Organisation.reference, Erasure.fingerprint, func.max(Erasure.at)).join(
            Organisation, Organisation.id == Erasure.organisation_id
        )
        rows = session.execute(latest.group_by(Organisation.reference, Erasure.fingerprint))
        known = {(reference, fingerprint): at for reference, fingerprint, at in rows}
        wanted = {
            (reference, fingerprint)
            for reference, at, fingerprint in _read(file)
            if (reference, fingerprint) not in known or known[reference, fingerprint] < at
        }
        now = parts.clock.now(session)
        everybody = select(Person, Organisation.reference).join(
            Organisation, Organisation.id == Person.organisation_id
        )
        again = [
            person
            for person, reference in session.execute(everybody).all()
            if (reference, erasure.proof_of(parts.house, person)) in wanted
        ]
        for person in again:
            erasure.erase(session, now, parts.house, person, "restore")
    return len(again)


def _read(file: Path) -> set[_Line]:
    try:
        lines = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
        return {(str(reference), datetime.fromisoformat(at), str(print_)) for reference, at, print_ in lines}
    except (OSError, ValueError, TypeError) as error:
        raise SettingsRefused(f"{file} n'est pas une liste de `palier erasures`") from error
