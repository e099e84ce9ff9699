"""Precision and recall, and each of two rates at the best threshold that keeps the other high."""

from __future__ import annotations

from typing import Any

from lamina import ops
from lamina.errors import ArgumentError
from lamina.graph.tensor import Tensor
from lamina.graph.variable import Variable
from lamina.metrics.base import Metric
from lamina.metrics.confusion import (
    NEG_INF,
    Decisions,
    Outcome,
    count_outcomes,
    evenly_spaced,
    parse_thresholds,
)


def share(part: Variable, rest: Variable) -> Tensor:
    """part / (part + rest), 0 where both are."""
    return ops.divide_no_nan(part, ops.add(part, rest))


class _Share(Metric):
    """true positives / (true positives + another outcome), at each threshold."""

    _direction = "up"
    other: Outcome

    def __init__(
        self, thresholds: Any = None, top_k: int | None = None, class_id: int | None = None,
        name: str | None = None, dtype: Any = None,
    ) -> None:  # fmt: skip
        super().__init__(dtype, name)
        self.init_thresholds = thresholds
        self.top_k, self.class_id = top_k, class_id
        default = 0.5 if top_k is None else NEG_INF
        self.thresholds = parse_thresholds(type(self).__name__, thresholds, default)
        even = evenly_spaced(self.thresholds)
        self._decisions = Decisions(tuple(self.thresholds), even, top_k, class_id)
        shape = (len(self.thresholds),)
        self.true_positives = self.add_variable(shape, name="true_positives")
        self._rest = self.add_variable(shape, name=self.other.name.lower())

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Counts a batch."""
        variables = {Outcome.TRUE_POSITIVES: self.true_positives, self.other: self._rest}
        count_outcomes(variables, y_true, y_pred, self._decisions, sample_weight)

    def result(self) -> Tensor:
        """The share at each threshold, a scalar for one."""
        found = share(self.true_positives, self._rest)
        return found[0] if len(self.thresholds) == 1 else found

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal metric."""
        own = {"thresholds": self.init_thresholds, "top_k": self.top_k, "class_id": self.class_id}
        return {**super().get_config(), **own}


class Precision(_Share):
    """Of what is predicted positive, the part that is: tp / (tp + fp).

    Args:
        thresholds: one or several numbers in [0, 1], default 0.5; scores above are positive.
        top_k: only the k best scores of a row can be positive; then there is no threshold.
        class_id: only this class is counted.
    """

    other = Outcome.FALSE_POSITIVES

    @property
    def false_positives(self) -> Variable:
        """The variable that counts false positives."""
        return self._rest


class Recall(_Share):
    """Of what is positive, the part that is predicted so: tp / (tp + fn).

    Args: as for `Precision`.
    """

    other = Outcome.FALSE_NEGATIVES

    @property
    def false_negatives(self) -> Variable:
        """The variable that counts false negatives."""
        return self._rest


class _RateAtRate(Metric):
    """The best of one rate over the thresholds at which another is at least `value`."""

    _direction = "up"
    given: str

    def __init__(
        self, value: float, num_thresholds: int, class_id: int | None, name: str | None, dtype: Any
    ) -> None:
        super().__init__(dtype, name)
        if not 0 <= value <= 1:
            raise ArgumentError(
                f"{type(self).__name__}({self.given}=...)", "needs a number between 0 and 1",
                repr(value), "pass for instance 0.5",
            )  # fmt: skip
        if num_thresholds <= 0:
            raise ArgumentError(
                f"{type(self).__name__}(num_thresholds=...)", "needs a positive integer",
                repr(num_thresholds), "leave it out for 200",
            )  # fmt: skip
        self.value, self.num_thresholds, self.class_id = value, num_thresholds, class_id
        inner = [i / (num_thresholds - 1) for i in range(1, num_thresholds - 1)]
        self.thresholds = [0.5] if num_thresholds == 1 else [0.0, *inner, 1.0]
        even = num_thresholds > 1
        self._decisions = Decisions(tuple(self.thresholds), even, class_id=class_id)
        names = ("true_positives", "false_positives", "true_negatives", "false_negatives")
        shape = (len(self.thresholds),)
        self.true_positives, self.false_positives, self.true_negatives, self.false_negatives = (
            self.add_variable(shape, name=label) for label in names
        )

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Counts a batch."""
        variables = {
            Outcome.TRUE_POSITIVES: self.true_positives,
            Outcome.FALSE_POSITIVES: self.false_positives,
            Outcome.TRUE_NEGATIVES: self.true_negatives,
            Outcome.FALSE_NEGATIVES: self.false_negatives,
        }
        count_outcomes(variables, y_true, y_pred, self._decisions, sample_weight)

    def rates(self) -> tuple[Tensor, Tensor]:
        """At each threshold, the rate that must be high and the one that is looked for."""
        raise NotImplementedError

    def result(self) -> Tensor:
        """The best found, 0 if no threshold does."""
        bounded, wanted = self.rates()
        return ops.max(ops.where(ops.greater_equal(bounded, self.value), wanted, 0.0))

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal metric."""
        own = {"num_thresholds": self.num_thresholds, self.given: self.value}
        return {**super().get_config(), "class_id": self.class_id, **own}

    def _recall(self) -> Tensor:
        return share(self.true_positives, self.false_negatives)

    def _specificity(self) -> Tensor:
        return share(self.true_negatives, self.false_positives)

    def _precision(self) -> Tensor:
        return share(self.true_positives, self.false_positives)


class SensitivityAtSpecificity(_RateAtRate):
    """The best sensitivity where tn / (tn + fp) is at least `specificity`."""

    given = "specificity"

    def __init__(
        self, specificity: float, num_thresholds: int = 200, class_id: int | None = None,
        name: str | None = None, dtype: Any = None,
    ) -> None:  # fmt: skip
        super().__init__(specificity, num_thresholds, class_id, name, dtype)

    def rates(self) -> tuple[Tensor, Tensor]:
        """Specificity and sensitivity."""
        return self._specificity(), self._recall()


class SpecificityAtSensitivity(_RateAtRate):
    """The best specificity where tp / (tp + fn) is at least `sensitivity`."""

    given = "sensitivity"

    def __init__(
        self, sensitivity: float, num_thresholds: int = 200, class_id: int | None = None,
        name: str | None = None, dtype: Any = None,
    ) -> None:  # fmt: skip
        super().__init__(sensitivity, num_thresholds, class_id, name, dtype)

    def rates(self) -> tuple[Tensor, Tensor]:
        """Sensitivity and specificity."""
        return self._recall(), self._specificity()


class PrecisionAtRecall(_RateAtRate):
    """The best precision where tp / (tp + fn) is at least `recall`."""

    given = "recall"

    def __init__(
        self, recall: float, num_thresholds: int = 200, class_id: int | None = None,
        name: str | None = None, dtype: Any = None,
    ) -> None:  # fmt: skip
        super().__init__(recall, num_thresholds, class_id, name, dtype)

    def rates(self) -> tuple[Tensor, Tensor]:
        """Recall and precision."""
        return self._recall(), self._precision()


class RecallAtPrecision(_RateAtRate):
    """The best recall where tp / (tp + fp) is at least `precision`."""

    given = "precision"

    def __init__(
        self, precision: float, num_thresholds: int = 200, class_id: int | None = None,
        name: str | None = None, dtype: Any = None,
    ) -> None:  # fmt: skip
        super().__init__(precision, num_thresholds, class_id, name, dtype)

    def rates(self) -> tuple[Tensor, Tensor]:
        """Precision and recall."""
        return self._precision(), self._recall()
