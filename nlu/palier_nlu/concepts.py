"""Families of words that mean the same thing to a landlord: what one voice teaches serves the others."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path

from ruamel.yaml import YAML

from palier_fr import normalise
from palier_fr.phonetic import key

FILE = Path(__file__).with_name("concepts.yml")

# Their words are those of danger, and of much else.
DANGER_FAMILIES = frozenset({"suicide", "automutil", "coups", "menace", "sexe", "gaz", "feu"})
# Shorter sounds are too often those of other words.
_SHORTEST_SOUND, _SHORTEST_STEM = 3, 4
_LONGEST_PHRASE = 4
_TOKEN = re.compile(r"[^\W_]+|[\u2600-\u27bf\U0001f300-\U0001faff]")


def read_concepts() -> dict[str, str]:
    """The families of `concepts.yml`, each a string of words."""
    return {str(name): str(words) for name, words in YAML(typ="safe").load(FILE).items()}


class Concepts:
    """The families, ready to be looked for: words and stems as spelled, then by their sound."""

    def __init__(self, families: Mapping[str, str]) -> None:
        self._words: dict[str, set[str]] = {}
        self._stems: dict[str, set[str]] = {}
        self._sounds: dict[str, set[str]] = {}
        self._stem_sounds: dict[str, set[str]] = {}
        self._phrases: dict[tuple[str, ...], set[str]] = {}
        for name, words in families.items():
            for word in words.split():
                self._add(name, word)
        self._of_word = lru_cache(maxsize=20_000)(self._search)

    def _add(self, name: str, typed: str) -> None:
        text = normalise(typed.replace("_", " ")).text
        if text.endswith("*"):
            stem = text[:-1]
            self._stems.setdefault(stem, set()).add(name)
            if len(key(stem)) >= _SHORTEST_STEM:
                self._stem_sounds.setdefault(key(stem), set()).add(name)
            return
        words = _TOKEN.findall(text)
        if len(words) > 1:
            self._phrases.setdefault(tuple(map(key, words)), set()).add(name)
            return
        self._words.setdefault(text, set()).add(name)
        if len(key(text)) >= _SHORTEST_SOUND:
            self._sounds.setdefault(key(text), set()).add(name)

    def of(self, words: Sequence[str]) -> list[list[str]]:
        """The families of each word, alone or as the first of a phrase."""
        sounds = [key(word) for word in words]
        found = []
        for index, word in enumerate(words):
            names = set(self._of_word(word))
            for length in range(2, _LONGEST_PHRASE + 1):
                names |= self._phrases.get(tuple(sounds[index : index + length]), set())
            found.append(sorted(names))
        return found

    def _search(self, word: str) -> frozenset[str]:
        found = self._words.get(word, set()) | _by_stem(self._stems, word, 2)
        if not found:
            sound = key(word)
            found = self._sounds.get(sound, set()) | _by_stem(self._stem_sounds, sound, _SHORTEST_STEM)
        return frozenset(found)


def _by_stem(stems: Mapping[str, set[str]], word: str, shortest: int) -> set[str]:
    return set().union(*(stems.get(word[:end], ()) for end in range(shortest, min(len(word), 20) + 1)))
