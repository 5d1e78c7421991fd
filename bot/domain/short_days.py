"""A day in a few plain words: "le 12", "vendredi", "demain", "fin du mois", alone or after "je paie".

Only what can mean one single day is read; anything else is None, and the person gets buttons.
"""

import re
import unicodedata
from datetime import date, timedelta

_WEEKDAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
_MONTHS = (
    "janvier", "fevrier", "mars", "avril", "mai", "juin",
    "juillet", "aout", "septembre", "octobre", "novembre", "decembre",
)  # fmt: skip
# "payé le 12" folds to "paye le 12", which is no promise: the present tense needs its "je".
_PAY = (
    r"(?:(?:je (?:vais |peux |pourrai |pourrais |pense |compte )?(?:pouvoir )?)?(?:payer|regler|faire)"
    r"|je (?:paye|paie|paierai|payerai|regle|reglerai|fais|ferai)) "
)
_DAY = re.compile(
    rf"(?:(?:oui|ok|d accord) )?(?:{_PAY}(?:le loyer |mon loyer |le virement |un virement )?)?"
    r"(?:(?P<near>aujourd hui|demain|apres demain)"
    r"|(?P<end>(?:a la |pour la )?fin (?:du|de ce|de) mois)"
    rf"|(?:ce |le )?(?P<weekday>{'|'.join(_WEEKDAYS)})"
    rf"(?: (?P<of>1er|\d{{1,2}}))?(?: (?P<of_month>{'|'.join(_MONTHS)}))?"
    rf"|le (?P<day>1er|\d{{1,2}})(?: (?P<month>{'|'.join(_MONTHS)}))?)"
    r"(?: merci)?"
)
_NEAR = {"aujourd hui": 0, "demain": 1, "apres demain": 2}


def day_meant(text: str, today: date) -> date | None:
    """The day, today or later, that the whole text means; None when it says anything else or two things."""
    found = _DAY.fullmatch(_folded(text))
    if found is None:
        return None
    if found["near"]:
        return today + timedelta(days=_NEAR[found["near"]])
    if found["end"]:
        return _month_end(today)
    if found["weekday"] and not found["of"]:
        return None if found["of_month"] else _next_weekday(_WEEKDAYS.index(found["weekday"]), today)
    number, month = found["of"] or found["day"], found["of_month"] or found["month"]
    day = _numbered(int(number.removesuffix("er")), month, today)
    if day and found["weekday"] and day.weekday() != _WEEKDAYS.index(found["weekday"]):
        return None
    return day


def _folded(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text.lower())
    kept = "".join(char if char.isalnum() else " " for char in plain if not unicodedata.combining(char))
    return " ".join(kept.split())


def _next_weekday(weekday: int, today: date) -> date | None:
    """Said on that very day of the week, it could mean today or in a week: None."""
    ahead = (weekday - today.weekday()) % 7
    return today + timedelta(days=ahead) if ahead else None


def _month_end(today: date) -> date | None:
    following = date(today.year + today.month // 12, today.month % 12 + 1, 1)
    last = following - timedelta(days=1)
    return last if last > today else None


def _numbered(day: int, month: str | None, today: date) -> date | None:
    """The next such day; one that the month lacks, or that is today, is not guessed."""
    if month is not None:
        number = _MONTHS.index(month) + 1
        year = today.year if (number, day) >= (today.month, today.day) else today.year + 1
    elif day > today.day:
        number, year = today.month, today.year
    elif day < today.day:
        number, year = today.month % 12 + 1, today.year + today.month // 12
    else:
        return None
    try:
        return date(year, number, day)
    except ValueError:
        return None
