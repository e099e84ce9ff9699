"""Builder: a graph of ONNX in the making, and Value, what its nodes take and give."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from onnx import TensorProto, helper, numpy_helper

from lamina.graph.node import freeze

# ONNX' numbers of lamina's dtypes.
NUMBERS: dict[str, int] = {
    "bool": TensorProto.BOOL, "float32": TensorProto.FLOAT, "float64": TensorProto.DOUBLE,
    "int8": TensorProto.INT8, "int16": TensorProto.INT16, "int32": TensorProto.INT32,
    "int64": TensorProto.INT64, "uint8": TensorProto.UINT8, "uint16": TensorProto.UINT16,
    "uint32": TensorProto.UINT32, "uint64": TensorProto.UINT64,
}  # fmt: skip
# Constants of so many bytes are compared with one another, so that equal ones are written once.
SMALL = 1 << 12


@dataclass(eq=False)
class Value:
    """A value of the graph: a name, or an array that is known now and named when it is used.

    Attributes:
        label: the weight that a known array is made of, by which it is named in the file.
        each: of a count of the batch's entries, how many a row has.
        shape: where it is known, -1 standing for an open batch.
        base: what it was before it was given another shape.
        source: (value, axes) if this is that value with its axes in this order.
    """

    name: str = ""
    array: np.ndarray | None = None
    label: str = ""
    source: tuple[Value, tuple[int, ...]] | None = None
    each: int | None = None
    shape: list[int] | None = None
    base: Value | None = None

    @property
    def is_known(self) -> bool:
        """Whether its array is known."""
        return self.array is not None


class Names:
    """Names that no two values of a file share."""

    def __init__(self) -> None:
        self._counts: dict[str, int] = {}

    def fresh(self, wanted: str) -> str:
        """The wanted name, numbered if it is taken."""
        name = wanted
        while name in self._counts:
            self._counts[wanted] += 1
            name = f"{wanted}_{self._counts[wanted]}"
        self._counts[name] = 0
        return name


class Builder:
    """Adds nodes to a graph, or to the body of a loop or branch (then with a `parent`).

    A node that would compute what another computes already is not added again.

    Args:
        opset: the version of ONNX' operators.
    """

    def __init__(self, opset: int, parent: Builder | None = None) -> None:
        self.opset, self.parent = opset, parent
        self.root: Builder = self if parent is None else parent.root
        self.names: Names = Names() if parent is None else self.root.names
        self.nodes: list[Any] = []
        self.initializers: list[Any] = []
        # Where the nodes that follow come from.
        self.origin: str = "" if parent is None else parent.origin
        self._made: dict[Any, list[Value]] = {}
        self._constants: dict[Any, str] = {}

    def child(self) -> Builder:
        """A builder for a body within this graph."""
        return Builder(self.opset, self)

    # ── nodes ──

    def add(self, op: str, *inputs: Value, **attrs: Any) -> Value:
        """The one result of a new node."""
        return self.several(op, inputs, 1, **attrs)[0]

    def several(self, op: str, inputs: Sequence[Value], count: int, **attrs: Any) -> list[Value]:
        """The results of a new node; an attribute may be the graph of a body."""
        names = [self.name(x) for x in inputs]
        bodies = any(hasattr(value, "SerializeToString") for value in attrs.values())
        key = None if bodies else (op, tuple(names), freeze(attrs))
        known = None if key is None else self._known(key)
        if known is not None:
            return known
        path = f"{self.origin}/{op}" if self.origin else op
        outputs = [self.names.fresh(path) for _ in range(count)]
        self.nodes.append(helper.make_node(op, names, outputs, name=outputs[0], **attrs))
        values = [Value(name) for name in outputs]
        if key is not None:
            self._made[key] = values
        return values

    def _known(self, key: Any) -> list[Value] | None:
        scope: Builder | None = self
        while scope is not None:
            if key in scope._made:
                return scope._made[key]
            scope = scope.parent
        return None

    # ── constants ──

    def name(self, value: Value) -> str:
        """The name of a value; an array becomes an initializer of the whole file."""
        if not value.name:
            assert value.array is not None
            value.name = self.root._initializer(
                value.array, value.label or f"{self.origin}/constant"
            )
        return value.name

    def _initializer(self, array: np.ndarray, label: str) -> str:
        key = (array.dtype.str, array.shape, array.tobytes()) if array.nbytes <= SMALL else None
        if key in self._constants:
            return self._constants[key]
        name = self.names.fresh(label.removeprefix("/"))
        self.initializers.append(numpy_helper.from_array(np.asarray(array, order="C"), name))
        if key is not None:
            self._constants[key] = name
        return name

    def constant(self, value: Any, dtype: str | None = None) -> Value:
        """A known value."""
        return Value(array=np.asarray(value, dtype))

    def ints(self, values: Sequence[int]) -> Value:
        """Sizes, axes or places, as ONNX takes them."""
        return self.constant(list(values), "int64")

    # ── what every table needs ──

    def cast(self, x: Value, dtype: str, to: str) -> Value:
        """x, of this dtype, as another, as ONNX converts."""
        if dtype == to:
            return x
        if x.array is not None:
            return Value(array=x.array.astype(to))
        return self.add("Cast", x, to=NUMBERS[to])

    def reshape(self, x: Value, shape: Sequence[int]) -> Value:
        """The same elements in another shape; one size may be -1, and none 0 then.
        What two do in a row one does, or none.
        """
        if x.array is not None:
            return Value(array=x.array.reshape(shape), label=x.label)
        base = x.base or x
        if base.shape == list(shape):
            return base
        zeros = {"allowzero": 1} if 0 in shape else {}
        made = self.add("Reshape", base, self.ints(shape), **zeros)
        made.base, made.shape = base, list(shape)
        return made

    def transpose(self, x: Value, perm: Sequence[int]) -> Value:
        """The axes in the order `perm`; two transpositions in a row are one."""
        if x.source is not None:
            return self.transpose(x.source[0], [x.source[1][axis] for axis in perm])
        if list(perm) == list(range(len(perm))):
            return x
        if x.array is not None:
            return Value(array=x.array.transpose(perm), label=x.label)
        moved = [axis for axis in perm if x.shape is None or x.shape[axis] != 1]
        if x.shape is not None and moved == sorted(moved) and 0 not in x.shape:
            return self.reshape(x, [x.shape[axis] for axis in perm])  # nothing moves but ones
        made = self.add("Transpose", x, perm=list(perm))
        made.source = (x, tuple(perm))
        made.shape = None if x.shape is None else [x.shape[axis] for axis in perm]
        return made

    def where(self, condition: Value, x: Value, y: Value) -> Value:
        """x where the condition holds, else y; of a dtype that ONNX' Where takes."""
        return self.add("Where", condition, x, y)

    def reduce(self, op: str, x: Value, axes: Sequence[int], keepdims: bool) -> Value:
        """A reduction over axes, which are an input or (before opset 18) an attribute."""
        if self.opset < 18 and op != "ReduceSum":
            return self.add(op, x, axes=list(axes), keepdims=int(keepdims))
        return self.add(op, x, self.ints(axes), keepdims=int(keepdims))

    def slice(
        self, x: Value, axes: Sequence[int], starts: Any, ends: Any, steps: Any = None
    ) -> Value:
        """Entries start, start + step, ... before the end of each of the axes."""
        steps = [1] * len(axes) if steps is None else steps
        return self.add("Slice", x, *(self.ints(v) for v in (starts, ends, axes, steps)))

    def body(
        self,
        name: str,
        inputs: Sequence[tuple[str, str, Any]],
        outputs: Sequence[tuple[Value, str]],
    ) -> Any:
        """This graph as ONNX' message.

        Args:
            inputs: name, dtype and shape (None: unknown) of each input.
            outputs: value and dtype of each output.
        """
        named = []
        for value, dtype in outputs:
            fresh = self.names.fresh(f"{name}/output")
            self.nodes.append(helper.make_node("Identity", [self.name(value)], [fresh]))
            named.append(helper.make_tensor_value_info(fresh, NUMBERS[dtype], None))
        given = [helper.make_tensor_value_info(n, NUMBERS[d], s) for n, d, s in inputs]
        return helper.make_graph(self.nodes, name, given, named)
