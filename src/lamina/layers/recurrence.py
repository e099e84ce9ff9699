"""The loop over time that every recurrent layer runs: one scan, whose carry is the state.

    (y_t, state) = step(project(x)_t, state)        for each step t

What does not depend on the state is computed for all steps at once, before the loop: `project`,
for the built-in cells the product x W + b. Tensors inside are time-first, (T, B, ...).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from lamina import ops
from lamina.errors import ArgumentError, ArgumentTypeError, ShapeError
from lamina.graph.structure import flatten, map_structure
from lamina.graph.tensor import Tensor


@dataclass(frozen=True)
class Stepper:
    """A cell ready to run on one batch, what is constant over time (dropout) inside it.

    Attributes:
        project: the part of the inputs' work that needs no state, on one step or on all.
        step: (projected inputs of a step, states) -> (output, states).
        shown: which of the flat states Keras takes for the previous output of a masked step.
        shows: whether `step` returns that state itself as its output, and has no effects but
            its results: then a loop over it may be a scan whatever the layer says of `unroll`.
    """

    project: Callable[[Any], Any]
    step: Callable[[Any, Any], tuple[Any, Any]]
    shown: int = 0
    shows: bool = False


def check_cell(where: str, cell: Any) -> None:
    """Raises: ArgumentTypeError for what cannot be a cell."""
    missing = [name for name in ("call", "state_size") if not hasattr(cell, name)]
    if missing:
        raise CellError(
            where, "needs a cell with `call` and `state_size`",
            f"{cell!r:.60}, which has no {' and no '.join(missing)}",
            "pass LSTMCell(16), for instance, or a layer that defines both",
        )  # fmt: skip
    sizes = cell.state_size
    if not isinstance(sizes, int | list | tuple):
        raise CellError(
            where, "needs a cell whose `state_size` is a number or a list of numbers",
            f"state_size={sizes!r:.60}", "name the size of each state",
        )  # fmt: skip


class CellError(ArgumentTypeError, ArgumentError):
    """An object that is no cell. Keras raises ValueError here."""


def stepper_of(cell: Any, batch: Any, training: bool | None) -> Stepper:
    """A cell ready for a batch of so many rows: as it says itself, or by its call."""
    made = cell.stepper(batch, training) if hasattr(cell, "stepper") else None
    if made is not None:
        return made
    options = {"training": training} if getattr(cell, "_takes", lambda _: False)("training") else {}

    def step(x: Any, states: Any) -> tuple[Any, Any]:
        output, after = cell(x, states, **options)
        return output, list(after) if isinstance(after, list | tuple) else [after]

    return Stepper(lambda x: x, step)


@dataclass(frozen=True)
class Way:
    """How a layer goes through its steps: the arguments of the same names of `RNN`."""

    return_sequences: bool
    go_backwards: bool
    unroll: bool
    zero_output_for_mask: bool


def recur(stepper: Stepper, sequences: Any, states: Any, mask: Any, way: Way) -> tuple[Any, Any]:
    """The output (of all steps in the order they ran, or of the last) and the last states.

    Shapes: sequences (B, T, ...), states (B, ...) each, mask (B, T) or None; output (B, T, ...) or
        (B, ...).

    A masked step keeps the states. Its output is the one before it (the first state, as Keras has
    it; with `unroll` zeros before the first step that counts), or zeros with
    `zero_output_for_mask`.
    """
    if int(sequences.shape[1]) == 0:
        raise ShapeError(
            "a recurrent layer", "needs at least one step",
            f"sequences of shape {tuple(sequences.shape)}", "leave empty sequences out",
        )  # fmt: skip
    xs = stepper.project(_time_first(sequences))
    counts = None if mask is None else _time_first(_of_steps(mask))
    if way.unroll and not stepper.shows:
        return _unrolled(stepper, xs, states, counts, way)
    return _scanned(stepper, xs, states, counts, way)


def _time_first(x: Any) -> Any:
    return ops.swapaxes(x, 0, 1)


def _of_steps(mask: Any) -> Any:
    """A mask (B, T) of bools; of (B, T, ...) a step counts if anything of it does."""
    mask = ops.cast(mask, "bool")
    return mask if mask.ndim == 2 else ops.any(mask, axis=list(range(2, mask.ndim)))


def _where(counts: Any, x: Any, otherwise: Any) -> Any:
    """x where the leading axes of `counts` say so; the rest of the axes follow them."""
    spread = ops.reshape(counts, (*counts.shape, *([1] * (x.ndim - counts.ndim))))
    return ops.where(spread, x, otherwise)


def _scanned(stepper: Stepper, xs: Any, states: Any, counts: Any, way: Way) -> tuple[Any, Any]:
    shows = stepper.shows

    def step(carry: Any, now: Sequence[Any]) -> tuple[Any, Any]:
        output, after = stepper.step(now[0], carry)
        if counts is not None:
            after = map_structure(lambda new, old: _where(now[1], new, old), after, carry)
        if shows:
            # The output is this state: where nothing counts, the old one, as it should be.
            return after, flatten(after)[stepper.shown] if way.return_sequences else None
        if counts is not None:
            before = 0 if way.zero_output_for_mask else flatten(carry)[stepper.shown]
            output = _where(now[1], output, before)
        return after, output

    columns = [xs] if counts is None else [xs, counts]
    last, ys = ops.scan(step, states, columns, reverse=way.go_backwards)
    if ys is not None and way.go_backwards:
        ys = ops.flip(ys, 0)
    if ys is None or not way.return_sequences:
        ys = flatten(last)[stepper.shown] if ys is None else ys[-1]
    if counts is not None and shows:
        ys = _zeroed(ys, counts, way)
    return _time_first(ys) if way.return_sequences else ys, last


def _zeroed(ys: Any, counts: Any, way: Way) -> Any:
    """Outputs that are states, with zeros where a masked step has none to repeat."""
    if not (way.zero_output_for_mask or way.unroll):
        return ys
    if way.go_backwards:
        counts = ops.flip(counts, 0)
    if way.unroll:
        counts = ops.greater(ops.cumsum(ops.cast(counts, "int32"), 0), 0)
    return _where(counts if way.return_sequences else counts[-1], ys, 0)


def _unrolled(stepper: Stepper, xs: Any, states: Any, counts: Any, way: Way) -> tuple[Any, Any]:
    """The steps one after another in the graph, for cells whose `call` may do more than compute."""
    outputs: list[Tensor] = []
    order = range(int(xs.shape[0]))
    for t in reversed(order) if way.go_backwards else order:
        output, after = stepper.step(xs[t], states)
        if counts is not None:
            before = outputs[-1] if outputs else 0
            output = _where(counts[t], output, before)
            after = map_structure(lambda new, old: _where(counts[t], new, old), after, states)  # noqa: B023 - called at once
        outputs.append(output)
        states = after
    if not way.return_sequences:
        return outputs[-1], states
    return ops.stack(outputs, axis=1), states
