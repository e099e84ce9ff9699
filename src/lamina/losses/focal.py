"""Focal cross-entropies, which weigh rows that are already right less.

Lin, Goyal, Girshick, He & Dollár 2017, "Focal loss for dense object detection".
"""

from __future__ import annotations

from typing import Any

from lamina import ops
from lamina.graph.dtypes import epsilon
from lamina.graph.tensor import Tensor
from lamina.losses.base import LossFunctionWrapper, aligned
from lamina.losses.crossentropy import MEAN, check_classes, smoothed_binary, smoothed_classes


def binary_focal_crossentropy(
    y_true: Any, y_pred: Any, apply_class_balancing: bool = False, alpha: float = 0.25,
    gamma: float = 2.0, from_logits: bool = False, label_smoothing: float = 0.0, axis: int = -1,
) -> Tensor:  # fmt: skip
    """Mean over `axis` of (1 - p_t)^gamma times the binary cross-entropy, p_t the probability of
    the true label; with class balancing times alpha for label 1 and 1 - alpha for label 0.
    """
    y_true, y_pred = aligned(y_true, y_pred)
    y_true = smoothed_binary(y_true, label_smoothing)
    if from_logits:
        y_pred = ops.sigmoid(y_pred)
    right = y_true * y_pred + (1.0 - y_true) * (1.0 - y_pred)
    values = ops.power(1.0 - right, gamma) * ops.binary_crossentropy(y_true, y_pred)
    if apply_class_balancing:
        values = (y_true * alpha + (1.0 - y_true) * (1.0 - alpha)) * values
    return ops.mean(values, axis=axis)


def categorical_focal_crossentropy(
    y_true: Any, y_pred: Any, alpha: Any = 0.25, gamma: float = 2.0, from_logits: bool = False,
    label_smoothing: float = 0.0, axis: int = -1,
) -> Tensor:  # fmt: skip
    """-sum over `axis` of alpha (1 - p)^gamma t log p; `alpha` a number or one for each class."""
    y_pred = ops.convert_to_tensor(y_pred)
    check_classes("categorical_focal_crossentropy", y_pred, axis)
    y_true = smoothed_classes(ops.cast(y_true, y_pred.dtype), label_smoothing)
    if from_logits:
        y_pred = ops.softmax(y_pred, axis=axis)
    p = y_pred / ops.sum(y_pred, axis=axis, keepdims=True)
    p = ops.clip(p, epsilon(), 1.0 - epsilon())
    weight = ops.multiply(ops.power(1.0 - p, gamma), alpha)
    return ops.sum(weight * (-y_true * ops.log(p)), axis=axis)


class BinaryFocalCrossentropy(LossFunctionWrapper):
    """(1 - p_t)^gamma times the binary cross-entropy, averaged."""

    def __init__(
        self, apply_class_balancing: bool = False, alpha: float = 0.25, gamma: float = 2.0,
        from_logits: bool = False, label_smoothing: float = 0.0, axis: int = -1,
        reduction: str | None = MEAN, name: str = "binary_focal_crossentropy", dtype: Any = None,
    ) -> None:  # fmt: skip
        super().__init__(
            binary_focal_crossentropy, reduction, name, dtype,
            apply_class_balancing=apply_class_balancing, alpha=alpha, gamma=gamma,
            from_logits=from_logits, label_smoothing=label_smoothing, axis=axis,
        )  # fmt: skip


class CategoricalFocalCrossentropy(LossFunctionWrapper):
    """-sum alpha (1 - p)^gamma t log p for one-hot targets, averaged over rows."""

    def __init__(
        self, alpha: Any = 0.25, gamma: float = 2.0, from_logits: bool = False,
        label_smoothing: float = 0.0, axis: int = -1, reduction: str | None = MEAN,
        name: str = "categorical_focal_crossentropy", dtype: Any = None,
    ) -> None:  # fmt: skip
        super().__init__(
            categorical_focal_crossentropy, reduction, name, dtype, alpha=alpha, gamma=gamma,
            from_logits=from_logits, label_smoothing=label_smoothing, axis=axis,
        )  # fmt: skip
