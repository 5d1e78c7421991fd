"""`data/content/tips`: the eco-gestures, with their facts and words, and what is asked of a home."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.content import source
from bot.content.pictograms import names
from bot.domain.states import Register
from bot.domain.tips import Season, Tip

# Lower heating is never advised to a cold home, nor to that of a baby, an old or an ill person.
_LOWERS_NEEDS = frozenset({"heating_control"})
_LOWERS_NEVER = frozenset({"fragile", "cold"})
_NUMBER = re.compile(r"\d+")
_WORDS = {Register.ORDINARY, Register.SIMPLE}


@dataclass(frozen=True)
class TipEntry:
    """A tip and what is said of it. `fact` is its number in our list of checked facts; a `figure` stands
    only with confidence "high"."""

    tip: Tip
    fact: int
    confidence: str
    figure: str
    source: str
    dated: str
    picture: str
    title: str
    words: dict[Register, str]


@dataclass(frozen=True)
class Trait:
    """Something to know of a home. `usual`: taken as there until somebody says otherwise, never asked."""

    name: str
    usual: bool
    safety: bool
    questions: dict[Register, str]


@dataclass(frozen=True)
class Tips:
    """`themes`: the beginnings of words, without accents, by which a tenant names a theme."""

    entries: dict[str, TipEntry]
    traits: dict[str, Trait]
    themes: dict[str, tuple[str, ...]]


def load_tips(folder: Path) -> Tips:
    """Read and check the folder. Raises ValueError naming the file and the entry that is wrong."""
    home = _read(folder / "household.yml")
    traits = {name: _trait(name, entry) for name, entry in home["traits"].items()}
    entries: dict[str, TipEntry] = {}
    for path in sorted(folder.glob("*.yml")):
        if path.name == "household.yml":
            continue
        content = _read(path)
        for id, said in content["tips"].items():
            where = f"{path.name}: {id}"
            if id in entries:
                raise ValueError(f"{where} is there twice")
            entries[id] = _entry(where, id, content["defaults"] | said)
            _check(where, entries[id], traits, home["themes"])
    return Tips(entries, traits, {theme: tuple(words) for theme, words in home["themes"].items()})


def _read(path: Path) -> Any:
    # The C loader: a thousand lines are read at each start.
    return source.read(path)


def _trait(name: str, entry: dict[str, Any]) -> Trait:
    usual = entry.get("usual", False)
    questions = {register: entry[register] for register in _WORDS if register in entry}
    if not usual and questions.keys() != _WORDS:
        raise ValueError(f"household.yml: {name} is asked in both registers")
    return Trait(name, usual, entry.get("safety", False), questions)


def _entry(where: str, id: str, said: dict[str, Any]) -> TipEntry:
    missing = {"theme", "season", "fact", "weight", "confidence", "source", "dated", "picture", "title"}
    missing = (missing | _WORDS) - said.keys()
    if missing:
        raise ValueError(f"{where} lacks {', '.join(sorted(missing))}")
    lowers = said.get("lowers_heating", False)
    tip = Tip(
        id=id,
        theme=said["theme"],
        season=Season(said["season"]),
        needs=frozenset(said.get("needs", ())) | (_LOWERS_NEEDS if lowers else frozenset()),
        never_if=frozenset(said.get("never_if", ())) | (_LOWERS_NEVER if lowers else frozenset()),
        weight=said["weight"],
    )
    words = {register: said[register] for register in _WORDS}
    plain = {name: said[name] for name in ("fact", "confidence", "source", "dated", "picture", "title")}
    return TipEntry(tip=tip, figure=said.get("figure", ""), words=words, **plain)


def _check(where: str, entry: TipEntry, traits: dict[str, Trait], themes: dict[str, Any]) -> None:
    tip, figures = entry.tip, set(_NUMBER.findall(entry.figure))
    if entry.confidence not in ("high", "medium"):
        raise ValueError(f"{where}: a fact of confidence {entry.confidence} is not told to tenants")
    if entry.confidence == "medium" and entry.figure:
        raise ValueError(f"{where}: a fact of medium confidence has no figure")
    for register, text in entry.words.items():
        if set(_NUMBER.findall(text)) != figures:
            raise ValueError(f"{where}: the figures of the {register} words are not those of the fact")
    unknown = (tip.needs | tip.never_if) - traits.keys()
    if unknown:
        raise ValueError(f"{where} names unknown traits: {', '.join(sorted(unknown))}")
    if any(not traits[name].safety for name in tip.never_if):
        raise ValueError(f"{where}: never_if takes traits marked safety")
    if tip.theme not in themes:
        raise ValueError(f"{where}: unknown theme {tip.theme}")
    if tip.theme not in names():
        raise ValueError(f"{where}: no pictogram for the theme {tip.theme}")
    if tip.weight not in (1, 2, 3):
        raise ValueError(f"{where}: weight is 1, 2 or 3")
