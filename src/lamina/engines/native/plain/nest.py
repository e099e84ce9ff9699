"""Loop nests over operands with strides.

`nest` walks a shape whose operands each have a stride an axis. Axes that lie alike in all operands
become one; the innermost runs in vectors where every operand is contiguous or constant along it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from lamina.engines.native import target as machine
from lamina.engines.native.buffers import itemsize
from lamina.engines.native.emit import Function, Type, Value, element
from lamina.engines.native.emit.arith import widen


@dataclass(frozen=True)
class Cursor:
    """A pointer to an element, the dtype there, and the stride along each axis of a nest."""

    pointer: Value
    dtype: str
    strides: tuple[int, ...]

    def moved(self, f: Function, axis: int, index: Value) -> Cursor:
        """The pointer at this index along an axis."""
        step = self.strides[axis] * itemsize(self.dtype)
        return self.by(f, f.mul(index, f.index(step))) if step else self

    def by(self, f: Function, offset: Value | int) -> Cursor:
        """The pointer so many bytes further."""
        return Cursor(f.at(self.pointer, offset), self.dtype, self.strides)

    def on(self, strides: Sequence[int]) -> Cursor:
        """The same element, for a nest over other axes."""
        return Cursor(self.pointer, self.dtype, tuple(strides))


@dataclass(frozen=True)
class Lane:
    """What a nest's body is given of an operand: its element, or a vector from there."""

    pointer: Value
    dtype: str
    step: int
    lanes: int

    def load(self, f: Function) -> Value:
        """The element, or as many as there are lanes (the same in all of them for step 0)."""
        if not self.lanes or self.step:
            return load(f, self.dtype, self.pointer, self.lanes)
        return f.splat(load(f, self.dtype, self.pointer, 0), self.lanes)

    def store(self, f: Function, value: Value) -> None:
        """Stores what `load` would give."""
        store(f, value, self.dtype, self.pointer)


Body = Callable[[list[Lane]], None]


def load(
    f: Function, dtype: str, pointer: Value, lanes: int, align: int = 0, beyond: int = 0
) -> Value:
    """One element, or so many that follow each other, the last `beyond` of which are not there and
    come as zero; a bool as bits.
    """
    size = align or itemsize(dtype)
    kind = Type("i", 8, lanes) if dtype == "bool" else element(dtype).of(lanes)
    if beyond:
        found = f.load_masked(kind, pointer, size, [1] * (lanes - beyond) + [0] * beyond)
    else:
        found = f.load(kind, pointer, size)
    return f.compare("ne", found, f.const(kind, 0)) if dtype == "bool" else found


def store(f: Function, value: Value, dtype: str, pointer: Value) -> None:
    """The reverse of `load`."""
    f.store(widen(f, value), pointer, itemsize(dtype))


def lanes_for(dtypes: Sequence[str]) -> int:
    """Elements in a vector of the widest of these dtypes."""
    return machine.host().lanes(8 * max(itemsize(dtype) for dtype in dtypes))


def nest(
    f: Function, shape: Sequence[int], cursors: Sequence[Cursor], body: Body, ordered: bool = False
) -> None:
    """Runs body at every place of the shape; `ordered` keeps row-major order, one at a time."""
    axes = list(range(len(shape)))
    if not ordered:
        # Along the first operand memory is walked forwards; a stable sort keeps row-major order.
        axes.sort(key=lambda axis: -abs(cursors[0].strides[axis]))
    sizes = [shape[axis] for axis in axes]
    at = [cursor.on([cursor.strides[axis] for axis in axes]) for cursor in cursors]
    sizes, at = _merged(sizes, at)
    width = 0
    if not ordered and sizes and all(c.strides[-1] in (0, 1) for c in at) and at[0].strides[-1]:
        width = lanes_for([cursor.dtype for cursor in cursors])
    _walk(f, sizes, at, 0, width, body)


def _merged(sizes: Sequence[int], cursors: Sequence[Cursor]) -> tuple[list[int], list[Cursor]]:
    """The nest with axes of size 1 dropped and axes that lie alike in all operands joined."""
    groups: list[tuple[int, tuple[int, ...]]] = []
    for axis, size in enumerate(sizes):
        steps = tuple(cursor.strides[axis] for cursor in cursors)
        if size == 1:
            continue
        if groups and all(
            outer == size * inner for outer, inner in zip(groups[-1][1], steps, strict=True)
        ):
            groups[-1] = (groups[-1][0] * size, steps)
        else:
            groups.append((size, steps))
    columns = [[steps[i] for _, steps in groups] for i in range(len(cursors))]
    found = [cursor.on(column) for cursor, column in zip(cursors, columns, strict=True)]
    return [size for size, _ in groups], found


def _walk(
    f: Function, sizes: list[int], cursors: list[Cursor], axis: int, width: int, body: Body
) -> None:
    if axis == len(sizes):
        body([Lane(c.pointer, c.dtype, 0, 0) for c in cursors])
    elif axis == len(sizes) - 1 and width > 1:
        _innermost(f, sizes[axis], cursors, width, body)
    else:

        def turn(i: Value, _: list[Value]) -> list[Value]:
            _walk(f, sizes, [c.moved(f, axis, i) for c in cursors], axis + 1, width, body)
            return []

        f.loop(f.index(0), f.index(sizes[axis]), 1, [], turn)


def _innermost(f: Function, size: int, cursors: list[Cursor], width: int, body: Body) -> None:
    """Whole vectors, then the rest one by one."""
    last = len(cursors[0].strides) - 1
    whole = size // width * width
    for start, stop, lanes in ((0, whole, width), (whole, size, 0)):

        def turn(i: Value, _: list[Value], lanes: int = lanes) -> list[Value]:
            moved = [c.moved(f, last, i) for c in cursors]
            body([Lane(c.pointer, c.dtype, c.strides[last], lanes) for c in moved])
            return []

        if start < stop:
            f.loop(f.index(start), f.index(stop), lanes or 1, [], turn)


def loops(
    f: Function,
    sizes: Sequence[int],
    cursors: Sequence[Cursor],
    carried: Sequence[Value],
    body: Callable[[list[Cursor], list[Value]], Sequence[Value]],
) -> list[Value]:
    """Nested loops in row-major order that carry values."""
    if not sizes:
        return list(body(list(cursors), list(carried)))

    def turn(i: Value, state: list[Value]) -> Sequence[Value]:
        inner = [c.moved(f, 0, i).on(c.strides[1:]) for c in cursors]
        return loops(f, sizes[1:], inner, state, body)

    return f.loop(f.index(0), f.index(sizes[0]), 1, carried, turn)
