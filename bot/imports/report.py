"""What an import did, and why it refuses a line or a whole file."""

from dataclasses import dataclass, field
from enum import StrEnum


class FileRefused(Exception):
    """Nothing was read; the message is one clear sentence in French."""


class LineRefused(Exception):
    """One line is left out; the message is the reason in French."""


class Change(StrEnum):
    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"


@dataclass(frozen=True)
class Refusal:
    """`line` is the line's number in the file, the header being line 1."""

    line: int
    reason: str


@dataclass
class Report:
    """Counts are of lines. `warnings` concern lines that were kept; `notes` the file as a whole."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    refused: list[Refusal] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def count(self, change: Change) -> None:
        setattr(self, change.value, getattr(self, change.value) + 1)

    def warn(self, line: int, text: str) -> None:
        self.warnings.append(f"ligne {line} : {text}")
