"""Whether a message is nothing but a day or a way of paying: then it answers the question about it."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from palier_fr.normalise import normalise
from palier_fr.times.words import any_of

# What people put around a day without saying anything else.
_AROUND = re.compile(
    any_of(
        """oui ok d'accord alors ben bah euh plutot disons peut-etre surement je j'ai on vais peux pourrai
        pense payer paie paye paierai payerai regler regle reglerai faire ferai verser verse
        verserai le la l' les mon de du d' en au a pour vers loyer virement tout ca sera c'est
        possible si svp stp s'il vous te plait merci bonjour promis sans faute ou et bonsoir
        madame monsieur normalement"""
    )
)


def says_only(text: str, entities: Iterable[Mapping[str, Any]]) -> bool:
    """Whether nothing but small words stands around those entities of the text, and there is one."""
    rest, done = [], 0
    for entity in sorted(entities, key=lambda each: each["start"]):
        rest.append(text[done : entity["start"]])
        done = max(done, entity["end"])
    rest.append(text[done:])
    words = re.findall(r"[\w'-]+", normalise(" ".join(rest)).text)
    return done > 0 and all(_AROUND.fullmatch(word) for word in words)
