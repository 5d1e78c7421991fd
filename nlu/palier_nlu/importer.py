"""What Rasa sees of the training messages: one of each intent.

It checks the domain and the rules with them. Our classifier, the only component that learns from messages,
reads the files itself (components/intents.py): Rasa copies and fingerprints what it is given many times
over, and takes as long for that as learning takes.
"""

from __future__ import annotations

from functools import cached_property
from pathlib import Path

from rasa.shared.importers.rasa import RasaFileImporter
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from palier_nlu.examples import read_files


class OneOfEach(RasaFileImporter):
    """Named in config.yml."""

    def get_nlu_data(self, language: str | None = "en") -> TrainingData:
        """The last message of each intent; the language is that of the pipeline, no file's."""
        return TrainingData([Message.build(text, intent) for intent, text in self._last.items()])

    @cached_property
    def _last(self) -> dict[str, str]:
        # Asked for several times while one model is trained: the files are read once.
        return {example.intent: example.text for example in read_files(map(Path, self._nlu_files))}
