"""Symbolic tensors as functions: `K.function`, `K.gradients`, placeholders, sessions.

A function of symbolic tensors with open first axes is a model, and runs compiled; any other, and
one that changes variables, runs op by op.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from lamina import autodiff, models, ops
from lamina.compat.backend.phases import PHASE, LearningPhase, is_training, learning_phase_scope
from lamina.errors import ArgumentError
from lamina.gradient_tape import GradientTape
from lamina.graph import symbolic, trace
from lamina.graph.structure import flatten, map_structure
from lamina.graph.tensor import KerasTensor, Tensor
from lamina.graph.variable import Variable
from lamina.layers import context

__all__ = [
    "Function", "Session", "function", "get_session", "gradients", "placeholder", "set_session",
]  # fmt: skip

Values = Mapping[int, Any]


def placeholder(
    shape: Any = None, ndim: int | None = None, dtype: Any = None, sparse: bool = False,
    name: str | None = None,
) -> KerasTensor:  # fmt: skip
    """A symbolic input of this shape, or of so many open axes."""
    sizes = (None,) * (ndim or 0) if shape is None else tuple(shape)
    return KerasTensor(sizes, dtype or "float32", name)


@dataclass(frozen=True, eq=False)
class Update:
    """variable = value, to be made when a function with it is called."""

    variable: Variable
    value: Any


@dataclass(frozen=True, eq=False)
class Training:
    """One step of an optimizer on a symbolic loss: what `optimizer.get_updates` returns."""

    optimizer: Any
    loss: Any
    variables: Sequence[Variable]


class Function:
    """Values of the inputs -> values of the outputs, as NumPy arrays; then the updates are made.

    Raises: ArgumentError for another number of values than inputs.
    """

    def __init__(self, inputs: Any, outputs: Any, updates: Any = (), name: Any = None) -> None:
        listed = inputs if isinstance(inputs, list | tuple) else [inputs]
        # A phase that was set is a number.
        self.inputs = [PHASE if isinstance(x, int) else x for x in listed]
        self.outputs, self.name = outputs, name
        self.updates = [u for u in flatten(list(updates or [])) if isinstance(u, Update | Training)]
        self._model: Any = None

    def __call__(self, *given: Any) -> Any:
        """The outputs, a list if there is a list of them."""
        several = len(given) == 1 and isinstance(given[0], list | tuple)
        values = list(given[0]) if several else list(given)
        if len(values) != len(self.inputs):
            raise ArgumentError(
                "K.function", f"needs {len(self.inputs)} values", f"{len(values)}",
                "pass a list with a value for each input",
            )  # fmt: skip
        phases = [v for x, v in zip(self.inputs, values, strict=True) if x is PHASE]
        with learning_phase_scope(phases[0] if phases else is_training()):
            return self._run([
                (x, v) for x, v in zip(self.inputs, values, strict=True)
                if not isinstance(x, LearningPhase)
            ])  # fmt: skip

    def _run(self, given: Sequence[tuple[KerasTensor, Any]]) -> Any:
        training = bool(is_training())
        arrays = [np.asarray(v, x.dtype) for x, v in given]
        outputs = flatten([self.outputs])
        if not self.updates and not training and _are_rows([x for x, _ in given], outputs):
            found = self._predicted(arrays)
        else:
            known = {
                id(x): ops.convert_to_tensor(a) for (x, _), a in zip(given, arrays, strict=True)
            }
            found = [_run(output, known, training) for output in outputs]
            self._update(known, training)
        rest = iter([np.array(y) for y in found])
        return map_structure(lambda _: next(rest), self.outputs)

    def _predicted(self, arrays: list[np.ndarray]) -> list[Any]:
        if self._model is None:
            inputs = [x for x in self.inputs if not isinstance(x, LearningPhase)]
            self._model = models.Model(inputs, flatten([self.outputs]))
        return flatten([self._model.predict_on_batch(arrays if len(arrays) > 1 else arrays[0])])

    def _update(self, known: Values, training: bool) -> None:
        for update in self.updates:
            if isinstance(update, Training):
                with GradientTape() as tape:
                    loss = ops.sum(_run(update.loss, known, training))
                found = tape.gradient(loss, list(update.variables))
                update.optimizer.apply(found, list(update.variables))
            else:
                update.variable.assign(_run(update.value, known, training))


def function(
    inputs: Any, outputs: Any, updates: Any = (), name: Any = None, **session: Any
) -> Function:
    """The function from these symbolic inputs to these outputs; options of sessions change
    nothing.
    """
    del session
    return Function(inputs, outputs, updates, name)


def _are_rows(inputs: Sequence[Any], outputs: Sequence[Any]) -> bool:
    """Whether all are symbolic, with a first axis that is open."""
    tensors = [*inputs, *outputs]
    symbols = all(isinstance(x, KerasTensor) for x in tensors) and bool(inputs) and bool(outputs)
    return symbols and all(len(x.shape) > 0 and x.shape[0] is None for x in tensors)


def _run(x: Any, known: Values, training: bool) -> Any:
    """The value of x, where inputs have these values."""
    if not isinstance(x, KerasTensor):
        return x.value if isinstance(x, Variable) else x
    with context.entered(PHASE, training):
        return symbolic.replay([x], known, _call)[0]


def evaluated(x: Any) -> Any:
    """The value of a variable, a tensor, or a symbolic tensor of no inputs, as NumPy's."""
    if isinstance(x, KerasTensor):
        x = _run(x, {}, False)
    return np.asarray(x)


