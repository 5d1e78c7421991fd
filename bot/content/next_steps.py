"""`data/content/next_steps.yml`: what to do first in a case, why, and the sourced facts behind."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from bot.content import source
from bot.content.source import FOLDER


@dataclass(frozen=True)
class Fact:
    """Stated as its source says it; `since` and `until` bound the days on which it holds."""

    text: str
    source: str
    dated: str
    since: date | None = None
    until: date | None = None

    def holds_on(self, day: date) -> bool:
        return (self.since is None or day >= self.since) and (self.until is None or day <= self.until)


@dataclass(frozen=True)
class NextStep:
    step: str
    why: str
    facts: tuple[Fact, ...] = ()

    def facts_on(self, day: date) -> list[Fact]:
        return [fact for fact in self.facts if fact.holds_on(day)]


@dataclass(frozen=True)
class NextSteps:
    default: NextStep
    by_kind: dict[str, NextStep]

    def of(self, kind: str) -> NextStep:
        return self.by_kind.get(kind, self.default)


def load_next_steps(folder: Path = FOLDER) -> NextSteps:
    """Read and check the file. Raises ValueError naming the entry that is wrong."""
    entries = source.read(folder / "next_steps.yml")
    facts = {name: Fact(**fact) for name, fact in entries["facts"].items()}
    steps = {kind: _step(kind, entry, facts) for kind, entry in entries["kinds"].items()}
    return NextSteps(_step("default", entries["default"], facts), steps)


def _step(kind: str, entry: dict[str, Any], facts: dict[str, Fact]) -> NextStep:
    unknown = [name for name in entry.get("facts", []) if name not in facts]
    if unknown:
        raise ValueError(f"next_steps.yml: {kind} names unknown facts: {', '.join(unknown)}")
    return NextStep(entry["step"], entry["why"], tuple(facts[name] for name in entry.get("facts", [])))
