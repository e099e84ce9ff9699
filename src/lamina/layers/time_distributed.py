"""TimeDistributed: one layer applied to each step of a sequence."""

from __future__ import annotations

from typing import Any

from lamina import ops
from lamina.errors import ShapeError
from lamina.graph.node import Graph, Rows
from lamina.graph.structure import flatten
from lamina.graph.tensor import Traced
from lamina.graph.trace import Trace
from lamina.layers.wrapper import Wrapper


class TimeDistributed(Wrapper):
    """y[:, t] = layer(x[:, t]) for every step t.

    Shapes: x (B, T, ...) -> y (B, T, ...), what the layer makes of (B, ...).
    Raises: ShapeError for fewer than three axes, or a mask that does not begin with (B, T).

    A layer that treats each row by itself is applied once, to the rows of all steps; another one
    (batch normalisation, say) to one step after another.
    """

    def __init__(self, layer: Any, **kwargs: Any) -> None:
        super().__init__(layer, **kwargs)
        self.supports_masking = True

    def build(self, input_shape: Any = None) -> None:
        """Builds the layer for one step."""
        if not isinstance(input_shape, list | tuple) or len(input_shape) < 3:
            raise ShapeError(
                f"TimeDistributed '{self.name}'", "needs inputs (batch, time, ...) of three axes",
                f"input of shape {input_shape}", "give it sequences of rows",
            )  # fmt: skip
        super().build((input_shape[0], *input_shape[2:]))

    def call(self, inputs: Any, training: bool | None = None, mask: Any = None) -> Any:
        """The layer's outputs for each step, stacked along axis 1."""
        self._check_mask(inputs, mask)
        steps = int(inputs.shape[1])
        if not _is_by_row(self.layer, inputs, mask, training):
            each = [
                _applied(self.layer, inputs[:, t], None if mask is None else mask[:, t], training)
                for t in range(steps)
            ]
            return ops.stack(each, axis=1)
        rows = None if mask is None else ops.reshape(mask, (-1, *mask.shape[2:]))
        flat = ops.reshape(inputs, (-1, *inputs.shape[2:]))
        outputs = _applied(self.layer, flat, rows, training)
        return ops.reshape(outputs, (-1, steps, *outputs.shape[1:]))

    def _check_mask(self, inputs: Any, mask: Any) -> None:
        if mask is not None and (
            mask.ndim < 2 or [*map(int, mask.shape[:2])] != [*map(int, inputs.shape[:2])]
        ):
            raise ShapeError(
                f"TimeDistributed '{self.name}'", "needs a mask (batch, time), as its input has",
                f"a mask of shape {tuple(mask.shape)} for x of shape {tuple(inputs.shape)}",
                "leave the mask out, or make it for this input",
            )  # fmt: skip


def _applied(layer: Any, x: Any, mask: Any, training: bool | None) -> Any:
    options = {"training": training} if layer._takes("training") else {}
    if mask is not None and layer._takes("mask"):
        options["mask"] = mask
    return layer.call(x, **options)


def _is_by_row(layer: Any, inputs: Any, mask: Any, training: bool | None) -> bool:
    """Whether every row of the layer's output depends on one row of its inputs, and nothing else
    happens.

    The rows are followed through a trace of the layer, as for a partial batch: where an op would
    have to leave some out, it joins rows.
    """
    before = [(inner, len(inner._losses)) for inner in layer._flatten_layers()]
    with Trace(dynamic=True) as probe:
        x, rows = (
            None if a is None
            else probe.argument((7, *a.shape[2:]), a.dtype, Rows(0))
            for a in (inputs, mask)
        )  # fmt: skip
        outputs = flatten(_applied(layer, x, rows, training))
    if any(len(inner._losses) > count for inner, count in before):
        for inner, count in before:
            del inner._losses[count:]
        return False
    seeds = {v for v in layer.variables if v.name == "seed_generator_state"}
    return (
        len(outputs) == 1
        and isinstance(outputs[0], Traced)
        and outputs[0].node.rows == Rows(0)
        and not probe.exact
        and not probe.masks
        and set(probe.updates()) <= seeds
        and _draws_by_row(outputs[0])
    )


def _draws_by_row(output: Traced) -> bool:
    """Whether every random number belongs to one row."""
    nodes = Graph((), (output.node,)).nodes()
    draws = [node for node in nodes if node.inputs and node.inputs[0].op == "threefry"]
    return all(node.rows is not None for node in draws)
