"""The course problem of the notes: who has side effects of an experimental drug, by age.

2,100 people from 13 to 100 years take part. Half are younger than 65, half are 65 or over. 95 % of
the older have side effects, 5 % of the younger. One feature, the age scaled to [0, 1]; two classes.
"""

from __future__ import annotations

import numpy as np

from lamina.datasets.splitting import Pair

YOUNGEST, OLD, OLDEST = 13, 65, 100
EXPECTED = 0.95


def generate(samples: int = 2100, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Ages in years (samples,), int64, and whether side effects occurred (samples,), 0 or 1."""
    random = np.random.default_rng(seed)
    old = np.arange(samples) % 2 == 1
    ages = np.where(
        old,
        random.integers(OLD, OLDEST, samples, endpoint=True),
        random.integers(YOUNGEST, OLD, samples),
    )
    # Exactly 95 % of each half behave as expected, which ones is random.
    labels = old.astype("int64")
    for half in (False, True):
        members = random.permutation(np.flatnonzero(old == half))
        exceptions = members[: round((1 - EXPECTED) * len(members))]
        labels[exceptions] = 1 - labels[exceptions]
    order = random.permutation(samples)
    return ages[order], labels[order]


def scale(ages: np.ndarray) -> np.ndarray:
    """Ages (n,) -> (n, 1) float32: 13 years is 0, 100 years is 1."""
    scaled = (np.asarray(ages, "float64") - YOUNGEST) / (OLDEST - YOUNGEST)
    return scaled.astype("float32").reshape(-1, 1)


def load_data(samples: int = 2100, seed: int = 0) -> tuple[Pair, Pair, Pair]:
    """`samples` people for training, and a tenth as many each for validation and testing.

    Returns (x, y) three times: x (n, 1) float32 in [0, 1], y (n,) int64.
    """
    ages, labels = generate(samples, seed)
    others = max(2, samples // 10)
    validating, testing = (generate(others, seed + i) for i in (1, 2))
    return (
        (scale(ages), labels),
        (scale(validating[0]), validating[1]),
        (scale(testing[0]), testing[1]),
    )
