"""AUC: the area under the ROC, precision-recall or precision-recall-gain curve."""

from __future__ import annotations

from typing import Any

import numpy as np

from lamina import ops
from lamina.errors import ArgumentError, ShapeError
from lamina.graph.dtypes import epsilon
from lamina.graph.tensor import Tensor
from lamina.metrics.base import Metric
from lamina.metrics.confusion import Decisions, Outcome, count_outcomes, evenly_spaced
from lamina.metrics.precision_recall import share

CURVES = ("ROC", "PR", "PRGAIN")
METHODS = ("interpolation", "majoring", "minoring")
_NAMES = ("true_positives", "false_positives", "true_negatives", "false_negatives")


class AUC(Metric):
    """The area under a curve over thresholds, by a Riemann sum.

    Args:
        num_thresholds: how many thresholds, evenly spaced, at least 2. Default 200.
        curve: "ROC" (false positive rate, recall), "PR" (recall, precision) or "PRGAIN"
            (Flach & Kull 2015, "Precision-recall-gain curves").
        summation_method: "interpolation" (for PR that of Davis & Goadrich 2006, "The relationship
            between precision-recall and ROC curves"), "minoring" or "majoring".
        thresholds: instead of even ones: numbers in [0, 1]; both ends are added.
        multi_label, num_labels, label_weights: the mean of one area for each column.
        from_logits: predictions are passed through the sigmoid first.
    """

    _direction = "up"

    def __init__(
        self, num_thresholds: int = 200, curve: Any = "ROC",
        summation_method: Any = "interpolation", name: str | None = None, dtype: Any = None,
        thresholds: Any = None, multi_label: bool = False, num_labels: int | None = None,
        label_weights: Any = None, from_logits: bool = False,
    ) -> None:  # fmt: skip
        super().__init__(dtype, name)
        self.curve = _one_of("curve", curve, CURVES)
        self.summation_method = _one_of("summation_method", summation_method, METHODS)
        self._given = None if thresholds is None else sorted(float(t) for t in thresholds)
        self.num_thresholds = num_thresholds if self._given is None else len(self._given) + 2
        self.multi_label, self.num_labels = multi_label, num_labels
        self.label_weights = label_weights
        self._from_logits = from_logits
        self._decisions = self._thresholded()
        self._counts: list[Any] = []
        if num_labels and not multi_label:
            raise ArgumentError(
                "AUC(num_labels=...)", "is meant for multi_label=True", repr(num_labels),
                "leave it out, or pass multi_label=True",
            )  # fmt: skip
        if not multi_label:
            self._build(None)
        elif num_labels:
            self._build(num_labels)

    def _thresholded(self) -> Decisions:
        if self.num_thresholds <= 1:
            raise ArgumentError(
                "AUC(num_thresholds=...)", "needs an integer above 1", repr(self.num_thresholds),
                "leave it out for 200",
            )  # fmt: skip
        last = self.num_thresholds - 1
        even = self._given is None or evenly_spaced([0.0, *self._given, 1.0])
        inner = [i / last for i in range(1, last)] if self._given is None else self._given
        # The outermost thresholds lie beyond 0 and 1, so that scores of 0 and 1 are on a side.
        ends = (0.0 - epsilon(), 1.0 + epsilon())
        return Decisions((ends[0], *inner, ends[1]), even, multi_label=self.multi_label)

    @property
    def thresholds(self) -> list[float]:
        """All thresholds, the outermost beyond 0 and 1."""
        return list(self._decisions.thresholds)

    def _build(self, labels: int | None) -> None:
        shape = (self.num_thresholds,) if labels is None else (self.num_thresholds, labels)
        self._counts = [self.add_variable(shape, name=name) for name in _NAMES]
        self.true_positives, self.false_positives = self._counts[:2]
        self.true_negatives, self.false_negatives = self._counts[2:]

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Counts a batch."""
        y_pred = ops.convert_to_tensor(y_pred)
        if not self._counts:
            if len(y_pred.shape) != 2:
                raise ShapeError(
                    f"AUC '{self.name}'", "needs predictions (batch, labels) for multi_label=True",
                    f"shape {tuple(y_pred.shape)}", "leave multi_label out",
                )  # fmt: skip
            self._build(int(y_pred.shape[1]))
        if self._from_logits:
            y_pred = ops.sigmoid(y_pred)
        labels = None if self.multi_label else self.label_weights
        variables = dict(zip(Outcome, self._counts, strict=True))
        count_outcomes(variables, y_true, y_pred, self._decisions, sample_weight, labels)

    def result(self) -> Tensor:
        """The area."""
        if not self._counts:
            return ops.cast(0.0, self.dtype)
        if self.curve == "PR" and self.summation_method == "interpolation":
            return self.interpolate_pr_auc()
        x, y = self._points()
        if self.summation_method == "interpolation":
            heights = (y[:-1] + y[1:]) / 2.0
        elif self.summation_method == "minoring":
            heights = ops.minimum(y[:-1], y[1:])
        else:
            heights = ops.maximum(y[:-1], y[1:])
        return self._averaged((x[:-1] - x[1:]) * heights)

    def _points(self) -> tuple[Tensor, Tensor]:
        tp, fp, tn, fn = (variable.value for variable in self._counts)
        recall = ops.divide_no_nan(tp, tp + fn)
        if self.curve == "ROC":
            return ops.divide_no_nan(fp, fp + tn), recall
        if self.curve == "PR":
            return recall, share(self.true_positives, self.false_positives)
        odds = ops.divide_no_nan(tp + fn, tn + fp)
        none = ops.equal(tp, 0.0)
        recall_gain = ops.where(none, 0.0, 1.0 - odds * ops.divide_no_nan(fn, tp))
        precision_gain = ops.where(none, 1.0, 1.0 - odds * ops.divide_no_nan(fp, tp))
        return ops.maximum(recall_gain, 0.0), precision_gain

    def interpolate_pr_auc(self) -> Tensor:
        """The area under the curve of precision over recall by Davis & Goadrich 2006, section 4.

        Between two thresholds tp grows linearly with the number of positives p, so that the
        area under tp / p is slope * (dtp + intercept * log(p_high / p_low)) / positives.
        """
        tp, fp, _, fn = (variable.value for variable in self._counts)
        p = tp + fp
        more, fewer = p[:-1], p[1:]
        dtp = tp[:-1] - tp[1:]
        slope = ops.divide_no_nan(dtp, ops.maximum(more - fewer, 0.0))
        intercept = tp[1:] - slope * fewer
        both = ops.logical_and(more > 0, fewer > 0)
        ratio = ops.where(both, ops.divide_no_nan(more, ops.maximum(fewer, 0.0)), 1.0)
        area = slope * (dtp + intercept * ops.log(ratio))
        return self._averaged(ops.divide_no_nan(area, ops.maximum(tp[1:] + fn[1:], 0.0)))

    def _averaged(self, pieces: Tensor) -> Tensor:
        if not self.multi_label:
            return ops.sum(pieces)
        areas = ops.sum(pieces, axis=0)
        if self.label_weights is None:
            return ops.mean(areas)
        weights = ops.convert_to_tensor(self.label_weights, dtype=areas.dtype)
        return ops.divide_no_nan(ops.sum(areas * weights), ops.sum(weights))

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal metric."""
        weights = self.label_weights
        config = {
            **super().get_config(), "num_thresholds": self.num_thresholds, "curve": self.curve,
            "summation_method": self.summation_method, "multi_label": self.multi_label,
            "num_labels": self.num_labels, "from_logits": self._from_logits,
            "label_weights": None if weights is None else np.asarray(weights).tolist(),
        }  # fmt: skip
        if self._given is not None:
            config["thresholds"] = self._given
        return config


def _one_of(argument: str, value: Any, legal: tuple[str, ...]) -> str:
    """The legal spelling of a name, whatever its case."""
    text = str(getattr(value, "value", value))
    for name in legal:
        if text.lower() == name.lower():
            return name
    raise ArgumentError(
        f"AUC({argument}=...)", "knows no such name", repr(value), f"use one of {', '.join(legal)}"
    )
