"""`data/content/situations.yml`: what changes to whom Palier speaks, and how it is recognised."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.content import source
from bot.domain import situations
from bot.domain.states import Urgency


@dataclass(frozen=True)
class Situation:
    """`name` is the kind of its case."""

    name: str
    urgency: Urgency
    says: tuple[re.Pattern[str], ...]
    unless: tuple[re.Pattern[str], ...]

    def is_in(self, said: str) -> bool:
        """Whether the words (small letters, no accents) tell of it."""
        return any(p.search(said) for p in self.says) and not any(p.search(said) for p in self.unless)


@dataclass(frozen=True)
class Situations:
    """In the order of the file: of two, the first is meant."""

    all: dict[str, Situation]

    def in_words(self, said: str) -> Situation | None:
        return next((each for each in self.all.values() if each.is_in(said)), None)


def load_situations(path: Path) -> Situations:
    """Read and check the file. Raises ValueError naming the entry that is wrong."""
    content = source.read(path)
    found, words = content["situations"], content["words"]
    if found.keys() != set(situations.ALL):
        raise ValueError(f"situations.yml: these and no others: {', '.join(situations.ALL)}")
    return Situations({name: _situation(name, entry, words) for name, entry in found.items()})


def _situation(name: str, entry: dict[str, Any], words: dict[str, str]) -> Situation:
    try:
        says = tuple(re.compile(pattern.format(**words)) for pattern in entry["patterns"])
        unless = tuple(re.compile(pattern) for pattern in entry["unless"])
    except (re.error, KeyError, IndexError) as error:
        raise ValueError(f"situations.yml: {name}: {error}") from error
    return Situation(name, Urgency(entry["urgency"]), says, unless)
