"""A small network over the words of a message: what they have in common is learnt in its hidden layer.

It errs on other messages than the machines, which weigh each word by itself. Learnt by gradient descent
(Adam), where only the rows of the words that a batch holds move; plain arrays, no framework.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_matrix
from threadpoolctl import threadpool_limits

_HIDDEN = 200
_BATCH = 256
# Passes over the messages; steps at least, for a few messages.
_PASSES, _FEWEST_STEPS = 4, 200
_RATE = 0.004
# The share of the features and of the hidden layer that each step forgets, so that nothing hangs on one word.
_FORGOTTEN_FEATURES, _FORGOTTEN_HIDDEN = 0.4, 0.5
# The probability that is shared out over all intents: no message is certain.
_SMOOTHING = 0.1
# An intent with fewer messages weighs more, by the root of how many fewer.
_BALANCE = 0.5


@dataclass(frozen=True)
class Network:
    """The weights: a row a feature, then from the hidden layer to the intents."""

    rows: np.ndarray
    rows_bias: np.ndarray
    out: np.ndarray
    out_bias: np.ndarray

    def scores(self, rows: np.ndarray, values: np.ndarray) -> np.ndarray:
        """The score of each intent (the logarithm of a probability and a constant)."""
        hidden = values @ self.rows[rows].astype(np.float32) + self.rows_bias
        return np.maximum(hidden, 0) @ self.out + self.out_bias


class _Adam:
    """Weights that learn: each moves by its mean gradient over the root of its mean square."""

    def __init__(self, weights: np.ndarray) -> None:
        self.weights = weights
        self._mean, self._square = np.zeros_like(weights), np.zeros_like(weights)
        self._steps = 0

    def learn(self, gradient: np.ndarray, rate: float) -> None:
        self._steps += 1
        self._mean += 0.1 * (gradient - self._mean)
        self._square += 0.001 * (gradient * gradient - self._square)
        mean = self._mean / (1 - 0.9**self._steps)
        square = self._square / (1 - 0.999**self._steps)
        self.weights -= rate * mean / (np.sqrt(square) + 1e-8)


class _Rows:
    """The same for rows of which a step holds few: the others rest; one mean square a row."""

    def __init__(self, weights: np.ndarray) -> None:
        self.weights = weights
        self._mean = np.zeros_like(weights)
        self._square = np.zeros(len(weights), dtype=np.float32)

    def learn(self, rows: np.ndarray, gradient: np.ndarray, rate: float) -> None:
        mean = 0.9 * self._mean[rows] + 0.1 * gradient
        square = 0.99 * self._square[rows] + 0.01 * (gradient * gradient).mean(axis=1)
        self._mean[rows], self._square[rows] = mean, square
        self.weights[rows] -= rate * mean / (np.sqrt(square) + 1e-7)[:, None]


def learn(features: csr_matrix, labels: np.ndarray, shares: np.ndarray, seed: int) -> Network:
    """The network that has learnt these messages; `labels` are the places of their intents, from 0.

    The same messages in the same order give the same network.
    """
    random = np.random.RandomState(seed)
    counts = np.bincount(labels)
    weights = shares * (len(labels) / counts[labels]) ** _BALANCE
    weights = (weights / weights.mean()).astype(np.float32)
    rows = _Rows(_normal(random, features.shape[1], _HIDDEN, 0.05))
    rows_bias, out_bias = (
        _Adam(np.zeros(_HIDDEN, dtype=np.float32)),
        _Adam(np.zeros(len(counts), dtype=np.float32)),
    )
    out = _Adam(_normal(random, _HIDDEN, len(counts), _HIDDEN**-0.5))
    batches = _batches(random, len(labels))
    # The other processor is at work on the machines.
    with threadpool_limits(1, user_api="blas"):
        for step, chosen in enumerate(batches):
            rate = _RATE * (1 - step / len(batches))
            batch, held = _batch(features[chosen], random)
            hidden = batch @ rows.weights[held] + rows_bias.weights
            kept = ((random.rand(*hidden.shape) >= _FORGOTTEN_HIDDEN) & (hidden > 0)).astype(np.float32)
            kept /= np.float32(1 - _FORGOTTEN_HIDDEN)
            hidden *= kept
            error = _probabilities(hidden @ out.weights + out_bias.weights)
            error -= np.float32(_SMOOTHING / len(counts))
            error[np.arange(len(chosen)), labels[chosen]] -= np.float32(1 - _SMOOTHING)
            error *= (weights[chosen] / len(chosen))[:, None]
            back = (error @ out.weights.T) * kept
            out.learn(hidden.T @ error, rate)
            out_bias.learn(error.sum(axis=0), rate)
            rows_bias.learn(back.sum(axis=0), rate)
            rows.learn(held, batch.T @ back, rate)
    half = np.ascontiguousarray(rows.weights, dtype=np.float16)
    return Network(half, rows_bias.weights, out.weights, out_bias.weights)


def _normal(random: np.random.RandomState, rows: int, columns: int, spread: float) -> np.ndarray:
    return (random.standard_normal((rows, columns)) * spread).astype(np.float32)


def _batches(random: np.random.RandomState, messages: int) -> list[np.ndarray]:
    batches: list[np.ndarray] = []
    passes = 0
    while passes < _PASSES or len(batches) < _FEWEST_STEPS:
        order = random.permutation(messages)
        batches += [order[start : start + _BATCH] for start in range(0, messages, _BATCH)]
        passes += 1
    return batches


def _batch(features: csr_matrix, random: np.random.RandomState) -> tuple[csr_matrix, np.ndarray]:
    """These rows without what is forgotten, over the columns that they hold; and these columns."""
    left = random.rand(features.nnz) >= _FORGOTTEN_FEATURES
    values = (features.data * left / (1 - _FORGOTTEN_FEATURES)).astype(np.float32)
    held, places = np.unique(features.indices, return_inverse=True)
    shape = (features.shape[0], len(held))
    return csr_matrix((values, places.astype(np.int32), features.indptr), shape=shape), held


def _probabilities(scores: np.ndarray) -> np.ndarray:
    grown = np.exp(scores - scores.max(axis=1, keepdims=True))
    return grown / grown.sum(axis=1, keepdims=True)
