"""Handwritten digits: 1,797 images of 8x8 grey levels, ten classes."""

from __future__ import annotations

from lamina.datasets.shipped import load
from lamina.datasets.splitting import Pair, split


def load_data(
    validation: float | int = 0.15, test: float | int = 0.15, seed: int = 0
) -> tuple[Pair, Pair, Pair]:
    """Training, validation and test sets with like proportions of the classes.

    x (n, 64) float32, levels scaled to [0, 1] (0 to 16 in the source), y (n,) int64, 0 to 9.

    Args: as `lamina.datasets.split`.
    """
    x, y = load("digits")
    x = x / 16
    return split(x, y, validation, test, seed, stratify=True)
