"""Our intent classifier: machines and a small network over several views of the normalised text.

Rasa's own featurizers also compute features word by word, which nothing here reads; one component that
goes from the text to the intent trains and answers several times faster, and what it saves is arrays
and JSON, never pickled objects.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from palier_nlu.catalogue import Catalogue
from palier_nlu.doubt import Caution
from palier_nlu.examples import read_examples
from palier_nlu.matters import Matter, understand
from palier_nlu.model import SEED, SHARPNESS, STRENGTH, Model

FALLBACK = "nlu_fallback"
_CAUTION = ("threshold", "ambiguity", "harmless", "gravity", "serious", "long", "sure")


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class FrenchIntentClassifier(GraphComponent, IntentClassifier):
    """Sets `intent` and `intent_ranking` of each message: those of the matter that leads.

    `matters` are the other matters; `doubt` says what to do when it is not sure, and the intent is then
    Rasa's `nlu_fallback`. `span` is the part of the text that the leading matter is said in.
    """

    def __init__(
        self,
        config: dict[str, Any],
        storage: ModelStorage,
        resource: Resource,
        catalogue: Catalogue,
        model: Model | None = None,
    ) -> None:
        self._config = config
        self._catalogue = catalogue
        self._caution = Caution(**{name: config[name] for name in _CAUTION})
        self._storage = storage
        self._resource = resource
        self._model = model

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """`strength` is the inverse of the regularisation, `sharpness` turns margins into probabilities.

        `ranking_length` caps the ranking, in which the danger intents stay whatever their place: whoever
        raises an alarm adds their probabilities up. `messages`, a folder of training files, and `catalogue`
        are read at training, from the folder where training runs. The others are those of `Caution`.
        """
        caution = Caution()
        return {
            **{name: getattr(caution, name) for name in _CAUTION},
            "messages": "data/rasa/nlu",
            "catalogue": "data/content/intents.yml",
            "strength": STRENGTH,
            "sharpness": SHARPNESS,
            "ranking_length": 10,
            "random_state": SEED,
        }

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> FrenchIntentClassifier:
        """A classifier that has learnt nothing yet."""
        return cls(config, model_storage, resource, Catalogue.read(Path(config["catalogue"])))

    def train(self, training_data: TrainingData) -> Resource:
        """Learn from the labelled messages and keep the result in the model archive.

        They are read from the files: Rasa has only one of each intent (palier_nlu/importer.py).
        """
        examples = read_examples(Path(self._config["messages"]))
        self._model = Model.fit(
            [example.text for example in examples],
            [example.intent for example in examples],
            dangers=self._catalogue.dangers,
            strength=self._config["strength"],
            sharpness=self._config["sharpness"],
            seed=self._config["random_state"],
        )
        with self._storage.write_to(self._resource) as folder:
            (folder / "vocabulary.json").write_text(json.dumps(self._model.vocabulary()), encoding="utf-8")
            (folder / "catalogue.json").write_text(json.dumps(self._catalogue.to_json()), encoding="utf-8")
            np.savez_compressed(folder / "weights.npz", **self._model.arrays())
        return self._resource

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> FrenchIntentClassifier:
        """The classifier that `train` saved."""
        with model_storage.read_from(resource) as folder:
            vocabulary = json.loads((folder / "vocabulary.json").read_text(encoding="utf-8"))
            catalogue = json.loads((folder / "catalogue.json").read_text(encoding="utf-8"))
            with np.load(folder / "weights.npz", allow_pickle=False) as arrays:
                model = Model.restore(vocabulary, dict(arrays))
        return cls(config, model_storage, resource, Catalogue.from_json(catalogue), model)

    def process(self, messages: list[Message]) -> list[Message]:
        """Say what each message is about."""
        if self._model is None:
            raise RuntimeError("the intent classifier has not been trained")
        for message in messages:
            self._read(self._model, message)
        return messages

    def _read(self, model: Model, message: Message) -> None:
        text = message.get(TEXT) or ""
        understood = understand(model.rank, self._catalogue.ranks, text)
        doubt = self._caution.doubt(understood.ranking, self._catalogue, len(text.split()))
        ranking = [
            {"name": name, "confidence": confidence}
            for place, (name, confidence) in enumerate(understood.ranking)
            if place < self._config["ranking_length"] or self._catalogue.ranks[name] == 0
        ]
        intent = {"name": FALLBACK, "confidence": 1.0} if doubt else ranking[0]
        message.set("intent", intent, add_to_output=True)
        message.set("intent_ranking", ranking, add_to_output=True)
        message.set("doubt", doubt, add_to_output=True)
        message.set("span", [understood.start, understood.end], add_to_output=True)
        message.set("matters", [_as_json(matter) for matter in understood.others], add_to_output=True)

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Nothing downstream learns from the ranking."""
        return training_data


def _as_json(matter: Matter) -> dict[str, Any]:
    return {
        "intent": matter.intent,
        "confidence": matter.confidence,
        "start": matter.start,
        "end": matter.end,
    }
