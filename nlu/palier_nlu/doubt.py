"""What to do of a ranking that is not sure: act all the same, ask, or bring a person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from palier_nlu.catalogue import Catalogue

ASK, PERSON = "ask", "person"
# A yes or a no acts on the question that waits: too unsure, it is never simply taken.
_ANSWERS = {"affirm", "deny"}


@dataclass(frozen=True)
class Caution:
    """When the model doubts, and what it does then (measured in nlu/README.md).

    What counts is what would be lost: `need`, the probability of all the meanings that a person must hear
    of. From `serious` on a person hears of it: by what the message means, or by reading it the same working
    day when the best meaning has less than `threshold`, leads by less than `ambiguity`, or brings nobody.
    Below, Palier asks, unless the best meaning brings nobody and `need`, with danger counted `gravity` times,
    stays under `harmless`: then it answers; a yes or a no must have `sure` for that. A person reads at once
    what it would ask about in `long` words or more.
    """

    threshold: float = 0.4
    ambiguity: float = 0.05
    harmless: float = 0.4
    gravity: float = 9.0
    serious: float = 0.75
    long: int = 40
    sure: float = 0.6

    def doubt(self, ranking: Sequence[tuple[str, float]], catalogue: Catalogue, words: int) -> str | None:
        """None, `ASK` or `PERSON`. The ranking holds every intent."""
        (name, best), (_, second) = ranking[:2]
        brings_nobody = catalogue.handoffs[name] == "none"
        need = sum(chance for other, chance in ranking if catalogue.handoffs[other] != "none")
        if need >= self.serious:
            unsure = best < self.threshold or best - second < self.ambiguity
            return PERSON if unsure or brings_nobody else None
        grave = sum(chance for other, chance in ranking if catalogue.ranks[other] == 0)
        acts = name in _ANSWERS and best < self.sure
        if brings_nobody and not acts and need + (self.gravity - 1) * grave < self.harmless:
            return None
        return PERSON if words >= self.long else ASK
