"""Linear support vector machines: for each intent two, one on words and one on letters, margins added up."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.svm import LinearSVC

# Finer is no better on voices never heard, and takes a quarter longer (README).
_TOLERANCE = 1.0
# What an intent that a machine does not learn is called there.
_REST = ""


def learn(
    features: csr_matrix,
    labels: np.ndarray,
    intents: Sequence[str],
    shares: np.ndarray,
    strength: float,
    seed: int,
) -> tuple[np.ndarray, np.ndarray]:
    """The weights (a row a feature) and the biases of some of the intents: one machine each.

    An intent is told from all others. It weighs the more the fewer messages it has, as if all had as many.
    """
    names, counts = np.unique(labels, return_counts=True)
    balance = dict(zip(names, len(labels) / (len(names) * counts), strict=True))
    weights = {_REST: 1.0, **{name: balance[name] for name in intents}}
    learner = LinearSVC(C=strength, class_weight=weights, tol=_TOLERANCE, random_state=seed)
    learner.fit(features, np.where(np.isin(labels, intents), labels, _REST), sample_weight=shares)
    # The rest comes first, and has no row of its own beside a single intent.
    return learner.coef_[-len(intents) :].T.astype(np.float32), learner.intercept_[-len(intents) :]
