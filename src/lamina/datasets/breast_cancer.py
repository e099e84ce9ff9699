"""Breast cancer, Wisconsin (diagnostic): 569 tumours, 30 measurements, two classes."""

from __future__ import annotations

from lamina.datasets.shipped import load
from lamina.datasets.splitting import Pair, split


def load_data(
    validation: float | int = 0.15, test: float | int = 0.15, seed: int = 0
) -> tuple[Pair, Pair, Pair]:
    """Training, validation and test sets with like proportions of the classes.

    x (n, 30) float32, unscaled, y (n,) int64: 0 malignant, 1 benign.

    Args: as `lamina.datasets.split`.
    """
    x, y = load("breast_cancer")
    return split(x, y, validation, test, seed, stratify=True)
