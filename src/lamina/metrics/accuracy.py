"""Accuracies: how often predictions are right."""

from __future__ import annotations

from typing import Any

from lamina import ops
from lamina.graph import dtypes
from lamina.graph.tensor import Tensor
from lamina.losses.base import aligned, squeeze_or_expand_to_same_rank
from lamina.metrics.reduction import MeanMetricWrapper


def _as_float(matches: Tensor) -> Tensor:
    return ops.cast(matches, dtypes.floatx())


def accuracy(y_true: Any, y_pred: Any) -> Tensor:
    """1 where y_true equals y_pred, else 0, element by element."""
    y_true, y_pred = aligned(y_true, y_pred)
    return _as_float(ops.equal(y_true, y_pred))


def binary_accuracy(y_true: Any, y_pred: Any, threshold: float = 0.5) -> Tensor:
    """1 where y_true equals (y_pred > threshold), else 0, element by element."""
    y_true, y_pred = ops.convert_to_tensor(y_true), ops.convert_to_tensor(y_pred)
    y_true, y_pred = squeeze_or_expand_to_same_rank(y_true, y_pred)
    return _as_float(ops.equal(y_true, ops.cast(ops.greater(y_pred, threshold), y_true.dtype)))


def categorical_accuracy(y_true: Any, y_pred: Any) -> Tensor:
    """1 where the largest entries of y_true and y_pred stand at one place of the last axis."""
    return _as_float(ops.equal(ops.argmax(y_true, axis=-1), ops.argmax(y_pred, axis=-1)))


def sparse_categorical_accuracy(y_true: Any, y_pred: Any) -> Tensor:
    """1 where the largest entry of y_pred stands at the class that y_true numbers.

    Shapes: y_true (...) or (..., 1), y_pred (..., classes) -> (...).
    """
    y_pred = ops.convert_to_tensor(y_pred)
    y_true = ops.convert_to_tensor(y_true, dtype=y_pred.dtype)
    if len(y_true.shape) == len(y_pred.shape) and y_true.shape[-1] == 1:
        y_true = ops.squeeze(y_true, -1)
    guess = ops.cast(ops.argmax(y_pred, axis=-1), y_true.dtype)
    matches = _as_float(ops.equal(y_true, guess))
    if len(matches.shape) > 1 and matches.shape[-1] == 1:
        matches = ops.squeeze(matches, -1)
    return matches


def top_k_categorical_accuracy(y_true: Any, y_pred: Any, k: int = 5) -> Tensor:
    """1 where the class of a one-hot y_true is among the k largest of y_pred."""
    return sparse_top_k_categorical_accuracy(ops.argmax(y_true, axis=-1), y_pred, k)


def sparse_top_k_categorical_accuracy(
    y_true: Any, y_pred: Any, k: int = 5, from_sorted_ids: bool = False
) -> Tensor:
    """1 where the class that y_true numbers is among the k largest of y_pred.

    With `from_sorted_ids` y_pred holds class numbers, best first, instead of scores.
    """
    y_pred = ops.convert_to_tensor(y_pred)
    y_true = ops.convert_to_tensor(y_true, dtype=y_pred.dtype if from_sorted_ids else "int32")
    shape = y_true.shape
    if len(y_pred.shape) > 2:
        y_pred = ops.reshape(y_pred, (-1, y_pred.shape[-1]))
    if len(shape) > 1:
        y_true = ops.reshape(y_true, (-1,))
    if from_sorted_ids:
        matches = ops.any(ops.equal(ops.expand_dims(y_true, 1), y_pred[:, :k]), axis=1)
    else:
        matches = ops.in_top_k(y_true, y_pred, k=k)
    matches = _as_float(matches)
    return ops.reshape(matches, shape) if len(shape) > 1 else matches


class Accuracy(MeanMetricWrapper):
    """How often y_true equals y_pred."""

    _direction = "up"

    def __init__(self, name: str | None = "accuracy", dtype: Any = None) -> None:
        super().__init__(accuracy, name, dtype)


class BinaryAccuracy(MeanMetricWrapper):
    """How often y_true equals (y_pred > threshold)."""

    _direction = "up"

    def __init__(
        self, name: str | None = "binary_accuracy", dtype: Any = None, threshold: float = 0.5
    ) -> None:
        super().__init__(binary_accuracy, name, dtype, threshold=threshold)


class CategoricalAccuracy(MeanMetricWrapper):
    """How often the largest prediction is that of the one-hot target."""

    _direction = "up"

    def __init__(self, name: str | None = "categorical_accuracy", dtype: Any = None) -> None:
        super().__init__(categorical_accuracy, name, dtype)


class SparseCategoricalAccuracy(MeanMetricWrapper):
    """How often the largest prediction is that of the class that the target numbers."""

    _direction = "up"

    def __init__(self, name: str | None = "sparse_categorical_accuracy", dtype: Any = None) -> None:
        super().__init__(sparse_categorical_accuracy, name, dtype)


class TopKCategoricalAccuracy(MeanMetricWrapper):
    """How often the class of a one-hot target is among the k largest predictions."""

    _direction = "up"

    def __init__(
        self, k: int = 5, name: str | None = "top_k_categorical_accuracy", dtype: Any = None
    ) -> None:
        super().__init__(top_k_categorical_accuracy, name, dtype, k=k)


class SparseTopKCategoricalAccuracy(MeanMetricWrapper):
    """How often the class that the target numbers is among the k largest predictions."""

    _direction = "up"

    def __init__(
        self, k: int = 5, name: str | None = "sparse_top_k_categorical_accuracy",
        dtype: Any = None, from_sorted_ids: bool = False,
    ) -> None:  # fmt: skip
        super().__init__(
            sparse_top_k_categorical_accuracy, name, dtype, k=k, from_sorted_ids=from_sorted_ids
        )
