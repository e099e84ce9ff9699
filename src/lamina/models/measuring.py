"""What a model measures: its metrics, their names, and the order in which they are reported."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from lamina.graph.variable import Variable
from lamina.layers.tracking import unique
from lamina.models.objective import CompiledMetrics
from lamina.models.own_steps import Reported, result_of
from lamina.models.programs import Programs


class Measuring:
    """The part of `Trainer` that knows of metrics."""

    _programs: Programs
    _objective: Any
    _metrics_set: Any
    _loss_tracker: Any

    def get_metrics_result(self) -> dict[str, Any]:
        """The present value of everything that is reported, by its name in the logs."""
        results: dict[str, Any] = {}
        for name, metric in self._named_metrics():
            value = result_of(metric)
            results |= value if isinstance(value, Mapping) else {name: value}
        return Reported(results)

    @property
    def metrics(self) -> list[Any]:
        """The running mean of the loss, the compiled metrics as one, those of outputs and layers.
        A subclass may say itself what they are: they are reset with every epoch.
        """
        found: list[Any] = []
        if self._loss_tracker is not None:
            found.append(self._loss_tracker)
        if self._metrics_set is not None and not self._metrics_set.is_empty:
            found.append(self._metrics_set)
        if self._objective is not None:
            found += self._objective.metrics
        return unique([*found, *self._layer_metrics()])

    def _layer_metrics(self) -> list[Any]:
        layers = self._flatten_layers()  # type: ignore[attr-defined]
        # A model inside another reports nothing of its own steps.
        plain = [x for x in layers if x is self or not isinstance(x, Measuring)]
        return unique(m for layer in plain for m in layer._own_metrics())  # type: ignore[union-attr]

    @property
    def metrics_names(self) -> list[str]:
        """The names of what `evaluate` returns, in that order."""
        return self._ordered_names([name for name, _ in self._named_metrics()])

    def _named_metrics(self) -> list[tuple[str, Any]]:
        """(name in the logs, metric) of everything that is reported."""
        if self._programs.named is None:
            self._programs.named = self._find_metrics()
        return self._programs.named

    def _find_metrics(self) -> list[tuple[str, Any]]:
        found = [("loss", self._loss_tracker)]
        if self._metrics_set is not None:
            found += self._metrics_set.named()
        if self._objective is not None:
            found += [(m.name, m) for m in self._objective.metrics]
        found += [(m.name, m) for m in self._layer_metrics()]
        if type(self).metrics is Measuring.metrics:
            return found
        # A subclass says itself what its metrics are.
        own = unique(
            m for metric in self.metrics
            for m in (metric.metrics if isinstance(metric, CompiledMetrics) else [metric])
        )  # fmt: skip
        named = [(name, m) for name, m in found if any(m is other for other in own)]
        known = {id(m) for _, m in named}
        return named + [(m.name, m) for m in own if id(m) not in known]

    def _reported(self, phase: str) -> list[tuple[str, Any]]:
        """(name in the logs, metric) of what the step of a phase returns."""
        logs = self._programs.logs.get(phase)
        return self._named_metrics() if logs is None else list(logs.items())

    def _sums(self) -> set[Variable]:
        """The variables that start anew with each epoch: those of metrics and logs."""
        logged = [m for logs in self._programs.logs.values() for m in logs.values()]
        return {v for m in [*self.metrics, *logged] for v in m.variables}

    def reset_metrics(self) -> None:
        """Returns every metric to its beginning."""
        for metric in unique(self.metrics):
            metric.reset_state()

    def _in_metrics_order(self, logs: Mapping[str, float]) -> Any:
        """The logs as a list, the loss first; one number alone stands for itself."""
        listed = [logs[name] for name in self._ordered_names(logs)]
        return listed[0] if len(listed) == 1 else listed

    def _ordered_names(self, names: Collection[str]) -> list[str]:
        """First those that metrics have of themselves, then by the alphabet, as Keras has them."""
        own = [metric.name for _, metric in self._named_metrics()]
        return [n for n in own if n in names] + sorted(n for n in names if n not in own)
