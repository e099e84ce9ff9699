"""What of a model runs on the host, before the graph: layers of strings and tables, and what they
need.

The calls of a model's graph fall into two parts. The first holds the calls of layers that work on
the host, and all that these depend on; it runs here, eagerly, on whole arrays or batch by batch.
What it hands on (the boundary) is what enters the compiled graph: a dict of arrays, by keys that no
input has. A model inside the model that has such layers too is entered by a dict of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from lamina import ops
from lamina.errors import UnsupportedError
from lamina.graph import symbolic, trace
from lamina.graph.strings import STRING, StringTensor, is_text, texts
from lamina.graph.structure import flatten, is_mapping, map_structure
from lamina.graph.tensor import KerasTensor, Tensor

MARK = "(host) "


def stage_of(function: Any) -> HostStage | None:
    """The host stage of a model; None of anything else, or where there is none."""
    graph = getattr(function, "_graph", None)
    return None if graph is None else graph.stage


class HostStage:
    """The host's part of a graph.

    Attributes:
        boundary: the tensors that enter the compiled graph, by their keys.
        models: calls of models with a stage of their own, by their keys.
        calls: what runs here.
        is_all: whether nothing else remains.
    """

    def __init__(self, graph: Any, here: list[symbolic.Call]) -> None:
        self.graph, self.calls = graph, here
        on_host = {id(call) for call in here}
        rest = [call for call in graph.calls if id(call) not in on_host]
        entering = [call for call in rest if stage_of(call.function) is not None]
        self.models = {f"{MARK}model {i}": call for i, call in enumerate(entering)}
        inner = {id(call) for call in entering}
        used = [x for call in rest if id(call) not in inner for x in call.needs]
        made = {id(x) for call in rest for x in flatten(call.outputs)}
        known = [x for x in [*used, *graph.flat_outputs] if id(x) not in made]
        unique = list({id(x): x for x in known}.values())
        self.boundary: dict[str, KerasTensor] = {f"{MARK}{i}": x for i, x in enumerate(unique)}
        self.is_all = not rest
        _check_weights(here)

    @staticmethod
    def of(graph: Any) -> HostStage | None:
        """The stage of a graph; None if nothing in it works on the host."""
        wanted: set[int] = set()
        here: list[symbolic.Call] = []
        for call in reversed(graph.calls):
            makes = any(id(x) in wanted for x in flatten(call.outputs))
            if getattr(call.function, "on_host", False) or makes:
                here.append(call)
            if (here and here[-1] is call) or stage_of(call.function) is not None:
                wanted |= {id(x) for x in call.needs}
        enters = any(stage_of(call.function) is not None for call in graph.calls)
        return HostStage(graph, here[::-1]) if here or enters else None

    def is_staged(self, x: Any) -> bool:
        """Whether x is what `run` gives."""
        return is_mapping(x) and bool(x) and all(str(key).startswith(MARK) for key in x)

    def run(self, x: Any) -> dict[str, Any]:
        """What enters the compiled graph, for the model's inputs x: arrays by key."""
        with trace.suspended():
            known = dict(self._inputs(x))
            for call in self.calls:
                args, kwargs = map_structure(
                    lambda leaf: known[id(leaf)] if isinstance(leaf, KerasTensor) else leaf,
                    [list(call.args), dict(call.kwargs)],
                )
                results = flatten(call.function(*args, **kwargs))
                for tensor, value in zip(flatten(call.outputs), results, strict=True):
                    known[id(tensor)] = value
            staged = {key: _array(known[id(t)], t.dtype) for key, t in self.boundary.items()}
            for key, call in self.models.items():
                stage = stage_of(call.function)
                assert stage is not None
                inner = map_structure(lambda leaf: known[id(leaf)], call.args[0])
                staged[key] = stage.run(inner)
            return staged

    def _inputs(self, x: Any) -> Any:
        """(id of the symbolic input, its array) for each input."""
        graph = self.graph
        if isinstance(x, Mapping):
            values = graph.matched(x)
        elif len(graph.flat_inputs) == 1:
            values = x if _is_one_array(x) else [x]
        else:
            values = list(x)
        for tensor, value in zip(graph.flat_inputs, values, strict=True):
            yield id(tensor), _fitted(tensor, value)

    def values(self, staged: Mapping[str, Any]) -> dict[int, Any]:
        """The tensors of the boundary by the ids of the symbolic ones, in their dtypes; None for
        what only models with a stage of their own take.
        """
        taken: dict[int, Any] = {id(x): None for c in self.models.values() for x in c.inputs}
        here = {id(t): _cast(staged[key], t.dtype) for key, t in self.boundary.items()}
        return taken | here

    def arguments(self, staged: Mapping[str, Any], call: symbolic.Call) -> Any:
        """What a model with a stage of its own is called with; None for any other call."""
        return next((staged[key] for key, c in self.models.items() if c is call), None)


def _check_weights(calls: list[symbolic.Call]) -> None:
    """Raises: UnsupportedError for layers that are trained, but run on the host."""
    for call in calls:
        layer: Any = call.function
        if getattr(layer, "trainable_weights", None):
            raise UnsupportedError(
                f"{type(layer).__name__} '{layer.name}'",
                "feeds a layer that works on the host, and so cannot be trained",
                "a layer with weights before one of strings or tables",
                "put the layer behind it, or set trainable = False",
            )  # fmt: skip


def _is_one_array(x: Any) -> bool:
    """Whether x is a list that holds the only input, rather than the input itself."""
    return isinstance(x, list | tuple) and len(x) == 1 and not is_text(x) and hasattr(x[0], "shape")


def host_array(value: Any) -> np.ndarray:
    """An array of str (objects) or of numbers."""
    if isinstance(value, Tensor):
        return np.asarray(value)
    if hasattr(value, "to_numpy"):
        value = value.to_numpy()
    return texts(value) if is_text(value) else np.asarray(value)


def _fitted(tensor: KerasTensor, value: Any) -> Any:
    """An input's array in its rank and dtype; a last axis of size 1 may lack or be too many."""
    array = host_array(value)
    if array.ndim == len(tensor.shape) - 1 and tensor.shape[-1] == 1:
        array = array[..., None]
    elif array.ndim == len(tensor.shape) + 1 and array.shape[-1] == 1:
        array = array[..., 0]
    return array if tensor.dtype == STRING or array.dtype == object else array.astype(tensor.dtype)


def _array(value: Any, dtype: str) -> Any:
    if isinstance(value, StringTensor):
        return value.value
    array = np.asarray(value)
    return array if dtype == STRING else array.astype(dtype)


def _cast(value: Any, dtype: str) -> Any:
    return value if dtype == STRING or value.dtype == dtype else ops.cast(value, dtype)
