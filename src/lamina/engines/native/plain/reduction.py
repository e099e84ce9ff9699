"""Reductions, contractions and positions alone: each place of the result is a fold over further
axes, with the results in the lanes where the strides allow it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from lamina.engines.native.buffers import View
from lamina.engines.native.emit import Function, Value, element
from lamina.engines.native.emit.arith import RULES, Rule
from lamina.engines.native.plain.kernel import Operand, PlainKernel
from lamina.engines.native.plain.nest import Cursor, Lane, loops, nest
from lamina.graph import dtypes
from lamina.graph.node import Node


@dataclass(frozen=True)
class Fold:
    """What is folded: the value of nothing, a rule of two, how a term of the operands joins."""

    start: float | int
    rule: Rule
    dtype: str

    def first(self, f: Function, lanes: int) -> Value:
        """The value of nothing, in so many lanes."""
        return f.const(element(self.dtype).of(lanes), self.start)

    def join(self, f: Function, total: Value, xs: list[Value]) -> Value:
        """The total with one more term, the product of two operands or one alone."""
        if len(xs) == 2:
            return f.fma(xs[0], xs[1], total)
        return self.rule(f, self.dtype, total, xs[0])


_STARTS: dict[str, Callable[[str], float | int]] = {
    "add": lambda dtype: 0,
    "mul": lambda dtype: 1,
    "max": dtypes.lowest,
    "min": dtypes.highest,
    "logical_or": lambda dtype: 0,
    "logical_and": lambda dtype: 1,
}


def _fold(rule: str, dtype: str) -> Fold:
    return Fold(_STARTS[rule](dtype), RULES[rule], dtype)


@dataclass(frozen=True)
class Axes:
    """Sizes and strides of the kept and the folded axes; operand 0 is the result."""

    kept: tuple[int, ...]
    folded: tuple[int, ...]
    kept_strides: tuple[tuple[int, ...], ...]
    folded_strides: tuple[tuple[int, ...], ...]


def fold_body(axes: Axes, what: Fold) -> Callable[[Function, Sequence[Operand]], None]:
    """The body of a folding kernel; operand 0 is the result."""

    def body(f: Function, operands: Sequence[Operand]) -> None:
        cursors = [
            Cursor(operand.pointer, operand.form.dtype, strides)
            for operand, strides in zip(operands, axes.kept_strides, strict=True)
        ]

        def place(lanes: list[Lane]) -> None:
            width = lanes[0].lanes
            starts = [
                Cursor(x.pointer, x.dtype, strides)
                for x, strides in zip(lanes[1:], axes.folded_strides, strict=True)
            ]

            def term(at: list[Cursor], state: list[Value]) -> Sequence[Value]:
                values = [
                    Lane(c.pointer, c.dtype, lane.step, width).load(f)
                    for c, lane in zip(at, lanes[1:], strict=True)
                ]
                return [what.join(f, state[0], values)]

            total = loops(f, axes.folded, starts, [what.first(f, width)], term)[0]
            lanes[0].store(f, total)

        nest(f, axes.kept, cursors, place)

    return body


# ── the ops ──


def reduce(rule: str) -> Callable[[Node, Sequence[View], Sequence[View]], PlainKernel]:
    """The builder of reduce_sum and the like."""

    def build(node: Node, reads: Sequence[View], writes: Sequence[View]) -> PlainKernel:
        x, y, folded = reads[0], writes[0], node.attrs["axes"]
        kept = [i for i in range(len(x.shape)) if i not in folded]
        strides = [y.strides[i] for i in kept] if node.attrs["keepdims"] else list(y.strides)
        axes = Axes(
            tuple(x.shape[i] for i in kept),
            tuple(x.shape[i] for i in folded),
            (tuple(strides), tuple(x.strides[i] for i in kept)),
            (tuple(x.strides[i] for i in folded),),
        )
        identity = (tuple(folded), node.attrs["keepdims"])
        body = fold_body(axes, _fold(rule, x.dtype))
        return PlainKernel(node.op, identity, body, (x,), (y,))

    return build


def contract(node: Node, reads: Sequence[View], writes: Sequence[View]) -> PlainKernel:
    """The sum of products over the labels that the result lacks."""
    first, second, out = node.attrs["spec"]
    sizes = {**dict(zip(first, reads[0].shape, strict=True))}
    sizes |= dict(zip(second, reads[1].shape, strict=True))
    summed = [label for label in first if label not in out]

    def strides(labels: Sequence[int], view: View, wanted: Sequence[int]) -> tuple[int, ...]:
        known = dict(zip(labels, view.strides, strict=True))
        return tuple(known.get(label, 0) for label in wanted)

    operands = [(out, writes[0]), (first, reads[0]), (second, reads[1])]
    axes = Axes(
        tuple(sizes[label] for label in out),
        tuple(sizes[label] for label in summed),
        tuple(strides(labels, view, out) for labels, view in operands),
        tuple(strides(labels, view, summed) for labels, view in operands[1:]),
    )
    body = fold_body(axes, _fold("add", node.dtype))
    return PlainKernel("contract", node.attrs["spec"], body, tuple(reads), tuple(writes))


def position(how: str) -> Callable[[Node, Sequence[View], Sequence[View]], PlainKernel]:
    """The builder of argmax and argmin: the first place of the extreme, NaN before all."""

    def build(node: Node, reads: Sequence[View], writes: Sequence[View]) -> PlainKernel:
        x, y, folded = reads[0], writes[0], node.attrs["axes"]
        kept = [i for i in range(len(x.shape)) if i not in folded]
        sizes, steps = [x.shape[i] for i in folded], [x.strides[i] for i in folded]

        def body(f: Function, operands: Sequence[Operand]) -> None:
            def place(lanes: list[Lane]) -> None:
                lanes[0].store(f, _first_extreme(f, how, lanes[1], (sizes, steps)))

            out, source = operands
            cursors = [
                Cursor(out.pointer, y.dtype, out.form.strides),
                Cursor(source.pointer, x.dtype, tuple(x.strides[i] for i in kept)),
            ]
            nest(f, [x.shape[i] for i in kept], cursors, place)

        return PlainKernel(node.op, tuple(folded), body, (x,), (y,))

    return build


def _first_extreme(
    f: Function, how: str, first: Lane, axes: tuple[Sequence[int], Sequence[int]]
) -> Value:
    """Where the extreme of the folded axes (sizes and strides) is, in the lanes of `first`."""
    dtype, (sizes, steps) = first.dtype, axes
    signed = np.dtype(dtype).kind == "i"
    counted = element("int32").of(first.lanes)

    def term(at: list[Cursor], state: list[Value]) -> Sequence[Value]:
        best, place, now = state
        value = Lane(at[0].pointer, dtype, first.step, first.lanes).load(f)
        better = f.compare(how, value, best, signed)
        if dtypes.is_float(dtype):
            fresh_nan = f.and_(f.is_nan(value), f.not_(f.is_nan(best)))
            better = f.or_(better, fresh_nan)
        found = [f.select(better, value, best), f.select(better, now, place)]
        return [*found, f.add(now, f.const(counted, 1))]

    none = f.const(counted, 0)
    start = Cursor(first.pointer, dtype, tuple(steps))
    return loops(f, sizes, [start], [first.load(f), none, none], term)[1]
