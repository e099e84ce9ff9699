"""What a model would return for data of a layout: as its graph states it, or else found by tracing
the model once without keeping anything.
"""

from __future__ import annotations

from typing import Any

from lamina.graph.structure import map_structure
from lamina.graph.tensor import KerasTensor, Tensor
from lamina.graph.trace import Trace
from lamina.models.steps import Layout

ROWS = 2


def probe(model: Any, layout: Layout) -> tuple[Any, Any]:
    """Symbolic outputs and targets; builds the model's weights on the way."""
    if states_outputs(model) and not _has_other_sizes(model, layout):
        symbols = [KerasTensor((None, *leaf.shape), leaf.dtype) for leaf in layout.leaves]
        return map_structure(_symbol, model._graph.outputs), layout.packed(symbols)[1]
    rows = _fixed_batch(model) or ROWS
    with Trace() as trace:
        leaves = [trace.argument((rows, *leaf.shape), leaf.dtype) for leaf in layout.leaves]
        x, y, _ = layout.packed(leaves)
        outputs = model(x, training=False)
    model._clear_losses()
    return map_structure(_symbol, outputs), map_structure(_symbol, y)


def _has_other_sizes(model: Any, layout: Layout) -> bool:
    """Whether the data have sizes for which the graph was not made, but which it takes."""
    inputs = model._graph.flat_inputs
    own = [leaf.shape for leaf in layout.leaves[: len(inputs)]]
    return model._graph.any_size and own != [x.shape[1:] for x in inputs]


def states_outputs(model: Any) -> bool:
    """Whether the model's graph says all about the outputs but the number of rows."""
    return model._only_runs_graph() and all(
        x.shape and x.shape[0] in (None, _fixed_batch(model)) and None not in x.shape[1:]
        for x in model._graph.flat_outputs
    )


def _fixed_batch(model: Any) -> int | None:
    """The number of rows for which a model, or a layer of it, was made, if it was made for one."""
    if model._graph is None:
        return None
    ends = (*model._graph.flat_inputs, *model._graph.flat_outputs)
    sizes = {x.shape[0] for x in ends if x.shape} - {None}
    return sizes.pop() if len(sizes) == 1 else None


def _symbol(leaf: Any) -> Any:
    return KerasTensor((None, *leaf.shape[1:]), leaf.dtype) if isinstance(leaf, Tensor) else leaf
