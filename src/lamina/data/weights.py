"""class_weight becomes sample_weight, once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from lamina.data.arrays import Data
from lamina.data.maps import pieces
from lamina.errors import ArgumentError
from lamina.graph import dtypes
from lamina.graph.structure import flatten


def weigh_classes(where: str, data: Data, class_weight: Any) -> Data:
    """The data with each row weighted by its class (1 for classes that are not named).

    The class is the label rounded, or the place of the largest entry of a one-hot label.

    Raises: ArgumentError with several outputs, without labels, or beside sample_weight, as in
    Keras.
    """
    if class_weight is None:
        return data
    if not isinstance(class_weight, Mapping):
        raise ArgumentError(
            f"{where}(class_weight=...)", "needs a dict from class to weight",
            type(class_weight).__name__, "pass {0: 1.0, 1: 5.0}, for instance",
        )  # fmt: skip
    labels = flatten(data.y)
    if data.sample_weight is not None or len(labels) != 1 or labels[0] is None:
        raise ArgumentError(
            f"{where}(class_weight=...)", "works with one output, its labels, and no sample_weight",
            f"{len(labels)} outputs, "
            f"{'a' if data.sample_weight is not None else 'no'} sample_weight",
            "multiply the class weights into sample_weight yourself",
        )  # fmt: skip
    weights = np.concatenate([_weights(part, class_weight) for _, part in pieces(labels[0])])
    return Data(data.x, data.y, weights, data.rows, data.columns)


def _weights(labels: np.ndarray, class_weight: Mapping[Any, Any]) -> np.ndarray:
    classes = class_of(labels)
    weights = np.ones(classes.shape, dtypes.floatx())
    for label, weight in class_weight.items():
        if not isinstance(weight, int | float | np.number) or not np.isfinite(weight):
            raise ArgumentError(
                "fit(class_weight=...)", "needs finite weights", f"{label!r}: {weight!r}",
                "pass {0: 1.0, 1: 5.0}, for instance",
            )  # fmt: skip
        weights[classes == int(label)] = float(weight)
    return weights


def class_of(labels: np.ndarray) -> np.ndarray:
    """The class of each row: of integer labels (B,) or (B, 1), or one-hot ones (B, C)."""
    if labels.ndim > 1:
        if labels.shape[-1] != 1:
            return np.argmax(labels, axis=-1)
        labels = labels[..., 0]
    return np.round(labels).astype("int64")
