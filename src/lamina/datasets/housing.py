"""What the two sets of house prices have in common."""

from __future__ import annotations

import numpy as np

from lamina.datasets.splitting import Pair
from lamina.errors import ArgumentError


def shuffled_split(
    where: str, x: np.ndarray, y: np.ndarray, test_split: float, seed: int
) -> tuple[Pair, Pair]:
    """(x, y) for training and testing, in the order that `seed` gives.

    Raises: ArgumentError for a share outside [0, 1).
    """
    if not 0 <= test_split < 1:
        raise ArgumentError(
            f"{where}.load_data(test_split=...)", "needs a share from 0 to below 1",
            repr(test_split), "pass 0.2 for a fifth",
        )  # fmt: skip
    order = np.arange(len(x))
    np.random.RandomState(seed).shuffle(order)
    x, y = x[order], y[order]
    split = int(len(x) * (1 - test_split))
    return (x[:split], y[:split]), (x[split:], y[split:])
