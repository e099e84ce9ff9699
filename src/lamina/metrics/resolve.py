"""What "accuracy" and "crossentropy" mean: Keras chooses by the shapes of targets and outputs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lamina.errors import ArgumentError
from lamina.metrics.accuracy import BinaryAccuracy, CategoricalAccuracy, SparseCategoricalAccuracy
from lamina.metrics.base import Metric
from lamina.metrics.of_losses import (
    BinaryCrossentropy,
    CategoricalCrossentropy,
    SparseCategoricalCrossentropy,
)

_ACCURACIES = (BinaryAccuracy, SparseCategoricalAccuracy, CategoricalAccuracy)
_CROSSENTROPIES = (BinaryCrossentropy, SparseCategoricalCrossentropy, CategoricalCrossentropy)
KINDS: dict[str, Any] = {
    "accuracy": _ACCURACIES, "acc": _ACCURACIES,
    "crossentropy": _CROSSENTROPIES, "ce": _CROSSENTROPIES,
}  # fmt: skip


def choice_of(y_true_shape: Sequence[int | None], y_pred_shape: Sequence[int | None]) -> int:
    """0 binary (the outputs' last axis is 1), 1 sparse (targets have an axis less, or end in 1),
    2 categorical.
    """
    true_last = y_true_shape[-1] if len(y_true_shape) else 1
    pred_last = y_pred_shape[-1] if len(y_pred_shape) else 1
    if pred_last == 1:
        return 0
    fewer = len(y_true_shape) < len(y_pred_shape)
    return 1 if fewer or (true_last == 1 and pred_last is not None and pred_last > 1) else 2


def resolve_accuracy(
    y_true_shape: Sequence[int | None], y_pred_shape: Sequence[int | None], kind: str = "accuracy"
) -> Metric:
    """The metric that "accuracy", "acc", "crossentropy" or "ce" means for these shapes, batch
    included; it bears that name.
    """
    classes = KINDS.get(kind.lower())
    if classes is None:
        raise ArgumentError(
            "metrics.resolve_accuracy", "knows no such kind", repr(kind),
            f"use one of {', '.join(KINDS)}",
        )  # fmt: skip
    metric: Metric = classes[choice_of(y_true_shape, y_pred_shape)](name=kind)
    return metric
