"""`data/content/spoken.yml`: other ways to say what a button says."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.content import source


@dataclass(frozen=True)
class Spoken:
    """By kind of question, then by the value of its button: whole phrases, letters and digits only."""

    kinds: dict[str, dict[str, frozenset[str]]]

    def phrases(self, kind: str, values: Mapping[str, Any]) -> frozenset[str]:
        """What a button with these values is also said by, below a question of that kind."""
        known = self.kinds.get(kind, {})
        found = (known[value] for value in values.values() if isinstance(value, str) and value in known)
        return next(found, frozenset())


def load_spoken(path: Path) -> Spoken:
    """Read and check the file. Raises ValueError naming a phrase that stands for two answers."""
    content = source.read(path)
    for kind, answers in content.items():
        phrases = [phrase for said in answers.values() for phrase in said]
        twice = sorted({phrase for phrase in phrases if phrases.count(phrase) > 1})
        if twice:
            raise ValueError(f"spoken.yml: {kind} has twice: {', '.join(twice)}")
    return Spoken(
        {
            kind: {value: frozenset(said) for value, said in answers.items()}
            for kind, answers in content.items()
        }
    )
