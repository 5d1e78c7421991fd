"""Times and amounts as people type them, written as Duckling reads them.

Patterns over the normal form of a text, tried in order: a match, or its group `it`, becomes what the rule
says.
"""

import re
from collections.abc import Callable
from datetime import date, timedelta

from palier_fr.phonetic import key
from palier_fr.times.typed import Typed
from palier_fr.times.words import MONEY, MONTH, MONTHS, NUMBER_WORD, WEEKDAY, WEEKDAYS, any_of, number_of

Rule = tuple[re.Pattern[str], Callable[[re.Match[str]], str]]

_NUMBER = rf"(?:\d+|{NUMBER_WORD}(?:[ -](?:et[ -])?{NUMBER_WORD}){{0,8}})"
# A number of hours after these is how long, not what o'clock.
_LASTING_CUES = any_of(
    """dans pendant depuis y_a sous durant d'ici fait en attends attendu reste dure duree
    (?:delai|retard|bout|plus|moins|duree|attente|preavis)_de"""
)
_SOFTENED = any_of("environ a_peu_pres presque au_moins plus_de deja bien a_peine max maximum exactement")
_LASTING = rf"\b{_LASTING_CUES} (?:{_SOFTENED} )?"
# What "après-midi" may follow; alone it is this afternoon.
_OF_AFTERNOON = ("l'", "d'", "cet ", "ces ", "les ", "main ", "hier ", "di ", "che ")
_ALONE = "".join(f"(?<!{cue})" for cue in _OF_AFTERNOON)
_EUROS = any_of("eurs? eu eros? heuros? eurros? euross neuros? uros? euos? zeuros?")
_MOVED = any_of(
    r"""payer paye paie regler decal\w* report\w* repouss\w* qu' avanc\w* mettre fix\w* rien change\w*
    loyer prelev\w* plutot deplac\w* ok d'accord"""
)
_OF_DAY = any_of(
    """au_lieu echeance prelevement virement cheque versement rdv rendez[_-]vous courrier lettre facture
    message sms mail reunion visite"""
)
_AT, _TO = r"(?:a |vers |apres |avant |de |entre |a partir de )?", "(?:et|a|jusqu'a)"
_LATE = r"(?:1[2-9]|2[0-3]) ?h(?:\d\d)?"
_FROM_TO = rf"(?:de|entre) \d{{1,2}} ?h(?:\d\d)? {_TO} (?:\d{{1,2}} ?h(?:\d\d)?|midi)"
_ON = rf"(?:demain|hier|apres-demain|{WEEKDAY}(?: \d{{1,2}})?)"
_MOVE = "(?:deplac|decal|report|repouss|avanc)(?:er|ez|e|ons)"
_NOT_GROWN = "".join(f"(?<!{verb} )" for verb in ("passe", "passee", "passer", "monte", "augmente", "baisse"))
_ROUND = {"huitaine": 8, "dizaine": 10, "douzaine": 12, "quinzaine": 15, "vingtaine": 20, "trentaine": 30,
          "quarantaine": 40, "cinquantaine": 50, "soixantaine": 60, "centaine": 100}  # fmt: skip
# Right before a number of hours: they last.
LASTING = re.compile(rf"{_LASTING}$")
_ROUNDS = "|".join(_ROUND)
_DIGIT = "deux|trois|quatre|cinq|six|sept|huit|neuf|[2-9]"
# One unit and its half, in the unit below (Duckling's own rule in English).
_HALVES = {"minute": (60, 30, "secondes"), "heure": (60, 30, "minutes"), "jour": (24, 12, "heures"),
           "semaine": (7, 3, "jours"), "mois": (30, 15, "jours"), "an": (12, 6, "mois"),
           "annee": (12, 6, "mois")}  # fmt: skip
# The other months sound like too many other words.
_HEARD = ("janvier", "fevrier", "septembre", "octobre", "novembre", "decembre")
# A letter is lacking, or two are swapped; "mari" and "jedi" are words.
_MISSPELLED = {
    typed: name
    for name in WEEKDAYS
    for n in range(1, len(name))
    for typed in (name[:n] + name[n + 1 :], name[: n - 1] + name[n] + name[n - 1] + name[n + 1 :])
    if typed not in ("mari", "jedi", *WEEKDAYS)
}
_SPENT = "(?:route|train|trajet|attente|avion|bus|marche|retard|travail|sommeil|cours|menage)"
_SHORT_DAYS = {name[:3]: name for name in WEEKDAYS}
_SOUNDS = {key(name): name for name in (*WEEKDAYS, *_HEARD, "demain")}


