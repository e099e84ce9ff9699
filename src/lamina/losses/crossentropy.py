"""Cross-entropies: binary, categorical, sparse.

On probabilities they normalise (categorical ones), clip to [1e-7, 1 - 1e-7] and take the log; on
logits they use log-sigmoid and log-softmax.
"""

from __future__ import annotations

import warnings
from typing import Any

from lamina import ops
from lamina.errors import ArgumentError
from lamina.graph.tensor import Tensor
from lamina.losses.base import LossFunctionWrapper, aligned

MEAN = "sum_over_batch_size"


def check_classes(name: str, y_pred: Tensor, axis: Any) -> None:
    """Warns of one single class.

    Raises: ArgumentError if `axis` is a bool, which is a forgotten keyword.
    """
    if isinstance(axis, bool):
        raise ArgumentError(
            f"losses.{name}(axis=...)", "needs an integer", repr(axis),
            "pass the other options by name, for instance from_logits=True",
        )  # fmt: skip
    if y_pred.shape[-1] == 1:
        warnings.warn(
            f"{name} expects predictions of shape (batch, classes) with more than one class, and "
            f"received {tuple(y_pred.shape)}. With one column, 'binary_crossentropy' is meant",
            SyntaxWarning,
            stacklevel=3,
        )


def smoothed_classes(y_true: Tensor, label_smoothing: float) -> Tensor:
    """Targets pulled towards the uniform distribution: y (1 - s) + s / classes."""
    if not label_smoothing:
        return y_true
    return y_true * (1.0 - label_smoothing) + label_smoothing / int(y_true.shape[-1])


def smoothed_binary(y_true: Tensor, label_smoothing: float) -> Tensor:
    """Targets pulled towards one half: y (1 - s) + s / 2."""
    if not label_smoothing:
        return y_true
    return y_true * (1.0 - label_smoothing) + 0.5 * label_smoothing


def binary_crossentropy(
    y_true: Any, y_pred: Any, from_logits: bool = False, label_smoothing: float = 0.0,
    axis: int = -1,
) -> Tensor:  # fmt: skip
    """Mean over `axis` of -(t log p + (1 - t) log(1 - p))."""
    y_true, y_pred = aligned(y_true, y_pred)
    y_true = smoothed_binary(y_true, label_smoothing)
    return ops.mean(ops.binary_crossentropy(y_true, y_pred, from_logits=from_logits), axis=axis)


def categorical_crossentropy(
    y_true: Any, y_pred: Any, from_logits: bool = False, label_smoothing: float = 0.0,
    axis: int = -1,
) -> Tensor:  # fmt: skip
    """-sum over `axis` of t log p, targets one-hot or any distribution."""
    y_pred = ops.convert_to_tensor(y_pred)
    check_classes("categorical_crossentropy", y_pred, axis)
    y_true = smoothed_classes(ops.cast(y_true, y_pred.dtype), label_smoothing)
    return ops.categorical_crossentropy(y_true, y_pred, from_logits=from_logits, axis=axis)


def sparse_categorical_crossentropy(
    y_true: Any, y_pred: Any, from_logits: bool = False, ignore_class: int | None = None,
    axis: int = -1,
) -> Tensor:  # fmt: skip
    """-log of the probability of the class whose number is the target.

    Shapes: y_true (...) or (..., 1), y_pred (..., classes) -> (...). Targets equal to
    `ignore_class` give 0 and are masked out of the mean.
    """
    y_true, y_pred = ops.convert_to_tensor(y_true), ops.convert_to_tensor(y_pred)
    if len(y_true.shape) == len(y_pred.shape) and y_true.shape[axis] == 1:
        y_true = ops.squeeze(y_true, axis=axis)
    if ignore_class is None:
        return ops.sparse_categorical_crossentropy(
            y_true, y_pred, from_logits=from_logits, axis=axis
        )
    valid = ops.not_equal(y_true, ops.cast(ignore_class, y_true.dtype))
    y_true = ops.where(valid, y_true, ops.zeros_like(y_true))
    y_pred = ops.where(ops.expand_dims(valid, axis), y_pred, ops.zeros_like(y_pred))
    values = ops.sparse_categorical_crossentropy(y_true, y_pred, from_logits=from_logits, axis=axis)
    values = ops.where(valid, values, ops.zeros_like(values))
    values._keras_mask = valid
    return values


class BinaryCrossentropy(LossFunctionWrapper):
    """-(t log p + (1 - t) log(1 - p)), averaged. `label_smoothing` s: t becomes t (1 - s) + s/2."""

    def __init__(
        self, from_logits: bool = False, label_smoothing: float = 0.0, axis: int = -1,
        reduction: str | None = MEAN, name: str = "binary_crossentropy", dtype: Any = None,
    ) -> None:  # fmt: skip
        super().__init__(
            binary_crossentropy, reduction, name, dtype,
            from_logits=from_logits, label_smoothing=label_smoothing, axis=axis,
        )  # fmt: skip


class CategoricalCrossentropy(LossFunctionWrapper):
    """-sum t log p for one-hot targets, averaged over rows."""

    def __init__(
        self, from_logits: bool = False, label_smoothing: float = 0.0, axis: int = -1,
        reduction: str | None = MEAN, name: str = "categorical_crossentropy", dtype: Any = None,
    ) -> None:  # fmt: skip
        super().__init__(
            categorical_crossentropy, reduction, name, dtype,
            from_logits=from_logits, label_smoothing=label_smoothing, axis=axis,
        )  # fmt: skip


class SparseCategoricalCrossentropy(LossFunctionWrapper):
    """-log p of the class whose number is the target, averaged over rows.

    Keras: same arguments; the configuration holds `axis`, which Keras' leaves out.
    """

    def __init__(
        self, from_logits: bool = False, ignore_class: int | None = None,
        reduction: str | None = MEAN, axis: int = -1,
        name: str = "sparse_categorical_crossentropy", dtype: Any = None,
    ) -> None:  # fmt: skip
        super().__init__(
            sparse_categorical_crossentropy, reduction, name, dtype,
            from_logits=from_logits, ignore_class=ignore_class, axis=axis,
        )  # fmt: skip
