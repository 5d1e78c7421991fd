"""How a French word sounds: one key for the spellings that are read aloud alike ("quittance", "kitanse")."""

import re
from functools import lru_cache

# In order. Capitals are sounds: S as in "chat", W as in "ou", I as in "vin", A as in "an", O as in "on".
_RULES = tuple(
    (re.compile(pattern), sound)
    for pattern, sound in (
        (r"h(?<![cp]h)", ""),
        (r"ph", "f"),
        (r"sch|sh|ch", "S"),
        (r"[ae]?oeu|eu", "e"),
        (r"eau|au", "o"),
        (r"ou", "W"),
        (r"oi|oy", "wa"),
        (r"tion", "sion"),
        (r"gn", "ni"),
        (r"qu|q|ck", "k"),
        (r"c(?=[eiy])", "s"),
        (r"c", "k"),
        (r"gu(?=[eiy])", "g"),
        (r"ge(?=[ao])|g(?=[eiy])", "j"),
        (r"(?:ai|ei)ll?", "ei"),
        (r"ill", "i"),
        (r"(?:[ae]in|[ae]im|yn|ym|in|im|un)(?![aeiouynmW])", "I"),
        (r"(?:an|am|en|em)(?![aeiouynmW])", "A"),
        (r"(?:on|om)(?![aeiouynmW])", "O"),
        (r"ai|ei|ay|ey|et$|er$|ez$|es$", "e"),
        (r"y", "i"),
        (r"(?<=[aeiouWIAO])s(?=[aeiouWIAO])", "z"),
        (r"w(?!a)", "v"),
        (r"x", "s"),
        (r"(.)\1+", r"\1"),
        (r"(?<=.)[esztdpx]+$", ""),
    )
)


@lru_cache(maxsize=20_000)
def key(word: str) -> str:
    """The sound of a word in its normal form; anything but letters stays as it is."""
    if not word.isalpha() or len(word) > 30:
        return word
    sound = word
    for pattern, replacement in _RULES:
        sound = pattern.sub(replacement, sound)
    return sound or word
