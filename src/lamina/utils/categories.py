"""Arrays of classes and of vectors, prepared for training."""

from __future__ import annotations

from typing import Any

import numpy as np

from lamina.errors import DataError
from lamina.graph import dtypes


def to_categorical(x: Any, num_classes: int | None = None) -> np.ndarray:
    """One-hot rows: (..., ) of class numbers -> (..., num_classes) in floatx.

    A last axis of size 1 is dropped first. `num_classes` defaults to the largest class plus one.

    Raises: DataError for a class outside 0 .. num_classes - 1.
    """
    classes = np.asarray(x, dtype="int64")
    shape = classes.shape
    if len(shape) > 1 and shape[-1] == 1:
        shape = shape[:-1]
    flat = classes.reshape(-1)
    count = int(num_classes or (flat.max(initial=-1) + 1))
    if flat.size and (flat.min() < 0 or flat.max() >= count):
        raise DataError(
            "to_categorical", f"needs classes from 0 to {count - 1}",
            f"classes from {flat.min()} to {flat.max()}", "renumber them, or pass num_classes",
        )  # fmt: skip
    rows = np.zeros((flat.size, count), dtypes.floatx())
    rows[np.arange(flat.size), flat] = 1
    return rows.reshape(*shape, count)


def normalize(x: Any, axis: int = -1, order: int = 2) -> np.ndarray:
    """x divided by its norm of this order along an axis; zeros stay zeros."""
    array = np.atleast_1d(np.asarray(x))
    norms = np.atleast_1d(np.linalg.norm(array, order, axis))
    norms[norms == 0] = 1
    result: np.ndarray = array / np.expand_dims(norms, axis)
    return result
