"""Losses of differences: squared, absolute, relative, logarithmic; Huber, log-cosh, cosine.

Every function takes y_true and y_pred of shape (..., n) and returns values of shape (...).
"""

from __future__ import annotations

import math
from typing import Any

from lamina import ops
from lamina.graph.dtypes import epsilon
from lamina.graph.tensor import Tensor
from lamina.losses.base import LossFunctionWrapper, aligned

MEAN = "sum_over_batch_size"


def mean_squared_error(y_true: Any, y_pred: Any) -> Tensor:
    """Mean over the last axis of (y_true - y_pred)^2."""
    y_true, y_pred = aligned(y_true, y_pred)
    return ops.mean(ops.square(y_true - y_pred), axis=-1)


def mean_absolute_error(y_true: Any, y_pred: Any) -> Tensor:
    """Mean over the last axis of |y_true - y_pred|."""
    y_true, y_pred = aligned(y_true, y_pred)
    return ops.mean(ops.abs(y_true - y_pred), axis=-1)


def mean_absolute_percentage_error(y_true: Any, y_pred: Any) -> Tensor:
    """100 times the mean over the last axis of |y_true - y_pred| / max(|y_true|, 1e-7)."""
    y_true, y_pred = aligned(y_true, y_pred)
    scale = ops.maximum(ops.abs(y_true), epsilon())
    return 100.0 * ops.mean(ops.abs((y_true - y_pred) / scale), axis=-1)


def mean_squared_logarithmic_error(y_true: Any, y_pred: Any) -> Tensor:
    """Mean over the last axis of (log(1 + y_true) - log(1 + y_pred))^2, both at least 1e-7."""
    y_true, y_pred = aligned(y_true, y_pred)
    target = ops.log(ops.maximum(y_true, epsilon()) + 1.0)
    output = ops.log(ops.maximum(y_pred, epsilon()) + 1.0)
    return ops.mean(ops.square(output - target), axis=-1)


def huber(y_true: Any, y_pred: Any, delta: float = 1.0) -> Tensor:
    """Mean over the last axis of e^2 / 2 where |e| <= delta, else delta |e| - delta^2 / 2.

    Huber 1964, "Robust estimation of a location parameter".
    """
    y_true, y_pred = aligned(y_true, y_pred)
    error = y_pred - y_true
    size = ops.abs(error)
    far = delta * size - 0.5 * delta * delta
    return ops.mean(ops.where(size <= delta, 0.5 * ops.square(error), far), axis=-1)


def log_cosh(y_true: Any, y_pred: Any) -> Tensor:
    """Mean over the last axis of log(cosh(e)) = e + softplus(-2 e) - log 2, which cannot
    overflow.
    """
    y_true, y_pred = aligned(y_true, y_pred)
    error = y_pred - y_true
    return ops.mean(error + ops.softplus(error * -2.0) - math.log(2.0), axis=-1)


def cosine_similarity(y_true: Any, y_pred: Any, axis: int = -1) -> Tensor:
    """Minus the cosine of the angle between y_true and y_pred along `axis`: -1 where they agree."""
    y_true, y_pred = aligned(y_true, y_pred)
    target = ops.normalize(y_true, axis=axis)
    output = ops.normalize(y_pred, axis=axis)
    return -ops.sum(target * output, axis=axis)


class MeanSquaredError(LossFunctionWrapper):
    """(y_true - y_pred)^2, averaged."""

    def __init__(
        self, reduction: str | None = MEAN, name: str = "mean_squared_error", dtype: Any = None
    ) -> None:
        super().__init__(mean_squared_error, reduction, name, dtype)


class MeanAbsoluteError(LossFunctionWrapper):
    """|y_true - y_pred|, averaged."""

    def __init__(
        self, reduction: str | None = MEAN, name: str = "mean_absolute_error", dtype: Any = None
    ) -> None:
        super().__init__(mean_absolute_error, reduction, name, dtype)


class MeanAbsolutePercentageError(LossFunctionWrapper):
    """100 |y_true - y_pred| / |y_true|, averaged."""

    def __init__(
        self, reduction: str | None = MEAN, name: str = "mean_absolute_percentage_error",
        dtype: Any = None,
    ) -> None:  # fmt: skip
        super().__init__(mean_absolute_percentage_error, reduction, name, dtype)


class MeanSquaredLogarithmicError(LossFunctionWrapper):
    """(log(1 + y_true) - log(1 + y_pred))^2, averaged."""

    def __init__(
        self, reduction: str | None = MEAN, name: str = "mean_squared_logarithmic_error",
        dtype: Any = None,
    ) -> None:  # fmt: skip
        super().__init__(mean_squared_logarithmic_error, reduction, name, dtype)


class Huber(LossFunctionWrapper):
    """Squared near zero, absolute beyond `delta`.

    Keras: same arguments; the configuration holds `delta`, which Keras' leaves out.
    """

    def __init__(
        self, delta: float = 1.0, reduction: str | None = MEAN, name: str = "huber_loss",
        dtype: Any = None,
    ) -> None:  # fmt: skip
        super().__init__(huber, reduction, name, dtype, delta=delta)


class LogCosh(LossFunctionWrapper):
    """log(cosh(y_pred - y_true)), averaged: squared near zero, absolute far from it."""

    def __init__(
        self, reduction: str | None = MEAN, name: str = "log_cosh", dtype: Any = None
    ) -> None:
        super().__init__(log_cosh, reduction, name, dtype)


class CosineSimilarity(LossFunctionWrapper):
    """Minus the cosine of the angle between y_true and y_pred along `axis`.

    Keras: same arguments; the configuration holds `axis`, which Keras' leaves out.
    """

    def __init__(
        self, axis: int = -1, reduction: str | None = MEAN, name: str = "cosine_similarity",
        dtype: Any = None,
    ) -> None:  # fmt: skip
        super().__init__(cosine_similarity, reduction, name, dtype, axis=axis)
