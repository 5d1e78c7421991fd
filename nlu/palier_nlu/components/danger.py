"""The danger lexicon inside the model: every parse says which kinds of danger the words show."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from rasa.shared.utils.io import read_yaml_file

from palier_fr import Lexicon

SIGNS = "signs"
_FILE = "lexicon.json"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=True)
class DangerSigns(GraphComponent):
    """Sets `signs` of each message: the sorted kinds of danger that the lexicon is sure to find in its text.

    The lexicon is copied into the model when it is trained, so that the hash of the model covers it and
    a server needs no other file.
    """

    def __init__(self, lexicon: Lexicon, resource: Resource) -> None:
        self._lexicon = lexicon
        self._resource = resource

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """`lexicon`: the file to read at training, from the folder where training runs."""
        return {"lexicon": "data/content/danger_lexicon.yml"}

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> DangerSigns:
        """Read the lexicon's file, check it, and keep it in the model."""
        content = dict(read_yaml_file(Path(config["lexicon"])))
        lexicon = Lexicon.from_mapping(content)
        with model_storage.write_to(resource) as folder:
            (folder / _FILE).write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
        return cls(lexicon, resource)

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> DangerSigns:
        """The lexicon that the model was trained with."""
        with model_storage.read_from(resource) as folder:
            content = json.loads((folder / _FILE).read_text(encoding="utf-8"))
        return cls(Lexicon.from_mapping(content), resource)

    def train(self, training_data: TrainingData) -> Resource:
        """Nothing to learn: `create` has already kept the lexicon."""
        return self._resource

    def process(self, messages: list[Message]) -> list[Message]:
        """Look for signs in the text as it was typed."""
        for message in messages:
            found = self._lexicon.kinds(message.get(TEXT) or "", unsure=False)
            message.set(SIGNS, found, add_to_output=True)
        return messages

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Nothing downstream learns from the signs."""
        return training_data
