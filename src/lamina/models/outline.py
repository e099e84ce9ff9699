"""A model described as rows for the table of `summary`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from lamina.graph import symbolic
from lamina.graph.structure import flatten, map_structure
from lamina.graph.tensor import KerasTensor
from lamina.layers.base import Layer
from lamina.layers.input_layer import input_layer_of
from lamina.models import summary
from lamina.models.summary import Row, Sizes


def print_summary(model: Any, *options: Any) -> None:
    """Prints the model's table; see `summary.print_summary` for the options."""
    optimizer = model.optimizer
    state = list(optimizer.variables) if optimizer is not None and optimizer.built else None
    sizes = Sizes(
        _size(model.trainable_weights), _size(model.non_trainable_weights),
        None if state is None else _size(state),
    )  # fmt: skip
    summary.print_summary(model.name, rows_of(model), sizes, *options)


def _size(variables: Sequence[Any]) -> tuple[int, int]:
    counts = [int(np.prod(v.shape)) for v in variables]
    widths = [np.dtype(v.dtype).itemsize for v in variables]
    return sum(counts), sum(n * w for n, w in zip(counts, widths, strict=True))


def rows_of(model: Any) -> list[Row]:
    """One row a layer; with connections unless the model is a plain chain."""
    graph = model._graph
    chain = graph is None or _is_chain(graph)
    sequential = hasattr(model, "_sequence")
    return [
        Row(
            layer.name, type(layer).__name__, _output_shape(layer, graph),
            layer.count_params() if layer.built else None,
            None if chain or sequential else _connections(layer, graph),
            layer.trainable if layer.weights else None,
            rows_of(layer) if hasattr(layer, "_graph") else (),
        )
        for layer in model.layers
    ]  # fmt: skip


def _is_chain(graph: Any) -> bool:
    """Whether each call takes one tensor, that of the call before."""
    before = graph.flat_inputs
    if len(before) != 1:
        return False
    current = before[0]
    for call in graph.calls:
        if len(call.inputs) != 1 or call.inputs[0] is not current:
            return False
        results = flatten(call.outputs)
        if len(results) != 1:
            return False
        current = results[0]
    return len({id(call.function) for call in graph.calls}) == len(graph.calls)


def _calls_in(layer: Layer, graph: Any) -> list[symbolic.Call]:
    if graph is None:
        return layer._calls[:1]
    return [call for call in graph.calls if call.function is layer] or layer._calls[:1]


def _output_shape(layer: Layer, graph: Any) -> Any:
    calls = _calls_in(layer, graph)
    if not calls:
        return None
    return map_structure(lambda x: x.shape, calls[0].outputs)


def _connections(layer: Layer, graph: Any) -> list[str]:
    return [
        _source(x, graph) for call in graph.calls if call.function is layer for x in call.inputs
    ]


def _source(x: KerasTensor, graph: Any) -> str:
    """ "dense[1][0]": the result 0 of the second call of the layer named dense."""
    if x.history is None:
        return f"{input_layer_of(x).name}[0][0]"
    call, index = x.history
    same = [c for c in graph.calls if c.function is call.function]
    place = same.index(call) if call in same else 0
    name = getattr(call.function, "name", None) or call.function.__name__
    return f"{name}[{place}][{index}]"
