"""F-scores: the weighted harmonic mean of precision and recall, for each class or averaged."""

from __future__ import annotations

from typing import Any

from lamina import ops
from lamina.errors import ArgumentError, ShapeError
from lamina.graph.dtypes import epsilon
from lamina.graph.tensor import Tensor
from lamina.metrics.base import Metric

AVERAGES = (None, "micro", "macro", "weighted")
_NAMES = ("true_positives", "false_positives", "false_negatives", "intermediate_weights")


class FBetaScore(Metric):
    """(1 + b^2) precision recall / (b^2 precision + recall).

    Shapes: y_true and y_pred (B, classes).

    Args:
        average: None: one score for each class; "micro": of all counts together; "macro": the mean
            of the classes; "weighted": their mean weighted by how often each occurs.
        beta: how much more recall counts than precision.
        threshold: scores above are positive; None: the largest of a row is.
    """

    _direction = "up"

    def __init__(
        self, average: str | None = None, beta: float = 1.0, threshold: float | None = None,
        name: str | None = "fbeta_score", dtype: Any = None,
    ) -> None:  # fmt: skip
        super().__init__(dtype, name)
        where = type(self).__name__
        _check(average in AVERAGES, f"{where}(average=...)", f"one of {AVERAGES}", average)
        _check(isinstance(beta, float) and beta > 0, f"{where}(beta=...)", "a float above 0", beta)
        legal = threshold is None or (isinstance(threshold, float) and 0 < threshold <= 1)
        _check(legal, f"{where}(threshold=...)", "a float in (0, 1]", threshold)
        self.average, self.beta, self.threshold = average, beta, threshold
        self._counts: list[Any] = []

    def _build(self, y_true: Tensor, y_pred: Tensor) -> None:
        if len(y_pred.shape) != 2 or len(y_true.shape) != 2:
            raise ShapeError(
                f"{type(self).__name__} '{self.name}'",
                "needs targets and outputs of shape (batch, classes)",
                f"y_true {tuple(y_true.shape)}, y_pred {tuple(y_pred.shape)}",
                "make targets one-hot",
            )  # fmt: skip
        shape = () if self.average == "micro" else (int(y_pred.shape[-1]),)
        self._counts = [self.add_variable(shape, dtype=self.dtype, name=name) for name in _NAMES]

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Counts a batch."""
        y_true = ops.convert_to_tensor(y_true, dtype=self.dtype)
        y_pred = ops.convert_to_tensor(y_pred, dtype=self.dtype)
        if not self._counts:
            self._build(y_true, y_pred)
        if self.threshold is None:
            best = ops.greater_equal(y_pred, ops.max(y_pred, axis=-1, keepdims=True))
            guess = ops.logical_and(best, ops.greater(ops.abs(y_pred), 1e-9))
        else:
            guess = ops.greater(y_pred, self.threshold)
        guess = ops.cast(guess, self.dtype)
        weight = None
        if sample_weight is not None:
            weight = ops.expand_dims(ops.convert_to_tensor(sample_weight, dtype=self.dtype), 1)
        hits = (guess * y_true, guess * (1.0 - y_true), (1.0 - guess) * y_true, y_true)
        for variable, values in zip(self._counts, hits, strict=True):
            weighed = values if weight is None else values * weight
            variable.assign_add(ops.sum(weighed, axis=None if self.average == "micro" else 0))

    def result(self) -> Tensor:
        """The score, or one for each class; 0 before the first batch."""
        if not self._counts:
            return ops.cast(0.0, self.dtype)
        right, wrong, missed, weights = (variable.value for variable in self._counts)
        precision = right / (right + wrong + epsilon())
        recall = right / (right + missed + epsilon())
        square = self.beta**2
        mean = precision * recall / (square * precision + recall + epsilon())
        scores = mean * (1.0 + square)
        if self.average == "weighted":
            return ops.sum(scores * (weights / (ops.sum(weights) + epsilon())))
        return scores if self.average is None else ops.mean(scores)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal metric."""
        own = {"average": self.average, "beta": self.beta, "threshold": self.threshold}
        return {**super().get_config(), **own}


class F1Score(FBetaScore):
    """2 precision recall / (precision + recall). Args: as for `FBetaScore`, without `beta`."""

    def __init__(
        self, average: str | None = None, threshold: float | None = None,
        name: str | None = "f1_score", dtype: Any = None,
    ) -> None:  # fmt: skip
        super().__init__(average, 1.0, threshold, name, dtype)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal metric."""
        config = super().get_config()
        del config["beta"]
        return config


def _check(legal: bool, where: str, needed: str, received: Any) -> None:
    if not legal:
        raise ArgumentError(where, f"needs {needed}", repr(received), "see its docstring")
