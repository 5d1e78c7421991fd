"""A day of the week and an hour that come back each week, in plain French: "le samedi matin", "vers 18 h".

Duckling reads "samedi" as the date of the next one; here it is every one, so these words are read apart.
Texts are folded: lower case, no accents.
"""

import re
from dataclasses import dataclass

DAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
SUNDAY = 6
# The hour meant by a part of the day, the longer words first.
_PARTS = {"fin de journee": 18, "apres-midi": 15, "apres midi": 15, "aprem": 15, "laprem": 15, "midi": 12,
          "matin": 9, "matinee": 9, "soir": 18, "soiree": 18}  # fmt: skip
# Messages that wait for nobody's answer leave between these hours.
_FIRST, _LAST = 8, 19

_DAY = "|".join(DAYS)
_PART = "|".join(sorted(_PARTS, key=len, reverse=True))
# "Pas le samedi, plutôt le vendredi": what is said no to is left out.
_NOT = re.compile(rf"\b(?:pas|plus|sauf|que|lieu|place)\s+(?:le |les |du |de )?(?:{_DAY}|{_PART})s?\b")
_HOUR = re.compile(r"\b(\d{1,2}) ?(?:h|heures?)(?: ?\d\d)?\b")
_SMALL = "a|au|ce|chaque|de|d'accord|en|et|je|jour|l'|la|le|les|merci|mieux|oui|plait|plutot|pour|prefere|"
_SMALL += "s'il|semaine|si|stp|svp|tous|toutes|vers|voudrais|veux|vous"


@dataclass(frozen=True)
class Weekly:
    """What was said of it: a day (0: Monday), a whole hour of the wall clock, or one of them."""

    weekday: int | None
    hour: int | None


def read(folded: str) -> Weekly:
    """The only day and the only hour that the words name; None for what they do not, or name twice."""
    said = _NOT.sub(" ", folded)
    days = {DAYS.index(name) for name in re.findall(rf"\b({_DAY})s?\b", said)}
    hours = {int(number) for number in _HOUR.findall(said)} or {
        _PARTS[name] for name in re.findall(rf"\b({_PART})s?\b", said)
    }
    hour = min(max(hours.pop(), _FIRST), _LAST) if len(hours) == 1 else None
    return Weekly(days.pop() if len(days) == 1 else None, hour)


def is_all(folded: str) -> bool:
    """Whether the words name a day or an hour, and nothing besides."""
    if read(folded) == Weekly(None, None):
        return False
    rest = re.sub(rf"\b(?:{_DAY}|{_PART})s?\b", " ", _HOUR.sub(" ", folded))
    return not re.sub(rf"(?<!\w)(?:{_SMALL})(?!\w)", " ", rest).strip(" ,.!?'-")
