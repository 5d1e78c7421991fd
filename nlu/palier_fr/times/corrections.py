"""What Duckling reads wrongly or otherwise than tenants mean it, put right one value at a time."""

import re
from calendar import monthrange
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from palier_fr.times import past
from palier_fr.times.spelling import LASTING
from palier_fr.times.values import (
    Found,
    Value,
    at,
    day_value,
    days,
    first_instant,
    instant,
    months,
    moved,
    next_grain,
)
from palier_fr.times.words import MONEY, MONTH, NUMBER_WORD, WEEKDAY, any_of

_PARTS_OF_DAY = re.compile(r"\b(?:matin|matinee|midi|apres-midi|soir|soiree|nuit|mat)\b")
_N = rf"(?:\d{{1,2}}|{NUMBER_WORD})"
# Said in passing, scores, rates: a time only when the message says nothing else.
_VAGUE = re.compile(
    rf"(?:un peu )?plus tard|du (?:matin|soir)|{_N} ?- ?{_N}|(?:de )?{_N} a {_N}|ce {_N}|(?:le )?dejeuner"
)
_SEASON = re.compile(r"(?:en |l')?(?:ete|hiver|automne|printemps)")
_THIS_SEASON = re.compile(r"\b(?:cet|ce|au|(?:depuis|avant|apres|fin de|de|des|pour) l'|d') ?$")
_CLOCK = re.compile(r"(?<![\d:])(\d{1,2}) ?(?:h|:|heures?)")
_CLOCK_WORDS = re.compile(r"\b(sept|huit|neuf|dix|onze) heures")
_HOUR_WORDS = {"sept": 7, "huit": 8, "neuf": 9, "dix": 10, "onze": 11}
_RANGE = re.compile(r"(?:entre|de|des) (\d{1,2}) ?h(\d\d)? ?(?:et|a|jusqu'a|-)")
_OVERNIGHT = re.compile(r"(?:entre|de|des) (?:minuit|(2[0-3]) ?h(\d\d)?) ?(?:et|a|jusqu'a|-) ?0?[1-8] ?h")
_UNTIL = re.compile(r"(?:\bjusqu'?(?:au|a|en)?|\bjusque)(?: ?(?:le|la|les|au|en|a la))? ?$")
_BY = re.compile(r"\bd'ici(?: ?a)?(?: (?:au|le|la|les|l'))? ?$|\bavant \| $")
_SAID_NOT = re.compile(r"\b(?:pas|peux que|plus)(?: \w+){1,4} $")
_MONEY_WORDS = any_of(
    r"""pay\w* pai\w* regl\w* vers\w* vir\w* mettre donn\w* loyer rembours\w* mensualite\w* par_mois dois
    dette acompte prelev\w* somme budget argent charges facture"""
)
_MONEY_TALK = re.compile(rf"{MONEY}|\b{_MONEY_WORDS}\b")
_IN_YEAR = any_of("en de depuis annees? fin debut d'ici avant apres courant l'an ete hiver jusqu'en et ou")
_OCLOCK = re.compile(r"\b(?:a|vers|avant|apres|jusqu'a|de|des|entre|et|il est|midi|h) $")
_A_NUMBER = re.compile(rf"\d|\b{NUMBER_WORD}\b|demi|quart")
_COUNTED = re.compile(r" ?(?:fois|x\b|mensualites?|echeances?|versements?|prelevements?|paiements?|loyers?)")
_NEAR_DAYS = 45
# "plus que deux", "entre 2 et 3" are seldom euros.
_LEAST_MONEY = 20


@dataclass(frozen=True, slots=True)
class Scene:
    """The rewritten text, and when and where it was written."""

    text: str
    now: datetime
    zone: ZoneInfo

    def before(self, found: Found) -> str:
        """What stands before it in its sentence."""
        return re.split(r"[.!?;\n]", self.text[: found.start])[-1]

    def words(self, found: Found) -> str:
        """What it was read from."""
        return self.text[found.start : found.end]

    def after(self, found: Found) -> str:
        """What follows it."""
        return self.text[found.end :]


