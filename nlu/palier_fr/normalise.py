"""One spelling for the many ways of typing the same French words, without losing where they were."""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from palier_fr.spellings import SPELLINGS

_APOSTROPHES = dict.fromkeys("’‘‛ʼʹ`´′＇ꞌ", "'")
_LIGATURES = {"œ": "oe", "æ": "ae", "ß": "ss", "ø": "o", "ł": "l", "ı": "i"}
_LETTERS_AND_DIGITS = re.compile(r"[^\W_]+")

# Spaces other than a single one, and what is typed three times or more: for a letter that is insistence
# ("ouiiii"), not spelling.
_RUN = re.compile(r"\s{2,}|[^\S ]|([^\s])\1{2,}")


@dataclass(frozen=True, slots=True)
class Normalised:
    """A text in its normal form, and the place in the original of each of its characters."""

    text: str
    offsets: tuple[int, ...]
    source_length: int

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The half-open span of the original that the characters `start:end` of the normal form come from."""
        if not 0 <= start < end <= len(self.text):
            raise ValueError(f"no characters {start}:{end} in a text of {len(self.text)}")
        last = self.offsets[end - 1]
        for offset in self.offsets[end:]:
            if offset > last:
                return self.offsets[start], offset
        return self.offsets[start], self.source_length


def normalise(text: str) -> Normalised:
    """Lower case, no accents, plain apostrophes and spaces, no insistence, short spellings written out.

    Punctuation stays. A run of spaces becomes one space, or one line break if it holds one; there is none
    at the ends. Offsets never decrease. Applying it twice changes nothing.
    """
    spelled = _write_out(*_collapse(*_fold(text)))
    return Normalised(spelled[0], tuple(spelled[1]), len(text))


@lru_cache(maxsize=10_000)
def fold(char: str) -> str:
    """What one character of the original becomes: nothing, one character or several."""
    if char in _APOSTROPHES:
        return "'"
    decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", char).lower())
    return "".join(_plain(part) for part in decomposed)


def _plain(char: str) -> str:
    if char in _LIGATURES:
        return _LIGATURES[char]
    if char in _APOSTROPHES:
        return "'"
    category = unicodedata.category(char)
    if category.startswith("M") or category == "Cf":
        return ""
    if char in "\n\r\u2028\u2029\x0b\x0c\x85":
        return "\n"
    if category in ("Cc", "Cs") or category.startswith("Z"):
        return " "
    return char


def _fold(text: str) -> tuple[str, list[int]]:
    """The folded characters, and where each comes from."""
    folded = [fold(char) for char in text]
    chars = "".join(folded)
    if len(chars) == len(text) and all(folded):
        return chars, list(range(len(text)))
    return chars, [offset for offset, parts in enumerate(folded) for _ in parts]


def _collapse(chars: str, offsets: list[int]) -> tuple[str, list[int]]:
    """Reduce runs: spaces to one, letters typed three times or more to one."""
    kept: list[str] = []
    places: list[int] = []
    done = 0
    for run in _RUN.finditer(chars):
        start, end = run.span()
        char = chars[start]
        if not char.isspace() and not char.isalpha():
            continue
        kept += chars[done:start]
        places += offsets[done:start]
        kept.append(("\n" if "\n" in run.group() else " ") if char.isspace() else char)
        places.append(offsets[start])
        done = end
    kept += chars[done:]
    places += offsets[done:]
    first = 1 if kept and kept[0].isspace() else 0
    last = len(kept) - 1 if len(kept) > first and kept[-1].isspace() else len(kept)
    return "".join(kept[first:last]), places[first:last]


def _write_out(text: str, offsets: list[int]) -> tuple[str, list[int]]:
    """Replace the short spellings; every character of the long one comes from the start of the short one."""
    parts: list[str] = []
    places: list[int] = []
    done = 0
    for word in _LETTERS_AND_DIGITS.finditer(text):
        long = SPELLINGS.get(word.group())
        if long is None or _elided(text, word.start(), word.end()):
            continue
        parts += [text[done : word.start()], long]
        places += offsets[done : word.start()] + [offsets[word.start()]] * len(long)
        done = word.end()
    return "".join(parts) + text[done:], places + offsets[done:]


def _elided(text: str, start: int, end: int) -> bool:
    """The word touches an apostrophe or a hyphen: it is half of a word that is written out ("c'est")."""
    return text[start - 1 : start] in ("'", "-") or text[end : end + 1] in ("'", "-")
