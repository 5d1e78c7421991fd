"""Measure the intent model on voices that it has not learnt: `python -m palier_nlu.evaluate`.

Every message of data/rasa/nlu names its voice (the imagined person who writes it). Each voice is held out
in turn with a few others, so that no figure rests on a way of writing that was seen in training. A message
without a voice is learnt and never measured.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from ruamel.yaml import YAML

from palier_fr import Lexicon
from palier_nlu.fingerprint import LEXICON
from palier_nlu.linear import SEED, SHARPNESS, STRENGTH, LinearModel

DANGER = ("report_violence", "report_distress", "report_hazard")
_ANNOTATION = re.compile(r"\[([^\]]*)\](?:\([^)]*\)|\{[^}]*\})")


@dataclass(frozen=True)
class Example:
    """A labelled message."""

    text: str
    intent: str
    voice: str | None


@dataclass(frozen=True)
class Guess:
    """What the model made of a held-out message."""

    example: Example
    ranking: list[tuple[str, float]]

    @property
    def right(self) -> bool:
        """The best guess is the label."""
        return self.ranking[0][0] == self.example.intent

    def hesitates(self, threshold: float, ambiguity: float) -> bool:
        """As `FallbackClassifier` decides."""
        best, second = self.ranking[0][1], self.ranking[1][1]
        return best < threshold or best - second < ambiguity


def read_examples(folder: Path) -> list[Example]:
    """Every message of the folder's training files."""
    reader = YAML(typ="safe")
    return [
        example
        for path in sorted(folder.glob("*.yml"))
        for entry in reader.load(path)["nlu"]
        for example in _read_entry(entry)
    ]


def _read_entry(entry: dict[str, Any]) -> Iterator[Example]:
    voice = (entry.get("metadata") or {}).get("voice")
    examples = entry["examples"]
    lines = examples.splitlines() if isinstance(examples, str) else [item["text"] for item in examples]
    for line in lines:
        text = line.strip().removeprefix("- ").strip()
        if text:
            yield Example(_ANNOTATION.sub(r"\1", text), entry["intent"], voice)


def cross_validate(examples: Sequence[Example], folds: int, strength: float, shuffle: int = 0) -> list[Guess]:
    """A guess for each message that has a voice, by a model that never heard that voice."""
    voices = sorted({example.voice for example in examples if example.voice})
    np.random.RandomState(shuffle).shuffle(voices)
    guesses: list[Guess] = []
    for fold in range(folds):
        held_out = set(voices[fold::folds])
        learnt = [example for example in examples if example.voice not in held_out]
        model = LinearModel.fit(
            [example.text for example in learnt],
            [example.intent for example in learnt],
            strength=strength,
            sharpness=SHARPNESS,
            seed=SEED,
        )
        for example in examples:
            if example.voice in held_out:
                guesses.append(Guess(example, model.rank(example.text)))
    return guesses


def f1_by_intent(guesses: Sequence[Guess]) -> dict[str, float]:
    """F1 of each intent, hesitation ignored."""
    labels = Counter(guess.example.intent for guess in guesses)
    found = Counter(guess.ranking[0][0] for guess in guesses)
    right = Counter(guess.example.intent for guess in guesses if guess.right)
    return {intent: 2 * right[intent] / (labels[intent] + found[intent]) for intent in sorted(labels)}


def at_threshold(guesses: Sequence[Guess], threshold: float, ambiguity: float) -> dict[str, float]:
    """What a threshold does: how often Palier asks, and how often it acts wrongly.

    `danger_lost`: danger messages that are neither read as danger nor asked about.
    """
    asked = [guess for guess in guesses if guess.hesitates(threshold, ambiguity)]
    acted = [guess for guess in guesses if not guess.hesitates(threshold, ambiguity)]
    danger = [guess for guess in guesses if guess.example.intent in DANGER]
    lost = [g for g in danger if not g.hesitates(threshold, ambiguity) and g.ranking[0][0] not in DANGER]
    return {
        "threshold": threshold,
        "asked": len(asked) / len(guesses),
        "asked_though_right": sum(guess.right for guess in asked) / len(guesses),
        "acted_wrongly": sum(not guess.right for guess in acted) / len(guesses),
        "danger_lost": len(lost) / max(1, len(danger)),
    }


