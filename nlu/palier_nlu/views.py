"""The ways in which the model looks at a message, each a string of tokens or of letters."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left

from palier_fr import normalise
from palier_fr.phonetic import key
from palier_nlu.concepts import Concepts
from palier_nlu.masks import mask

# A longer message is read at its beginning and its end; the danger lexicon always reads all of it.
READ_AT_EACH_END = 700

_EMOJI = "\u2600-\u27bf\U0001f300-\U0001faff"
_TOKEN = re.compile(rf"[^\W_]+|[?!€{_EMOJI}]")
_WORD = re.compile(rf"[^\W_]+|[{_EMOJI}]")
_LENGTHS = (1, 2, 3, 5, 8, 12, 18, 26, 40)


def readable(text: str) -> str:
    """The text as the model reads it."""
    if len(text) > 2 * READ_AT_EACH_END:
        text = f"{text[:READ_AT_EACH_END]} {text[-READ_AT_EACH_END:]}"
    return normalise(text).text


def words_of(text: str) -> list[str]:
    """Its words and emoji as the model reads them."""
    return _WORD.findall(readable(text))


def views(text: str, concepts: Concepts) -> dict[str, str]:
    """Every view of a text, as typed."""
    normal = readable(text)
    masked = mask(normal)
    words = _WORD.findall(masked)
    sounds = " ".join(key(word) for word in words)
    families = concepts.of(words)
    return {
        "words": " ".join(_TOKEN.findall(masked)),
        "pieces": masked,
        "sounds": sounds,
        "sound_pieces": sounds,
        "families": " ".join(name for names in families for name in names),
        "mixed": " ".join(
            names[0].upper() if names else word for word, names in zip(words, families, strict=True)
        ),
        "shape": " ".join(_shape(text, normal)),
    }


def _shape(text: str, normal: str) -> list[str]:
    """How the message looks: length, first and last words, questions, capitals, another alphabet."""
    words = _WORD.findall(normal)
    shape = [f"length_{bisect_left(_LENGTHS, len(words))}"]
    if words:
        shape += [f"first_{words[0]}", f"last_{words[-1]}"]
    if len(words) > 1:
        shape += [f"first_{words[0]}_{words[1]}", f"last_{words[-2]}_{words[-1]}"]
    signs = {
        "question": "?" in normal,
        "ends_with_question": normal.endswith("?"),
        "exclamation": "!" in normal,
        "capitals": text.isupper(),
        "emoji": any(unicodedata.category(char) == "So" for char in normal),
        "other_alphabet": any(char.isalpha() and ord(char) > 0x250 for char in normal),
    }
    return shape + [name for name, seen in signs.items() if seen]
