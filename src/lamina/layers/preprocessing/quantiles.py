"""A sketch of the quantiles of numbers that come in batches: boundaries and their weights.

Source: Greenwald & Khanna 2001, in the simple form of the layer's own merging and thinning.
"""

from __future__ import annotations

import numpy as np


def summary_of(values: np.ndarray, epsilon: float) -> np.ndarray:
    """Boundaries and weights (2, N) of a batch of numbers, at most some 1 / epsilon of them."""
    values = np.sort(values.ravel())
    # In this form it rounds as a number of buckets, 1 / epsilon, does.
    step = max(values.size / (1.0 / epsilon), 1)
    boundaries = values[int(step - 1) :: int(step)]
    return np.stack([boundaries, np.ones_like(boundaries) * step])


def merged(one: np.ndarray, other: np.ndarray, epsilon: float) -> np.ndarray:
    """The sketch of what two sketches show."""
    both = np.concatenate([one, other], axis=1)
    return thinned(both[:, np.argsort(both[0])], epsilon)


def thinned(summary: np.ndarray, epsilon: float) -> np.ndarray:
    """The sketch at even shares, epsilon apart, if it is finer."""
    if summary.shape[1] * epsilon < 1:
        return summary
    shares = epsilon + np.arange(0.0, 1.0, epsilon)
    weights = np.cumsum(summary[1])
    found = weights / weights[-1]
    boundaries = np.interp(shares, found, summary[0])
    weights = np.interp(shares, found, weights)
    return np.stack([boundaries, np.diff(weights, prepend=0.0)]).astype("float32")


def boundaries(summary: np.ndarray, bins: int) -> list[float]:
    """The numbers between so many bins that hold equally many."""
    found: list[float] = thinned(summary, 1.0 / bins)[0, :-1].tolist()
    return found