def calibration(guesses: Sequence[Guess]) -> list[list[float]]:
    """For each tenth of confidence: how many guesses, their mean confidence, the share that is right."""
    tenths: list[list[Guess]] = [[] for _ in range(10)]
    for guess in guesses:
        tenths[min(9, int(guess.ranking[0][1] * 10))].append(guess)
    return [
        [
            len(tenth),
            float(np.mean([g.ranking[0][1] for g in tenth])),
            float(np.mean([g.right for g in tenth])),
        ]
        for tenth in tenths
        if tenth
    ]


def danger_at(guesses: Sequence[Guess], probability: float, lexicon: Lexicon | None) -> dict[str, float]:
    """What an alarm at this probability of the three danger intents together finds, and cries wolf about."""
    alarms = [
        sum(chance for name, chance in guess.ranking if name in DANGER) >= probability for guess in guesses
    ]
    signs = [bool(lexicon and lexicon.find(guess.example.text)) for guess in guesses]
    danger = np.array([guess.example.intent in DANGER for guess in guesses])
    model, either = np.array(alarms), np.array(alarms) | np.array(signs)
    return {
        "probability": probability,
        "found_by_model": float(model[danger].mean()),
        "false_by_model": float(model[~danger].mean()),
        "found_by_either": float(either[danger].mean()),
        "false_by_either": float(either[~danger].mean()),
    }


def summary(guesses: Sequence[Guess], ambiguity: float, lexicon: Lexicon | None = None) -> dict[str, Any]:
    """The figures, ready for JSON."""
    f1 = f1_by_intent(guesses)
    confusions = Counter((g.example.intent, g.ranking[0][0]) for g in guesses if not g.right)
    top_three = [g.example.intent in [name for name, _ in g.ranking[:3]] for g in guesses]
    return {
        "messages": len(guesses),
        "accuracy": float(np.mean([guess.right for guess in guesses])),
        "in_first_three": float(np.mean(top_three)),
        "macro_f1": float(np.mean(list(f1.values()))),
        "f1": f1,
        "confusions": [[*pair, count] for pair, count in confusions.most_common(20)],
        "thresholds": [at_threshold(guesses, step / 100, ambiguity) for step in range(10, 75, 5)],
        "calibration": calibration(guesses),
        "danger": [danger_at(guesses, step / 100, lexicon) for step in range(15, 65, 5)],
    }


def main() -> int:
    """Print the figures as JSON."""
    parser = argparse.ArgumentParser(prog="palier_nlu.evaluate", description=str(__doc__).splitlines()[0])
    parser.add_argument("--messages", type=Path, default=Path("data/rasa/nlu"))
    parser.add_argument("--folds", type=int, default=5)
    parser.add_argument("--strength", type=float, default=STRENGTH)
    parser.add_argument("--ambiguity", type=float, default=0.05)
    parser.add_argument("--shuffle", type=int, default=0, help="another number, other voices together")
    parser.add_argument("--lexicon", type=Path, default=LEXICON)
    arguments = parser.parse_args()
    lexicon = None
    if arguments.lexicon.exists():
        lexicon = Lexicon.from_mapping(YAML(typ="safe").load(arguments.lexicon))
    guesses = cross_validate(
        read_examples(arguments.messages), arguments.folds, arguments.strength, arguments.shuffle
    )
    json.dump(summary(guesses, arguments.ambiguity, lexicon), sys.stdout, ensure_ascii=False, indent=1)
    sys.stdout.write("\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
