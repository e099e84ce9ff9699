"""Walks a graph and adds the ONNX nodes of each of its nodes, as the tables say.

A node all of whose operands are known is computed now, unless that would make a large array of
small ones: what a layer does to its weights is done once, here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from lamina.errors import UnsupportedError
from lamina.graph.node import Graph, Node, Rows
from lamina.ops.dispatch import eager
from lamina.saving.onnx.builder import Builder, Value
from lamina.saving.onnx.tables import COMPACT, RULES

# Elements that a known value may have whatever it is made of.
FOLDED = 1 << 12
# The end of an origin that is nothing but a line of the user's.
_LINE = re.compile(r":\d+$")
# Of ops whose results are some of their operands, which.
THROUGH = {"stop_gradient": 1, "custom_gradient": 0}


@dataclass(eq=False)
class Lowering:
    """One graph on its way into a builder.

    Args:
        b: what the nodes are added to.
        rows: how many rows an open batch was traced with.
        batch: an input of the file and which of its axes is the batch; None if none is open.
    """

    b: Builder
    batch: tuple[Value, int] | None = None
    rows: int = 0
    known: dict[Node, Any] = field(default_factory=dict)

    # ── the walk ──

    def run(self, graph: Graph, inputs: Sequence[Value]) -> list[Value]:
        """The values of the graph's outputs for these inputs."""
        for node, value in zip(graph.inputs, inputs, strict=True):
            self.known[node] = self._shaped(node, value)
        stack = list(reversed(graph.outputs))
        while stack:
            node = stack[-1]
            if node in self.known:
                stack.pop()
                continue
            operands, make = self._plan(node)
            missing = [x for x in operands if x not in self.known]
            if missing:
                stack.extend(reversed(missing))
                continue
            stack.pop()
            self.known[node] = self._shaped(node, self._value(node, operands, make))
        return [self.known[node] for node in graph.outputs]

    def _shaped(self, node: Node, value: Any) -> Any:
        """The value, with its shape noted."""
        if not node.outputs and value is not None and value.shape is None:
            value.shape = self.open(node.shape, node.rows)
        return value

    def _plan(self, node: Node) -> tuple[Sequence[Node], Callable[..., Any] | None]:
        """What a node is made of, and how; None where its table has it all."""
        if node.op in THROUGH:
            return node.inputs[: node.attrs.get("results", THROUGH[node.op])], None
        for find in COMPACT.get(node.op, ()):
            found = find(node)
            if found is not None:
                return found.operands, found.make
        return node.inputs, None

    def _value(self, node: Node, operands: Sequence[Node], make: Callable[..., Any] | None) -> Any:
        values = [self.known[x] for x in operands]
        if node.op == "item":
            return values[0][node.attrs["index"]]
        if node.op in THROUGH:
            return values if node.outputs else values[0]
        self.b.origin = layer_of(node)
        if make is not None:
            return make(self, node, *values)
        folded = self._folded(node, values)
        if folded is not None:
            return folded
        if node.op not in RULES:
            raise self.unsupported(node, "has no counterpart in ONNX")
        return RULES[node.op](self, node, *values)

    def _folded(self, node: Node, values: Sequence[Value]) -> Any:
        """What a node of known operands computes; None if it is not to be computed now."""
        if node.regions or node.rows is not None or any(not x.is_known for x in values):
            return None
        outputs = node.outputs or (node.aval,)
        size = sum(int(np.prod(o.shape, dtype=np.int64)) for o in outputs)
        if size > max(FOLDED, 2 * sum(x.array.size for x in values if x.array is not None)):
            return None
        attrs = {key: value for key, value in node.attrs.items() if key != "rows"}
        if node.op == "const":
            arrays: list[np.ndarray] = [attrs["value"]]
        else:
            arrays = eager()(node.op, [x.array for x in values], attrs, list(outputs))  # type: ignore[misc]
        labels = {x.label for x in values if x.label}
        label = labels.pop() if len(labels) == 1 else ""
        found = [Value(array=array, label=label) for array in arrays]
        return found if node.outputs else found[0]

    # ── what tables ask for ──

    def unsupported(self, node: Node, what: str) -> UnsupportedError:
        """The error of a node that cannot be written, which names its layer and op."""
        where = node.origin or "a layer without a name"
        return UnsupportedError(
            f"export(format='onnx'): op '{node.op}' of '{where}'", what,
            f"{node.dtype}{list(node.shape)} from "
            + (", ".join(f"{x.dtype}{list(x.shape)}" for x in node.inputs) or "no operands"),
            "leave that layer out of the exported model, or save it with model.save",
        )  # fmt: skip

    def needs(self, node: Node, opset: int) -> None:
        """Raises: UnsupportedError if the file's operators are older than this."""
        if self.b.opset < opset:
            raise self.unsupported(node, f"needs opset {opset}, and {self.b.opset} was asked for")

    def entries(self, rows: Rows) -> Value:
        """How many entries an axis of rows has: one int64 in a vector."""
        assert self.batch is not None
        source, axis = self.batch
        shape = self.b.add("Shape", source)
        size = self.b.slice(shape, [0], [axis], [axis + 1])
        return size if rows.each == 1 else self.b.add("Mul", size, self.b.ints([rows.each]))

    def shape(self, shape: Sequence[int], rows: Rows | None) -> Value:
        """A shape as a vector, the size of the batch's axis being what it is when it runs."""
        if rows is None:
            return self.b.ints(shape)
        parts = [self.b.ints(shape[: rows.axis]), self.entries(rows)]
        parts.append(self.b.ints(shape[rows.axis + 1 :]))
        lengths = (rows.axis, 1, len(shape) - rows.axis - 1)
        kept = [p for p, n in zip(parts, lengths, strict=True) if n]
        return kept[0] if len(kept) == 1 else self.b.add("Concat", *kept, axis=0)

    def open(self, shape: Sequence[int], rows: Rows | None) -> list[int]:
        """A shape for `reshape`, with -1 for the batch."""
        return [-1 if rows is not None and i == rows.axis else n for i, n in enumerate(shape)]

    def reshape(self, x: Value, node: Node, shape: Sequence[int], rows: Rows | None) -> Value:
        """The same elements in another shape; `node` is named if it cannot be written."""
        wanted = self.open(shape, rows)
        if -1 in wanted and 0 in wanted:
            raise self.unsupported(
                node, "has no elements, and an open batch, which ONNX cannot say"
            )
        return self.b.reshape(x, wanted)

    def inner(self) -> Lowering:
        """A lowering for a body of this graph."""
        return Lowering(self.b.child(), self.batch, self.rows)

    def beside(self) -> Lowering:
        """A lowering for another graph, or the same once more, in the same place."""
        return Lowering(self.b, self.batch, self.rows)


def layer_of(node: Node) -> str:
    """The path of the layer that a node comes from, without the line of the user's file."""
    path = node.origin.split(" (")[0]
    return "" if _LINE.search(path) else path
