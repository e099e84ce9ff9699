"""Losses of overlap, for segmentation: Dice and Tversky; and generalised cross-entropy."""

from __future__ import annotations

from typing import Any

from lamina import ops
from lamina.errors import ArgumentError
from lamina.graph.dtypes import epsilon
from lamina.graph.tensor import Tensor
from lamina.losses.base import LossFunctionWrapper

MEAN = "sum_over_batch_size"


def dice(y_true: Any, y_pred: Any, axis: Any = None) -> Tensor:
    """1 - 2 sum(t p) / (sum t + sum p + 1e-7) over `axis` (all axes by default).

    Sørensen 1948; as a loss in Milletari, Navab & Ahmadi 2016, "V-Net".
    """
    y_pred = ops.convert_to_tensor(y_pred)
    y_true = ops.cast(y_true, y_pred.dtype)
    both = ops.sum(y_true * y_pred, axis=axis)
    total = ops.sum(y_true, axis=axis) + ops.sum(y_pred, axis=axis) + epsilon()
    return 1.0 - 2.0 * both / total


def tversky(
    y_true: Any, y_pred: Any, alpha: float = 0.5, beta: float = 0.5, axis: Any = None
) -> Tensor:
    """1 - both / (both + alpha only_true + beta only_predicted) over `axis`.

    Salehi, Erdogmus & Gholipour 2017, "Tversky loss function for image segmentation".
    """
    y_pred = ops.convert_to_tensor(y_pred)
    y_true = ops.cast(y_true, y_pred.dtype)
    both = ops.sum(y_true * y_pred, axis=axis)
    only_true = ops.sum((1.0 - y_pred) * y_true, axis=axis)
    only_predicted = ops.sum(y_pred * (1.0 - y_true), axis=axis)
    return 1.0 - both / (both + only_true * alpha + only_predicted * beta + epsilon())


def categorical_generalized_cross_entropy(y_true: Any, y_pred: Any, q: float) -> Tensor:
    """(1 - p^q) / q, p the probability of the class whose number is the target.

    Zhang & Sabuncu 2018, "Generalized cross entropy loss for training with noisy labels".
    """
    y_pred = ops.convert_to_tensor(y_pred)
    hot = ops.one_hot(ops.cast(y_true, "int32"), int(y_pred.shape[-1]), dtype=y_pred.dtype)
    return (1.0 - ops.power(ops.sum(y_pred * hot, axis=-1), q)) / q


class Dice(LossFunctionWrapper):
    """1 - 2 sum(t p) / (sum t + sum p), averaged over what `axis` leaves."""

    def __init__(
        self, reduction: str | None = MEAN, name: str = "dice", axis: Any = None, dtype: Any = None
    ) -> None:
        super().__init__(dice, reduction, name, dtype, axis=axis)


class Tversky(LossFunctionWrapper):
    """1 - both / (both + alpha only_true + beta only_predicted), averaged over what `axis`
    leaves.
    """

    def __init__(
        self, alpha: float = 0.5, beta: float = 0.5, reduction: str | None = MEAN,
        name: str = "tversky", axis: Any = None, dtype: Any = None,
    ) -> None:  # fmt: skip
        super().__init__(tversky, reduction, name, dtype, alpha=alpha, beta=beta, axis=axis)


class CategoricalGeneralizedCrossEntropy(LossFunctionWrapper):
    """(1 - p^q) / q, averaged over rows; 0 < q < 1."""

    def __init__(
        self, q: float = 0.5, reduction: str | None = MEAN,
        name: str = "categorical_generalized_cross_entropy", dtype: Any = None,
    ) -> None:  # fmt: skip
        if not 0 < q < 1:
            raise ArgumentError(
                "CategoricalGeneralizedCrossEntropy(q=...)", "needs a number between 0 and 1",
                repr(q), "pass for instance q=0.5",
            )  # fmt: skip
        super().__init__(categorical_generalized_cross_entropy, reduction, name, dtype, q=q)