def _is(words: str) -> Callable[[re.Match[str]], str]:
    return lambda match: match.expand(words)


def _misspelled(match: re.Match[str]) -> str:
    return _MISSPELLED[match["day"]]


def _half(match: re.Match[str]) -> str:
    whole, half, unit = _HALVES[match["unit"]]
    return f"{(number_of(match['n']) or 1) * whole + half} {unit}"


def _lasting(match: re.Match[str]) -> str:
    hours, minutes = int(match["hours"]), match["minutes"]
    return f"{hours * 60 + int(minutes)} minutes" if minutes else f"{hours} heures"


def _short_day(match: re.Match[str]) -> str:
    return _SHORT_DAYS[match["day"]]


def _from_hour(match: re.Match[str]) -> str:
    return f"{number_of(match['hour'])}h"


def _two_hundreds(match: re.Match[str]) -> str:
    low, high = number_of(match["low"]) or 0, number_of(match["high"]) or 0
    return f"entre {low}00 et {high}00" if high == low + 1 else match.group()


def _round(match: re.Match[str]) -> str:
    return f"{_ROUND[match['round']]} "


_RULES: tuple[Rule, ...] = tuple(
    (re.compile(pattern), _is(becomes) if isinstance(becomes, str) else becomes)
    for pattern, becomes in (
        (r"\b(?:depui|dpuis?)\b", "depuis"),
        (r"\bdici\b", "d'ici"),
        (r"\bver(?= \d)", "vers"), (r"\bvers (?P<it>les )(?=\d|midi|minuit)", ""),
        (r"\ba compter d", "a partir d"),
        (rf"\b(?P<it>se) (?=matin|soir|midi|mois|week|{WEEKDAY})", "ce"),
        (rf"\b(?P<day>{'|'.join(_MISSPELLED)})\b", _misspelled),
        # Days and parts of days. What the masks have left of the short days are days.
        (rf"\b(?P<day>{'|'.join(_SHORT_DAYS)})\b(?!\.)", _short_day),
        (r"\b(?:2main|2m1|dm1|dmin)\b|\b2min(?= (?:a|vers?) \d)", "demain"),
        (r"\bapres ?(?:dem|dmain)\b|\bapresdemain\b", "apres-demain"),
        (r"\b(?:aprem|aprm|apm|apres[ -]?m)\b", "apres-midi"),
        (rf"{_ALONE}\b(?P<it>apres-midi)\b", "cet apres-midi"),
        (r"\bce (?P<it>mat)\b|\bmat1\b", "matin"),
        (r"\b(?:ce|le|du|au|les|des|en|mon|tout le|chaque) (?P<it>we|w-e|w e|wk|wkd|week)\b(?! ?-?end)",
         "week-end"),
        (r"\b(?:la|cette|une|par|deux|\d+) (?P<it>sem)\b", "semaine"),
        (r"\bsemaine (?P<it>proc?h?|prochain|prochaines|qui vient|a venir|d'apres)\b", "prochaine"),
        (rf"\b(?:mois|week-?end|week end|{WEEKDAY}) (?P<it>proc?h?|prochaine|qui vient|a venir)\b",
         "prochain"),
        (r"\bsemaine (?P<it>dernier|passee?|d'avant|precedente)\b", "derniere"),
        (rf"\b(?:mois|week-?end|week end|{WEEKDAY}) (?P<it>dernie(?:re)?|passe|d'avant|precedent)\b",
         "dernier"),
        # "novembre et décembre hier": the month and the day are two.
        (rf"\b{MONTH}(?P<it> )(?=(?:hier|demain|aujourd'hui)\b)", " | "),
        (rf"\b{MONTH}(?P<it> )(?=le \d)", " | "),
        (rf"\b{_MOVE}(?: [\w-]+){{0,3}}? du (?:[\w-]+ ){{1,3}}?(?P<it>au) (?=\d)", "| le"),
        (rf"\bpartir du (?P<it>1er|premier)(?= {MONTH})", "1"),
        (r"\d(?P<it> et)(?= un(?:e? autre)? (?:tiers|quart))", " |"),
        (r"\bce moi\b", "ce mois"),
        (rf"(?:\d|\b{NUMBER_WORD}) (?P<it>moi)\b(?! (?:et (?!demi)|aussi|avec|je|j'|on|ma|mon|mes)|-)",
         "mois"),
        (r"\bjus[kc]a\b", "jusqu'a"),
        (r"\bjus[kc]o\b", "jusqu'au"),
        (r"\b(?:l'|cet )?(ete|hiver|automne|printemps) prochain\b", r"cet \1"),
        (rf"(?:\d|\b{NUMBER_WORD}) (?P<it>en )(?={MONTH}\b)", "| en "),
        # Two weeks or two days one after the other are two; "4 ils" are no shekels.
        (r"(?<=\d)(?P<it>,)(?= le \d)", " |"),
        (rf"\b(demain|{WEEKDAY})(?P<it>,)(?= \1\b)", " |"),
        (r"(?<=\d )(?P<it>ils)\b", "|"),
        (r"\bsemaine(?P<it>,)(?= la semaine)", "|"),
        (r"\bapre demain\b", "apres-demain"),
        # "sauf le jeudi, après 17h": the hour is not Thursday's.
        (r"\bsauf [^,;.!?]{1,40}(?P<it>,)", " |"),
        # "le 15 c'est payé" is no amount in cents, "deux m'ont dit" no minutes.
        (rf"(?:\d|\b{NUMBER_WORD}) (?P<it>[cjmnst]')", "|"),
        # A day after "au" and "du".
        (rf"(?<!\d )\bjusqu'(?P<it>au) (?=\d{{1,2}}(?:er)?\b(?! ?h| {MONTH}))", "le"),
        (rf"\b{_MOVED} ?(?P<it>\bau) (?=\d{{1,2}}(?:er)?\b(?! ?(?:h\b|€|euro|rue|bis)))", "le"),
        (rf"\b{_OF_DAY} (?P<it>du) (?=\d{{1,2}}(?:er)?\b(?! ?(?:h\b|au|{MONTH})))", "le"),
        # "trois jours avant" is how long before.
        (rf"\b{_NUMBER} (?:minutes?|heures?|jours?|semaines?|mois) (?P<it>avant)(?=$|[ ]*[.,;!?|])", "|"),
        # Months; "sept" is more often seven than September.
        (r"(?<!\d )(?<!\der )(?<!-)(?<!dix )\bsept\b(?!\.)", "7"),
        (r"\bjanv\b\.?", "janvier"), (r"\bfevr?\b\.?", "fevrier"), (r"\bjuil\b\.?", "juillet"),
        (r"(?<=\d )sept\.", "septembre"), (r"(?<=\d )oct\b\.?", "octobre"),
        (r"(?<=\d )nov\b\.?", "novembre"), (r"(?<=\d )dec\b\.?", "decembre"),
        (r"\bcourant (?:du mois de |de |d')?(?=" + MONTH + r"\b)", ""),
        (r"\b(?:dans le )?courant (?:de |du )?(?=la semaine|cette semaine|mois)", ""),
        # Amounts.
        (rf"(?<=\d) ?{_EUROS}\b", " euros"),
        (r"(?<=\d) ?boules?\b", " balles"),
        (r"\b(?<![\d/.,-])(?<!le )(?<!du )(?<!au )(?<!la )(?<!les )(\d{2,}(?:[ .]\d{3})*(?:[.,]\d\d?)?) ?e\b"
         rf"(?! (?:etage|arrond|fois|relance|lettre|{MONTH}\b|jui))", r"\1 euros"),
        (r"(?<=\d)e(?=\d\d\b)", "€"),
        # "le 5 200 €", "5/12 200 €": a day, then an amount.
        (r"(?:\d{1,2}/\d{1,2}(?:/\d{2,4})?|\b(?:le|au) \d{1,2})(?P<it> )"
         rf"(?=\d{{3,}}(?:[.,]\d\d)? ?{MONEY})", " | "),
        (rf"\b(?:au )?mini(?:mum)? (?=\d+(?:[.,]\d+)? ?{MONEY})", "au moins "),
        (rf"\b(?:(?:au )?maxi?(?:mum)?|jusqu'a) (?=\d+(?:[.,]\d+)? ?{MONEY})", "moins de "),
        (rf"\b(?P<low>{_DIGIT}) (?:ou )?(?P<high>{_DIGIT}) cents?(?= {MONEY}|$)", _two_hundreds),
        (rf"{_NOT_GROWN}\bde (\d+) a (?=\d+ ?{MONEY})",
         r"entre \1 et "),
        # Round numbers.
        (rf"\b(?:une )?(?P<round>{_ROUNDS}) (?:de |d')(?={MONEY}|jours|semaines|mois|minutes|ans|heures)",
         _round),
        (r"\b(?:dans|sous|d'ici) (?P<it>(?:une )?(?P<round>huitaine|dizaine|quinzaine))\b(?! d)",
         lambda match: f"{_round(match)}jours"),
        # "avant la fin du mois" ends where the end of the month ends, not where it begins.
        (r"\b(?P<it>avant) (?:la )?fin (?:du|de|d')", "avant |"),
        # Dates with points.
        (r"(?<![\d.])(\d{1,2})[.](\d{1,2})[.](\d{4}|\d\d)(?![\d.])", r"\1/\2/\3"),
        (r"\ble (?P<it>(\d{1,2})[.](\d{1,2}))(?![\d.])", r"\2/\3"),
        # Durations.
        (rf"\b(?P<n>{_NUMBER}) (?P<unit>minute|jour|semaine|mois|annee|an)s? et demie?\b", _half),
        (rf"{_LASTING}(?P<it>(?P<n>{_NUMBER}) (?P<unit>heure)s? et demie?)\b", _half),
        (rf"\b(?P<it>(?P<n>{_NUMBER}) (?P<unit>heure)s? et demie?)(?= (?:d'|de ){_SPENT}\b)", _half),
        # "depuis 22h" is since ten o'clock.
        (rf"{_LASTING}(?P<it>(?!(?<=depuis )(?:1[3-9]|2[0-3]) ?h)(?P<hours>\d{{1,3}}) ?h(?:eures?)?"
         r"(?: ?(?P<minutes>\d\d))?)\b", _lasting),
        (r"(?<![\d.,])(?P<it>(?P<hours>\d{1,2}) ?h(?:eures?)?(?P<minutes>))(?= (?:d'|de )"
         rf"{_SPENT}\b)", _lasting),
        (r"(?<![\d.,])(?P<hours>2[4-9]|[3-9]\d|1\d\d) ?h(?P<minutes>)\b", _lasting),
        (r"(?<=\d) ?(?:mn|mins|minuttes?)\b", " minutes"),
        (r"\b(?:1/2|une demi|demi)[ -]?heure\b", "une demi-heure"),
        # "une petite heure" is an hour.
        (r"\b(?:une?|\d+|deux|trois) (?P<it>(?:p'?tit|petit|bon|gros)(?:ne|se|te|e)?s? )"
         r"(?=heure|demi|quart|1/4|minute|semaine|mois|quinzaine)", ""),
        (r"\b(?:3/4|(?:trois|3) quarts?) d(?:'heures?| ?'?h)\b", "45 minutes"),
        (r"\b(?:une? |1 )?(?:1/4|quart) d(?:'heure| ?'?h)\b", "15 minutes"),
        (rf"(?<!il )\b(?P<it>y ?'? ?a) (?=(?:{_SOFTENED} )?(?:une? |quelques |{_NUMBER}\b))", "il y a"),
        (rf"\b(?:y a|dans) (?P<it>{_SOFTENED} )", ""),
        # Hours.
        (rf"\b(?:entre|de|des) (?P<it>(?P<hour>{_NUMBER}) heures?)(?= (?:et|a|jusqu'a) )", _from_hour),
        (rf"\d ?(?:h|heures?)(?: ?\d\d| et demie?)? (?P<it>possible )(?=demain|apres-demain|{WEEKDAY})", ""),
        (r"(?<=\d) ?h(?:eures?)? ?(\d\d) ?(?:min|minutes)\b", r"h\1"),
        (r"(?<=\d) ?h(?:eures?)? et demie?\b", "h30"),
        (r"(?<=\d) ?h(?:eures?)? et quart\b", "h15"),
        (rf"\b(?:a|vers|avant|apres) (?P<it>(\d{{1,2}})[.](\d\d))\b(?! ?{MONEY})", r"\2h\3"),
        # Beside a clock of 24 hours the part of the day says nothing more, and Duckling begins the evening at
        # 18, ends the morning at 12.
        (rf"\b(?P<it>ce soir|cet apres-midi),?(?= {_AT}{_LATE})", "aujourd'hui"),
        (rf"\b{_LATE}(?: {_TO} {_LATE})? (?P<it>ce soir|cet apres-midi)\b", "aujourd'hui"),
        (rf"\b{_ON}(?P<it> (?:soir|apres-midi)),?(?= {_AT}{_LATE})", ""),
        (rf"\b(?P<it>ce matin),?(?= {_FROM_TO})", "aujourd'hui"),
        (rf"\b{_FROM_TO} (?P<it>ce matin)\b", "aujourd'hui"),
        (rf"\b{_ON}(?P<it> matin),?(?= {_FROM_TO})", ""),
        # Every month: the next time.
        (r"\b(?:tous les|chaque) (\d{1,2})(?:er)?(?: (?:du|de chaque|des|de tous les) mois)?\b"
         r"(?! (?:jours?|semaines?|mois|ans?|minutes?|heures?))", r"le \1"),
    )
)  # fmt: skip
_HUNDREDS = re.compile(
    rf"\b(?:(?:\d+|{NUMBER_WORD}(?:[ -](?:et[ -])?{NUMBER_WORD}){{0,4}}?)[ -])??(?:cents?|mille)"
    rf"(?:[ -](?:et[ -])?(?:{NUMBER_WORD}|\d+)){{0,8}}(?=[ -]?{MONEY})|"
    rf"(?<!\d )\b(?:{NUMBER_WORD}[ -](?:et[ -])?){{0,4}}?(?:cents?|mille)"
    rf"(?:[ -](?:et[ -])?{NUMBER_WORD}){{0,8}}\b(?! ?million)"
)
# What Duckling reads the end of: "quatre-vingt-dix" is no ten.
_TENS = re.compile(
    r"\b(?:quatre[ -]vingts?|soixante|septante|huitante|octante|nonante)"
    rf"(?:[ -](?:et[ -])?{NUMBER_WORD}){{0,2}}\b(?! ?million)"
)
_WORD = re.compile(r"(?<![\w'-])[a-z]{5,10}(?![\w'-])")
# Duckling reads a range of hours after a date, not after one with its year.
_YEAR_BEFORE_RANGE = re.compile(
    rf"\b(?P<day>\d{{1,2}})(?:/(?P<month>\d{{1,2}})| (?P<name>{MONTH}))(?P<it>[/ ](?P<year>20\d\d))"
    rf"(?=,? {_FROM_TO})"
)
_OF_NEXT_MONTH = re.compile(r"\b(?:le |du |au )?(\d{1,2})(?:er)? du mois (?:prochain|suivant)\b")