Correction = Callable[[Found, Scene], Found | None]


def corrected(found: Found, scene: Scene) -> Found | None:
    """The value as the tenant means it; None when it is no value at all."""
    kept: Found | None = found
    for correction in _CORRECTIONS[found.dim]:
        if kept is None:
            return None
        kept = correction(kept, scene)
    return kept


def _no_false_time(found: Found, scene: Scene) -> Found | None:
    """A year in other digits than four of our time, a date without a sign between its numbers."""
    words = scene.words(found).strip()
    if (
        found.value.get("grain") == "year"
        and re.search(r"\d|mille|k", words)
        and not re.search(r"(?:19|20)\d\d", words)
    ):
        return None
    if re.fullmatch(r"(?:19|20)\d\d", words) and not re.search(rf"\b{_IN_YEAR} $", scene.before(found)):
        return None
    if re.fullmatch(rf"(?:{NUMBER_WORD}|et|moins|[ -])+|(?:entre|de) \d{{3,}} (?:et|a) \d+", words):
        return None
    if re.fullmatch(r"\d{1,4} \d{1,4}(?: \d{2,4})?", words) and words != scene.text.strip():
        return None
    if _VAGUE.fullmatch(words) and words != scene.text.strip():
        return None
    if re.fullmatch(r"matin|soir|apres-midi", words) and re.search(r"\bdu $", scene.before(found)):
        return None
    if _SEASON.fullmatch(words) and not _THIS_SEASON.search(scene.before(found)):
        return None
    if re.fullmatch(r"(?:la |le )?semaine", words) and not re.search(r"\ben ?$", scene.before(found)):
        return None
    return found


def _clock(found: Found, scene: Scene) -> Found:
    """ "à 9h" is nine in the morning, the next one, even when it is ten; only "à 2h" may be the afternoon."""
    words = scene.words(found)
    told = _CLOCK.search(words)
    spoken = _CLOCK_WORDS.search(words)
    hour = int(told[1]) if told else _HOUR_WORDS[spoken[1]] if spoken else 0
    begins = instant(found.value, scene.zone) if found.value["type"] == "value" else None
    if begins is None or not 7 <= hour < 12 or begins.hour != hour + 12 or _PARTS_OF_DAY.search(words):
        return found
    begins = begins.replace(hour=hour)
    if begins < scene.now:
        begins += timedelta(days=1)
    return replace(found, value={**found.value, "value": at(begins)})


def _still_to_come(found: Found, scene: Scene) -> Found:
    """Said at ten, "vers 9h30" is tomorrow and "lundi 8h" next Monday, unless it is told of the past."""
    begins = instant(found.value, scene.zone) if found.value["type"] == "value" else None
    if begins is None or begins >= scene.now or begins.date() != scene.now.date():
        return found
    if re.search(WEEKDAY, scene.words(found)) and found.value["grain"] != "day":
        return replace(found, value=moved(found.value, days(7), scene.zone))
    if not re.fullmatch(r"(?:(?:a|vers|le matin|du matin|[\dh:]+|heures?) ?)+", scene.words(found)):
        return found
    if found.value["grain"] == "hour" and begins.hour == scene.now.hour:
        return found
    return replace(found, value=moved(found.value, days(1), scene.zone))


def _range(found: Found, scene: Scene) -> Found:
    """ "demain entre 8h et 12h" begins at eight: Duckling begins it at midnight."""
    told = _RANGE.search(scene.words(found))
    begins, ends = instant(found.value.get("from"), scene.zone), instant(found.value.get("to"), scene.zone)
    if not told or begins is None or ends is None or int(told[1]) > 23:
        return found
    meant = begins.replace(hour=int(told[1]), minute=int(told[2] or 0))
    if begins.hour or meant >= ends or meant == begins:
        return found
    return replace(found, value={**found.value, "from": {**found.value["from"], "value": at(meant)}})


