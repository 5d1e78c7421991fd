"""Days that are over: "depuis samedi", "la quittance d'octobre", "il est venu lundi".

Duckling reads every day as the next one.
"""

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from palier_fr.times.values import Value, days, first_instant, months, moved
from palier_fr.times.words import MONTH, NUMBER_WORD, WEEKDAY, any_of, number_of

_LINK = any_of("de du du_mois_de de_ce de_la des datee?_du recue? recue?_le datant_du le")
_OF = rf"(?:{_LINK} |d'|du mois d'|de l')"
# Papers and messages that exist already; "loyer" and "rendez-vous" may be to come.
_PAPERS = any_of(
    """quittances? factures? courriers? lettres? e?-?mails? sms messages? releves? recus? relances?
    recommandes? mise_en_demeure avis_de_passage fiches?_de_paie bulletins? appels? commandement
    jugement inondation incendie degats?_des_eaux panne coupure attestation rejet"""
)
_DUE = any_of(
    """loyers? charges echeances? mensualites? prelevements? virements? paiements? cheques? rdv
    rendez[_-]vous visite terme"""
)
_BEFORE = re.compile(rf"\b{_PAPERS} {_OF}(?:(?:le|la|les) )?$")
_BEFORE_MONTH = re.compile(rf"\b{_PAPERS} $")
_EITHER = re.compile(rf"\b{_DUE} {_OF}?$")
_SINCE = re.compile(r"\bdepuis (?:le |la |les |l'|ce |le mois (?:de |d'))?$")
# Participles with "avoir", then with "être"; the last letter may lack or bear another accent.
_DONE = any_of(
    r"""pay\w regl\w vir\w vers\w envoy\w rec\wu appel\w telephon\w ecrit vu fait mis? demand\w signal\w
    depos\w donn\w eu perdu commenc\w cass\w rempli sign\w retir\w prelev\w rejet\w refus\w coup\w
    touch\w dit pris laiss\w attendu essay\w transmis post\w encaiss\w rappel\w repondu emmenag\w
    demenag\w cri\w frapp\w tap\w explos\w lach\w coul\w repar\w chang\w achet\w vendu quitt\w
    rencontr\w discut\w parl\w trouv\w ouvert accouch\w travaill\w oubli\w rat\w loup\w manqu\w
    prevenu bloqu\w debit\w saisi pu rendu fini arret\w inond\w vol\w agress\w menac\w insult\w
    rembours\w regularis\w complet\w valid\w confirm\w inscrit avanc\w tomb\w recu deduit baiss\w
    augment\w suspend\w repris supprim\w mari\w hurl\w dormi reveill\w gel\w sonn\w aboy\w disjonct\w"""
)
_GONE = any_of(
    r"""venu pass\w all\w parti arriv\w tomb\w sorti entr\w rentr\w rest\w n\w mort deced\w devenu revenu
    descendu mont\w retourn\w hospitalis\w licenci\w separ\w inond\w cass\w arret\w etein\w declench\w"""
)
_HAVE = any_of("ai as a avons avez ont avais avait avions avaient aviez")
_BE = any_of("suis es est etes sommes sont etait etais etaient s'est m'est")
_PAST_TENSE = re.compile(
    rf"(?:(?:j'|m'|t'|l'|n'|qu'|\b){_HAVE}(?: [\w|]+){{0,3}}? {_DONE}(?:e|s|es)?\b"
    # "j'ai payer", as it is heard; "450 a payer" is to come.
    rf"|(?:j'|n'|\b(?!a )|\b(?:il|elle|on|qui) ){_HAVE}(?: deja| bien| tout)? "
    r"(?:pay|regl|vir|vers|envoy|donn|depos)er\b"
    rf"|\bdeja {_DONE}(?:e|s|es)?\b"
    # "demain c'est mort" is impossible.
    rf"|\b(?!(?<=c')est mort\b){_BE}(?: \w+){{0,2}}? {_GONE}(?:e|s|es)?\b"
    r"|\b(?:etait|etais|etaient|avait|avais|venait)\b)(?P<rest>.*)$"
)
_WAS_TO = re.compile(r"\b(?:devait|devais|devaient|deviez)(?: \w+){1,3} $")
# Between the verb and the day: then the day is another matter, often to come. An infinitive is one.
_NOT_VERBS = any_of("hier loyer dernier premier courrier cher plombier papier chantier janvier fevrier soir")
_TURNS = re.compile(
    rf"\b(?:pour|que|qui|mais|donc|avant|d'ici|jusqu\w*|prochain\w*|je|on|il faut|peux|peut|va|vais|rdv|"
    rf"rendez[ -]vous|convocation|convoque\w*|audience|(?!{_NOT_VERBS}\b)\w{{3,}}(?:er|ir|oir))\b"
)
# What was agreed is the day, and it may be to come: "on avait dit lundi".
_AGREED = re.compile(r"\b(?:dit|convenu|entendu) (?:que |pour |de )?(?:le |la |l')?$")
# "fuite signalée le 14/10", without its verb.
_TOLD = re.compile(
    r"(?<!je )(?<!vous )(?<!etre )(?<!sera )"
    r"\b(?:signal|relanc|declar|constat|envoy|post|depos)ee?s? (?:le |la )?$"
)
_NUMBERED = r"(?:le |du )?\d{1,2}(?:er)?"
# Words of a time that already say which one it is.
_SETTLED = re.compile(
    r"\b(?:20\d\d|19\d\d|dernier|derniere|prochain\w*|suivant\w*|hier|demain|aujourd'hui|cette|cet|ce|dans|"
    r"il y a|d'ici|lendemain|veille|en huit|en quinze|en 8|en 15)\b|/\d{1,2}/\d{2,4}$|/\d{4}$"
)


