"""`data/content/talk.yml`: the questions that follow a matter, and the checked facts told with it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.content import source
from bot.domain.states import Register, Urgency


@dataclass(frozen=True)
class ToldFact:
    """A fact in both registers, with where it comes from."""

    ordinary: str
    simple: str
    source: str
    dated: str

    def said(self, register: Register) -> str:
        return self.simple if register is Register.SIMPLE else self.ordinary


@dataclass(frozen=True)
class Answer:
    """A button: the word that means the same, the danger that it tells of, the urgency that it brings."""

    title: str
    reply: str | None = None
    alarm: str | None = None
    urgency: Urgency | None = None


@dataclass(frozen=True)
class FollowUp:
    """A question about a matter: its key in the catalogue, its name for the caseworker, its answers."""

    ask: str
    note: str
    answers: tuple[Answer, ...]


@dataclass(frozen=True)
class Choice:
    """A subject to be told about."""

    title: str
    fact: ToldFact


@dataclass(frozen=True)
class Matter:
    questions: tuple[FollowUp, ...] = ()
    fact: ToldFact | None = None
    choices: tuple[Choice, ...] = ()


NOTHING_MORE = Matter()


@dataclass(frozen=True)
class Talk:
    matters: dict[str, Matter]

    def of(self, intent: str) -> Matter:
        return self.matters.get(intent, NOTHING_MORE)


def load_talk(folder: Path) -> Talk:
    """Read and check the file. Raises ValueError naming the entry that is wrong."""
    content = source.read(folder / "talk.yml")
    facts = {name: ToldFact(**fact) for name, fact in content["facts"].items()}
    return Talk({intent: _matter(intent, entry, facts) for intent, entry in content["matters"].items()})


def _matter(intent: str, entry: dict[str, Any], facts: dict[str, ToldFact]) -> Matter:
    named = [entry["fact"]] if "fact" in entry else []
    named += [choice["fact"] for choice in entry.get("choices", [])]
    unknown = [name for name in named if name not in facts]
    if unknown:
        raise ValueError(f"talk.yml: {intent} names unknown facts: {', '.join(unknown)}")
    return Matter(
        tuple(_follow_up(question) for question in entry.get("questions", [])),
        facts.get(entry.get("fact", "")),
        tuple(Choice(choice["title"], facts[choice["fact"]]) for choice in entry.get("choices", [])),
    )


def _follow_up(entry: dict[str, Any]) -> FollowUp:
    return FollowUp(entry["ask"], entry["note"], tuple(_answer(answer) for answer in entry["answers"]))


def _answer(entry: dict[str, Any]) -> Answer:
    urgency = Urgency(entry["urgency"]) if "urgency" in entry else None
    return Answer(entry["title"], entry.get("reply"), entry.get("alarm"), urgency)
