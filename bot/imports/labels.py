"""The term that the label of a payment names: "LOYER 10/2026", "loyer octobre 2026"."""

import re
from datetime import date

from bot.imports.reading import fold

_RENT = re.compile(r"\b(loyers?|termes?|quittances?)\b")
# Money for something else than a term, whatever month stands beside it.
_OTHER = re.compile(r"\b(plan|apurement|echeanciers?|regul\w*|caution|depot|garantie|assurance)\b")
_MONTHS = (
    ("janvier", "janv", "jan"), ("fevrier", "fevr", "fev"), ("mars",), ("avril", "avr"), ("mai",), ("juin",),
    ("juillet", "juil"), ("aout",), ("septembre", "sept", "sep"), ("octobre", "oct"), ("novembre", "nov"),
    ("decembre", "dec"),
)  # fmt: skip
_NUMBER = {name: number for number, names in enumerate(_MONTHS, 1) for name in names}
# A whole date is a day, not a month: "LOYER 05/10/2026" names none.
_DAY = re.compile(r"\b\d{1,2}\s*[-/.]\s*\d{1,2}\s*[-/.]\s*\d{2,4}\b|\b\d{4}-\d{2}-\d{2}\b")
_MONTH = re.compile(
    r"\b(?P<number>\d{1,2})\s*[-/.]\s*(?P<year>20\d\d|\d\d)\b"
    r"|\b(?P<year_first>20\d\d)\s*[-/.]\s*(?P<number_last>\d{1,2})\b"
    rf"|\b(?P<name>{'|'.join(_NUMBER)})\b\.?(?:\s*(?P<year_of_name>20\d\d|\d\d)\b)?"
)
# A standing order repeats an old label for years: a month further away is not what this payment is for.
_BEFORE, _AFTER = 6, 1


def named_month(label: str, on_day: date) -> date | None:
    """The first day of the month whose rent a label of that day names; None when it names none, several,
    a day, something else than the rent, or a month more than six before or one after the payment's."""
    words = fold(label)
    if not _RENT.search(words) or _OTHER.search(words) or _DAY.search(words):
        return None
    found = {_month(match, on_day) for match in _MONTH.finditer(words)}
    return found.pop() if len(found) == 1 else None


def _month(match: re.Match[str], on_day: date) -> date | None:
    year = match["year"] or match["year_first"] or match["year_of_name"]
    number = _NUMBER[match["name"]] if match["name"] else int(match["number"] or match["number_last"])
    if not 1 <= number <= 12:
        return None
    months = range(-_BEFORE, _AFTER + 1)
    near = [_shifted(on_day, months_away) for months_away in months]
    return next((day for day in near if day.month == number and _is_year(day, year)), None)


def _is_year(day: date, year: str | None) -> bool:
    """A month that is named without its year is the near one."""
    return year is None or day.year == int(year) or (len(year) == 2 and day.year % 100 == int(year))


def _shifted(day: date, months: int) -> date:
    index = day.year * 12 + day.month - 1 + months
    return date(index // 12, index % 12 + 1, 1)
