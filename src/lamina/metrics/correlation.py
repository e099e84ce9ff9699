"""How much of the targets the outputs explain: R2, Pearson's and the concordance correlation."""

from __future__ import annotations

import warnings
from typing import Any

from lamina import ops
from lamina.errors import ArgumentError, ShapeError
from lamina.graph.dtypes import epsilon
from lamina.graph.tensor import Tensor
from lamina.losses.base import aligned
from lamina.metrics.base import Metric
from lamina.metrics.reduction import MeanMetricWrapper

AGGREGATIONS = (None, "uniform_average", "variance_weighted_average")


class R2Score(Metric):
    """1 - sum (t - p)^2 / sum (t - mean t)^2, the coefficient of determination.

    Shapes: y_true and y_pred (B, outputs).

    Args:
        class_aggregation: "uniform_average" or "variance_weighted_average" over the outputs, or
            None for one score each.
        num_regressors: above 0, the score adjusted for so many predictors.
    """

    _direction = "up"

    def __init__(
        self, class_aggregation: str | None = "uniform_average", num_regressors: int = 0,
        name: str | None = "r2_score", dtype: Any = None,
    ) -> None:  # fmt: skip
        super().__init__(dtype, name)
        if class_aggregation not in AGGREGATIONS:
            raise ArgumentError(
                "R2Score(class_aggregation=...)", "knows no such name", repr(class_aggregation),
                f"use one of {AGGREGATIONS}",
            )  # fmt: skip
        if num_regressors < 0:
            raise ArgumentError(
                "R2Score(num_regressors=...)", "needs 0 or more", repr(num_regressors),
                "leave it out",
            )  # fmt: skip
        self.class_aggregation, self.num_regressors = class_aggregation, num_regressors
        self.num_samples = self.add_variable((), name="num_samples")
        self._sums: list[Any] = []

    def _build(self, y_true: Tensor, y_pred: Tensor) -> None:
        if len(y_pred.shape) != 2 or len(y_true.shape) != 2:
            raise ShapeError(
                f"R2Score '{self.name}'", "needs targets and outputs (batch, outputs)",
                f"y_true {tuple(y_true.shape)}, y_pred {tuple(y_pred.shape)}",
                "reshape targets to (-1, 1)",
            )  # fmt: skip
        shape = (int(y_pred.shape[-1]),)
        names = ("squared_sum", "sum", "residual", "count")
        self._sums = [self.add_variable(shape, name=name) for name in names]

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Adds a batch of targets and outputs."""
        y_pred = ops.convert_to_tensor(y_pred, dtype=self.dtype)
        y_true, y_pred = aligned(y_true, y_pred)
        if not self._sums:
            self._build(y_true, y_pred)
        weight = ops.convert_to_tensor(
            1.0 if sample_weight is None else sample_weight, dtype=self.dtype
        )
        if len(weight.shape) == 1:
            weight = ops.expand_dims(weight, axis=1)
        weight = ops.broadcast_to(weight, y_true.shape)
        squared, plain, residual, count = self._sums
        plain.assign_add(ops.sum(y_true * weight, axis=0))
        squared.assign_add(ops.sum(y_true * (y_true * weight), axis=0))
        residual.assign_add(ops.sum(ops.square(y_true - y_pred) * weight, axis=0))
        count.assign_add(ops.sum(weight, axis=0))
        self.num_samples.assign_add(ops.sum(ops.ones_like(y_true)))

    def result(self) -> Tensor:
        """The score, or one for each output; 0 before the first batch."""
        if not self._sums:
            return ops.cast(0.0, self.dtype)
        squared, plain, residual, count = (variable.value for variable in self._sums)
        total = squared - plain * (plain / count)
        scores = 1.0 - residual / total
        scores = ops.where(ops.isinf(scores), 0.0, scores)
        if self.class_aggregation == "uniform_average":
            scores = ops.mean(scores)
        elif self.class_aggregation == "variance_weighted_average":
            scores = ops.sum(total * scores) / ops.sum(total)
        return self._adjusted(scores)

    def _adjusted(self, scores: Tensor) -> Tensor:
        if self.num_regressors == 0:
            return scores
        free = float(self.num_samples) - 1.0 - self.num_regressors
        if free <= 0:
            warnings.warn(
                "R2Score(num_regressors=...): there are not more samples than predictors, so the "
                "score is not adjusted",
                stacklevel=3,
            )
            return scores
        return 1.0 - (1.0 - scores) * (float(self.num_samples) - 1.0) / free

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal metric."""
        return {
            **super().get_config(), "class_aggregation": self.class_aggregation,
            "num_regressors": self.num_regressors,
        }  # fmt: skip


def pearson_correlation(y_true: Any, y_pred: Any, axis: int = -1) -> Tensor:
    """Mean over `axis` of the product of standardised y_true and y_pred, -1 to 1."""
    y_true, y_pred = aligned(y_true, y_pred)
    target = y_true - ops.mean(y_true, axis=axis, keepdims=True)
    output = y_pred - ops.mean(y_pred, axis=axis, keepdims=True)
    target = target / ops.std(target, axis=axis, keepdims=True)
    output = output / ops.std(output, axis=axis, keepdims=True)
    return ops.mean(target * output, axis=axis)


def concordance_correlation(y_true: Any, y_pred: Any, axis: int = -1) -> Tensor:
    """2 cov / (var t + var p + (mean t - mean p)^2) over `axis`, with (t - mean p) (p - mean p) as
    Keras takes the covariance.

    Lin 1989, "A concordance correlation coefficient to evaluate reproducibility".
    """
    y_true, y_pred = aligned(y_true, y_pred)
    true_mean = ops.mean(y_true, axis=axis, keepdims=True)
    pred_mean = ops.mean(y_pred, axis=axis, keepdims=True)
    spread = ops.var(y_true - true_mean, axis=axis, keepdims=True)
    spread = spread + ops.var(y_pred - pred_mean, axis=axis, keepdims=True)
    covariance = (y_true - pred_mean) * (y_pred - pred_mean)
    norm = spread + ops.square(true_mean - pred_mean) + epsilon()
    return ops.mean(2.0 * covariance / norm, axis=axis)


class PearsonCorrelation(MeanMetricWrapper):
    """Mean over rows of Pearson's correlation along `axis`."""

    _direction = "up"

    def __init__(
        self, name: str | None = "pearson_correlation", dtype: Any = None, axis: int = -1
    ) -> None:
        super().__init__(pearson_correlation, name, dtype, axis=axis)


class ConcordanceCorrelation(MeanMetricWrapper):
    """Mean over rows of the concordance correlation along `axis`."""

    _direction = "up"

    def __init__(
        self, name: str | None = "concordance_correlation", dtype: Any = None, axis: int = -1
    ) -> None:
        super().__init__(concordance_correlation, name, dtype, axis=axis)
