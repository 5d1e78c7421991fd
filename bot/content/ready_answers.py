"""`data/content/answers.yml`: short answers that a caseworker sends to a tenant after reading them."""

from collections.abc import Iterable
from dataclasses import dataclass
from string import Formatter
from typing import Any

# Filled from the case: the tenant's first name, the caseworker's, the next working day.
PLACEHOLDERS = {"prenom", "intervenant", "jour"}
_VOICES = {"ordinary", "simple", "discreet", "simple_discreet"}


@dataclass(frozen=True)
class ReadyAnswer:
    """`kinds` are the cases that it suits (empty: every one); `words` by voice."""

    id: str
    title: str
    kinds: frozenset[str]
    words: dict[str, str]

    def suits(self, kind: str) -> bool:
        return not self.kinds or kind in self.kinds


@dataclass(frozen=True)
class ReadyAnswers:
    all: tuple[ReadyAnswer, ...]

    def of(self, kind: str) -> list[ReadyAnswer]:
        """The answers for a case of that kind, those made for it first."""
        return sorted((a for a in self.all if a.suits(kind)), key=lambda answer: not answer.kinds)

    def get(self, id: str) -> ReadyAnswer | None:
        return next((answer for answer in self.all if answer.id == id), None)


def ready_answers(value: dict[str, Any]) -> ReadyAnswers:
    """Read and check the file's entries. Raises ValueError naming the one that is wrong."""
    answers = tuple(_answer(id, entry) for id, entry in value["answers"].items())
    return ReadyAnswers(answers)


def _answer(id: str, entry: dict[str, Any]) -> ReadyAnswer:
    words: dict[str, str] = entry["words"]
    if words.keys() != _VOICES:
        raise ValueError(f"answers.yml: {id} needs exactly: {', '.join(sorted(_VOICES))}")
    unknown = set(_names(words.values())) - PLACEHOLDERS
    if unknown:
        raise ValueError(f"answers.yml: {id} names unknown values: {', '.join(sorted(unknown))}")
    return ReadyAnswer(id, entry["title"], frozenset(entry.get("kinds", [])), words)


def _names(texts: Iterable[str]) -> Iterable[str]:
    return (name for text in texts for _, name, _, _ in Formatter().parse(text) if name is not None)