def respell(typed: Typed, today: date) -> Typed:
    """The text as Duckling reads it; `today` is the local day on which it was written."""
    typed = typed.rewrite(_WORD, lambda match: _by_ear(match.group()))
    for pattern, becomes in _RULES:
        typed = typed.rewrite(pattern, becomes)
    typed = typed.rewrite(_HUNDREDS, lambda match: str(number_of(match.group()) or match.group()))
    typed = typed.rewrite(_TENS, lambda match: str(number_of(match.group()) or match.group()))
    typed = typed.rewrite(_OF_NEXT_MONTH, lambda match: _next_month(int(match[1]), today))
    return typed.rewrite(_YEAR_BEFORE_RANGE, lambda match: _without_near_year(match, today))


def _by_ear(word: str) -> str:
    """A day or a month that is misspelled, as it is spelled; plurals stay."""
    name = _SOUNDS.get(key(word), word)
    return word if word == f"{name}s" else name


def _without_near_year(match: re.Match[str], today: date) -> str:
    """Nothing, for the year of a date that comes within the next twelve months."""
    month = int(match["month"]) if match["month"] else MONTHS.index(match["name"]) + 1
    try:
        days = (date(int(match["year"]), month, int(match["day"])) - today).days
    except ValueError:  # no such day
        return match["it"]
    return "" if 0 <= days < 365 else match["it"]


def _next_month(day: int, today: date) -> str:
    following = today.replace(day=1) + timedelta(days=32)
    return f"le {day} {MONTHS[following.month - 1]} {following.year}"
