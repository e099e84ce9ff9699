"""Choices and loops: `K.switch`, `K.rnn`, `K.map_fn`, `K.foldl`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from lamina import ops
from lamina.graph import symbolic
from lamina.graph.structure import flatten
from lamina.graph.tensor import Tensor
from lamina.layers.recurrence import Stepper, Way, recur

Folding = Callable[[Any, Any], Any]

__all__ = ["foldl", "foldr", "map_fn", "rnn", "switch"]


def switch(condition: Any, then_expression: Any, else_expression: Any) -> Any:
    """Where the condition holds the one value, else the other; both may be functions without
    arguments. A condition of fewer axes is for all that follow them.
    """
    a, b = (
        x() if callable(x) and not isinstance(x, Tensor) and not hasattr(x, "assign") else x
        for x in (then_expression, else_expression)
    )
    chosen = condition if hasattr(condition, "shape") else ops.convert_to_tensor(condition)
    chosen, rank = ops.cast(chosen, "bool"), max(len(getattr(x, "shape", ())) for x in (a, b))
    while len(chosen.shape) < rank:
        chosen = ops.expand_dims(chosen, -1)
    return ops.where(chosen, a, b)


def map_fn(fn: Callable[[Any], Any], elems: Any, name: Any = None, dtype: Any = None) -> Any:
    """fn of each entry along the first axis, stacked."""
    return _on_tensors(lambda x: ops.map(fn, x), elems)


def foldl(fn: Folding, elems: Any, initializer: Any = None, name: Any = None) -> Any:
    """a = fn(a, x) for each entry x along the first axis, from the first on."""

    def fold(x: Any) -> Any:
        start = x[0] if initializer is None else ops.convert_to_tensor(initializer)
        rest = x[1:] if initializer is None else x
        return ops.scan(lambda a, now: (fn(a, now), None), start, rest)[0]

    return _on_tensors(fold, elems)


def foldr(fn: Folding, elems: Any, initializer: Any = None, name: Any = None) -> Any:
    """a = fn(a, x) for each entry x along the first axis, from the last on."""
    return foldl(fn, ops.flip(elems, 0), initializer)


def _on_tensors(function: Callable[[Any], Any], x: Any) -> Any:
    if symbolic.is_symbolic(x):
        return symbolic.record(function, [x], {})
    return function(ops.convert_to_tensor(x) if not isinstance(x, list | tuple) else x)


def rnn(
    step_function: Callable[[Any, Any], tuple[Any, Any]],
    inputs: Any,
    initial_states: Sequence[Any],
    go_backwards: bool = False,
    mask: Any = None,
    constants: Sequence[Any] | None = None,
    unroll: bool = False,
    input_length: int | None = None,
    time_major: bool = False,
    zero_output_for_mask: bool = False,
) -> tuple[Any, Any, list[Any]]:
    """(y, states) = step_function(x, states + constants) over axis 1: the last output, all of them,
    the last states. Time-major, steps are axis 0 instead.
    """
    fixed = list(constants or [])

    def run(x: Any, states: Any, counts: Any) -> Any:
        def step(now: Any, before: Any) -> tuple[Any, list[Any]]:
            output, after = step_function(now, [*before, *fixed])
            return output, list(after)

        stepper = Stepper(lambda all_steps: all_steps, step)
        way = Way(True, go_backwards, unroll, zero_output_for_mask)
        if time_major:
            x = ops.swapaxes(x, 0, 1)
            counts = None if counts is None else ops.swapaxes(counts, 0, 1)
        outputs, last = recur(stepper, x, list(states), counts, way)
        final = outputs[:, -1]
        return final, ops.swapaxes(outputs, 0, 1) if time_major else outputs, flatten(last)

    if symbolic.is_symbolic(inputs):
        found = symbolic.record(run, [inputs, list(initial_states), mask], {})
        return found[0], found[1], list(found[2])
    return run(inputs, list(initial_states), mask)
