"""Tips, check-ins, workshops: discreet ones show nothing over a shoulder, simple sentences are short."""

import re

from bot.domain.states import Register
from bot.texts import Texts, Voice

_TENANT = ("tips.", "kit.", "checkin.", "workshop.", "question.tip", "question.checkin", "question.workshop")
# A matter is a button that a discreet tenant does not get; the team reads it in the case.
_STAFF = ("checkin.reason.", "checkin.matter.")
_TELLS = re.compile(
    r"loyer|payer|dette|logement|facture|bailleur|immeuble|voisin|atelier|argent", re.IGNORECASE
)


def _keys(texts: Texts) -> list[str]:
    keys = (key for key in texts.ordinary if key.startswith(_TENANT) and not key.startswith(_STAFF))
    return [key for key in keys if not key.endswith(".discreet")]


def test_discreet_sentences_tell_neither_housing_nor_money(texts: Texts) -> None:
    assert len(_keys(texts)) > 80
    for key in _keys(texts):
        for register in Register:
            said = texts.say(key, Voice(register, discreet=True), **_values(texts, key))
            assert not _TELLS.search(said), (key, said)


def test_simple_sentences_are_short(texts: Texts) -> None:
    for key in _keys(texts):
        if key in texts.simple:
            said = texts.say(key, Voice(Register.SIMPLE), **_values(texts, key))
            for sentence in re.split(r"[.!?]\s|\n", said):
                assert len(sentence.split()) <= 12, (key, sentence)


def _values(texts: Texts, key: str) -> dict[str, str]:
    return dict.fromkeys(re.findall(r"\{(\w+)\}", texts.ordinary[key]), "x")
