"""What callbacks of Keras 1 and 2 find: `validation_data`, and more in `params`."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np

from lamina.callbacks.base import Callback
from lamina.graph.structure import flatten

# Of each model, what its last `fit` was given.
_facts: WeakKeyDictionary[Any, dict[str, Any]] = WeakKeyDictionary()


class Params(dict[str, Any]):
    """`params` with what older callbacks look up beside "verbose", "epochs" and "steps"."""

    def __init__(self, params: Mapping[str, Any], model: Any) -> None:
        super().__init__(params)
        self._model = model

    def __missing__(self, key: str) -> Any:
        facts = _facts.get(self._model, {})
        if key == "nb_epoch":
            return self["epochs"]
        if key == "metrics":
            names = [str(name) for name in self._model.metrics_names]
            held_out = [f"val_{name}" for name in names] if facts.get("do_validation") else []
            return [*names, *held_out]
        if key not in facts:
            raise KeyError(key)
        return facts[key]

    def get(self, key: str, default: Any = None) -> Any:
        """The value, or the default."""
        try:
            return self[key]
        except KeyError:
            return default


def with_params(set_params: Callable[..., Any]) -> Callable[..., Any]:
    """`Callback.set_params` that keeps more than it is given."""

    @functools.wraps(set_params)
    def kept(self: Any, params: Any) -> None:
        set_params(self, params if params is None else Params(params, self.model))

    return kept


def with_validation_data(fit: Callable[..., Any]) -> Callable[..., Any]:
    """`Model.fit` that hands the validation data to the callbacks as Keras 2 did."""

    @functools.wraps(fit)
    def shown(self: Any, x: Any = None, y: Any = None, *args: Any, **kwargs: Any) -> Any:
        names = ("batch_size", "epochs", "verbose", "callbacks", "validation_split",
                 "validation_data")  # fmt: skip
        given = {**dict(zip(names, args, strict=False)), **kwargs}
        held_out = _held_out(x, y, given)
        count = _rows(x)
        _facts[self] = {
            "samples": count,
            "nb_sample": count,
            "do_validation": held_out is not None or given.get("validation_data") is not None,
            "batch_size": given.get("batch_size") or 32,
        }
        if held_out is not None:
            for callback in flatten([given.get("callbacks") or []]):
                callback.__dict__["validation_data"] = held_out
        return fit(self, x, y, *args, **kwargs)

    return shown


def _rows(x: Any) -> int | None:
    leaves = flatten([x])
    shape: Any = getattr(leaves[0], "shape", None) if leaves else None
    return int(shape[0]) if shape else None


def _held_out(x: Any, y: Any, given: Mapping[str, Any]) -> list[Any] | None:
    """[*x, *y, *weights] of the validation rows, where they are arrays."""
    data, share = given.get("validation_data"), given.get("validation_split") or 0.0
    if isinstance(data, tuple | list) and len(data) in (2, 3):
        arrays = [flatten([part]) for part in data]
    elif share and _rows(x) is not None and y is not None:
        arrays = [[a[int(len(a) * (1 - share)) :] for a in flatten([part])] for part in (x, y)]
    else:
        return None
    if not all(hasattr(a, "shape") for part in arrays for a in part):
        return None
    weights = arrays[2] if len(arrays) > 2 else [np.ones(len(a)) for a in arrays[1]]
    return [*arrays[0], *arrays[1], *weights]


def append(self: Any, callback: Any) -> None:
    """One more callback at the end of a `CallbackList`."""
    self.callbacks.append(callback)


class BaseLogger(Callback):
    """Keras 2's averager of logs: here they come as means."""

    def __init__(self, stateful_metrics: Any = None) -> None:
        super().__init__()
        self.stateful_metrics = set(stateful_metrics or ())
