"""Hinge losses: targets are -1 and 1 (0 and 1 are converted), or one-hot for the categorical."""

from __future__ import annotations

from typing import Any

from lamina import ops
from lamina.graph.tensor import Tensor
from lamina.losses.base import LossFunctionWrapper

MEAN = "sum_over_batch_size"


def _signed(y_true: Tensor) -> Tensor:
    """Labels 0 and 1 as -1 and 1, if there are no others."""
    binary = ops.all(ops.logical_or(ops.equal(y_true, 0), ops.equal(y_true, 1)))
    return ops.where(binary, 2.0 * y_true - 1.0, y_true)


def _margin(y_true: Any, y_pred: Any) -> Tensor:
    y_pred = ops.convert_to_tensor(y_pred)
    y_true = _signed(ops.cast(y_true, y_pred.dtype))
    return ops.maximum(1.0 - y_true * y_pred, 0.0)


def hinge(y_true: Any, y_pred: Any) -> Tensor:
    """Mean over the last axis of max(1 - y_true y_pred, 0)."""
    return ops.mean(_margin(y_true, y_pred), axis=-1)


def squared_hinge(y_true: Any, y_pred: Any) -> Tensor:
    """Mean over the last axis of max(1 - y_true y_pred, 0)^2."""
    return ops.mean(ops.square(_margin(y_true, y_pred)), axis=-1)


def categorical_hinge(y_true: Any, y_pred: Any) -> Tensor:
    """max(neg - pos + 1, 0): pos the score of the true class, neg the best of the others."""
    y_pred = ops.convert_to_tensor(y_pred)
    y_true = ops.cast(y_true, y_pred.dtype)
    pos = ops.sum(y_true * y_pred, axis=-1)
    neg = ops.max((1.0 - y_true) * y_pred, axis=-1)
    return ops.maximum(neg - pos + 1.0, 0.0)


class Hinge(LossFunctionWrapper):
    """max(1 - y_true y_pred, 0), averaged."""

    def __init__(
        self, reduction: str | None = MEAN, name: str = "hinge", dtype: Any = None
    ) -> None:
        super().__init__(hinge, reduction, name, dtype)


class SquaredHinge(LossFunctionWrapper):
    """max(1 - y_true y_pred, 0)^2, averaged."""

    def __init__(
        self, reduction: str | None = MEAN, name: str = "squared_hinge", dtype: Any = None
    ) -> None:
        super().__init__(squared_hinge, reduction, name, dtype)


class CategoricalHinge(LossFunctionWrapper):
    """max(neg - pos + 1, 0) for one-hot targets, averaged."""

    def __init__(
        self, reduction: str | None = MEAN, name: str = "categorical_hinge", dtype: Any = None
    ) -> None:
        super().__init__(categorical_hinge, reduction, name, dtype)
