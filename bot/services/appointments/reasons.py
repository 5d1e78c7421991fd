"""A time that is named as a reason ("j'ai dentiste jeudi 14h, je peux pas venir") is no time asked for."""

import re

from bot.services.appointments.asked import Entities
from bot.texts.format import folded

_CLAUSES = re.compile(r"[,;.!?\n]+|\b(?:mais|donc|du coup|alors|sinon|par contre)\b")
# What keeps somebody from coming: something that they have, must do or where they must be.
_REASON = re.compile(
    r"\bj ?'? ?ai\b|\bon a\b|\bje (?:travaille|bosse|garde|dois|suis)\b|\bparce qu|\bcar\b|\bvu qu|\bcomme j"
    r"|\ba cause\b|\bm(?:on|a|es) \w+ (?:a|ont|est|sont)\b"
    r"|\b(?:dentiste|medecin|docteur|hopital|kine|ecole|creche|examen|entretien|formation|boulot|travail"
    r"|convocation|prefecture|tribunal|audience|enterrement|operation|rdv chez|rendez-vous chez)\b"
)
# What makes the same clause a wish all the same.
_WISH = re.compile(
    r"\bplutot\b|\ba la place\b|(?<!pas )\bpossible\b|\bdispo|\blibre|\bje peu[xt]?\b(?! pas| plus| po)"
    r"|\bon peut\b(?! pas)|\bpeut[- ]on\b|\bpourr\w+\b(?! pas| plus)|\bprefer"
    r"|\bdecal|\breport|\bdeplac|\bchang|\bmettre\b|\bfixer\b"
    r"|\barrange|\bconvien|\bca (?:me |m')?(?:va|irait)\b|\bautre (?:date|jour|rdv|rendez|horaire|heure)"
    r"|\bbesoin d|\benvie d"
)


def wished(entities: Entities, text: str) -> Entities:
    """The entities without the times that the message gives as a reason.

    A clause that has a reason and no wish gives no time; in doubt Palier offers times, it books none.
    """
    clauses = [clause for clause in _CLAUSES.split(folded(text)) if clause.strip()]
    excuses = [clause for clause in clauses if _REASON.search(clause) and not _WISH.search(clause)]
    if not excuses:
        return entities
    wishes = [clause for clause in clauses if clause not in excuses]
    return [
        entity for entity in entities if not _only_in(folded(str(entity.get("text", ""))), excuses, wishes)
    ]


def _only_in(words: str, excuses: list[str], wishes: list[str]) -> bool:
    """Whether these words stand in an excuse and in no other clause."""
    return any(words in clause for clause in excuses) and not any(words in clause for clause in wishes)
