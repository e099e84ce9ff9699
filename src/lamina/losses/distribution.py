"""Losses between distributions: Kullback-Leibler divergence and Poisson."""

from __future__ import annotations

from typing import Any

from lamina import ops
from lamina.graph.dtypes import epsilon
from lamina.graph.tensor import Tensor
from lamina.losses.base import LossFunctionWrapper

MEAN = "sum_over_batch_size"


def kl_divergence(y_true: Any, y_pred: Any) -> Tensor:
    """Sum over the last axis of t log(t / p), both clipped to [1e-7, 1].

    Kullback & Leibler 1951, "On information and sufficiency".
    """
    y_pred = ops.convert_to_tensor(y_pred)
    y_true = ops.clip(ops.convert_to_tensor(y_true, dtype=y_pred.dtype), epsilon(), 1)
    y_pred = ops.clip(y_pred, epsilon(), 1)
    return ops.sum(y_true * ops.log(y_true / y_pred), axis=-1)


def poisson(y_true: Any, y_pred: Any) -> Tensor:
    """Mean over the last axis of p - t log(p + 1e-7)."""
    y_pred = ops.convert_to_tensor(y_pred)
    y_true = ops.convert_to_tensor(y_true, dtype=y_pred.dtype)
    return ops.mean(y_pred - y_true * ops.log(y_pred + epsilon()), axis=-1)


class KLDivergence(LossFunctionWrapper):
    """Sum of t log(t / p), averaged over rows."""

    def __init__(
        self, reduction: str | None = MEAN, name: str = "kl_divergence", dtype: Any = None
    ) -> None:
        super().__init__(kl_divergence, reduction, name, dtype)


class Poisson(LossFunctionWrapper):
    """p - t log p, averaged: the negative log-likelihood of counts, up to a constant."""

    def __init__(
        self, reduction: str | None = MEAN, name: str = "poisson", dtype: Any = None
    ) -> None:
        super().__init__(poisson, reduction, name, dtype)
