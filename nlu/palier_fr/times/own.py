"""What Duckling's French does not know: instalments, the last day of a month, nights, the festive season."""

import re
from calendar import monthrange
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from palier_fr.times import past
from palier_fr.times.values import Found, Value, at, day_value
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
# The night of today; with an hour, that hour of it.
_HOUR = r"(?:a|vers) (?P<{}>2[23]|0?[0-5]) ?(?:h|heures?)(?: ?(?P<{}>[0-5]\d))?"
_NIGHT = re.compile(
    rf"\b(?:{_HOUR.format('h1', 'm1')} )?(?:(?P<since>depuis) )?"
    rf"(?:(?:cette|cete|cet|cte) nuit|la nuit (?P<last>derniere))\b(?: {_HOUR.format('h2', 'm2')}\b)?"
)
_DUSK, _DAWN = 22, 6
# The festive season: from Christmas Eve to New Year's Day.
_SEASON = re.compile(r"\b(?:(?P<edge>avant|apres) )?les fetes(?: de fin d'annee)?\b(?! (?:de |du |des |d'))")


def own(text: str, now: datetime, zone: ZoneInfo) -> Iterator[Found]:
    """What our own rules read in the rewritten text."""
    for pattern in _INSTALLMENTS:
        for match in pattern.finditer(text):
            count = number_of(match["n"])
            if count is not None and count > 1:
                yield Found("installments", *match.span(), {"type": "value", "value": count})
    for match in _LAST_DAY.finditer(text):
        yield Found("time", *match.span(), day_value(_month_end(now.date(), match["next"] is not None), zone))
    for match in _NIGHT.finditer(text):
        yield Found("time", *match.span(), _night(match, now, zone))
    for match in _SEASON.finditer(text):
        if now.month >= 10 or now.month == 1:
            yield Found("time", *match.span(), _season(match["edge"], now.date(), zone))


def _month_end(today: date, following: bool) -> date:
    month = today.replace(day=1) + timedelta(days=32) if following else today
    return month.replace(day=monthrange(month.year, month.month)[1])


def _night(match: re.Match[str], now: datetime, zone: ZoneInfo) -> Value:
    """The night that ends in the morning, when it is not over or is told as past; else the one to come."""
    told = match["last"] or match["since"] or past.is_over(match.string[: match.start()], "")
    over = told or past.is_told(match.string[match.end() :])
    evening = now.date() - timedelta(days=1 if over or now.hour < _DAWN else 0)
    hour, minute = match["h1"] or match["h2"], match["m1"] or match["m2"]
    if hour is not None:
        day = evening if int(hour) >= _DUSK else evening + timedelta(days=1)
        moment = datetime.combine(day, time(int(hour), int(minute or 0)), zone)
        return {"type": "value", "value": at(moment), "grain": "minute" if minute else "hour"}
    dusk = {"value": at(datetime.combine(evening, time(_DUSK), zone)), "grain": "hour"}
    dawn = {"value": at(datetime.combine(evening + timedelta(days=1), time(_DAWN), zone)), "grain": "hour"}
    return {"type": "interval", "from": dusk, **({} if match["since"] else {"to": dawn})}


def _season(edge: str | None, today: date, zone: ZoneInfo) -> Value:
    """ "après les fêtes" has no end: whoever needs a day has to ask."""
    year = today.year if today.month > 1 else today.year - 1
    begins, ends = (day_value(day, zone) for day in (date(year, 12, 24), date(year + 1, 1, 2)))
    begin, end = ({name: value[name] for name in ("value", "grain")} for value in (begins, ends))
    if edge == "avant":
        return {"type": "interval", "to": begin}
    return {"type": "interval", "from": end} if edge else {"type": "interval", "from": begin, "to": end}
