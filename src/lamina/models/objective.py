"""What `compile` is given as loss and metrics, matched with the model's outputs.

Structures, names and order follow Keras: a loss, a list, or a dict by output name; the same for
metrics; "accuracy" means what the shapes of targets and outputs say.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from lamina import losses as losses_module
from lamina import metrics as metrics_module
from lamina import ops
from lamina.errors import ArgumentError, nearest
from lamina.graph.structure import flatten
from lamina.graph.trace import scoped
from lamina.metrics.resolve import KINDS, choice_of
from lamina.models.checks import no_targets
from lamina.naming import snake_case


def check_names(loss: Any, loss_weights: Any, metrics: Sequence[Any]) -> None:
    """Raises: ArgumentError for the name of a loss or metric that there is not, ArgumentTypeError
    for what can be none; ArgumentError for weights that are no numbers.
    """
    for leaf in flatten(loss_weights) if loss_weights is not None else ():
        if leaf is not None and (isinstance(leaf, str) or not np.isfinite(np.asarray(leaf)).all()):
            raise ArgumentError(
                "compile(loss_weights=...)", "needs finite numbers", repr(leaf),
                "pass a number for each output",
            )  # fmt: skip
    for given, of_shapes, get in (
        (loss, _OF_SHAPES, losses_module.get), (list(metrics), KINDS, metrics_module.get),
    ):  # fmt: skip
        for leaf in flatten(given) if given is not None else ():
            if isinstance(leaf, str) and leaf.lower() in of_shapes:
                continue
            if isinstance(leaf, str) or not callable(leaf):
                get(leaf)


class CompiledLoss:
    """The total loss of all outputs, with each one's own running mean when there are several."""

    def __init__(self, loss: Any, loss_weights: Any, output_names: Sequence[str]) -> None:
        self.user_loss = loss
        self.names = list(output_names)
        self.weights = self._weights(loss_weights)
        self.losses: list[Any] | None = None
        self.trackers: list[Any] = []

    def _weights(self, loss_weights: Any) -> list[float | None]:
        if loss_weights is None:
            return [None] * len(self.names)
        if isinstance(loss_weights, int | float):
            loss_weights = [loss_weights] * len(self.names)
        return _by_output("loss_weights", loss_weights, self.names)

    def build(self, y: Sequence[Any], y_pred: Sequence[Any]) -> None:
        """Resolves names to losses, from symbolic or traced targets and outputs."""
        if self.losses is not None:
            return
        given = self.user_loss
        if isinstance(given, list | tuple | Mapping):
            entries = _by_output("loss", given, self.names)
        else:
            entries = [given] * len(y_pred)
        self.losses = [_loss_of(e, t, p) for e, t, p in zip(entries, y, y_pred, strict=True)]
        if sum(loss is not None for loss in self.losses) > 1:
            self.trackers = [
                metrics_module.Mean(name=f"{name}_loss") if loss is not None else None
                for name, loss in zip(self.names, self.losses, strict=True)
            ]

    def __call__(
        self, y: Sequence[Any], y_pred: Sequence[Any], sample_weight: Sequence[Any]
    ) -> Any:
        """The weighted sum of the losses, None if no output has one."""
        self.build(y, y_pred)
        assert self.losses is not None
        values = []
        for i, loss in enumerate(self.losses):
            if loss is None:
                continue
            with scoped(loss.name):
                value = loss(y[i], y_pred[i], sample_weight[i])
            if self.trackers:
                self.trackers[i].update_state(value, sample_weight=y_pred[i].shape[0])
            weight = self.weights[i]
            values.append(value if weight is None else ops.multiply(value, weight))
        if not values:
            return None
        total = values[0]
        for value in values[1:]:
            total = ops.add(total, value)
        return total

    @property
    def metrics(self) -> list[Any]:
        """The running means of the outputs' own losses."""
        return [tracker for tracker in self.trackers if tracker is not None]


