"""Iris: 150 flowers of three species, four measurements in cm."""

from __future__ import annotations

from lamina.datasets.shipped import load
from lamina.datasets.splitting import Pair, split


def load_data(
    validation: float | int = 0.15, test: float | int = 0.15, seed: int = 0
) -> tuple[Pair, Pair, Pair]:
    """Training, validation and test sets with like proportions of the classes.

    x (n, 4) float32, y (n,) int64, 0 to 2.

    Args: as `lamina.datasets.split`.
    """
    x, y = load("iris")
    return split(x, y, validation, test, seed, stratify=True)
