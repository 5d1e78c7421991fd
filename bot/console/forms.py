"""What people type in the forms of the pages, read or refused."""

import re
from collections import defaultdict
from collections.abc import Mapping
from datetime import date, datetime, time
from decimal import Decimal
from zoneinfo import ZoneInfo

_AMOUNT = re.compile(r"[0-9]{1,7}([,.][0-9]{1,2})?")


def kept(form: str = "", **fields: str) -> Mapping[str, str]:
    """What the fields of the form of that name held, to be shown again; every other field is empty."""
    return defaultdict(str, {"form": form, **fields})


def cents(text: str) -> int:
    """An amount in euros (450, 1 234,50 €), in cents. Raises ValueError for anything else."""
    plain = re.sub(r"[\s€]", "", text)
    if not _AMOUNT.fullmatch(plain):
        raise ValueError("not an amount in euros")
    return int(Decimal(plain.replace(",", ".")) * 100)


def number_of(text: str) -> int:
    """A number that a database can hold; any other text finds nothing."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0


def day(text: str) -> date | None:
    """The day of a date field; None when it holds none."""
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return found if 1900 <= found.year <= 2100 else None


def instant(on: str, at: str, zone: ZoneInfo) -> datetime | None:
    """The instant of a date field and an hour field, on the clock of `zone`; None when one holds none."""
    found = day(on)
    try:
        hour = time.fromisoformat(at)
    except ValueError:
        return None
    return datetime.combine(found, hour.replace(tzinfo=None), zone) if found else None