def is_over(before: str, words: str) -> bool:
    """Whether what stands before a time says that it is past; `words` are those of the time."""
    if _SETTLED.search(words) or _AGREED.search(before):
        return False
    if _SINCE.search(before) or _BEFORE.search(before) or _TOLD.search(before):
        return True
    if _BEFORE_MONTH.search(before) and re.match(rf"{MONTH}|{_NUMBERED}$", words):
        return True
    if _WAS_TO.search(before):
        return True
    told = _PAST_TENSE.search(before)
    return bool(told) and not _TURNS.search(told["rest"] if told else "")


def is_told(words: str) -> bool:
    """Whether words that follow a time tell it as past: "cette nuit il a plu"."""
    clause = re.split(r"[,.;!?|\n]", words)[0]
    return _PAST_TENSE.search(clause) is not None


def is_missed(before: str, words: str, after: str) -> bool:
    """Whether what falls due on a numbered day is told as past: "le prélèvement du 10 n'est pas passé"."""
    # What was hidden ("n'", "été") is between the day and its verb.
    told = is_told(re.sub(r"[| ]+", " ", after))
    return told and bool(_EITHER.search(before)) and bool(re.fullmatch(_NUMBERED, words))


def is_since(before: str) -> bool:
    """Whether "depuis" stands right before."""
    return bool(_SINCE.search(before))


def is_term(before: str) -> bool:
    """Whether what stands right before is of a month, past or to come: "le loyer d'octobre"."""
    return bool(_EITHER.search(before))


def latest(value: Value, words: str, now: datetime, zone: ZoneInfo) -> Value:
    """The last such time that has begun; the value itself when it is over already."""
    begins = first_instant(value, zone)
    if begins is None or (begins <= now and not _same_day(begins, now, value)):
        return value
    if re.search(rf"{MONTH}|\d/\d|noel|toussaint|an$|ete|hiver|printemps|automne|pentecote|paques", words):
        return _back(value, months(-12), now, zone)
    weekday = re.search(WEEKDAY, words)
    number = re.search(rf"\b(\d{{1,2}}|(?<=le ){NUMBER_WORD})(?:er)?\b(?! ?h| ?heure|:)", words)
    if weekday and number:
        return _on_weekday(value, number_of(number[1]) or 0, begins, now, zone)
    if weekday or "week" in words:
        return _back(value, days(-7), now, zone)
    if number:
        return _back(value, months(-1), now, zone)
    if value.get("grain") in ("hour", "minute") and value["type"] == "value":
        return _back(value, days(-1), now, zone)
    return value


def nearest_term(value: Value, now: datetime, zone: ZoneInfo) -> Value:
    """The month of a rent: the next one only if it is near (people pay late more often than early)."""
    begins = first_instant(value, zone)
    if begins is None or begins <= now + timedelta(days=75):
        return value
    return moved(value, months(-12), zone)


def _same_day(begins: datetime, now: datetime, value: Value) -> bool:
    """Told of today by the name of the day: people say "aujourd'hui", so it is the one before."""
    return value.get("grain") == "day" and begins.date() == now.date()


def _back(value: Value, step: Callable[[datetime], datetime], now: datetime, zone: ZoneInfo) -> Value:
    for _ in range(4):
        begins = first_instant(value, zone)
        if begins is None or (begins <= now and not _same_day(begins, now, value)):
            break
        value = moved(value, step, zone)
    return value


def _on_weekday(value: Value, number: int, begins: datetime, now: datetime, zone: ZoneInfo) -> Value:
    """The last "vendredi 13"."""
    day: date = now.date()
    for _ in range(400):
        if day.day == number and day.weekday() == begins.weekday():
            return moved(value, days((day - begins.date()).days), zone)
        day -= timedelta(days=1)
    return value
