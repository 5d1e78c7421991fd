"""What every kind of import is made of: lines in batches, each batch one transaction."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from datetime import datetime
from typing import ClassVar

from sqlalchemy.orm import Session

from bot.imports.reading import Row
from bot.imports.report import Change, LineRefused, Refusal, Report
from bot.storage.tables import Organisation


class Importer(ABC):
    """One import of one file; it lives as long as the file is read, over several transactions."""

    columns: ClassVar[frozenset[str]]
    required: ClassVar[tuple[str, ...]]

    def __init__(self, now: datetime, report: Report) -> None:
        self.now, self.report = now, report

    def take(self, session: Session, organisation: Organisation, rows: Sequence[Row]) -> None:
        """Write one batch: good lines are counted, bad ones are refused with their number."""
        self.load(session, organisation, rows)
        for row in rows:
            try:
                self.report.count(self.write(session, organisation, row))
            except LineRefused as refused:
                self.report.refused.append(Refusal(row.line, str(refused)))
        session.flush()

    @abstractmethod
    def load(self, session: Session, organisation: Organisation, rows: Sequence[Row]) -> None:
        """Read what the batch's lines may name, in a few queries."""

    @abstractmethod
    def write(self, session: Session, organisation: Organisation, row: Row) -> Change:
        """Write one line, or raise LineRefused before anything of it is written."""

    @abstractmethod
    def finish(self, session: Session, organisation: Organisation) -> None:
        """What the file as a whole changes, in the last transaction."""
