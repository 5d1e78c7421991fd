"""The linear model itself, without Rasa: evaluation and training share it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix, hstack
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.svm import LinearSVC

from palier_nlu.concepts import DANGER_FAMILIES, Concepts, read_concepts
from palier_nlu.noise import noisy
from palier_nlu.views import views

# The inverse of the regularisation, and the seed: the same for training and for evaluation.
STRENGTH = 0.7
SEED = 42
# What the margins are multiplied by to become probabilities that hold on voices never heard (README).
SHARPNESS = 2.7

# How each view is cut, and how much it weighs.
_TOKENS: dict[str, Any] = {"analyzer": "word", "token_pattern": r"\S+"}
_PIECES: dict[str, Any] = {"analyzer": "char_wb", "ngram_range": (3, 5)}
_VIEWS: dict[str, dict[str, Any]] = {
    "words": {**_TOKENS, "ngram_range": (1, 2)},
    "pieces": _PIECES,
    "sounds": {**_TOKENS, "ngram_range": (1, 2)},
    "sound_pieces": {**_PIECES, "ngram_range": (2, 5)},
    "families": _TOKENS,
    "mixed": {**_TOKENS, "ngram_range": (1, 2)},
    "shape": _TOKENS,
}
_WEIGHTS = {"shape": 0.5}
# What each machine of an intent sees. Two that see different things err on different messages: their margins
# are added up.
_MACHINES = (
    ("words", "sounds", "families", "mixed", "shape"),
    ("pieces", "sound_pieces", "shape"),
)
# What is seen once, the message and its noisy copy counted as two, teaches nothing.
_RARE = 2
# What a noisy copy of a message weighs beside it.
_NOISE = 0.4
# What a harmless message with words of danger weighs beside the others: each false alarm wakes somebody up.
_HARMLESS = 2.0
# The intents, shared by two processors, and what an intent that is not of its half is called there.
_HALVES = (slice(0, None, 2), slice(1, None, 2))
_REST = ""


def _vectorizer(view: str, vocabulary: dict[str, int] | None = None) -> TfidfVectorizer:
    return TfidfVectorizer(
        lowercase=False,
        sublinear_tf=True,
        dtype=np.float32,
        min_df=1 if vocabulary is not None else _RARE,
        vocabulary=vocabulary,
        **_VIEWS[view],
    )


def _weighted(view: str, features: csr_matrix) -> csr_matrix:
    return features * np.float32(_WEIGHTS.get(view, 1.0))


def _columns(texts: Sequence[str], concepts: Concepts) -> dict[str, list[str]]:
    seen = [views(text, concepts) for text in texts]
    return {view: [row[view] for row in seen] for view in _VIEWS}


def _shares(families: Sequence[str], labels: Sequence[str], dangers: Collection[str]) -> np.ndarray:
    """What each message weighs, then what its noisy copy does."""
    harmless = [
        label not in dangers and not DANGER_FAMILIES.isdisjoint(names.split())
        for names, label in zip(families, labels, strict=True)
    ]
    shares = np.where(harmless, _HARMLESS, 1.0)
    return np.concatenate([shares, _NOISE * shares])


def _learn(
    features: Sequence[csr_matrix],
    labels: np.ndarray,
    intents: slice,
    shares: np.ndarray,
    strength: float,
    seed: int,
) -> tuple[np.ndarray, np.ndarray]:
    """The weights and the biases of some of the intents, sorted: one machine each, against all the others.

    An intent weighs the more the fewer messages it has, as if all of them had as many.
    """
    names, counts = np.unique(labels, return_counts=True)
    balance = dict(zip(names, len(labels) / (len(names) * counts), strict=True))
    known = names[intents]
    weights = {_REST: 1.0, **{name: balance[name] for name in known}}
    learner = LinearSVC(C=strength, class_weight=weights, tol=1e-2, random_state=seed)
    seen = hstack(features, format="csr", dtype=np.float64)
    learner.fit(seen, np.where(np.isin(labels, known), labels, _REST), sample_weight=shares)
    # The rest comes first, and has no row of its own beside a single intent.
    return learner.coef_[-len(known) :], learner.intercept_[-len(known) :]


def _learn_all(
    features: Mapping[str, csr_matrix], labels: np.ndarray, shares: np.ndarray, strength: float, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """The weights and biases of all machines, added up as those of one: a parse then costs what one costs.

    One row of weights a feature, so that a parse reads the rows of its features and copies nothing.
    """
    jobs = [(seen, intents) for seen in _MACHINES for intents in _HALVES]
    # scikit-learn lets other threads run while it fits: with half of the intents each, two finish together.
    with ThreadPoolExecutor(len(_HALVES)) as threads:
        learning = [
            threads.submit(_learn, [features[view] for view in seen], labels, intents, shares, strength, seed)
            for seen, intents in jobs
        ]
    bias = np.zeros(len(set(labels)), dtype=np.float32)
    total = {
        view: np.zeros((columns.shape[1], len(bias)), dtype=np.float32) for view, columns in features.items()
    }
    for (seen, intents), learnt in zip(jobs, learning, strict=True):
        weights, biases = learnt.result()
        bias[intents] += biases
        start = 0
        for view in seen:
            end = start + features[view].shape[1]
            total[view][:, intents] += weights[:, start:end].T
            start = end
    # Half the memory; what is lost moves a margin by a few thousandths.
    return np.ascontiguousarray(np.vstack([total[view] for view in _VIEWS]), dtype=np.float16), bias


class LinearModel:
    """Linear support vector machines over tf-idf features of several views of a text, margins added up."""

    def __init__(
        self,
        families: Mapping[str, str],
        vectorizers: dict[str, TfidfVectorizer],
        labels: list[str],
        weights: np.ndarray,
        bias: np.ndarray,
        sharpness: float,
    ) -> None:
        self._families = dict(families)
        self._concepts = Concepts(families)
        self._vectorizers = vectorizers
        # Read once: the vectorizers compute it anew each time.
        self._idf = {view: vectorizer.idf_.astype(np.float32) for view, vectorizer in vectorizers.items()}
        self._cut = {view: vectorizer.build_analyzer() for view, vectorizer in vectorizers.items()}
        self._labels = labels
        self._weights = weights
        self._bias = bias
        self._sharpness = sharpness

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
    ) -> LinearModel:
        """Learn from texts as typed; the same messages in the same order give the same model.

        `dangers`: the labels that raise the alarm.
        """
        if len(set(labels)) < 3:
            raise ValueError("at least three intents are needed to train")
        families = read_concepts()
        columns = _columns([*texts, *noisy(texts, seed)], Concepts(families))
        vectorizers = {view: _vectorizer(view) for view in _VIEWS}
        features = {view: _weighted(view, vectorizers[view].fit_transform(columns[view])) for view in _VIEWS}
        shares = _shares(columns["families"][: len(texts)], labels, dangers)
        weights, bias = _learn_all(features, np.array([*labels, *labels]), shares, strength, seed)
        return cls(families, vectorizers, sorted(set(labels)), weights, bias, sharpness)

    @classmethod
    def restore(cls, vocabulary: dict[str, Any], arrays: dict[str, np.ndarray]) -> LinearModel:
        """The model that `vocabulary` and `arrays` describe."""
        vectorizers = {}
        for view in _VIEWS:
            words = vocabulary["views"][view]
            vectorizers[view] = _vectorizer(view, {word: index for index, word in enumerate(words)})
            vectorizers[view].vocabulary_ = vectorizers[view].vocabulary
            vectorizers[view].idf_ = arrays[f"idf_{view}"]
        return cls(
            vocabulary["families"],
            vectorizers,
            vocabulary["labels"],
            arrays["weights"],
            arrays["bias"],
            vocabulary["sharpness"],
        )

    def vocabulary(self) -> dict[str, Any]:
        """The strings of the model, ready for JSON."""
        names = {
            view: list(vectorizer.get_feature_names_out()) for view, vectorizer in self._vectorizers.items()
        }
        return {
            "labels": self._labels,
            "views": names,
            "families": self._families,
            "sharpness": self._sharpness,
        }

    def arrays(self) -> dict[str, np.ndarray]:
        """The numbers of the model."""
        idf = {f"idf_{view}": values for view, values in self._idf.items()}
        return {"weights": self._weights, "bias": self._bias, **idf}

    def scores(self, text: str) -> np.ndarray:
        """The margin of each label, in the order of `labels`: as scikit-learn computes it."""
        total = self._bias.astype(np.float32)
        seen = views(text, self._concepts)
        start = 0
        for view, vectorizer in self._vectorizers.items():
            known = vectorizer.vocabulary_
            counts = Counter(map(known.get, self._cut[view](seen[view])))
            counts.pop(None, None)
            if counts:
                columns = np.fromiter(counts, dtype=np.intp)
                frequencies = np.fromiter(counts.values(), dtype=np.float32)
                values = (1 + np.log(frequencies)) * self._idf[view][columns]
                values *= np.float32(_WEIGHTS.get(view, 1.0)) / np.linalg.norm(values)
                total += values @ self._weights[columns + start].astype(np.float32)
            start += len(known)
        return total

    @property
    def labels(self) -> list[str]:
        """The intents known, in the order of `scores`."""
        return self._labels

    def rank(self, text: str) -> list[tuple[str, float]]:
        """Every label with its probability, the most likely first."""
        scores = self.scores(text) * self._sharpness
        row = np.exp(scores - scores.max())
        row /= row.sum()
        return [(self._labels[index], float(row[index])) for index in np.argsort(-row, kind="stable")]
