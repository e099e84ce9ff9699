"""concatenate, pad and overlap_add: results put together of pieces."""

from __future__ import annotations

from collections.abc import Sequence

from lamina.engines.native.buffers import View, itemsize
from lamina.engines.native.emit import Function, element
from lamina.engines.native.emit.arith import RULES
from lamina.engines.native.plain.elementwise import cursor
from lamina.engines.native.plain.kernel import Operand, PlainKernel
from lamina.engines.native.plain.nest import Cursor, Lane, nest
from lamina.graph.node import Node


def copy_nest(f: Function, shape: Sequence[int], target: Cursor, source: Cursor) -> None:
    """Copies a block between places whose strides fit the shape."""

    def place(lanes: list[Lane]) -> None:
        lanes[0].store(f, lanes[1].load(f))

    nest(f, shape, [target, source], place)


def concatenate(node: Node, reads: Sequence[View], writes: Sequence[View]) -> PlainKernel:
    """The operands one after another along an axis."""
    axis, out = node.attrs["axis"], writes[0]

    def body(f: Function, operands: Sequence[Operand]) -> None:
        target, start = cursor(operands[0]), 0
        for operand in operands[1:]:
            offset = start * out.strides[axis] * itemsize(out.dtype)
            copy_nest(f, operand.form.shape, target.by(f, offset), cursor(operand))
            start += operand.form.shape[axis]

    return PlainKernel(node.op, axis, body, tuple(reads), tuple(writes))


def pad(node: Node, reads: Sequence[View], writes: Sequence[View]) -> PlainKernel:
    """The value everywhere, then the operand in its places."""
    low, interior = node.attrs["low"], node.attrs["interior"]
    x, out = reads[0], writes[0]

    def body(f: Function, operands: Sequence[Operand]) -> None:
        target, value = cursor(operands[0]), cursor(operands[2])
        copy_nest(f, out.shape, target, value.on([0] * len(out.shape)))
        first = sum(n * step for n, step in zip(low, out.strides, strict=True))
        steps = [(n + 1) * step for n, step in zip(interior, out.strides, strict=True)]
        inside = target.by(f, first * itemsize(out.dtype)).on(steps)
        if x.size:
            copy_nest(f, x.shape, inside, cursor(operands[1]))

    identity = (tuple(low), tuple(interior))
    return PlainKernel(node.op, identity, body, tuple(reads), tuple(writes))


def overlap_add(node: Node, reads: Sequence[View], writes: Sequence[View]) -> PlainKernel:
    """Zero everywhere, then every entry of every window added to its place."""
    attrs, g, out = node.attrs, reads[0], writes[0]
    target = out.windowed(attrs["axes"], attrs["sizes"], attrs["strides"], attrs["dilations"])

    def body(f: Function, operands: Sequence[Operand]) -> None:
        whole, source = cursor(operands[0]), cursor(operands[1])
        zero = f.const(element(out.dtype), 0)

        def clear(lanes: list[Lane]) -> None:
            lanes[0].store(f, f.splat(zero, lanes[0].lanes) if lanes[0].lanes else zero)

        def add(lanes: list[Lane]) -> None:
            lanes[0].store(f, RULES["add"](f, out.dtype, lanes[0].load(f), lanes[1].load(f)))

        nest(f, out.shape, [whole], clear)
        # One entry after another, so that two windows never meet in one vector: of the two axes
        # of a window either lies in the lanes, along which the places differ.
        if g.size:
            nest(f, g.shape, [whole.on(target.strides), source], add)

    identity = tuple(attrs[key] for key in ("axes", "sizes", "strides", "dilations"))
    return PlainKernel(node.op, identity, body, tuple(reads), tuple(writes))