def _overnight(found: Found, scene: Scene) -> Found:
    """ "de 22h à 4h" begins the evening before: Duckling begins it with its last hour."""
    told = _OVERNIGHT.search(scene.words(found))
    ends = instant(found.value.get("to"), scene.zone)
    if not told or ends is None or "from" not in found.value:
        return found
    evening = told[1] is not None
    begins = (ends - timedelta(days=1 if evening else 0)).replace(
        hour=int(told[1] or 0), minute=int(told[2] or 0)
    )
    return replace(found, value={**found.value, "from": {**found.value["from"], "value": at(begins)}})


def _week_of(found: Found, scene: Scene) -> Found:
    """ "la semaine du 30": the week of the next 30th, not of the year 2030."""
    told = re.search(rf"semaine du (?:{WEEKDAY} )?(\d{{1,2}})$", scene.words(found))
    if not told:
        return found
    monday = scene.now.date() - timedelta(days=scene.now.weekday())
    day = _next_numbered(int(told[1]), monday)
    value = day_value(day - timedelta(days=day.weekday()), scene.zone) if day else found.value
    return replace(found, value={**value, "grain": "week"})


def _until(found: Found, scene: Scene) -> Found:
    """ "jusqu'au 5" and "d'ici le 5": that day included. "avant la fin du mois": before it ends."""
    value, before = found.value, scene.before(found)
    cue = _UNTIL.search(before) or _BY.search(before)
    if cue is None and scene.words(found).startswith("jusqu") and value.get("to", {}).get("grain") == "day":
        return replace(found, value={**value, "to": next_grain(value["to"], scene.zone)})
    if cue is None or (value["type"] == "interval" and "to" not in value):
        return found
    end = value["to"] if value["type"] == "interval" else next_grain(value, scene.zone)
    start = found.start - len(cue.group().lstrip())
    return replace(found, start=start, value={"type": "interval", "to": end})


def _not_before(found: Found, scene: Scene) -> Found:
    """ "pas avant le 10": from that day on."""
    value = found.value
    if "to" not in value or "from" in value or not re.search(r"\bpas $", scene.before(found)):
        return found
    if not scene.words(found).startswith("avant") or _PARTS_OF_DAY.search(scene.words(found)):
        return found
    return replace(found, value={"type": "interval", "from": value["to"]})


def _past(found: Found, scene: Scene) -> Found:
    before, words = scene.before(found), scene.words(found)
    value = found.value
    if past.is_over(before, words) or past.is_missed(before, words, scene.after(found)):
        value = past.latest(value, words, scene.now, scene.zone)
    elif value.get("grain") == "month" and past.is_term(before) and re.fullmatch(MONTH, words.split()[-1]):
        value = past.nearest_term(value, scene.now, scene.zone)
    if past.is_since(before) and value["type"] == "value":
        value = {"type": "interval", "from": {"value": value["value"], "grain": value["grain"]}}
    return replace(found, value=value)


def _alternatives(found: Found, scene: Scene) -> Found:
    """Mark what even people would ask about."""
    others = _other_readings(found.value, scene.words(found), scene)
    if past.is_over(scene.before(found), scene.words(found)):
        others = []
    return replace(found, marks={**found.marks, "alternatives": others}) if others else found


def _other_readings(value: Value, words: str, scene: Scene) -> list[Value]:
    today, zone = scene.now.date(), scene.zone
    begins = first_instant(value, zone)
    if begins is None or (value["type"] == "interval" and len(value) < 3):
        return []
    if re.search(r"\bfin (?:du|de|de ce) mois$", words):
        return [day_value(today.replace(day=monthrange(today.year, today.month)[1]), zone)]
    if value.get("grain") not in ("day", "hour", "minute") or value["type"] != "value":
        return []
    day, weekday = begins.date(), re.search(WEEKDAY, words)
    number = re.search(r"(?:^|le |au |di |che )(\d{1,2})(?:er)?\b(?! ?h|[/:])", words)
    if re.search(MONTH, words) or re.search(r"\d[/-]\d", words):
        return []
    if weekday and "prochain" in words:
        same_week = day - timedelta(days=day.weekday()) <= today
        return [moved(value, days(7), zone)] if same_week else []
    if weekday and number and (day - today).days > _NEAR_DAYS:
        named, numbered = _next_weekday(day.weekday(), today), _next_numbered(int(number[1]), today)
        return [day_value(other, zone) for other in (named, numbered) if other]
    if (
        weekday
        and not number
        and (day - today).days == 7
        and re.fullmatch(rf"(?:le |ce |de )?{WEEKDAY}", words)
    ):
        return [day_value(today, zone)]
    if number and day == today:
        return [moved(value, months(1), zone)]
    return []


