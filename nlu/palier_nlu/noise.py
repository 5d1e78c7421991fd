"""Training messages typed once more, in a hurry: so that no word counts only in its right spelling."""

from __future__ import annotations

import re
from collections.abc import Sequence
from random import Random

_WORD = re.compile(r"[^\W_]+")
_SPACES = re.compile(r"(\s+)")
_ENDING = re.compile(r"(?:es|e|s|t|d|x|nt)$")
_VOWELS = re.compile(r"[aeiouyàâéèêëîïôù]")

# Spellings by ear, one of them once in a word.
_BY_EAR = (
    *(("qu", "k"), ("ou", "w"), ("eau", "o"), ("au", "o"), ("ais", "é"), ("ait", "é"), ("er", "é")),
    *(("ez", "é"), ("oi", "wa"), ("ss", "s"), ("ll", "l"), ("tt", "t"), ("nn", "n"), ("mm", "m")),
    *(("pp", "p"), ("ch", "sh"), ("c", "k"), ("ai", "é"), ("s", "z"), ("ph", "f"), ("tion", "sion")),
    *(("en", "an"), ("an", "en"), ("ain", "in"), ("h", "")),
)
# The share of words that are misspelled, of spaces and apostrophes that are lost, and so on.
_WORDS, _SPACE, _APOSTROPHE, _SIGNS, _CUT, _DROPPED = 0.25, 0.04, 0.4, 0.3, 0.2, 0.12


def noisy(texts: Sequence[str], seed: int) -> list[str]:
    """One hurried copy of each text; the same seed gives the same copies."""
    random = Random(seed)  # noqa: S311
    return [_message(text, random) for text in texts]


def _message(text: str, random: Random) -> str:
    parts = [_part(part, random) for part in _SPACES.split(text)]
    typed = "".join(parts)
    if random.random() < _SIGNS:
        typed = re.sub(r"[?!.,;:]", "", typed)
    words = typed.split()
    if len(words) > 4 and random.random() < _CUT:
        typed = " ".join(word for word in words if random.random() > _DROPPED)
    return typed


def _part(part: str, random: Random) -> str:
    if part.isspace():
        return "" if random.random() < _SPACE else part
    if "'" in part and random.random() < _APOSTROPHE:
        part = part.replace("'", random.choice(("", "", " ")))
    return _WORD.sub(
        lambda match: _word(match.group(), random) if random.random() < _WORDS else match.group(), part
    )


def _word(word: str, random: Random) -> str:
    """By ear, two letters swapped, one lost, the silent end lost, or the vowels; short words stay."""
    way = random.random()
    if way < 0.3 and len(word) > 3:
        return word.replace(*random.choice(_BY_EAR), 1)
    if way < 0.6 and len(word) > 4:
        place = random.randrange(1, len(word) - 1)
        swapped = word[place + 1] + word[place] if way < 0.45 else word[place + 1]
        return word[:place] + swapped + word[place + 2 :]
    if way < 0.75 and len(word) > 3:
        return _ENDING.sub("", word)
    if way < 0.85 and len(word) > 4:
        return word[0] + _VOWELS.sub("", word[1:])
    return word
