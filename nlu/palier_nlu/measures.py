"""What the guesses of a model are worth: figures for the report."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from palier_fr.alarm import DANGER_PROBABILITY, WORRY_PROBABILITY
from palier_nlu.catalogue import Catalogue
from palier_nlu.doubt import ASK, PERSON
from palier_nlu.examples import Example
from palier_nlu.matters import Ranking


@dataclass(frozen=True)
class Guess:
    """What was made of a message, and what Palier would do of it."""

    example: Example
    ranking: Ranking
    others: tuple[str, ...]
    doubt: str | None
    # Whether the danger lexicon finds a sign of which it is sure; or any.
    signed: bool
    hinted: bool
    # Whether it has a word that is often one of danger.
    worded: bool
    catalogue: Catalogue

    @property
    def intent(self) -> str:
        """The best guess."""
        return self.ranking[0][0]

    @property
    def confidence(self) -> float:
        """Its probability."""
        return self.ranking[0][1]

    @property
    def right(self) -> bool:
        """The best guess is the label."""
        return self.intent == self.example.intent

    @property
    def is_danger(self) -> bool:
        """The message is labelled as a danger."""
        return self.catalogue.ranks[self.example.intent] == 0

    @property
    def danger(self) -> float:
        """The probability of the danger intents together."""
        return sum(chance for name, chance in self.ranking if self.catalogue.ranks[name] == 0)

    @property
    def alarming(self) -> bool:
        """The model alone would alert."""
        return self.danger >= DANGER_PROBABILITY

    @property
    def alerts(self) -> bool:
        """One net or the other would alert, or both in doubt."""
        return self.signed or self.alarming or (self.hinted and self.danger >= WORRY_PROBABILITY)

    @property
    def asks(self) -> bool:
        """Palier would ask what is meant."""
        return self.doubt == ASK and self.danger < WORRY_PROBABILITY and not self.signed

    @property
    def needs_a_person(self) -> bool:
        """By the catalogue, a person must hear of what the message is about."""
        about = (self.example.intent, *self.example.others)
        return any(name in self.catalogue.for_a_person for name in about)

    @property
    def reaches_a_person(self) -> bool:
        """As `palier parse` says it: a question counts, for when nobody answers it a person reads."""
        understood = (self.intent, *self.others)
        return (
            self.signed
            or self.danger >= WORRY_PROBABILITY
            or self.doubt in (ASK, PERSON)
            or any(name in self.catalogue.for_a_person for name in understood)
        )


Guesses = Sequence[Guess]


def share(guesses: Guesses, holds: Callable[[Guess], bool]) -> float | None:
    """The share of the guesses for which it holds; None of nothing."""
    return sum(map(holds, guesses)) / len(guesses) if guesses else None


# A voice more of whose messages than this are of danger was written to be hard.
_EVERYDAY = 1 / 3


def everyday(guesses: Guesses) -> Guesses:
    """Those of the voices that write of everything, danger among it."""
    return [
        guess
        for said in _by_voice(guesses).values()
        if sum(guess.is_danger for guess in said) <= _EVERYDAY * len(said)
        for guess in said
    ]


def overview(guesses: Guesses) -> dict[str, float | None]:
    """The figures that the project is held to."""
    danger = [guess for guess in guesses if guess.is_danger]
    calm = [guess for guess in guesses if not guess.is_danger]
    ordinary = [guess for guess in calm if not guess.worded]
    worded = [guess for guess in calm if guess.worded]
    quiet = [guess for guess in guesses if not guess.needs_a_person]
    needy = [guess for guess in guesses if guess.needs_a_person]
    return {
        "right": share(guesses, lambda guess: guess.right),
        "in_first_three": share(guesses, lambda g: g.example.intent in [name for name, _ in g.ranking[:3]]),
        "danger_found": share(danger, lambda guess: guess.alerts),
        "danger_reaches_a_person": share(danger, lambda guess: guess.reaches_a_person),
        "danger_reaches_a_person_at_once": share(danger, lambda g: g.reaches_a_person and not g.asks),
        "false_danger": share(calm, lambda guess: guess.alerts),
        "false_danger_ordinary": share(ordinary, lambda guess: guess.alerts),
        "false_danger_with_its_words": share(worded, lambda guess: guess.alerts),
        "false_hand_off": share(quiet, lambda guess: guess.reaches_a_person),
        "false_hand_off_without_question": share(quiet, lambda g: g.reaches_a_person and not g.asks),
        "asks": share(guesses, lambda guess: guess.asks),
        "asks_though_right": share(guesses, lambda guess: guess.asks and guess.right),
        "person_at_once": share(guesses, lambda g: bool(g.doubt) and not (g.asks or g.alerts)),
        "needs_a_person_gets_none": share(needy, lambda guess: not guess.reaches_a_person),
        "acts_wrongly": share(guesses, lambda g: not (g.doubt or g.alerts or g.right)),
    }


def by_intent(guesses: Guesses) -> list[dict[str, Any]]:
    """How many, precision, recall and F1 of each intent, the doubt left aside."""
    labels = Counter(guess.example.intent for guess in guesses)
    found = Counter(guess.intent for guess in guesses)
    right = Counter(guess.intent for guess in guesses if guess.right)
    return [
        {
            "intent": intent,
            "messages": labels[intent],
            "precision": right[intent] / found[intent] if found[intent] else None,
            "recall": right[intent] / labels[intent],
            "f1": 2 * right[intent] / (labels[intent] + found[intent]),
        }
        for intent in sorted(labels)
    ]


def confusions(guesses: Guesses) -> list[tuple[str, str, int]]:
    """Pairs of label and wrong guess with their number, the most frequent first."""
    pairs = Counter((guess.example.intent, guess.intent) for guess in guesses if not guess.right)
    return [(*pair, count) for pair, count in pairs.most_common()]


def danger(guesses: Guesses) -> list[dict[str, Any]]:
    """What each net finds and cries wolf about, alone and together."""
    real = [guess for guess in guesses if guess.is_danger]
    calm = [guess for guess in guesses if not guess.is_danger]
    nets: dict[str, Callable[[Guess], bool]] = {
        "model": lambda guess: guess.alarming,
        "lexicon": lambda guess: guess.hinted,
        "either": lambda guess: guess.alerts,
    }
    return [{"net": name, "found": share(real, net), "false": share(calm, net)} for name, net in nets.items()]


def calibration(guesses: Guesses) -> list[dict[str, float]]:
    """For each tenth of confidence: how many guesses, their mean confidence, the share that is right."""
    tenths: dict[int, list[Guess]] = defaultdict(list)
    for guess in guesses:
        tenths[min(9, int(guess.confidence * 10))].append(guess)
    return [
        {
            "messages": len(tenth),
            "says": sum(guess.confidence for guess in tenth) / len(tenth),
            "is_right": sum(guess.right for guess in tenth) / len(tenth),
        }
        for _, tenth in sorted(tenths.items())
    ]


def by_voice(guesses: Guesses) -> list[dict[str, Any]]:
    """The overview of each voice, the worst understood first."""
    rows = [
        {"voice": voice, "messages": len(said), **overview(said)}
        for voice, said in _by_voice(guesses).items()
    ]
    return sorted(rows, key=lambda row: row["right"])


def _by_voice(guesses: Guesses) -> dict[str | None, list[Guess]]:
    voices: dict[str | None, list[Guess]] = defaultdict(list)
    for guess in guesses:
        voices[guess.example.voice].append(guess)
    return voices


def several(guesses: Guesses) -> dict[str, float | None]:
    """How the messages of several matters are read."""
    many = [guess for guess in guesses if guess.example.others]
    found = [name in g.others for g in many for name in g.example.others]
    return {
        "messages": len(many),
        "leading_right": share(many, lambda guess: guess.right),
        "others_found": sum(found) / len(found) if found else None,
        "seen_in_others_messages": share(
            [g for g in guesses if not g.example.others], lambda g: bool(g.others)
        ),
    }


def summary(guesses: Guesses) -> dict[str, Any]:
    """Every figure, ready for JSON."""
    return {
        "messages": len(guesses),
        "voices": len({guess.example.voice for guess in guesses}),
        "overview": overview(guesses),
        "overview_everyday": overview(everyday(guesses)),
        "by_intent": by_intent(guesses),
        "confusions": confusions(guesses)[:20],
        "danger": danger(guesses),
        "calibration": calibration(guesses),
        "several": several(guesses),
        "by_voice": by_voice(guesses),
    }
