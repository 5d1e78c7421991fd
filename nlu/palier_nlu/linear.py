"""The linear model itself, without Rasa: evaluation and training share it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy.sparse import hstack
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from palier_fr import normalise

# The inverse of the regularisation, and the seed: the same for training and for evaluation.
STRENGTH = 10.0
SEED = 42

# A longer message is read at its beginning and its end; the danger lexicon always reads all of it.
READ_AT_EACH_END = 2000


def readable(text: str) -> str:
    """The text as the model reads it."""
    normal = normalise(text).text
    if len(normal) <= 2 * READ_AT_EACH_END:
        return normal
    return f"{normal[:READ_AT_EACH_END]} {normal[-READ_AT_EACH_END:]}"


# How the text is cut: single words and pairs of words; pieces of words from two letters to five.
_VIEWS: dict[str, dict[str, Any]] = {
    "words": {"analyzer": "word", "token_pattern": r"[^\W_]+|[?!€]", "ngram_range": (1, 2), "min_df": 1},
    "pieces": {"analyzer": "char_wb", "ngram_range": (2, 5), "min_df": 2},
}


def _vectorizer(view: str, vocabulary: dict[str, int] | None = None) -> TfidfVectorizer:
    settings = {**_VIEWS[view], "min_df": 1} if vocabulary is not None else _VIEWS[view]
    return TfidfVectorizer(
        lowercase=False, sublinear_tf=True, dtype=np.float32, vocabulary=vocabulary, **settings
    )


class LinearModel:
    """Multinomial logistic regression over tf-idf features of normalised texts."""

    def __init__(
        self,
        vectorizers: dict[str, TfidfVectorizer],
        labels: list[str],
        weights: np.ndarray,
        bias: np.ndarray,
    ) -> None:
        self._vectorizers = vectorizers
        self._labels = labels
        self._weights = weights
        self._bias = bias

    @classmethod
    def fit(cls, texts: Sequence[str], labels: Sequence[str], *, strength: float, seed: int) -> LinearModel:
        """Learn; the same messages in the same order give the same model."""
        vectorizers = {view: _vectorizer(view) for view in _VIEWS}
        features = hstack(
            [vectorizer.fit_transform(texts) for vectorizer in vectorizers.values()], format="csr"
        )
        learner = LogisticRegression(
            C=strength,
            max_iter=300,
            tol=1e-3,
            class_weight="balanced",
            multi_class="multinomial",
            random_state=seed,
        )
        learner.fit(features, labels)
        if len(learner.classes_) < 3:
            raise ValueError("at least three intents are needed to train")
        # One row a feature: a parse then reads the rows of its features and copies nothing.
        weights = np.ascontiguousarray(learner.coef_.T, dtype=np.float32)
        return cls(vectorizers, [str(label) for label in learner.classes_], weights, learner.intercept_)

    @classmethod
    def restore(cls, vocabulary: dict[str, Any], arrays: dict[str, np.ndarray]) -> LinearModel:
        """The model that `vocabulary` and `arrays` describe."""
        vectorizers = {}
        for view in _VIEWS:
            words = vocabulary["views"][view]
            vectorizers[view] = _vectorizer(view, {word: index for index, word in enumerate(words)})
            vectorizers[view].idf_ = arrays[f"idf_{view}"]
        return cls(vectorizers, vocabulary["labels"], arrays["weights"], arrays["bias"])

    def vocabulary(self) -> dict[str, Any]:
        """The strings of the model, ready for JSON."""
        views = {
            view: list(vectorizer.get_feature_names_out()) for view, vectorizer in self._vectorizers.items()
        }
        return {"labels": self._labels, "views": views}

    def arrays(self) -> dict[str, np.ndarray]:
        """The numbers of the model."""
        idf = {f"idf_{view}": vectorizer.idf_ for view, vectorizer in self._vectorizers.items()}
        return {"weights": self._weights, "bias": self._bias, **idf}

    def probabilities(self, texts: Sequence[str]) -> np.ndarray:
        """One row a text, one column a label in the order of `labels`."""
        features = hstack(
            [vectorizer.transform(texts) for vectorizer in self._vectorizers.values()], format="csr"
        )
        scores = features @ self._weights + self._bias
        scores -= scores.max(axis=1, keepdims=True)
        exponentials = np.exp(scores)
        return exponentials / exponentials.sum(axis=1, keepdims=True)

    @property
    def labels(self) -> list[str]:
        """The intents known, in the order of the columns of `probabilities`."""
        return self._labels

    def rank(self, text: str) -> list[tuple[str, float]]:
        """Every label with its probability, the most likely first."""
        row = self.probabilities([text])[0]
        return [(self._labels[index], float(row[index])) for index in np.argsort(-row, kind="stable")]
