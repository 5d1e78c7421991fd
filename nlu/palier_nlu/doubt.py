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

    It doubts when its best meaning has less than `threshold`, or leads by less than `ambiguity`. What then
    counts is what would be lost: `need`, the probability of all the meanings that a person must hear of,
    those of danger counted `gravity` times. Under `harmless` the best answer is given (each offers a
    person), else Palier asks; from a `need` of `serious` on a person reads at once, and so do they a message
    of `long` words or more.
    """

    threshold: float = 0.4
    ambiguity: float = 0.05
    harmless: float = 0.6
    gravity: float = 5.0
    serious: float = 0.7
    long: int = 40

    def doubt(self, ranking: Sequence[tuple[str, float]], catalogue: Catalogue, words: int) -> str | None:
        """None, `ASK` or `PERSON`. The ranking holds every intent."""
        best, second = ranking[0][1], ranking[1][1]
        if best >= self.threshold and best - second >= self.ambiguity:
            return None
        need = sum(chance for name, chance in ranking if catalogue.handoffs[name] != "none")
        grave = sum(chance for name, chance in ranking if catalogue.ranks[name] == 0)
        acts = ranking[0][0] in _ANSWERS and best < self.threshold
        if not acts and need + (self.gravity - 1) * grave < self.harmless:
            return None
        return PERSON if need >= self.serious or words >= self.long else ASK
