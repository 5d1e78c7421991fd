"""The words of time and money that the rules share, in their normal form."""


def any_of(words: str) -> str:
    """A pattern for any of the words, longest first; "_" is a space, the rest is regular expression."""
    found = sorted(words.split(), key=len, reverse=True)
    return "(?:" + "|".join(word.replace("_", " ") for word in found) + ")"


WEEKDAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
MONTHS = (
    *("janvier", "fevrier", "mars", "avril", "mai", "juin"),
    *("juillet", "aout", "septembre", "octobre", "novembre", "decembre"),
)
_SMALL = {
    **{"un": 1, "une": 1, "deux": 2, "trois": 3, "quatre": 4, "cinq": 5, "six": 6, "sept": 7, "huit": 8},
    **{
        "neuf": 9,
        "dix": 10,
        "onze": 11,
        "douze": 12,
        "treize": 13,
        "quatorze": 14,
        "quinze": 15,
        "seize": 16,
    },
}
_TENS = {"vingt": 20, "vingts": 20, "trente": 30, "quarante": 40, "cinquante": 50, "soixante": 60}
_TENS |= {"septante": 70, "huitante": 80, "octante": 80, "nonante": 90}
NUMBER_WORDS = (*_SMALL, *_TENS, "cent", "cents", "mille")

WEEKDAY = any_of(" ".join(WEEKDAYS))
MONTH = any_of(" ".join(MONTHS))
NUMBER_WORD = any_of(" ".join(NUMBER_WORDS))
MONEY = r"(?:€|(?:euros?|eur|balles)\b)"


def number_of(words: str) -> int | None:
    """The value of "deux cent vingt et un" or "4"; None when the words are no whole number."""
    if words.isdecimal():
        return int(words) if len(words) < 10 else None
    total = part = 0
    for word in words.replace("-", " ").split():
        if word == "et":
            continue
        if word == "mille":
            total, part = (total + part or 1) * 1000, 0
        elif word in ("cent", "cents"):
            part = (part or 1) * 100
        elif word in ("vingt", "vingts") and part % 100 == 4:
            part += 76
        elif word in _SMALL or word in _TENS:
            part += _SMALL.get(word) or _TENS[word]
        elif word.isdecimal() and len(word) < 7:
            part += int(word)
        else:
            return None
    return total + part or None
