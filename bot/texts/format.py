"""French dates, hours, amounts and typography."""

import re
import unicodedata
from datetime import date, datetime
from zoneinfo import ZoneInfo

from babel.dates import format_date, get_day_names
from babel.numbers import format_currency

THIN = "\u202f"
HARD = "\u00a0"
# What makes a spreadsheet run a cell instead of showing it.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_HIGH_MARK = re.compile(r"(?<=\S)[ \u00a0\u202f]?([;!?])(?=\s|$|[»)])")
_COLON = re.compile(r"[ \u00a0](:)(?=\s|$)")
_UNIT = re.compile(r"(?<=\d) (?=(?:€|%|h\b|°C))")
_HOUR_MINUTES = re.compile(r"(?<=\d[ \u00a0]h) (?=\d{2}\b)")


def euros(cents: int) -> str:
    """498,00 € (cents in, hard spaces out)."""
    return format_currency(cents / 100, "EUR", locale="fr_FR")


def day(value: date) -> str:
    """samedi 5 décembre, dimanche 1er novembre."""
    text = format_date(value, "EEEE d MMMM", locale="fr_FR")
    return text.replace(" 1 ", " 1er ")


def weekday(number: int) -> str:
    """lundi for 0, dimanche for 6."""
    names: str = get_day_names("wide", locale="fr_FR")[number]
    return names


def day_with_year(value: date) -> str:
    """5 décembre 2026, 1er décembre 2026."""
    text = format_date(value, "d MMMM y", locale="fr_FR")
    return re.sub(r"^1 ", "1er ", text)


def month(value: date) -> str:
    """décembre 2026."""
    return format_date(value, "MMMM y", locale="fr_FR")


def short_month(value: date) -> str:
    """déc., mai."""
    return format_date(value, "MMM", locale="fr_FR")


def of_month(value: date) -> str:
    """ "de décembre", "d'avril", "d'août", "d'octobre"."""
    name = format_date(value, "MMMM", locale="fr_FR")
    return f"d’{name}" if name[0] in "ao" else f"de {name}"


def hour(value: datetime, zone: ZoneInfo) -> str:
    """14 h 30, 9 h."""
    local = value.astimezone(zone)
    return f"{local.hour}{HARD}h" + (f"{HARD}{local.minute:02}" if local.minute else "")


def oclock(hour: int) -> str:
    """9 h, for a whole hour of the wall clock."""
    return f"{hour}{HARD}h"


# The imports keep the ways to pay folded; another one is shown as the landlord wrote it.
_METHODS = {"prelevement": "prélèvement", "cheque": "chèque", "especes": "espèces", "carte": "carte bancaire"}


def payment_method(value: str) -> str:
    """prélèvement, virement; empty when unknown."""
    return _METHODS.get(value, value)


def folded(text: str) -> str:
    """Lower case, without accents, words apart by one space: for looking a name up."""
    plain = unicodedata.normalize("NFKD", text.casefold().replace("’", "'"))
    return " ".join("".join(char for char in plain if not unicodedata.combining(char)).split())


def harmless(cell: str) -> str:
    """A cell that a spreadsheet shows and does not run as a formula."""
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


def typeset(text: str) -> str:
    """French spaces before high punctuation and units, inside guillemets; typographic apostrophes."""
    text = text.replace("'", "’").replace("...", "…")
    text = text.replace("« ", f"«{HARD}").replace(" »", f"{HARD}»")
    text = _HIGH_MARK.sub(rf"{THIN}\1", text)
    text = _COLON.sub(rf"{HARD}\1", text)
    return _HOUR_MINUTES.sub(HARD, _UNIT.sub(HARD, text))
