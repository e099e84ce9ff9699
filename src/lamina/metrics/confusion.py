"""Counting true and false positives and negatives at thresholds, and the metrics of one count."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

import numpy as np

from lamina import ops
from lamina.errors import ArgumentError, ShapeError
from lamina.graph.dtypes import epsilon
from lamina.graph.tensor import Tensor
from lamina.graph.variable import Variable
from lamina.losses.base import squeeze_or_expand_to_same_rank
from lamina.metrics.base import Metric

# What the scores of classes outside the top k become: below any threshold.
NEG_INF = -1e10


class Outcome(Enum):
    """The four outcomes of a decision."""

    TRUE_POSITIVES = "tp"
    FALSE_POSITIVES = "fp"
    TRUE_NEGATIVES = "tn"
    FALSE_NEGATIVES = "fn"


def parse_thresholds(where: str, thresholds: Any, default: float) -> list[float]:
    """The thresholds as a list, each between 0 and 1; `default` if None."""
    if thresholds is None:
        return [default]
    found = list(thresholds) if isinstance(thresholds, list | tuple | np.ndarray) else [thresholds]
    if any(t is None or not 0 <= t <= 1 for t in found):
        raise ArgumentError(
            f"{where}(thresholds=...)", "needs numbers between 0 and 1", repr(thresholds),
            "pass for instance thresholds=0.5",
        )  # fmt: skip
    return found


def evenly_spaced(thresholds: Sequence[float]) -> bool:
    """Whether they are 0, 1/n, 2/n, ..., 1."""
    count = len(thresholds)
    if count < 3:
        return False
    even = np.arange(count, dtype="float32") / (count - 1)
    return bool(np.allclose(thresholds, even, atol=epsilon()))


@dataclass(frozen=True)
class Decisions:
    """How scores become decisions.

    Attributes:
        thresholds: a score above one is positive.
        even: they are evenly spaced over [0, 1] (maybe widened by 1e-7 at the ends): then a score
            is compared by its bucket, so that rounding is Keras'.
        top_k: only the k best scores of a row count. class_id: only this class counts.
        multi_label: counts are kept apart for each column.
    """

    thresholds: tuple[float, ...]
    even: bool = False
    top_k: int | None = None
    class_id: int | None = None
    multi_label: bool = False

    def positive(self, scores: Tensor) -> Tensor:
        """Whether each of the scores (1, ...) is positive at each threshold: (T, ...)."""
        shape = (len(self.thresholds), *[1] * (len(scores.shape) - 1))
        if not self.even:
            levels = np.asarray(self.thresholds, scores.dtype).reshape(shape)
            return ops.greater(scores, ops.convert_to_tensor(levels))
        last = len(self.thresholds) - 1
        bucket = ops.ceil(ops.clip(scores, 0.0, 1.0) * float(last)) - 1.0
        if self.thresholds[0] < 0.0 or self.thresholds[-1] > 1.0:
            bucket = ops.maximum(bucket, 0.0)
        places = np.arange(last + 1, dtype=scores.dtype).reshape(shape)
        return ops.greater_equal(bucket, ops.convert_to_tensor(places))


def count_outcomes(
    variables: Mapping[Outcome, Variable], y_true: Any, y_pred: Any, decisions: Decisions,
    sample_weight: Any = None, label_weights: Any = None,
) -> None:  # fmt: skip
    """Adds the outcomes of a batch, weighted, to the variables.

    Shapes: y_true and y_pred (B, ...); sample_weight (B,) or (B, ...); label_weights (labels,);
    variables (T,), or (T, labels) with `multi_label`.
    """
    dtype = next(iter(variables.values())).dtype
    y_true, y_pred = ops.cast(y_true, dtype), ops.cast(y_pred, dtype)
    y_pred, y_true = squeeze_or_expand_to_same_rank(y_pred, y_true)
    weights = _weights(y_true, sample_weight, label_weights, dtype)
    if decisions.top_k is not None:
        y_pred = _only_best(y_pred, decisions.top_k)
    if decisions.class_id is not None:
        y_true = _only_class(y_true, decisions.class_id)
        y_pred = _only_class(y_pred, decisions.class_id)
    if weights is not None:
        weights = ops.broadcast_to(weights, y_pred.shape)
    if decisions.multi_label:
        y_true, y_pred, weights = (
            None if x is None else ops.expand_dims(x, 0) for x in (y_true, y_pred, weights)
        )
    else:
        y_true, y_pred, weights = (
            None if x is None else ops.reshape(x, (1, -1)) for x in (y_true, y_pred, weights)
        )
    positive, label = decisions.positive(y_pred), ops.cast(y_true, "bool")
    for outcome, variable in variables.items():
        right_label = label if outcome.value in ("tp", "fn") else ops.logical_not(label)
        right_guess = positive if outcome.value in ("tp", "fp") else ops.logical_not(positive)
        hits = ops.cast(ops.logical_and(right_label, right_guess), dtype)
        if weights is not None:
            hits = hits * weights
        variable.assign_add(ops.sum(hits, axis=1))


def _weights(y_true: Tensor, sample_weight: Any, label_weights: Any, dtype: str) -> Tensor | None:
    weights = None
    if sample_weight is not None:
        weights = ops.expand_dims(ops.cast(sample_weight, dtype), -1)
        _, weights = squeeze_or_expand_to_same_rank(y_true, weights, expand_rank_1=False)
    if label_weights is not None:
        labels = ops.expand_dims(ops.cast(label_weights, dtype), 0)
        weights = labels if weights is None else weights * labels
    return weights


def _only_best(scores: Tensor, k: int) -> Tensor:
    _, best = ops.top_k(scores, k)
    kept = ops.sum(ops.one_hot(best, int(scores.shape[-1]), dtype=scores.dtype), axis=-2)
    return scores * kept + NEG_INF * (1.0 - kept)


def _only_class(x: Tensor, class_id: int) -> Tensor:
    if len(x.shape) < 2 or not -x.shape[-1] <= class_id < x.shape[-1]:
        raise ShapeError(
            f"class_id={class_id}", "needs predictions of shape (batch, classes) with that class",
            f"shape {tuple(x.shape)}", "leave class_id out, or pass scores of all classes",
        )  # fmt: skip
    return ops.expand_dims(x[..., class_id], -1)


class _Count(Metric):
    """How often one outcome occurs at each threshold (a scalar for one)."""

    outcome: Outcome

    def __init__(self, thresholds: Any = None, name: str | None = None, dtype: Any = None) -> None:
        super().__init__(dtype, name)
        self.init_thresholds = thresholds
        self.thresholds = parse_thresholds(type(self).__name__, thresholds, 0.5)
        self._decisions = Decisions(tuple(self.thresholds), evenly_spaced(self.thresholds))
        self.accumulator = self.add_variable((len(self.thresholds),), name="accumulator")

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Counts a batch."""
        count_outcomes(
            {self.outcome: self.accumulator}, y_true, y_pred, self._decisions, sample_weight
        )

    def result(self) -> Tensor:
        """The counts."""
        counts = self.accumulator.value
        return counts[0] if len(self.thresholds) == 1 else counts

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal metric."""
        return {**super().get_config(), "thresholds": self.init_thresholds}


class FalsePositives(_Count):
    """How often the prediction is positive and the label is not."""

    outcome = Outcome.FALSE_POSITIVES


class FalseNegatives(_Count):
    """How often the label is positive and the prediction is not."""

    outcome = Outcome.FALSE_NEGATIVES


class TrueNegatives(_Count):
    """How often neither label nor prediction is positive."""

    outcome = Outcome.TRUE_NEGATIVES


class TruePositives(_Count):
    """How often both label and prediction are positive."""

    outcome = Outcome.TRUE_POSITIVES
