"""Metric: variables that `update_state` adds to and from which `result` is computed.

`update_state` is traced into the compiled program; `result` runs on the host, on the variables'
present values or, through `result_of`, on any others.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from lamina import initializers, ops
from lamina.errors import ShapeError, UnsupportedError
from lamina.graph import dtypes
from lamina.graph.stateless import StatelessScope
from lamina.graph.structure import map_structure
from lamina.graph.variable import Variable
from lamina.naming import auto_name


class Metric:
    """Base of all metrics. A subclass makes variables with `add_variable` in its constructor and
    defines `update_state(y_true, y_pred, sample_weight=None)` and `result()`.

    Variables and metrics that are attributes belong to the metric too.

    Args:
        dtype: of the variables, default floatx.
        name: default the class name in snake case, numbered.
    """

    # "up" where more is better, "down" where less is; callbacks with mode="auto" ask.
    _direction: str | None = None
    _variables: list[Variable]
    _metrics: list[Metric]

    def __init__(self, dtype: Any = None, name: str | None = None) -> None:
        self.name = name or auto_name(self)
        self._dtype = dtypes.standard(getattr(dtype, "name", dtype))
        self._variables = []
        self._metrics = []

    @property
    def dtype(self) -> str:
        """The dtype of the variables."""
        return self._dtype

    def __setattr__(self, name: str, value: Any) -> None:
        if isinstance(value, Variable):
            self._own(value)
        elif isinstance(value, Metric) and not any(value is m for m in self._metrics):
            self._metrics.append(value)
        super().__setattr__(name, value)

    def _own(self, variable: Variable) -> None:
        if not any(variable is v for v in self._variables):
            variable.reset = np.zeros(variable.shape, variable.dtype)
            self._variables.append(variable)

    def add_variable(
        self, shape: Sequence[int] = (), initializer: Any = "zeros", dtype: Any = None,
        aggregation: str = "sum", name: str | None = None,
    ) -> Variable:  # fmt: skip
        """A new variable of this metric; when an epoch closes it returns to zero."""
        _check_aggregation(self, aggregation)
        label = name or "variable"
        path = f"{self.name.replace('/', '>')}/{label}"
        first = initializers.get("zeros" if initializer is None else initializer)
        variable = Variable(first, tuple(shape), dtype, False, name=label, path=path)
        self._own(variable)
        return variable

    def add_weight(
        self, shape: Sequence[int] = (), initializer: Any = None, dtype: Any = None,
        name: str | None = None,
    ) -> Variable:  # fmt: skip
        """A new variable of this metric, zero by default."""
        return self.add_variable(shape, initializer, dtype, name=name)

    @property
    def variables(self) -> list[Variable]:
        """Its own variables in the order they were made, then those of metrics inside it."""
        return [*self._variables, *(v for metric in self._metrics for v in metric.variables)]

    # ── state ──

    def reset_state(self) -> None:
        """Sets all variables to zero; override it where a metric starts from something else."""
        for variable in self.variables:
            variable.assign(np.zeros(variable.shape, variable.dtype))

    def update_state(self, *args: Any, **kwargs: Any) -> Any:
        """Adds a batch to the variables. Override it."""
        raise UnsupportedError(
            type(self).__name__, "does not say how it counts", "a class without `update_state`",
            "define update_state(self, y_true, y_pred, sample_weight=None)",
        )  # fmt: skip

    def result(self) -> Any:
        """The metric's value, a scalar or a dict of scalars, from its variables. Override it."""
        raise UnsupportedError(
            type(self).__name__, "does not say what its value is", "a class without `result`",
            "define result(self)",
        )  # fmt: skip

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Adds a batch and returns the result so far."""
        self.update_state(*args, **kwargs)
        return self.result()

    def result_of(self, values: Sequence[np.ndarray]) -> Any:
        """The result as NumPy values, were the variables these; the variables stay as they are."""
        with StatelessScope(self._mapping(values)):
            return map_structure(np.asarray, self.result())

    def settle_resets(self) -> None:
        """Finds out to which values an overridden `reset_state` returns, for compiled epochs."""
        if type(self).reset_state is not Metric.reset_state:
            for variable, value in zip(self.variables, self.stateless_reset_state(), strict=True):
                variable.reset = np.array(value)

    # ── without side effects ──

    def stateless_update_state(self, metric_variables: Any, *args: Any, **kwargs: Any) -> list[Any]:
        """What the variables would be after `update_state`, were they `metric_variables`."""
        with StatelessScope(self._mapping(metric_variables)) as scope:
            self.update_state(*args, **kwargs)
        return [scope.get_current_value(v) for v in self.variables]

    def stateless_result(self, metric_variables: Any) -> Any:
        """What the result would be, were the variables `metric_variables`."""
        with StatelessScope(self._mapping(metric_variables)):
            return map_structure(ops.convert_to_tensor, self.result())

    def stateless_reset_state(self) -> list[Any]:
        """What the variables would be after `reset_state`."""
        with StatelessScope() as scope:
            self.reset_state()
        return [scope.get_current_value(v) for v in self.variables]

    def _mapping(self, values: Any) -> list[tuple[Variable, Any]]:
        variables = self.variables
        if len(values) != len(variables):
            raise ShapeError(
                f"Metric '{self.name}'", f"has {len(variables)} variables",
                f"{len(values)} values", "pass one value for each of `metric.variables`",
            )  # fmt: skip
        return list(zip(variables, map(ops.convert_to_tensor, values), strict=True))

    # ── configuration ──

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal metric."""
        return {"name": self.name, "dtype": self.dtype}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        """The metric that `get_config` describes."""
        return cls(**config)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} name={self.name}>"


def _check_aggregation(metric: Metric, aggregation: str) -> None:
    if aggregation not in ("none", "mean", "sum", "only_first_replica", None):
        raise UnsupportedError(
            f"Metric '{metric.name}'", "knows no such aggregation", repr(aggregation),
            "leave it out: there is one replica",
        )  # fmt: skip
