"""Indexing: an index below zero counts from the end, and what is still outside is clamped."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from lamina.engines.native.buffers import View, itemsize
from lamina.engines.native.emit import I64, Function, Value
from lamina.engines.native.emit.arith import RULES
from lamina.engines.native.emit.types import is_signed
from lamina.engines.native.plain.elementwise import cursor
from lamina.engines.native.plain.kernel import Operand, PlainKernel
from lamina.engines.native.plain.moving import copy_nest
from lamina.engines.native.plain.nest import Cursor, Lane, load, nest
from lamina.graph.node import Node

Strides = Sequence[int]


def _clamped(f: Function, index: Value, low: int, high: int) -> Value:
    index = f.select(f.compare("lt", index, f.index(low)), f.index(low), index)
    return f.select(f.compare("gt", index, f.index(high)), f.index(high), index)


def _wide(f: Function, dtype: str, pointer: Value) -> Value:
    """An index as i64; one of uint64 too large for that as the largest."""
    index = load(f, dtype, pointer, 0)
    wide = f.resize(index, I64, is_signed(dtype))
    if dtype != "uint64":
        return wide
    return f.select(f.compare("lt", wide, f.index(0)), f.index(2**63 - 1), wide)


def _inside(f: Function, dtype: str, pointer: Value, size: int) -> Value:
    """The place that an index names on an axis of this size."""
    index = _wide(f, dtype, pointer)
    below = f.compare("lt", index, f.index(0))
    index = f.select(below, f.add(index, f.index(size)), index)
    return _clamped(f, index, 0, max(size - 1, 0))


def _each_index(
    f: Function,
    x: View,
    index: View,
    axis: int,
    cursors: tuple[Cursor, Cursor, Cursor],
    body: Callable[[Cursor, Cursor], None],
) -> None:
    """For all places before the axis and all indices: body(row of the indexed, row of the other).

    `cursors` point to the other tensor (result or updates), the indexed one, and the index.
    """
    other, indexed, places = cursors
    rank = len(index.shape)
    before = x.shape[:axis]
    outside = [
        other.on(other.strides[: axis + rank]),
        indexed.on((*x.strides[:axis], *[0] * rank)),
        places.on((*[0] * axis, *index.strides)),
    ]
    step = x.strides[axis] * itemsize(x.dtype)

    def place(lanes: list[Lane]) -> None:
        chosen = _inside(f, index.dtype, lanes[2].pointer, x.shape[axis])
        row = f.at(lanes[1].pointer, f.mul(chosen, f.index(step)))
        behind = other.strides[axis + rank :]
        body(
            Cursor(row, x.dtype, tuple(x.strides[axis + 1 :])),
            Cursor(lanes[0].pointer, other.dtype, tuple(behind)),
        )

    nest(f, (*before, *index.shape), outside, place, ordered=True)


def gather(node: Node, reads: Sequence[View], writes: Sequence[View]) -> PlainKernel:
    """Whole slices by an index tensor."""
    x, index, axis = reads[0], reads[1], node.attrs["axis"]

    def body(f: Function, operands: Sequence[Operand]) -> None:
        out, source, places = (cursor(operand) for operand in operands)

        def row(chosen: Cursor, target: Cursor) -> None:
            copy_nest(f, x.shape[axis + 1 :], target, chosen)

        _each_index(f, x, index, axis, (out, source, places), row)

    return PlainKernel(node.op, axis, body, tuple(reads), tuple(writes))


def _copy_unless_there(f: Function, shape: Sequence[int], target: Cursor, source: Cursor) -> None:
    """Copies, unless target and source are the same place."""
    elsewhere = f.compare("ne", target.pointer, source.pointer)
    f.when(elsewhere, lambda: copy_nest(f, shape, target, source))


def _add_nest(f: Function, shape: Sequence[int], target: Cursor, updates: Cursor) -> None:
    def place(lanes: list[Lane]) -> None:
        total = RULES["add"](f, target.dtype, lanes[0].load(f), lanes[1].load(f))
        lanes[0].store(f, total)

    nest(f, shape, [target, updates], place)


def scatter_add(node: Node, reads: Sequence[View], writes: Sequence[View]) -> PlainKernel:
    """A copy with slices added at an index tensor, in the order of the indices."""
    x, index, axis, out = reads[0], reads[1], node.attrs["axis"], writes[0]

    def body(f: Function, operands: Sequence[Operand]) -> None:
        target, source, places, updates = (cursor(operand) for operand in operands)
        _copy_unless_there(f, x.shape, target, source)

        def row(chosen: Cursor, update: Cursor) -> None:
            _add_nest(f, x.shape[axis + 1 :], chosen, update)

        if reads[2].size:
            _each_index(f, out, index, axis, (updates, target, places), row)

    pairs = frozenset({(0, 0)})
    return PlainKernel(node.op, axis, body, tuple(reads), tuple(writes), overwrites=pairs)


def _along(
    f: Function,
    index: Operand,
    axis: int,
    indexed: Operand,
    other: Operand,
    body: Callable[[Value, Value], None],
) -> None:
    """For each entry of the index: body(pointer into the indexed, pointer into the other)."""
    strides = [0 if i == axis else step for i, step in enumerate(indexed.form.strides)]
    step = indexed.form.strides[axis] * itemsize(indexed.form.dtype)
    cursors = [cursor(other), cursor(indexed).on(strides), cursor(index)]

    def place(lanes: list[Lane]) -> None:
        size = indexed.form.shape[axis]
        chosen = _inside(f, index.form.dtype, lanes[2].pointer, size)
        body(f.at(lanes[1].pointer, f.mul(chosen, f.index(step))), lanes[0].pointer)

    nest(f, index.form.shape, cursors, place, ordered=True)


def gather_along(node: Node, reads: Sequence[View], writes: Sequence[View]) -> PlainKernel:
    """One index an entry."""
    axis, dtype = node.attrs["axis"], node.dtype

    def body(f: Function, operands: Sequence[Operand]) -> None:
        out, x, index = operands

        def entry(chosen: Value, target: Value) -> None:
            Lane(target, dtype, 0, 0).store(f, Lane(chosen, dtype, 0, 0).load(f))

        _along(f, index, axis, x, out, entry)

    return PlainKernel(node.op, axis, body, tuple(reads), tuple(writes))


def scatter_along_add(node: Node, reads: Sequence[View], writes: Sequence[View]) -> PlainKernel:
    """A copy with one update an entry of the index added, in their order."""
    axis, dtype = node.attrs["axis"], node.dtype

    def body(f: Function, operands: Sequence[Operand]) -> None:
        out, x, index, updates = operands
        _copy_unless_there(f, x.form.shape, cursor(out), cursor(x))

        def entry(chosen: Value, update: Value) -> None:
            target = Lane(chosen, dtype, 0, 0)
            added = Lane(update, dtype, 0, 0).load(f)
            target.store(f, RULES["add"](f, dtype, target.load(f), added))

        if reads[2].size:
            _along(f, index, axis, out, updates, entry)

    pairs = frozenset({(0, 0)})
    return PlainKernel(node.op, axis, body, tuple(reads), tuple(writes), overwrites=pairs)


def _block(
    f: Function,
    whole: Cursor,
    shape: Sequence[int],
    sizes: Sequence[int],
    starts: Sequence[Operand],
) -> Cursor:
    """The block of these sizes from the starts, each clamped so that the block is inside."""
    for axis, start in enumerate(starts):
        index = _wide(f, start.form.dtype, start.pointer)
        whole = whole.moved(f, axis, _clamped(f, index, 0, shape[axis] - sizes[axis]))
    return whole


def dynamic_slice(node: Node, reads: Sequence[View], writes: Sequence[View]) -> PlainKernel:
    """A block from starts that are values."""
    sizes, shape = node.attrs["sizes"], reads[0].shape

    def body(f: Function, operands: Sequence[Operand]) -> None:
        out, x, *starts = operands
        copy_nest(f, sizes, cursor(out), _block(f, cursor(x), shape, sizes, starts))

    return PlainKernel(node.op, (), body, tuple(reads), tuple(writes))


def dynamic_update_slice(node: Node, reads: Sequence[View], writes: Sequence[View]) -> PlainKernel:
    """A copy with a block replaced."""
    shape, sizes = reads[0].shape, reads[1].shape

    def body(f: Function, operands: Sequence[Operand]) -> None:
        out, x, update, *starts = operands
        _copy_unless_there(f, shape, cursor(out), cursor(x))
        if reads[1].size:
            place = _block(f, cursor(out), shape, sizes, starts)
            copy_nest(f, sizes, place, cursor(update))

    pairs = frozenset({(0, 0)})
    return PlainKernel(node.op, (), body, tuple(reads), tuple(writes), overwrites=pairs)
