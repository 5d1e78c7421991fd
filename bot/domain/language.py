"""Whether a message is clearly in another language than French: a rule, not a model; in doubt, French."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?")
# Fewer letters than this in another script may be a name or a sign.
_LETTERS = 4
_HITS, _HITS_OF_SHORT, _SHORT = 3, 2, 3


@dataclass(frozen=True)
class Languages:
    """The small words of French and of other languages, without accents."""

    french: frozenset[str]
    others: Mapping[str, frozenset[str]]

    def is_foreign(self, text: str) -> bool:
        """Another script for most of its letters, or the small words of one other language."""
        letters = [char for char in text if char.isalpha()]
        other = sum("LATIN" not in unicodedata.name(char, "") for char in letters)
        if other >= _LETTERS and other * 2 > len(letters):
            return True
        words = _WORD.findall(_plain(text))
        french = sum(word in self.french for word in words)
        most = max((sum(word in known for word in words) for known in self.others.values()), default=0)
        needed = _HITS_OF_SHORT if len(words) <= _SHORT else _HITS
        return most >= needed and most > 2 * french


def _plain(text: str) -> str:
    """Lower case, without accents, with straight apostrophes."""
    split = unicodedata.normalize("NFD", text.lower().replace("’", "'"))
    return "".join(char for char in split if not unicodedata.combining(char))
