"""Elementwise ops, casts, random words and copies: one place after another."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from lamina.engines.native.buffers import View
from lamina.engines.native.emit import Function, Value
from lamina.engines.native.emit.arith import cast, threefry
from lamina.engines.native.plain.kernel import Operand, PlainKernel
from lamina.engines.native.plain.nest import Cursor, Lane, nest
from lamina.engines.native.rules import RULES
from lamina.graph.node import Node

Compute = Callable[[Function, list[Value]], Sequence[Value]]


def cursor(operand: Operand) -> Cursor:
    """The operand's first element, for a nest over the axes of its own shape."""
    return Cursor(operand.pointer, operand.form.dtype, operand.form.strides)


def pointwise(
    name: str, identity: object, reads: Sequence[View], writes: Sequence[View], compute: Compute
) -> PlainKernel:
    """A kernel that computes each place of the results from the same place of the operands."""
    shape = writes[0].shape
    spread = tuple(view.broadcast(shape) for view in reads)
    results = len(writes)

    def body(f: Function, operands: Sequence[Operand]) -> None:
        def place(lanes: list[Lane]) -> None:
            values = compute(f, [lane.load(f) for lane in lanes[results:]])
            for lane, value in zip(lanes, values, strict=False):
                lane.store(f, value)

        nest(f, shape, [cursor(operand) for operand in operands], place)

    pairs = frozenset((r, w) for r in range(len(reads)) for w in range(results))
    return PlainKernel(name, identity, body, spread, tuple(writes), overwrites=pairs)


def elementwise(node: Node, reads: Sequence[View], writes: Sequence[View]) -> PlainKernel:
    """Any elementwise op with a rule."""
    rule, dtype = RULES[node.op], reads[-1].dtype
    return pointwise(node.op, (), reads, writes, lambda f, xs: [rule(f, dtype, *xs)])


def convert(node: Node, reads: Sequence[View], writes: Sequence[View]) -> PlainKernel:
    """cast."""
    source, target = reads[0].dtype, writes[0].dtype
    return pointwise("cast", (), reads, writes, lambda f, xs: [cast(f, xs[0], source, target)])


def random(node: Node, reads: Sequence[View], writes: Sequence[View]) -> PlainKernel:
    """threefry."""
    return pointwise("threefry", (), reads, writes, lambda f, xs: threefry(f, *xs))


def copy(source: View, target: View) -> PlainKernel:
    """The elements of `source` in `target`, of the same shape and dtype."""
    return pointwise("copy", (), [source], [target], lambda f, xs: xs)


def move(node: Node, reads: Sequence[View], writes: Sequence[View]) -> PlainKernel:
    """A reshape whose elements have to move: in row-major order, one after the other."""
    source, target = reads[0], writes[0]
    lying = target.reshaped(source.shape)
    assert lying is not None, "a fresh buffer takes any shape"
    return copy(source, lying)
