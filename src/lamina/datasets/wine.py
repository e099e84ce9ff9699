"""Wine: 178 wines of three growers, 13 chemical measurements."""

from __future__ import annotations

from lamina.datasets.shipped import load
from lamina.datasets.splitting import Pair, split


def load_data(
    validation: float | int = 0.15, test: float | int = 0.15, seed: int = 0
) -> tuple[Pair, Pair, Pair]:
    """Training, validation and test sets with like proportions of the classes.

    x (n, 13) float32, unscaled, y (n,) int64, 0 to 2.

    Args: as `lamina.datasets.split`.
    """
    x, y = load("wine")
    return split(x, y, validation, test, seed, stratify=True)
