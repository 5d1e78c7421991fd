"""Rasa's reading of the training messages, once: it asks for them three times, and reading takes long."""

from __future__ import annotations

from functools import lru_cache

from rasa.shared.importers import utils
from rasa.shared.importers.rasa import RasaFileImporter
from rasa.shared.nlu.training_data.training_data import TrainingData


class ReadOnce(RasaFileImporter):
    """Named in config.yml; the files do not change while a process trains."""

    def get_nlu_data(self, language: str | None = "en") -> TrainingData:
        """The messages of all files; the language is that of the pipeline, no file's."""
        return _messages(tuple(self._nlu_files))


@lru_cache(maxsize=1)
def _messages(files: tuple[str, ...]) -> TrainingData:
    return utils.training_data_from_paths(list(files), "fr")
