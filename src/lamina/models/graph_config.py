"""Functional models as configurations, in Keras' form: layers, their calls, inputs and outputs.

A call of an op stands there as Keras' class of that op; `operations.txt` says which that is, and
which of the op's arguments the class takes.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import resources
from typing import Any

from lamina import ops
from lamina.configurations import deserialize_keras_object, serialize_keras_object, special_value
from lamina.errors import ArgumentError, UnsupportedError
from lamina.graph import symbolic
from lamina.graph.operation import Operation
from lamina.graph.structure import flatten
from lamina.graph.tensor import KerasTensor
from lamina.layers.base import Layer
from lamina.models.functional import CallGraph

Place = tuple[str, int, int]
CallPlace = tuple[str, int]


@dataclass(frozen=True)
class OpClass:
    """Keras' class of an op.

    Attributes:
        module, name: where Keras has it.
        op: the name in `lamina.ops`.
        options: the arguments that the class takes; a call takes the others.
    """

    module: str
    name: str
    op: str
    options: tuple[str, ...]

    def function(self) -> Callable[..., Any]:
        """The op."""
        if self.op == "getitem":
            from lamina.ops.subscript import getitem

            return getitem
        found: Any = ops
        for name in self.op.split("."):
            found = getattr(found, name)
        return found


@functools.cache
def op_classes() -> tuple[dict[str, OpClass], dict[str, OpClass]]:
    """By Keras' class name, and by our op's name."""
    text = resources.files("lamina.models").joinpath("operations.txt").read_text("utf-8")
    rows = [line.split() for line in text.splitlines() if line]
    classes = [OpClass(f"keras.src.ops.{m}", n, op, tuple(rest)) for m, n, op, *rest in rows]
    return {c.name: c for c in classes}, {c.op.split(".")[-1]: c for c in classes}


# ── writing ──


class GraphWriter:
    """Writes one graph of calls."""

    def __init__(self, graph: CallGraph, model: str) -> None:
        self.graph, self.model = graph, model
        self.names: dict[int, str] = {}
        self.places: dict[int, Place] = {}
        self.calls: dict[str, list[symbolic.Call]] = {}
        self.functions: dict[str, Any] = {}
        for tensor, layer in zip(graph.flat_inputs, graph.input_layers, strict=True):
            self.functions[layer.name], self.calls[layer.name] = layer, []
            self.places[id(tensor)] = (layer.name, 0, 0)
        for call in graph.calls:
            self._note(call)

    def _note(self, call: symbolic.Call) -> None:
        function = call.function
        if isinstance(function, Layer | Operation):
            name = function.name
        else:
            name = self._op_name(call)
        known = self.calls.setdefault(name, [])
        self.functions.setdefault(name, function)
        # Keras counts the calls of a functional model from 1.
        number = len(known) + _first_call(function)
        known.append(call)
        for i, output in enumerate(flatten(call.outputs)):
            self.places[id(output)] = (name, number, i)

    def _op_name(self, call: symbolic.Call) -> str:
        base = name = getattr(call.function, "__name__", "op")
        count = 0
        while name in self.calls:
            count += 1
            name = f"{base}_{count}"
        return name

    def config(self) -> dict[str, Any]:
        """What Keras' Functional writes, without its name."""
        return {
            "layers": [self._layer(name) for name in self._ordered()],
            "input_layers": self._mapped(self.graph.inputs),
            "output_layers": self._mapped(self.graph.outputs),
        }

    def _ordered(self) -> list[str]:
        """Layers in the order of the model, ops where their calls stand."""
        return list(self.calls)

    def _layer(self, name: str) -> dict[str, Any]:
        function, calls = self.functions[name], self.calls[name]
        if isinstance(function, Layer | Operation):
            config = serialize_keras_object(function)
            nodes = [self._node(call.args, call.kwargs) for call in calls]
        else:
            config, node = self._op(name, calls[0])
            nodes = [node]
        return {**config, "name": name, "inbound_nodes": nodes}

    def _op(self, name: str, call: symbolic.Call) -> tuple[dict[str, Any], dict[str, Any]]:
        function = getattr(call.function, "__name__", "")
        found = op_classes()[1].get(function)
        module = str(getattr(call.function, "__module__", ""))
        if found is None or not module.startswith("lamina.ops"):
            raise UnsupportedError(
                f"Model '{self.model}'", "has a call that a configuration cannot describe",
                f"{call.function!r:.80}", "put the call into a Layer, or into a Lambda",
            )  # fmt: skip
        bound = inspect.signature(call.function).bind(*call.args, **call.kwargs)
        options = {k: v for k, v in bound.arguments.items() if k in found.options}
        others = {k: v for k, v in bound.arguments.items() if k not in found.options}
        config = {
            "module": found.module, "class_name": found.name,
            "config": {"name": name, **serialize_keras_object(options)},
            "registered_name": found.name,
        }  # fmt: skip
        return config, self._node(tuple(others.values()), {})

    def _node(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> dict[str, Any]:
        return {"args": [self._value(a) for a in args],
                "kwargs": {k: self._value(v) for k, v in kwargs.items()}}  # fmt: skip

    def _value(self, value: Any) -> Any:
        if isinstance(value, KerasTensor):
            return {
                "class_name": "__keras_tensor__",
                "config": {
                    "shape": list(value.shape), "dtype": str(value.dtype),
                    "keras_history": list(self.places[id(value)]),
                },
            }  # fmt: skip
        if isinstance(value, list | tuple):
            return [self._value(item) for item in value]
        if isinstance(value, Mapping):
            return {key: self._value(item) for key, item in value.items()}
        return serialize_keras_object(value)

    def _mapped(self, structure: Any) -> Any:
        if isinstance(structure, KerasTensor):
            return list(self.places[id(structure)])
        if isinstance(structure, Mapping):
            return {key: self._mapped(value) for key, value in structure.items()}
        return [self._mapped(value) for value in structure]


def _first_call(function: Any) -> int:
    from lamina.models.model import Functional

    return 1 if isinstance(function, Functional) else 0


# ── reading ──


class GraphReader:
    """Makes the layers and calls of a configuration.

    Raises: ArgumentError for names that are missing, doubled, or that depend on each other in a
        circle.
    """

    def __init__(self, config: Mapping[str, Any], where: str) -> None:
        self.where = where
        self.entries: dict[str, Mapping[str, Any]] = {}
        self.made: dict[str, Any] = {}
        self.results: dict[CallPlace, list[Any]] = {}
        for entry in entries(config.get("layers"), where, "layers"):
            name = entry.get("name") or entry.get("config", {}).get("name")
            if not isinstance(name, str) or name in self.entries:
                raise self._wrong("needs layers of different names", repr(name))
            self.entries[name] = entry
        for name, entry in self.entries.items():
            self._make(name, entry)
        nodes = {
            (name, i): node
            for name, entry in self.entries.items()
            for i, node in enumerate(entries(entry.get("inbound_nodes"), where, name))
        }
        self._check_ends(config, nodes)
        self._call_all(nodes)

    def _wrong(self, what: str, received: str) -> ArgumentError:
        return ArgumentError(
            self.where, what, received[:200], "use a configuration that get_config() returned"
        )

    def _make(self, name: str, entry: Mapping[str, Any]) -> None:
        self.made[name] = op_of(entry) or deserialize_keras_object(entry)
        if not callable(self.made[name]):
            raise self._wrong("needs layers", repr(self.made[name]))
        if entry.get("class_name") == "InputLayer":
            self.results[name, 0] = [self.made[name].output]

    def _check_ends(self, config: Mapping[str, Any], nodes: dict[CallPlace, Any]) -> None:
        """Raises: ArgumentError, before the first call, for inputs or outputs of no call."""
        known = {self._place_of(name, i) for name, i in nodes} | self.results.keys()
        for key in ("input_layers", "output_layers"):
            for place in _listed(config.get(key)):
                if (place[0], place[1]) not in known:
                    raise self._wrong("names an output that is not there", repr(place))

    def _call_all(self, nodes: dict[CallPlace, Any]) -> None:
        """Every call, in an order in which what it needs is there."""
        for name, i in self._order(nodes):
            node = nodes[name, i]
            args = [self._value(value) for value in node.get("args", [])]
            kwargs = {key: self._value(value) for key, value in node.get("kwargs", {}).items()}
            outputs = self.made[name](*args, **kwargs)
            self.results[self._place_of(name, i)] = flatten(outputs)

    def _order(self, nodes: dict[CallPlace, Any]) -> list[CallPlace]:
        """The calls in rounds: each stands in the first round before which all that it needs was
        called, a layer's own earlier calls among it. Each need is looked at once.

        Raises: ArgumentError, before the first call, if some never get what they need.
        """
        missing: dict[CallPlace, int] = {}
        waiting: dict[CallPlace, list[CallPlace]] = {}
        for (name, i), node in nodes.items():
            needs = {(h[0], h[1]) for h in _histories(node, self.where)}
            if i:
                needs.add(self._place_of(name, i - 1))
            needs -= self.results.keys()
            missing[name, i] = len(needs)
            for need in needs:
                waiting.setdefault(need, []).append((name, i))
        rank = {key: n for n, key in enumerate(nodes)}
        order: list[CallPlace] = []
        ready = [key for key, count in missing.items() if not count]
        while ready:
            order += ready
            freed = []
            for name, i in ready:
                for key in waiting.pop(self._place_of(name, i), ()):
                    missing[key] -= 1
                    if not missing[key]:
                        freed.append(key)
            ready = sorted(freed, key=rank.__getitem__)
        if len(order) < len(nodes):
            names = sorted({key[0] for key, count in missing.items() if count})
            raise self._wrong(
                "has layers that wait for each other, or for some that are not there",
                ", ".join(names),
            )
        return order

    def _place_of(self, name: str, i: int) -> CallPlace:
        """Where the results of the i-th call of a layer stand."""
        return name, i + _first_call(self.made[name])

    def _value(self, value: Any) -> Any:
        if isinstance(value, Mapping):
            if value.get("class_name") == "__keras_tensor__":
                return self.tensor(value["config"]["keras_history"])
            if str(value.get("class_name", "")).startswith("__"):
                return special_value(value)
            if "class_name" in value:
                return deserialize_keras_object(value)
            return {key: self._value(item) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return [self._value(item) for item in value]
        return value

    def tensor(self, place: Any) -> KerasTensor:
        """The symbolic tensor at (name, call, output)."""
        name, call, output = _place(place, self.where)
        found = self.results.get((name, call))
        if found is None or not 0 <= output < len(found):
            raise self._wrong("names an output that is not there", repr(place))
        return found[output]

    def mapped(self, structure: Any) -> Any:
        """A structure of places as one of symbolic tensors."""
        if isinstance(structure, Mapping):
            return {key: self.mapped(value) for key, value in structure.items()}
        if isinstance(structure, list | tuple):
            if len(structure) == 3 and isinstance(structure[0], str):
                return self.tensor(structure)
            return [self.mapped(entry) for entry in structure]
        raise self._wrong("needs places of inputs and outputs", repr(structure))


def op_of(entry: Mapping[str, Any]) -> Any:
    """The op of an entry; None if it is none."""
    kind = op_classes()[0].get(str(entry.get("class_name")))
    if kind is None or ".ops." not in str(entry.get("module")):
        return None
    return OpCall(kind, dict(entry.get("config") or {}))


class OpCall:
    """An op with its options, called on the rest."""

    def __init__(self, kind: OpClass, config: dict[str, Any]) -> None:
        config.pop("name", None)
        self.function = kind.function()
        self.options = {k: deserialize_keras_object(v) for k, v in config.items()}
        self.parameters = list(inspect.signature(self.function).parameters)
        self.kind = kind

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        free = [name for name in self.parameters if name not in self.kind.options]
        named = dict(zip(free, args, strict=False))
        return self.function(**named, **self.options, **kwargs)


def entries(value: Any, where: str, what: str) -> list[Any]:
    """A list of configurations. Raises: ArgumentError for anything else."""
    if not isinstance(value, list | tuple) or not all(isinstance(v, Mapping) for v in value):
        raise ArgumentError(
            where, f"needs a list of dictionaries for {what!r}", repr(value)[:80],
            "use a configuration that get_config() returned",
        )  # fmt: skip
    return list(value)


def _place(place: Any, where: str) -> Place:
    if (
        not isinstance(place, list | tuple) or len(place) != 3 or not isinstance(place[0], str)
        or not all(isinstance(n, int) and not isinstance(n, bool) for n in place[1:])
    ):  # fmt: skip
        raise ArgumentError(
            where, "needs places of the form [layer, call, output]", repr(place)[:80],
            "use a configuration that get_config() returned",
        )  # fmt: skip
    return (place[0], place[1], place[2])


def _listed(structure: Any) -> list[Any]:
    """The places in a structure of them."""
    if isinstance(structure, Mapping):
        structure = list(structure.values())
    if not isinstance(structure, list | tuple):
        return []
    if len(structure) == 3 and isinstance(structure[0], str):
        return [structure]
    return [place for entry in structure for place in _listed(entry)]


def _histories(value: Any, where: str) -> list[Place]:
    """The places of all symbolic tensors in a call."""
    if isinstance(value, Mapping):
        if value.get("class_name") == "__keras_tensor__":
            config = value.get("config")
            return [_place(config.get("keras_history") if isinstance(config, Mapping) else None,
                           where)]  # fmt: skip
        return [place for item in value.values() for place in _histories(item, where)]
    if isinstance(value, list | tuple):
        return [place for item in value for place in _histories(item, where)]
    return []


def graph_config(graph: CallGraph, model: str) -> dict[str, Any]:
    """The layers, inputs and outputs of a graph."""
    return GraphWriter(graph, model).config()


def read_graph(config: Mapping[str, Any], where: str) -> tuple[Any, Any]:
    """The symbolic inputs and outputs that a configuration describes."""
    reader = GraphReader(config, where)
    return reader.mapped(config.get("input_layers")), reader.mapped(config.get("output_layers"))