def _next_weekday(weekday: int, today: date) -> date:
    return today + timedelta(days=(weekday - today.weekday()) % 7)


def _next_numbered(number: int, today: date) -> date | None:
    """The next day of that number; None when no month has it."""
    if not 1 <= number <= 31:
        return None
    while today.day != number:
        today += timedelta(days=1)
    return today


def _duration(found: Found, scene: Scene) -> Found | None:
    """ "la semaine" is no duration; "sous 48 heures" is a delay for doing something."""
    words = scene.words(found)
    if not _A_NUMBER.search(words):
        return None
    if re.search(r"\bsous $", scene.before(found)):
        return replace(found, marks={**found.marks, "within": True})
    return found


def _sign(found: Found, scene: Scene) -> Found:
    """ "je peux pas mettre plus de 200": at most 200."""
    value = found.value
    at_least = value["type"] == "interval" and "to" not in value and scene.words(found).startswith("plus ")
    if not at_least or not _SAID_NOT.search(scene.before(found)):
        return found
    return replace(found, value={"type": "interval", "to": value["from"]})


def _money(found: Found, scene: Scene) -> Found | None:
    """Without a unit it is an amount only where people speak of money."""
    value = found.value
    units = {part.get("unit") for part in (value, value.get("from", {}), value.get("to", {}))} - {None}
    if units != {"unknown"} or re.search(r"balles|pouloutes", scene.words(found)):
        return found
    least = min(
        part["value"] for part in (value, value.get("from", {}), value.get("to", {})) if "unit" in part
    )
    if least < _LEAST_MONEY:
        return None
    follows = re.match(
        r" (?:personnes|enfants|ans|mois|jours|pieces|fois|semaines|heures|m2)", scene.after(found)
    )
    return found if not follows and _MONEY_TALK.search(scene.text) else None


def _number(found: Found, scene: Scene) -> Found | None:
    """An article is no number, unless something is counted."""
    words = scene.words(found)
    alone = words == scene.text.strip()
    if words in ("un", "une") and not alone and not _COUNTED.match(scene.after(found)):
        return None
    return found


_CORRECTIONS: dict[str, tuple[Correction, ...]] = {
    "time": (
        _no_false_time,
        _clock,
        _still_to_come,
        _range,
        _overnight,
        _week_of,
        _not_before,
        _past,
        _until,
        _alternatives,
    ),
    "duration": (_duration,),
    "amount-of-money": (_sign, _money),
    "number": (_number,),
    "installments": (),
}


def chosen(found: list[Found], scene: Scene) -> list[Found]:
    """One value a place: a duration or an hour, an amount rather than its number, the longest time."""
    kept: list[Found] = []
    for one in sorted(found, key=lambda each: (_rank(each, scene), -each.length)):
        # "en 3 fois" are three instalments, and the number three.
        same = [other for other in kept if (one.dim == "installments") == (other.dim == "installments")]
        clash = any(one.overlaps(other) for other in same)
        if not clash:
            kept.append(one)
    return sorted(kept, key=lambda each: (each.start, each.end, each.dim))


def _is_oclock(found: Found, scene: Scene) -> bool:
    """ "à deux heures", "quatorze heures": the time of the day rather than how long."""
    if _OCLOCK.search(scene.before(found)):
        return True
    hours = found.value["value"] if found.value.get("unit") == "hour" else 0
    return 5 <= hours < 24 and not LASTING.search(scene.before(found))


def _rank(found: Found, scene: Scene) -> int:
    if found.dim == "duration":
        return 3 if "heure" in scene.words(found) and _is_oclock(found, scene) else 1
    return {"installments": 0, "amount-of-money": 0, "time": 2, "number": 4}[found.dim]
