"""The danger lexicon: phrases that mean danger, found in the text as typed and in its normal form."""

import re
from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from palier_fr.matcher import Hit, Matcher
from palier_fr.normalise import Normalised, fold, normalise

KINDS = ("violence", "distress", "hazard")
# The entry whose phrases cancel every entry in their sentence.
_ALL = -1

_WORD = re.compile(r"[^\W_]+")
_SENTENCE_END = re.compile(r"[.!?…\n]")


class LexiconError(ValueError):
    """The lexicon's content is not in the documented format."""


@dataclass(frozen=True, slots=True)
class Sign:
    """A phrase of danger, with its place in the text as typed. `unsure`: harmless messages hold it too."""

    kind: str
    start: int
    end: int
    phrase: str
    unsure: bool = False


@dataclass(frozen=True, slots=True)
class _Phrase:
    """What a pattern of the matcher stands for: a phrase of an entry, which signals or cancels."""

    entry: int
    kind: str
    text: str
    cancels: bool = False
    unsure: bool = False


@dataclass(frozen=True)
class _Words:
    """The words of a text: what the matcher reads, and on demand their sentences and places as typed."""

    found: list[re.Match[str]]
    # The text as typed, and its normal form when the words are those of that.
    text: str
    normal: Normalised | None = None

    @property
    def texts(self) -> list[str]:
        return [word.group() for word in self.found]

    def sentence(self, word: int) -> int:
        """How many sentences ended before the word."""
        return bisect_left(self._sentence_ends, self.found[word].start())

    def span(self, first: int, last: int) -> tuple[int, int]:
        """Where the words from `first` to `last` stand in the text as typed."""
        start, end = self.found[first].start(), self.found[last].end()
        if self.normal is None:
            return start, end
        return self.normal.offsets[start], self._source_ends[end - 1]

    @cached_property
    def _sentence_ends(self) -> list[int]:
        text = self.text if self.normal is None else self.normal.text
        return [match.start() for match in _SENTENCE_END.finditer(text)]

    @cached_property
    def _source_ends(self) -> list[int]:
        """Where the original of each character of the normal form ends (`Normalised.span`, for all)."""
        if self.normal is None:
            return []
        offsets = self.normal.offsets
        ends = [self.normal.source_length] * len(offsets)
        for index in range(len(offsets) - 2, -1, -1):
            following = offsets[index + 1]
            ends[index] = following if following > offsets[index] else ends[index + 1]
        return ends


class Lexicon:
    """A compiled lexicon. `find` takes time in proportion to the text, whatever the text holds."""

    def __init__(self, phrases: Iterable[_Phrase]) -> None:
        self._raw: Matcher[_Phrase] = Matcher()
        self._normal: Matcher[_Phrase] = Matcher()
        for phrase in phrases:
            self._raw.add(phrase.text.split(), phrase)
            self._normal.add(_normal_pattern(phrase.text), phrase)

    @classmethod
    def from_mapping(cls, content: Mapping[str, Any]) -> "Lexicon":
        """Compile the content of `danger_lexicon.yml`; `LexiconError` says what is wrong with it."""
        if content.get("version") != 1:
            raise LexiconError("version: 1 is expected")
        kinds = content.get("kinds")
        if not isinstance(kinds, Mapping) or not kinds:
            raise LexiconError("kinds: a mapping of kinds to entries is expected")
        stories = content.get("stories") or []
        if not isinstance(stories, list):
            raise LexiconError("stories: a list of phrases is expected")
        phrases = [_Phrase(_ALL, "", _checked("stories", text), cancels=True) for text in stories]
        number = 0
        for kind, entries in kinds.items():
            if kind not in KINDS:
                raise LexiconError(f"kinds: {kind!r} is not one of {', '.join(KINDS)}")
            for entry in entries or ():
                phrases += _read_entry(kind, number, entry)
                number += 1
        return cls(phrases)

    def find(self, text: str) -> list[Sign]:
        """Every sign of danger in the text, in order; either view is searched even if the other fails."""
        signs = {*_search(self._raw, text, _raw_words), *_search(self._normal, text, _normal_words)}
        return sorted(signs, key=lambda sign: (sign.start, sign.end, sign.kind, sign.phrase))

    def kinds(self, text: str, *, unsure: bool) -> list[str]:
        """The kinds of its signs, sorted; the unsure ones count where no model has read the text."""
        return sorted({sign.kind for sign in self.find(text) if unsure or not sign.unsure})


