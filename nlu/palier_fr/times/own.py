"""What Duckling's French does not know: instalments, the last day of a month."""

import re
from calendar import monthrange
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from palier_fr.times.values import Found, day_value
from palier_fr.times.words import MONEY, NUMBER_WORD, any_of, number_of

_N = rf"(?P<n>\d{{1,2}}|{NUMBER_WORD})"
_PARTS = any_of(
    "mensualites? echeances? versements? prelevements? paiements? traites? virements? cheques? morceaux parts"
)
_INSTALLMENTS = tuple(
    re.compile(pattern)
    for pattern in (
        rf"\ben {_N} ?(?:fois|x\b)",
        rf"\b(?:en|sur|par) {_N} {_PARTS}\b",
        rf"\b{_N} (?:mensualites?|versements|echeances)\b",
        rf"\b{_N} ?(?:fois|x|\*) ?(?=\d+(?:[.,]\d+)? ?{MONEY}|\d{{2,4}}\b)",
        rf"(?<=\d)(?:€| euros) ?(?:x|fois|\*) ?{_N}\b",
        rf"\b(?:etal\w*|echelonn\w*|rembours\w*|lisser|repart\w*|mensuel\w*|par mois)(?: \w+){{0,4}} "
        rf"(?:sur|pendant|en|durant) {_N} mois\b",
    )
)
_LAST_DAY = re.compile(r"\b(?:le )?dernier jour (?:du|de ce|de chaque) mois(?P<next> prochain)?\b")


def own(text: str, now: datetime, zone: ZoneInfo) -> Iterator[Found]:
    """What our own rules read in the rewritten text."""
    for pattern in _INSTALLMENTS:
        for match in pattern.finditer(text):
            count = number_of(match["n"])
            if count is not None and count > 1:
                yield Found("installments", *match.span(), {"type": "value", "value": count})
    for match in _LAST_DAY.finditer(text):
        yield Found("time", *match.span(), day_value(_month_end(now.date(), match["next"] is not None), zone))


def _month_end(today: date, following: bool) -> date:
    month = today.replace(day=1) + timedelta(days=32) if following else today
    return month.replace(day=monthrange(month.year, month.month)[1])
