"""Cells as values. Each function raises LineRefused with the column and what was expected."""

import re
from datetime import date, time, timedelta
from decimal import Decimal

from bot.imports.reading import Row, fold
from bot.imports.report import LineRefused

_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")
_FRENCH = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})")
# Seconds and the offset of a zone that some software writes are not read.
_MOMENT = re.compile(r"(\S+?)(?:T| (?:à )?)(\d{1,2})(?::|\s?[hH]\s?)(\d{2})?(?::\d{2})?")
_NOT_DIGITS = re.compile(r"(?:€|eur|euros?)$|\s", re.IGNORECASE)
_NUMBER = re.compile(r"[+-]?\d+(?:\.\d{1,2})?")
A_YEAR = timedelta(days=366)
# More than a landlord ever writes on a line; what is above would not fit the database.
_MOST_CENTS = 1_000_000_000
_YES, _NO = {"oui", "o", "vrai", "true", "1", "x"}, {"non", "n", "faux", "false", "0"}


def text(row: Row, name: str, most: int, *, required: bool = False) -> str:
    """The cell, of `most` characters at most."""
    value = row.get(name)
    if required and not value:
        raise LineRefused(f"{name} manque")
    if len(value) > most:
        raise LineRefused(f"{name} : plus de {most} caractères")
    return value


def day(row: Row, name: str) -> date | None:
    """31/12/2026 or 2026-12-31; None when empty."""
    value = row.get(name)
    if not value:
        return None
    try:
        if found := _ISO.fullmatch(value):
            return date(int(found[1]), int(found[2]), int(found[3]))
        if found := _FRENCH.fullmatch(value):
            return date(int(found[3]), int(found[2]), int(found[1]))
    except ValueError as error:
        raise LineRefused(f"{name} : « {value} » n'existe pas au calendrier") from error
    raise LineRefused(f"{name} : « {value} » n'est pas une date (31/12/2026 ou 2026-12-31)")


def not_after(row: Row, name: str, on: date, latest: date) -> date:
    """The day that the cell holds, when it is `latest` or before: a later year is a typing mistake."""
    if on > latest:
        raise LineRefused(f"{name} : « {row.get(name)} » est trop loin dans l'avenir")
    return on


def required_day(row: Row, name: str) -> date:
    value = day(row, name)
    if value is None:
        raise LineRefused(f"{name} manque")
    return value


def moment(row: Row, name: str) -> tuple[date, time]:
    """07/12/2026 14:30, 2026-12-07T14:30 or 07/12/2026 14h30: the day and the wall-clock time."""
    value = row.get(name)
    if not value:
        raise LineRefused(f"{name} manque")
    found = _MOMENT.fullmatch(value)
    if found is None:
        raise LineRefused(f"{name} : « {value} » n'est pas une date avec son heure (07/12/2026 14:30)")
    on = day(Row(row.line, {name: found[1]}), name)
    hour, minute = int(found[2]), int(found[3] or 0)
    if on is None or hour > 23 or minute > 59:
        raise LineRefused(f"{name} : « {value} » n'est pas une heure qui existe")
    return on, time(hour, minute)


def cents(row: Row, name: str, *, negative: bool = False) -> int | None:
    """498,00 or 498.00 or 1 234,50 €, in cents; None when empty."""
    value = row.get(name)
    if not value:
        return None
    number = _NOT_DIGITS.sub("", _NOT_DIGITS.sub("", value)).replace("−", "-")
    # "1.234,50": the last mark is the decimal one, the other groups thousands.
    if "," in number and "." in number:
        thousands = "." if number.rindex(",") > number.rindex(".") else ","
        number = number.replace(thousands, "")
    number = number.replace(",", ".")
    if not _NUMBER.fullmatch(number):
        raise LineRefused(f"{name} : « {value} » n'est pas un montant (498,00)")
    amount = int(Decimal(number) * 100)
    if amount < 0 and not negative:
        raise LineRefused(f"{name} : « {value} » est négatif")
    if abs(amount) > _MOST_CENTS:
        raise LineRefused(f"{name} : « {value} » est trop grand")
    return amount


def required_cents(row: Row, name: str, *, negative: bool = False) -> int:
    value = cents(row, name, negative=negative)
    if value is None:
        raise LineRefused(f"{name} manque")
    return value


def whole(row: Row, name: str, least: int, most: int) -> int | None:
    """A whole number between two bounds; None when empty."""
    value = row.get(name)
    if not value:
        return None
    if not re.fullmatch(r"[0-9]{1,9}", value) or not least <= int(value) <= most:
        raise LineRefused(f"{name} : « {value} » n'est pas un nombre de {least} à {most}")
    return int(value)


def yes(row: Row, name: str, *, default: bool) -> bool:
    """oui or non."""
    value = fold(row.get(name))
    if not value:
        return default
    if value not in _YES | _NO:
        raise LineRefused(f"{name} : « {row.get(name)} » n'est ni oui ni non")
    return value in _YES


def several(row: Row, name: str) -> list[str]:
    """A comma list, without the empty ones."""
    return [part for part in (part.strip() for part in row.get(name).split(",")) if part]
