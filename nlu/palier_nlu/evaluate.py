"""Measure the understanding of messages: `python -m palier_nlu.evaluate`, from the root of the repository.

Two measures. *Kept apart*: messages of tests/nlu/messages, whose voices are in no training file. *Held out*:
every training message that names its voice, read by a model that has learnt the other voices only; a message
without a voice is learnt and never measured. Times and amounts: the messages of tests/palier_fr/times. The
figures go out as JSON, and into one HTML page on demand.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from ruamel.yaml import YAML

from palier_fr import Lexicon
from palier_nlu.catalogue import Catalogue
from palier_nlu.concepts import DANGER_FAMILIES, Concepts, read_concepts
from palier_nlu.doubt import Caution
from palier_nlu.duckling import corpus
from palier_nlu.duckling.engine import Worker
from palier_nlu.duckling.measure import Reading, figures, reading_of
from palier_nlu.examples import Example, read_examples, read_kept_apart
from palier_nlu.fingerprint import CATALOGUE, LEXICON
from palier_nlu.matters import understand
from palier_nlu.measures import Guess, summary
from palier_nlu.model import SEED, SHARPNESS, STRENGTH, Model
from palier_nlu.report import page
from palier_nlu.views import words_of


@dataclass(frozen=True)
class Reader:
    """All that decides what is made of a message, but the model."""

    catalogue: Catalogue
    caution: Caution
    lexicon: Lexicon
    concepts: Concepts

    @classmethod
    def load(cls, config: Path) -> Reader:
        """As the product is configured."""
        pipeline = YAML(typ="safe").load(config)["pipeline"]
        settings = next(part for part in pipeline if part["name"].endswith("FrenchIntentClassifier"))
        caution = {name: settings[name] for name in Caution.__dataclass_fields__ if name in settings}
        lexicon = Lexicon.from_mapping(YAML(typ="safe").load(LEXICON))
        return cls(Catalogue.read(CATALOGUE), Caution(**caution), lexicon, Concepts(read_concepts()))

    def guesses(self, model: Model, examples: Sequence[Example]) -> list[Guess]:
        """What the model makes of each message."""
        return [self._guess(model, example) for example in examples]

    def _guess(self, model: Model, example: Example) -> Guess:
        found = understand(model.rank, self.catalogue.ranks, example.text)
        doubt = self.caution.doubt(found.ranking, self.catalogue, len(example.text.split()))
        others = tuple(matter.intent for matter in found.others)
        signs = self.lexicon.find(example.text)
        signed, hinted = any(not sign.unsure for sign in signs), bool(signs)
        families = self.concepts.of(words_of(example.text))
        # Who writes one of their words and is in no danger tries the alarm most.
        worded = any(DANGER_FAMILIES.intersection(names) for names in families)
        return Guess(example, found.ranking, others, doubt, signed, hinted, worded, self.catalogue)


def fit(examples: Sequence[Example], catalogue: Catalogue) -> Model:
    """A model as it is trained for the product."""
    return Model.fit(
        [example.text for example in examples],
        [example.intent for example in examples],
        dangers=catalogue.dangers,
        strength=STRENGTH,
        sharpness=SHARPNESS,
        seed=SEED,
    )


def cross_validate(reader: Reader, examples: Sequence[Example], folds: int, shuffle: int = 0) -> list[Guess]:
    """A guess for each message that has a voice, by a model that never heard that voice."""
    voices = sorted({example.voice for example in examples if example.voice})
    np.random.RandomState(shuffle).shuffle(voices)
    guesses: list[Guess] = []
    for fold in range(folds):
        held_out = set(voices[fold::folds])
        model = fit([example for example in examples if example.voice not in held_out], reader.catalogue)
        guesses += reader.guesses(model, [example for example in examples if example.voice in held_out])
    return guesses


def measure(
    reader: Reader, training: Sequence[Example], apart: Sequence[Example], folds: int, shuffle: int
) -> dict[str, list[Guess]]:
    """The guesses of both measures; no fold, no second measure."""
    found = {}
    if apart:
        found["kept_apart"] = reader.guesses(fit(training, reader.catalogue), apart)
    if folds:
        found["held_out"] = cross_validate(reader, training, folds, shuffle)
    return found


def read_times() -> list[Reading]:
    """The messages about times and amounts, and the sentences that have none, as they are read."""
    worker = Worker()
    worker.start()
    try:
        return [reading_of(row, worker) for row in (*corpus.messages(), *corpus.sentences_without())]
    finally:
        worker.close()


def main() -> int:
    """Print the figures as JSON, or write the page."""
    parser = argparse.ArgumentParser(prog="palier_nlu.evaluate", description=str(__doc__).splitlines()[0])
    parser.add_argument("--messages", type=Path, default=Path("data/rasa/nlu"), help="what is learnt")
    parser.add_argument(
        "--apart", type=Path, default=Path("tests/nlu/messages"), help="what is only measured"
    )
    parser.add_argument("--config", type=Path, default=Path("config.yml"))
    parser.add_argument("--folds", type=int, default=5, help="groups of voices held out in turn; 0: none")
    parser.add_argument("--shuffle", type=int, default=0, help="another number, other voices together")
    parser.add_argument("--report", type=Path, help="write an HTML page here instead of JSON on stdout")
    arguments = parser.parse_args()
    apart = read_kept_apart(arguments.apart) if arguments.apart.is_dir() else []
    found = measure(
        Reader.load(arguments.config),
        read_examples(arguments.messages),
        apart,
        arguments.folds,
        arguments.shuffle,
    )
    if arguments.report:
        arguments.report.parent.mkdir(parents=True, exist_ok=True)
        arguments.report.write_text(page(found, figures(read_times())), encoding="utf-8")
        print(arguments.report)
        return 0
    known: dict[str, Any] = {name: summary(guesses) for name, guesses in found.items()}
    json.dump({**known, "times": figures(read_times())}, sys.stdout, ensure_ascii=False, indent=1)
    sys.stdout.write("\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
