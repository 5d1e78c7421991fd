"""What the model sees of a message: each of its views cut into tf-idf features."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix, hstack
from sklearn.feature_extraction.text import TfidfVectorizer

from palier_nlu.concepts import Concepts
from palier_nlu.views import views

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
# Words and their like; letters and theirs: what learns from the ones errs on other messages.
WORDS = ("words", "sounds", "families", "mixed", "shape")
LETTERS = ("pieces", "sound_pieces", "shape")
# What is seen once, the message and its noisy copy counted as two, teaches nothing.
_RARE = 2


class Features:
    """The features of a text, numbered: one after the other, view by view."""

    def __init__(self, families: Mapping[str, str], vectorizers: dict[str, TfidfVectorizer]) -> None:
        self._families = dict(families)
        self._concepts = Concepts(families)
        self._vectorizers = vectorizers
        # Read once: the vectorizers compute it anew each time.
        self._idf = {view: vectorizer.idf_.astype(np.float32) for view, vectorizer in vectorizers.items()}
        self._cut = {view: vectorizer.build_analyzer() for view, vectorizer in vectorizers.items()}

    @classmethod
    def fit(cls, families: Mapping[str, str], texts: Sequence[str]) -> tuple[Features, csr_matrix, list[str]]:
        """The features of these texts as typed, their values, and the families of words of each text."""
        concepts = Concepts(families)
        seen = [views(text, concepts) for text in texts]
        vectorizers = {view: _vectorizer(view) for view in _VIEWS}
        values = [
            vectorizers[view].fit_transform([row[view] for row in seen]) * np.float32(_WEIGHTS.get(view, 1.0))
            for view in _VIEWS
        ]
        return cls(families, vectorizers), hstack(values, format="csr"), [row["families"] for row in seen]

    @classmethod
    def restore(cls, vocabulary: dict[str, Any], arrays: dict[str, np.ndarray]) -> Features:
        """The features that `vocabulary` and `arrays` describe."""
        vectorizers = {}
        for view in _VIEWS:
            words = vocabulary["views"][view]
            vectorizers[view] = _vectorizer(view, {word: index for index, word in enumerate(words)})
            vectorizers[view].vocabulary_ = vectorizers[view].vocabulary
            vectorizers[view].idf_ = arrays[f"idf_{view}"]
        return cls(vocabulary["families"], vectorizers)

    def vocabulary(self) -> dict[str, Any]:
        """The strings of the features, ready for JSON."""
        names = {
            view: list(vectorizer.get_feature_names_out()) for view, vectorizer in self._vectorizers.items()
        }
        return {"views": names, "families": self._families}

    def arrays(self) -> dict[str, np.ndarray]:
        """The numbers of the features."""
        return {f"idf_{view}": values for view, values in self._idf.items()}

    def numbers(self, seen: Collection[str]) -> np.ndarray:
        """The numbers of the features of those views, in ascending order."""
        found, start = [], 0
        for view, vectorizer in self._vectorizers.items():
            end = start + len(vectorizer.vocabulary_)
            if view in seen:
                found.append(np.arange(start, end))
            start = end
        return np.concatenate(found)

    def of(self, text: str) -> tuple[np.ndarray, np.ndarray]:
        """The numbers of the features of a text, and their values, as scikit-learn computes them."""
        seen = views(text, self._concepts)
        columns, values, start = [], [], 0
        for view, vectorizer in self._vectorizers.items():
            known = vectorizer.vocabulary_
            counts = Counter(map(known.get, self._cut[view](seen[view])))
            counts.pop(None, None)
            if counts:
                own = np.fromiter(counts, dtype=np.intp)
                value = (1 + np.log(np.fromiter(counts.values(), dtype=np.float32))) * self._idf[view][own]
                value *= np.float32(_WEIGHTS.get(view, 1.0)) / np.linalg.norm(value)
                columns.append(own + start)
                values.append(value)
            start += len(known)
        if not columns:
            return np.empty(0, dtype=np.intp), np.empty(0, dtype=np.float32)
        return np.concatenate(columns), np.concatenate(values)


def _vectorizer(view: str, vocabulary: dict[str, int] | None = None) -> TfidfVectorizer:
    return TfidfVectorizer(
        lowercase=False,
        sublinear_tf=True,
        dtype=np.float32,
        min_df=1 if vocabulary is not None else _RARE,
        vocabulary=vocabulary,
        **_VIEWS[view],
    )