class CompiledMetrics(metrics_module.Metric):
    """The metrics of all outputs: `metrics` ignore sample weights, `weighted_metrics` use them.

    Args:
        names_of: the names of the outputs, given the outputs.
    """

    def __init__(self, plain: Any, weighted: Any, names_of: Callable[[Any], Sequence[str]]) -> None:
        super().__init__(name="compile_metrics")
        self.given = {"metrics": _listed(plain), "weighted_metrics": _listed(weighted)}
        self.names: list[str] = []
        self._names_of = names_of
        self.plain: list[list[Any]] = []
        self.weighted: list[list[Any]] = []
        self.built = False

    def build(self, y: Sequence[Any], y_pred: Sequence[Any]) -> None:
        """Resolves names to metrics."""
        if self.built:
            return
        self.plain = self._resolved("metrics", y, y_pred)
        self.weighted = self._resolved("weighted_metrics", y, y_pred)
        self.built = True

    def _resolved(self, argument: str, y: Sequence[Any], y_pred: Sequence[Any]) -> list[list[Any]]:
        given = self.given[argument]
        if not given:
            return [[] for _ in y_pred]
        if len(y_pred) == 1:
            if isinstance(given, Mapping) and self.names:
                _by_output(argument, given, self.names)  # raises for other names
            entries = [flatten(given)]
        elif len(given) != len(self.names) and _is_for_all(given):
            entries = [list(given) for _ in self.names]
        else:
            entries = _by_output(argument, given, self.names)
        return [
            [_metric_of(m, t, p) for m in flatten([e]) if m is not None]
            for e, t, p in zip(entries, y, y_pred, strict=True)
        ]

    def update(self, y: Sequence[Any], y_pred: Sequence[Any], sample_weight: Sequence[Any]) -> None:
        """Adds one batch to every metric."""
        self.build(y, y_pred)
        for i, (plain, weighted) in enumerate(zip(self.plain, self.weighted, strict=True)):
            for metric in plain:
                with scoped(metric.name):
                    metric.update_state(y[i], y_pred[i])
            for metric in weighted:
                with scoped(metric.name):
                    metric.update_state(y[i], y_pred[i], sample_weight[i])

    # ── as one metric, which a step of the user's own may update ──

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Adds one batch, in the structure of the model's outputs."""
        names = self.names = list(self._names_of(y_pred))
        outputs, targets = in_order(y_pred, names), in_order(y_true, names)
        weights = in_order(sample_weight, names)
        self.update(targets, outputs, weights * len(outputs) if len(weights) == 1 else weights)

    def result(self) -> dict[str, Any]:
        """The metrics by their names in the logs."""
        return {name: metric.result() for name, metric in self.named()}

    def reset_state(self) -> None:
        """Returns each metric to its beginning."""
        for metric in self.metrics:
            metric.reset_state()

    def settle_resets(self) -> None:
        """Finds out to what each metric returns."""
        for metric in self.metrics:
            metric.settle_resets()

    @property
    def variables(self) -> list[Any]:
        """Those of all metrics."""
        return [v for metric in self.metrics for v in metric.variables]

    @property
    def is_empty(self) -> bool:
        """Whether none was asked for."""
        return not any(self.given.values())

    @property
    def metrics(self) -> list[Any]:
        """All metrics, unweighted ones first."""
        return [m for group in (*self.plain, *self.weighted) for m in group]

    def named(self) -> list[tuple[str, Any]]:
        """(name in the logs, metric): with the output's name before it where there are several."""
        if not self.built:
            return []
        found: list[tuple[str, Any]] = []
        counts: dict[str, int] = {}
        for groups, again in ((self.plain, ""), (self.weighted, "weighted_")):
            for output, group in zip(self.names, groups, strict=True):
                prefix = f"{output}_" if len(self.names) > 1 else ""
                for metric in group:
                    name = f"{prefix}{metric.name}"
                    if name in counts and again:
                        name = f"{prefix}{again}{metric.name}"
                    count = counts.get(name, 0)
                    counts[name] = count + 1
                    found.append((f"{name}_{count}" if count else name, metric))
        return found


def _listed(value: Any) -> Any:
    """A list or dict as it stands; one metric alone, which tf.keras took, as a list of one."""
    return value if value is None or isinstance(value, list | tuple | Mapping) else [value]


def _is_for_all(given: Any) -> bool:
    """Whether a list is of names and functions only; as in Keras 2, each output is measured by all
    of them, unless there are just as many as outputs.
    """
    return isinstance(given, list | tuple) and all(
        isinstance(m, str) or (callable(m) and not isinstance(m, metrics_module.Metric))
        for m in given
    )


def in_order(structure: Any, names: Sequence[str]) -> list[Any]:
    """The leaves in the order of the outputs: dicts by name, everything else as it stands.

    Raises: ArgumentError for a dict of which some names are outputs' and some are not.
    """
    if not isinstance(structure, Mapping) or not set(structure) & set(names):
        return flatten(structure)
    unknown = [key for key in structure if key not in names]
    if unknown:
        raise ArgumentError(
            "y", f"needs the names of outputs, {', '.join(names)}",
            ", ".join(map(str, unknown)),
            f"did you mean {nearest(str(unknown[0]), names)[0]!r}?",
        )  # fmt: skip
    return [structure.get(name) for name in names]


def _by_output(argument: str, given: Any, names: Sequence[str]) -> list[Any]:
    """One entry for each output, from a list in their order or a dict by their names."""
    if isinstance(given, Mapping):
        unknown = [key for key in given if key not in names]
        if not unknown:
            return [given.get(name) for name in names]
    elif len(given) == len(names):
        return list(given)
    raise ArgumentError(
        f"compile({argument}=...)", f"needs one entry for each of the outputs {list(names)}",
        repr(list(given) if isinstance(given, Mapping) else given),
        "pass a list in that order, or a dict with those names",
    )  # fmt: skip


_LOSSES = ("binary_crossentropy", "sparse_categorical_crossentropy", "categorical_crossentropy")
_OF_SHAPES = ("crossentropy", "ce")


def _loss_of(identifier: Any, y: Any, y_pred: Any) -> Any:
    if identifier is None:
        return None
    if y is None:
        raise no_targets()
    if isinstance(identifier, str) and identifier.lower() in _OF_SHAPES:
        identifier = _LOSSES[choice_of(y.shape, y_pred.shape)]
    loss = losses_module.get(identifier)
    if isinstance(loss, losses_module.Loss):
        return loss
    name = identifier if isinstance(identifier, str) else getattr(loss, "__name__", "loss")
    return losses_module.LossFunctionWrapper(loss, name=name)


def _metric_of(identifier: Any, y: Any, y_pred: Any) -> Any:
    if isinstance(identifier, str) and identifier.lower() in KINDS:
        metric = metrics_module.resolve_accuracy(y.shape, y_pred.shape, identifier)
    else:
        metric = metrics_module.get(identifier)
    if not isinstance(metric, metrics_module.Metric):
        name = snake_case(getattr(metric, "__name__", type(metric).__name__))
        metric = metrics_module.MeanMetricWrapper(metric, name=name)
    if isinstance(identifier, str):
        metric.name = identifier
    return metric
