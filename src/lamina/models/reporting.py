"""What the loops on the host tell: logs, callbacks, and warnings that are said once."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from lamina.callbacks import CallbackList
from lamina.models.runner import Runner

Logs = dict[str, float]
Named = Sequence[tuple[str, Any]]
_said: set[str] = set()


def logs_of(named: Named, values: Any) -> Logs:
    """The logs of named metrics from `values(variables)`, the epoch sums of their variables."""
    logs: Logs = {}
    for name, metric in named:
        result = metric.result_of(values(metric.variables))
        if isinstance(result, np.floating):
            logs[name] = float(result)
        elif isinstance(result, Mapping):
            logs.update({key: _number(value) for key, value in result.items()})
        else:
            logs[name] = _number(result)
    return dict(sorted(logs.items()))


def _number(value: Any) -> Any:
    array = np.asarray(value)
    return float(array) if array.ndim == 0 else array


def settle(model: Any, runner: Runner, table: Sequence[np.ndarray], epoch: int, col: int) -> None:
    """Leaves the metrics as they stood at the end of that epoch."""
    variables = [v for _, metric in model._named_metrics() for v in metric.variables]
    values = runner.sums_of(table, epoch, col, variables)
    for variable, value in zip(variables, values, strict=True):
        variable.assign(value)


def callbacks_of(model: Any, given: Any, verbose: Any, epochs: int, steps: Any) -> Any:
    """The callbacks of a call: the list given, or one made of those given, with its display."""
    shown = 1 if verbose == "auto" else int(verbose)
    if isinstance(given, CallbackList):
        return given
    return CallbackList(
        given, add_history=True, add_progbar=shown != 0, model=model, verbose=shown,
        epochs=epochs, steps=steps,
    )  # fmt: skip


def say_once(message: str) -> None:
    """Warns, unless the same was said before in this process."""
    if message not in _said:
        _said.add(message)
        warnings.warn(message, stacklevel=3)
