"""Nodes and graphs: what a traced program is made of.

A node is immutable and equal only to itself. It holds the op's name, its inputs, the shape and
dtype of its value, the op's attributes, the sub-graphs of a region op, and where it came from.
An op with several results has shape () and lists them in `outputs`; an `item` node picks one.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np

from lamina.graph.dtypes import name_of

NO_ATTRS: Mapping[str, Any] = MappingProxyType({})


class Aval(NamedTuple):
    """What is known of a value before it is computed: its shape and dtype."""

    shape: tuple[int, ...]
    dtype: str


class Rows(NamedTuple):
    """Says that `axis` of a value runs over the rows of the batch, `each` entries a row.

    Entries from valid * each on belong to no row when the last batch is partial: they hold some
    finite repetition, and every op that would mix them with the others masks them.
    """

    axis: int
    each: int = 1


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Node:
    """One value of a graph, or, with `outputs`, one op of several results."""

    op: str
    inputs: tuple[Node, ...] = ()
    shape: tuple[int, ...] = ()
    dtype: str = "float32"
    attrs: Mapping[str, Any] = field(default_factory=lambda: NO_ATTRS)
    regions: tuple[Graph, ...] = ()
    outputs: tuple[Aval, ...] = ()
    rows: Rows | None = None
    origin: str = ""

    @property
    def aval(self) -> Aval:
        """Shape and dtype of the node's value."""
        return Aval(self.shape, self.dtype)

    @property
    def size(self) -> int:
        """Number of elements of the node's value."""
        return math.prod(self.shape)

    def on(self, inputs: tuple[Node, ...], regions: tuple[Graph, ...] | None = None) -> Node:
        """The same op on other inputs, or with other regions."""
        return Node(
            self.op, inputs, self.shape, self.dtype, self.attrs,
            self.regions if regions is None else regions, self.outputs, self.rows, self.origin,
        )  # fmt: skip

    def __repr__(self) -> str:
        return f"<{self.op} {self.dtype}{list(self.shape)}>"


@dataclass(frozen=True, slots=True, eq=False)
class Graph:
    """A function: from `inputs` (nodes of op "input") to `outputs`."""

    inputs: tuple[Node, ...]
    outputs: tuple[Node, ...]
    names: tuple[str, ...] = field(default=())
    _order: tuple[Node, ...] | None = field(default=None, init=False, repr=False)

    def nodes(self) -> tuple[Node, ...]:
        """Every node that an output needs, each after its inputs."""
        if self._order is None:
            # Found once, since every pass walks over them.
            object.__setattr__(self, "_order", tuple(topological(self.outputs)))
        assert self._order is not None
        return self._order

    def giving(self, outputs: tuple[Node, ...]) -> Graph:
        """The function of the same inputs with these outputs; itself where they are its own."""
        return self if outputs == self.outputs else Graph(self.inputs, outputs, self.names)


def topological(outputs: Iterable[Node]) -> list[Node]:
    """The nodes that `outputs` need, each once and after its inputs (regions stay closed)."""
    order: list[Node] = []
    done: set[Node] = set()
    stack = list(outputs)
    stack.reverse()
    while stack:
        node = stack[-1]
        waits = [] if node in done else [i for i in node.inputs if i not in done]
        if waits:
            waits.reverse()
            stack.extend(waits)
            continue
        stack.pop()
        if node not in done:
            done.add(node)
            order.append(node)
    return order


def input_node(
    shape: tuple[int, ...], dtype: str, rows: Rows | None = None, name: str = ""
) -> Node:
    """A fresh argument of a graph."""
    attrs = MappingProxyType({"name": name}) if name else NO_ATTRS
    return Node("input", (), tuple(shape), dtype, attrs, rows=rows)


def constant(value: Any, dtype: str | None = None, origin: str = "") -> Node:
    """A node with a value that is known now. The array is copied and made read-only."""
    array = np.array(value, dtype=dtype)
    array.setflags(write=False)
    attrs = MappingProxyType({"value": array})
    return Node("const", (), array.shape, name_of(array.dtype), attrs, origin=origin)


def scalar_of(node: Node) -> Any:
    """The one value of a constant whose elements are all the same bits, else None."""
    if node.op == "broadcast_to":
        return scalar_of(node.inputs[0])
    if node.op != "const" or node.size == 0:
        return None
    value = node.attrs["value"]
    first = value.flat[0]
    same = value.size == 1 or bool(np.all(value == first))
    return first if same and first == first else None


def freeze(value: Any) -> Hashable:
    """A hashable stand-in for an attribute: arrays by dtype, shape and bytes."""
    kind = type(value)
    if kind is int or kind is str or kind is bool:
        return (kind.__name__, value)
    if isinstance(value, str):  # a dtype under TensorFlow's border
        return ("str", value)
    if kind is MappingProxyType:
        return tuple([(key, freeze(value[key])) for key in sorted(value)])
    if isinstance(value, np.ndarray):
        return ("array", value.dtype.str, value.shape, value.tobytes())
    if isinstance(value, Mapping):
        return tuple(sorted((key, freeze(item)) for key, item in value.items()))
    if isinstance(value, list | tuple):
        return tuple(freeze(item) for item in value)
    if isinstance(value, float):
        return ("float", value.hex())
    return (kind.__name__, value)


def structural_key(graph: Graph) -> Hashable:
    """A key that two graphs share exactly if they compute the same by the same steps."""
    number: dict[Node, int] = {node: i for i, node in enumerate(graph.inputs)}
    steps: list[Hashable] = [(i.shape, i.dtype, i.rows) for i in graph.inputs]
    for node in graph.nodes():
        if node in number:
            continue
        number[node] = len(steps)
        inputs = tuple(number[i] for i in node.inputs)
        regions = tuple(structural_key(region) for region in node.regions)
        steps.append(
            (node.op, inputs, node.shape, node.dtype, freeze(node.attrs), regions, node.outputs)
        )
    return (tuple(steps), tuple(number[node] for node in graph.outputs))
