"""Symbolic tensors as functions: `K.function`, `K.gradients`, placeholders, operations.

A function of symbolic tensors with open first axes is a model, and runs compiled; any other, and
one that changes variables, runs op by op.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
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
from lamina.layers.tracking import unique

__all__ = ["Function", "function", "gradients", "placeholder"]

Values = Mapping[int, Any]


def placeholder(
    shape: Any = None, ndim: int | None = None, dtype: Any = None, sparse: bool = False,
    name: str | None = None,
) -> KerasTensor:  # fmt: skip
    """A symbolic input of this shape, or of so many open axes."""
    sizes = (None,) * (ndim or 0) if shape is None else tuple(shape)
    return KerasTensor(sizes, dtype or "float32", name)


class Operation(ABC):
    """A change of variables that is made when a function, or a session, runs it."""

    @abstractmethod
    def make(self, known: Values, training: bool) -> None:
        """Makes it, where inputs have these values."""

    def run(self, feed_dict: Mapping[Any, Any] | None = None, session: Any = None) -> None:
        """Makes it, with these values of placeholders."""
        del session
        feed = dict(feed_dict or {})
        Function(list(feed), self)(list(feed.values()))


@dataclass(frozen=True, eq=False)
class Update(Operation):
    """variable = value."""

    variable: Variable
    value: Any

    def make(self, known: Values, training: bool) -> None:
        """Assigns the value."""
        self.variable.assign(_run([self.value], known, training)[0])


@dataclass(frozen=True, eq=False)
class Training(Operation):
    """One step of an optimizer with symbolic gradients: `optimizer.get_updates`, `minimize`.

    Attributes:
        count: a variable that counts the steps.
    """

    optimizer: Any
    gradients: Sequence[Any]
    variables: Sequence[Variable]
    count: Variable | None = None

    def make(self, known: Values, training: bool) -> None:
        """Makes the step."""
        self.optimizer.apply(_run(self.gradients, known, training), list(self.variables))
        if self.count is not None:
            self.count.assign_add(1)


class Function:
    """Values of the inputs -> values of the outputs, as NumPy arrays; then the updates are made.

    Raises: ArgumentError for another number of values than inputs.
    """

    def __init__(self, inputs: Any, outputs: Any, updates: Any = (), name: Any = None) -> None:
        listed = inputs if isinstance(inputs, list | tuple) else [inputs]
        # A phase that was set is a number.
        self.inputs = [PHASE if isinstance(x, int) else x for x in listed]
        given = [*flatten([outputs]), *flatten(list(updates or []))]
        self.updates = [u for u in given if isinstance(u, Operation)]
        # What is run gives nothing.
        self.outputs = map_structure(lambda y: None if isinstance(y, Operation) else y, outputs)
        self.name = name
        self._model: Any = None

    def __call__(self, *given: Any) -> Any:
        """The outputs, a list if there is a list of them."""
        several = len(given) == 1 and isinstance(given[0], list | tuple)
        values = list(given[0]) if several else list(given)
        extra = values[len(self.inputs) :]
        if (
            len(extra) == 1
            and isinstance(extra[0], int)
            and not any(x is PHASE for x in self.inputs)
        ):
            values.pop()  # A phase that the function has no place for.
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
            found = _run(outputs, known, training)
            for update in self.updates:
                update.make(known, training)
        rest = iter([None if y is None else np.array(y) for y in found])
        return map_structure(lambda _: next(rest), self.outputs)

    def _predicted(self, arrays: list[np.ndarray]) -> list[Any]:
        if self._model is None:
            inputs = [x for x in self.inputs if not isinstance(x, LearningPhase)]
            self._model = models.Model(inputs, flatten([self.outputs]))
        return flatten([self._model.predict_on_batch(arrays if len(arrays) > 1 else arrays[0])])


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


def _run(tensors: Sequence[Any], known: Values, training: bool) -> list[Any]:
    """The values of tensors, where inputs have these values; what has values stands for itself."""
    symbols = [x for x in tensors if isinstance(x, KerasTensor)]
    with context.entered(PHASE, training):
        found = iter(symbolic.replay(symbols, known, _call) if symbols else ())
    plain = [x.value if isinstance(x, Variable) else x for x in tensors]
    return [next(found) if isinstance(x, KerasTensor) else x for x in plain]


def evaluated(x: Any, feed_dict: Mapping[Any, Any] | None = None, session: Any = None) -> Any:
    """The value of a variable, a tensor, or a symbolic tensor of these inputs, as NumPy's."""
    del session
    if isinstance(x, KerasTensor):
        feed = dict(feed_dict or {})
        return Function(list(feed), x)(list(feed.values()))
    return np.asarray(x)


# ── gradients ──


def gradients(loss: Any, variables: Any, weights: Any = None) -> Any:
    """The gradients of the sum of `loss` with respect to each of the symbolic tensors or variables;
    None where it depends on none of them.

    Args:
        loss: a tensor, or a list of tensors, all of which are summed.
        weights: like `loss`: the entries are multiplied by it, as by constants.
    """
    if not isinstance(variables, list | tuple):
        return gradients(loss, [variables], weights)
    if weights is not None or isinstance(loss, list | tuple):
        loss = _weighted(loss, weights)
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


def _weighted(losses: Any, weights: Any) -> Any:
    several = list(losses) if isinstance(losses, list | tuple) else [losses]
    factors = flatten([weights]) if weights is not None else [None] * len(several)
    parts = [
        ops.sum(y if w is None else ops.multiply(y, ops.stop_gradient(w)))
        for y, w in zip(several, factors, strict=True)
    ]
    total = parts[0]
    for part in parts[1:]:
        total = ops.add(total, part)
    return total


def variables_of(loss: KerasTensor) -> list[Variable]:
    """The trainable variables that a symbolic tensor is computed with."""
    calls = unique(x.history[0] for x in _ancestors([loss]) if x.history is not None)
    found: list[Variable] = []
    for call in reversed(calls):
        found += getattr(call.function, "trainable_weights", ())
        given = flatten([*call.args, *call.kwargs.values()])
        found += [v for v in given if isinstance(v, Variable) and v.trainable]
    return unique(found)


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