# ── gradients ──


def gradients(loss: Any, variables: Any) -> Any:
    """The gradients of the sum of `loss` with respect to each of the symbolic tensors or variables;
    None where it depends on none of them.
    """
    if not isinstance(variables, list | tuple):
        return gradients(loss, [variables])
    traced = symbolic.values_here([loss, *variables], {})
    if isinstance(loss, Tensor) and trace.current() is not None and traced is not None:
        ys, xs = traced[0][0], [x.value if isinstance(x, Variable) else x for x in traced[0][1:]]
        return autodiff.gradients([ys], [ops.ones_like(ys)], xs)
    reached = [x for x in variables if isinstance(x, Variable) or _reaches(x, loss)]
    roots = _roots([loss, *[x for x in reached if isinstance(x, KerasTensor)]])

    symbols = [x for x in reached if isinstance(x, KerasTensor)]

    def of_roots(values: Any) -> Any:
        known = {id(x): v for x, v in zip(roots, values, strict=True)}
        with GradientTape() as tape:
            *inner, y = symbolic.replay([*symbols, loss], known, _call)
            tape.watch(inner)
            total = ops.sum(y)
        given = {id(x): value for x, value in zip(symbols, inner, strict=True)}
        return tape.gradient(total, [given.get(id(x), x) for x in reached], None, "zero")

    found = symbolic.record(of_roots, [roots], {})
    by_id = {id(x): g for x, g in zip(reached, found, strict=True)}
    return [by_id.get(id(x)) for x in variables]


def _call(call: symbolic.Call, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
    return call.function(*args, **kwargs)


def _ancestors(tensors: Sequence[KerasTensor]) -> list[KerasTensor]:
    """The tensors and all that they are computed from."""
    found: dict[int, KerasTensor] = {}
    stack = list(tensors)
    while stack:
        x = stack.pop()
        if id(x) not in found:
            found[id(x)] = x
            stack += x.history[0].inputs if x.history is not None else []
    return list(found.values())


def _roots(tensors: Sequence[KerasTensor]) -> list[KerasTensor]:
    return [x for x in _ancestors(tensors) if x.history is None]


def _reaches(x: KerasTensor, loss: KerasTensor) -> bool:
    return any(other is x for other in _ancestors([loss]))


# ── sessions ──


class Session:
    """TensorFlow 1's session, as far as scripts for Keras use it: `run` evaluates."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.graph = None

    def run(self, fetches: Any, feed_dict: Mapping[Any, Any] | None = None) -> Any:
        """The values of tensors, alone or in a structure; None of what initialises variables."""
        feed = dict(feed_dict or {})
        inputs = list(feed)
        values = list(feed.values())

        def one(x: Any) -> Any:
            if x is None or callable(x):
                return None
            return Function(inputs, x)(values)

        return map_structure(one, fetches)

    def close(self) -> None:
        """Nothing: there is nothing to close."""

    def as_default(self) -> Session:
        """The session, for `with`."""
        return self

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *_: object) -> None:
        return None


_session = Session()


def get_session(*_: Any) -> Session:
    """The session, of which there is one."""
    return _session


def set_session(session: Any) -> None:
    """Changes nothing: what sessions configure, devices and their memory, is not lamina's."""
    del session
