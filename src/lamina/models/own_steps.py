"""Steps that a subclass writes itself: `train_step`, `test_step`, `predict_step`.

They are traced into the program like Keras' own. What they return is logs: the values of a batch,
by name; an epoch's logs are those of its last batch, as in Keras. Each value has a variable, which
the program fills, so that it comes out with the sums of the metrics.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import FunctionType
from typing import Any

import numpy as np

from lamina import ops
from lamina.errors import ArgumentTypeError, ShapeError, TraceError, UnsupportedError
from lamina.graph.program import PREDICT, TRAIN, VALIDATE
from lamina.graph.variable import Variable
from lamina.metrics import Metric

METHODS = {TRAIN: "train_step", VALIDATE: "test_step", PREDICT: "predict_step"}
# Keras' hooks in which its backends make their loops; here the loop is the program's.
LOOPS = {
    TRAIN: "make_train_function", VALIDATE: "make_test_function", PREDICT: "make_predict_function",
}  # fmt: skip
# Names that only a step for another backend uses.
FOREIGN = {
    "torch": frozenset({"backward", "zero_grad"}),
    "jax": frozenset({"value_and_grad", "get_metrics_variables"}),
}


def _found(model: Any, name: str) -> Any:
    """The method of a class that is not lamina's, or one put on the object; else None."""
    found = vars(model).get(name) or getattr(type(model), name, None)
    module = getattr(found, "__module__", "") or ""
    return None if found is None or module.startswith("lamina.") else found


def is_own(model: Any, phase: str) -> bool:
    """Whether the step of a phase is written by a subclass."""
    return _found(model, METHODS[phase]) is not None


def check_steps(model: Any, phase: str) -> None:
    """Raises: UnsupportedError for a loop of the user's own, or a step for another backend."""
    if _found(model, LOOPS[phase]) is not None:
        raise UnsupportedError(
            f"{type(model).__name__}.{LOOPS[phase]}", "is not called: the loop is compiled",
            "a subclass that writes it", f"override {METHODS[phase]}, or write the loop yourself",
        )  # fmt: skip
    step = _found(model, METHODS[phase])
    code = getattr(getattr(step, "__func__", step), "__code__", None)
    if code is None:
        return
    used = _names_in(code)
    backend = next((name for name, words in FOREIGN.items() if words & used), None)
    if backend is None and isinstance(step, FunctionType) and code.co_argcount > 2:
        backend = "jax"
    if backend is not None:
        raise UnsupportedError(
            f"{type(model).__name__}.{METHODS[phase]}", f"is written for Keras' {backend} backend",
            f"a step with {', '.join(sorted(FOREIGN[backend] & used)) or 'state as an argument'}",
            "write train_step(self, data) with lamina.GradientTape and optimizer.apply",
        )  # fmt: skip


def _names_in(code: Any) -> frozenset[str]:
    inner = [_names_in(c) for c in code.co_consts if hasattr(c, "co_names")]
    return frozenset(code.co_names).union(*inner)


# ── logs ──


class Reported(dict[str, Any]):
    """What `get_metrics_result` returned: as long as nobody changes it, the host can compute it
    from the metrics.
    """

    def __init__(self, results: Mapping[str, Any]) -> None:
        super().__init__(results)
        self._known = tuple(results.items())

    def is_unchanged(self) -> bool:
        """Whether nothing was added, removed or replaced."""
        same = len(self) == len(self._known)
        return same and all(self.get(name) is value for name, value in self._known)


class Logged(Metric):
    """One value of a step's logs, as it was after the last batch."""

    def __init__(self, name: str, shape: tuple[int, ...], dtype: str) -> None:
        super().__init__(name=name)
        self.value = Variable(
            np.zeros(shape, dtype), dtype=dtype, trainable=False, name=name, path=f"log/{name}"
        )

    def update_state(self, value: Any) -> None:
        """Keeps the value."""
        self.value.assign(value)

    def result(self) -> Any:
        """The value."""
        return self.value.value


def keep_logs(model: Any, phase: str, logs: Any) -> None:
    """Notes what a step returned, for the program to hand out."""
    held = model._programs.logs
    if isinstance(logs, Reported) and logs.is_unchanged():
        held.pop(phase, None)
        return
    if not isinstance(logs, Mapping):
        raise ArgumentTypeError(
            f"{type(model).__name__}.{METHODS[phase]}", "must return a dict of logs",
            f"{logs!r:.60} of type {type(logs).__name__}",
            "return {m.name: m.result() for m in self.metrics}, for instance",
        )  # fmt: skip
    known = held.setdefault(phase, {})
    for name, value in _flat(logs):
        tensor = ops.convert_to_tensor(value)
        shape = tuple(int(n) for n in tensor.shape)
        if name not in known:
            known[name] = Logged(name, shape, tensor.dtype)
        if known[name].value.shape != shape:
            raise ShapeError(
                f"{type(model).__name__}.{METHODS[phase]}", "must return logs of one shape",
                f"{name!r} of shape {shape} after {known[name].value.shape}",
                "return scalars: the mean over the batch, or the result of a metric",
            )  # fmt: skip
        known[name].update_state(tensor)


def _flat(logs: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, value in logs.items():
        if isinstance(value, Mapping):
            yield from _flat(value)
        else:
            yield name, value


def result_of(metric: Any) -> Any:
    """A metric's result; None where it can only be computed on the host, and this is a trace."""
    try:
        return metric.result()
    except TraceError:
        return None
