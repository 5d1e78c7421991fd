"""The model that says what a message is about, without Rasa: evaluation and training share it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix

from palier_nlu import machines, network
from palier_nlu.concepts import DANGER_FAMILIES, read_concepts
from palier_nlu.features import LETTERS, WORDS, Features
from palier_nlu.network import Network
from palier_nlu.noise import noisy

# The inverse of the machines' regularisation, and the seed: the same for training and for evaluation.
STRENGTH = 0.7
SEED = 42
# What margins and network scores are multiplied by, so that their sum gives probabilities that hold on
# voices never heard (README).
SHARPNESS = 1.55
_NETWORK_SHARPNESS = 0.57
# The network learns words seen so many times: rarer ones are left to the machines.
_COMMON = 3
# What a noisy copy of a message weighs beside it.
_NOISE = 0.4
# What a harmless message with words of danger weighs beside the others: each false alarm wakes somebody up.
_HARMLESS = 3.0
# scikit-learn and numpy let another thread run while they compute.
_PROCESSORS = 2
_WEIGHTS, _BIAS, _NUMBERS = "weights", "bias", "network_features"
_OF_NETWORK = ("rows", "rows_bias", "out", "out_bias")


class Model:
    """Support vector machines and a small network over the same features; their scores are added up."""

    def __init__(
        self,
        features: Features,
        labels: list[str],
        weights: np.ndarray,
        bias: np.ndarray,
        numbers: np.ndarray,
        net: Network,
        sharpness: float,
    ) -> None:
        """`weights`: a row a feature, all machines added up; `numbers`: of the features that `net` knows."""
        self._features = features
        self._labels = labels
        self._weights = weights
        self._bias = bias
        self._numbers = numbers
        self._network = net
        self._sharpness = sharpness
        self._rows = np.full(len(weights), -1, dtype=np.int32)
        self._rows[numbers] = np.arange(len(numbers), dtype=np.int32)

    @classmethod
    def fit(
        cls,
        texts: Sequence[str],
        labels: Sequence[str],
        *,
        dangers: Collection[str],
        strength: float,
        sharpness: float,
        seed: int,
    ) -> Model:
        """Learn from texts as typed; the same messages in the same order give the same model.

        `dangers`: the labels that raise the alarm.
        """
        if len(set(labels)) < 3:
            raise ValueError("at least three intents are needed to train")
        features, values, families = Features.fit(read_concepts(), [*texts, *noisy(texts, seed)])
        twice = np.array([*labels, *labels])
        shares = _shares(families[: len(texts)], labels, dangers)
        numbers = _common(values, features.numbers(WORDS))
        names, places = np.unique(twice, return_inverse=True)
        with ThreadPoolExecutor(_PROCESSORS) as threads:
            net = threads.submit(network.learn, values[:, numbers], places, shares, seed)
            margins = [
                (
                    seen,
                    half,
                    threads.submit(
                        machines.learn,
                        values[:rows, seen],
                        twice[:rows],
                        names[half],
                        shares[:rows],
                        strength,
                        seed,
                    ),
                )
                # Letters bear a misspelling by themselves: noisy copies teach them nothing.
                for seen, rows in (
                    (features.numbers(LETTERS), len(texts)),
                    (features.numbers(WORDS), len(twice)),
                )
                for half in (slice(0, None, 2), slice(1, None, 2))
            ]
        weights = np.zeros((values.shape[1], len(names)), dtype=np.float32)
        bias = np.zeros(len(names), dtype=np.float32)
        for seen, half, learning in margins:
            own, own_bias = learning.result()
            weights[seen, half] += own
            bias[half] += own_bias
        # Half the memory; what is lost moves a margin by a few thousandths.
        weights = np.ascontiguousarray(weights, dtype=np.float16)
        return cls(features, names.tolist(), weights, bias, numbers, net.result(), sharpness)

    @classmethod
    def restore(cls, vocabulary: dict[str, Any], arrays: dict[str, np.ndarray]) -> Model:
        """The model that `vocabulary` and `arrays` describe."""
        return cls(
            Features.restore(vocabulary, arrays),
            vocabulary["labels"],
            arrays[_WEIGHTS],
            arrays[_BIAS],
            arrays[_NUMBERS],
            Network(**{name: arrays[f"network_{name}"] for name in _OF_NETWORK}),
            vocabulary["sharpness"],
        )

    def vocabulary(self) -> dict[str, Any]:
        """The strings of the model, ready for JSON."""
        return {"labels": self._labels, "sharpness": self._sharpness, **self._features.vocabulary()}

    def arrays(self) -> dict[str, np.ndarray]:
        """The numbers of the model."""
        own = {_WEIGHTS: self._weights, _BIAS: self._bias, _NUMBERS: self._numbers}
        net = {f"network_{name}": getattr(self._network, name) for name in _OF_NETWORK}
        return {**own, **net, **self._features.arrays()}

    def scores(self, text: str) -> np.ndarray:
        """The score of each label, in the order of `labels`: a logarithm of its probability."""
        columns, values = self._features.of(text)
        margins = values @ self._weights[columns].astype(np.float32) + self._bias
        rows = self._rows[columns]
        known = rows >= 0
        net = self._network.scores(rows[known], values[known])
        return self._sharpness * margins + _NETWORK_SHARPNESS * net

    @property
    def labels(self) -> list[str]:
        """The intents known, in the order of `scores`."""
        return self._labels

    def rank(self, text: str) -> list[tuple[str, float]]:
        """Every label with its probability, the most likely first."""
        scores = self.scores(text)
        row = np.exp(scores - scores.max())
        row /= row.sum()
        return [(self._labels[index], float(row[index])) for index in np.argsort(-row, kind="stable")]


def _shares(families: Sequence[str], labels: Sequence[str], dangers: Collection[str]) -> np.ndarray:
    """What each message weighs, then what its noisy copy does."""
    harmless = [
        label not in dangers and not DANGER_FAMILIES.isdisjoint(names.split())
        for names, label in zip(families, labels, strict=True)
    ]
    shares = np.where(harmless, _HARMLESS, 1.0)
    return np.concatenate([shares, _NOISE * shares])


def _common(values: csr_matrix, numbers: np.ndarray) -> np.ndarray:
    """Those of the features that enough messages have."""
    messages = np.bincount(values.indices, minlength=values.shape[1])
    return numbers[messages[numbers] >= _COMMON]