def _read_entry(kind: str, number: int, entry: object) -> list[_Phrase]:
    if not isinstance(entry, Mapping) or set(entry) - {"any", "unsure", "not"}:
        raise LexiconError(f"{kind}: an entry has only the keys any, unsure and not: {entry!r}")
    wanted, unsure, cancelling = (entry.get(key) or [] for key in ("any", "unsure", "not"))
    if not all(isinstance(texts, list) for texts in (wanted, unsure, cancelling)) or not (wanted or unsure):
        raise LexiconError(
            f"{kind}: any, unsure and not are lists of phrases, one of the first two is needed: {entry!r}"
        )
    return [
        *(_Phrase(number, kind, _checked(kind, text)) for text in wanted),
        *(_Phrase(number, kind, _checked(kind, text), unsure=True) for text in unsure),
        *(_Phrase(number, kind, _checked(kind, text), cancels=True) for text in cancelling),
    ]


def _checked(kind: str, text: object) -> str:
    words = text.split() if isinstance(text, str) else []
    if not words or "_" in (words[0], words[-1]):
        raise LexiconError(f"{kind}: a phrase begins and ends with a word: {text!r}")
    for word in words:
        stem = word.removesuffix("*")
        if word != "_" and not (_WORD.fullmatch(stem) and stem == "".join(map(fold, stem))):
            raise LexiconError(f"{kind}: {word!r} in {text!r} is not in lower case without accents or signs")
    return " ".join(words)


def _normal_pattern(text: str) -> list[str]:
    """The phrase as the normaliser would leave it, jokers kept."""
    pattern: list[str] = []
    for word in text.split():
        if word == "_" or word.endswith("*"):
            pattern.append(word)
        else:
            pattern += _WORD.findall(normalise(word).text)
    return pattern


def _search(matcher: Matcher[_Phrase], text: str, read: Callable[[str], _Words]) -> list[Sign]:
    try:
        words = read(text)
    except Exception:  # the net must hold when the reading of the text fails, for whatever reason
        return []
    hits = matcher.find(words.texts)
    cancelled = {
        (hit.value.entry, sentence)
        for hit in hits
        if hit.value.cancels
        for sentence in (words.sentence(hit.first), words.sentence(hit.last))
    }
    return [
        Sign(hit.value.kind, *words.span(hit.first, hit.last), hit.value.text, hit.value.unsure)
        for hit in hits
        if not hit.value.cancels and not _is_cancelled(words, hit, cancelled)
    ]


def _is_cancelled(words: _Words, hit: Hit[_Phrase], cancelled: set[tuple[int, int]]) -> bool:
    sentences = range(words.sentence(hit.first), words.sentence(hit.last) + 1)
    return any((entry, sentence) in cancelled for entry in (hit.value.entry, _ALL) for sentence in sentences)


_ACCENTS = str.maketrans("àâäáãåçéèêëíìîïñóòôöõúùûüýÿ", "aaaaaaceeeeiiiinooooouuuuyy")


def _raw_words(text: str) -> _Words:
    """The words as typed: only case and single-character accents are folded, so nothing here can fail."""
    lowered = text.lower()
    if len(lowered) != len(text):  # a few capitals (İ) become two characters: keep those as they are
        lowered = "".join(low if len(low := char.lower()) == 1 else char for char in text)
    return _Words(list(_WORD.finditer(lowered.translate(_ACCENTS))), text)


def _normal_words(text: str) -> _Words:
    normal = normalise(text)
    return _Words(list(_WORD.finditer(normal.text)), text, normal)
