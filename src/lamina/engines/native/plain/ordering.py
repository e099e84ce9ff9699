"""Ops that run along one axis in order: cumulation and sorting."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from lamina.engines.native.buffers import View, itemsize
from lamina.engines.native.emit import I64, Function, Value, element
from lamina.engines.native.emit.arith import RULES
from lamina.engines.native.emit.types import is_signed
from lamina.engines.native.plain.kernel import Operand, PlainKernel, temporary
from lamina.engines.native.plain.nest import Cursor, Lane, load, nest, store
from lamina.graph import dtypes
from lamina.graph.node import Node

Build = Callable[[Node, Sequence[View], Sequence[View]], PlainKernel]


def _without(strides: Sequence[int], axis: int) -> tuple[int, ...]:
    return tuple(step for i, step in enumerate(strides) if i != axis)


def cumulate(rule: str, start: int) -> Build:
    """The builder of cumsum and cumprod: y_i = x_0 op ... op x_i."""

    def build(node: Node, reads: Sequence[View], writes: Sequence[View]) -> PlainKernel:
        axis, dtype, shape = node.attrs["axis"], node.dtype, node.shape

        def body(f: Function, operands: Sequence[Operand]) -> None:
            def line(lanes: list[Lane]) -> None:
                ends = [
                    Cursor(lane.pointer, dtype, (operand.form.strides[axis],))
                    for lane, operand in zip(lanes, operands, strict=True)
                ]

                def turn(i: Value, state: list[Value]) -> list[Value]:
                    out, x = (
                        Lane(end.moved(f, 0, i).pointer, dtype, lane.step, lane.lanes)
                        for end, lane in zip(ends, lanes, strict=True)
                    )
                    total = RULES[rule](f, dtype, state[0], x.load(f))
                    out.store(f, total)
                    return [total]

                first = f.const(element(dtype).of(lanes[0].lanes), start)
                f.loop(f.index(0), f.index(shape[axis]), 1, [first], turn)

            cursors = [Cursor(o.pointer, dtype, _without(o.form.strides, axis)) for o in operands]
            nest(f, _without(shape, axis), cursors, line)

        pairs = frozenset({(0, 0)})
        return PlainKernel(node.op, axis, body, tuple(reads), tuple(writes), overwrites=pairs)

    return build


# ── sorting: merges of runs of doubled length, between two scratch lines ──


def sort(places: bool) -> Build:
    """The builder of sort (`places` false) and argsort: ascending, NaN last, stable."""

    def build(node: Node, reads: Sequence[View], writes: Sequence[View]) -> PlainKernel:
        axis, x = node.attrs["axis"], reads[0]
        size = x.shape[axis]

        def body(f: Function, operands: Sequence[Operand]) -> None:
            out, source, *scratch = operands
            cursors = [
                Cursor(o.pointer, o.form.dtype, _without(o.form.strides, axis))
                for o in (out, source)
            ]

            def line(lanes: list[Lane]) -> None:
                ends = [
                    Cursor(lane.pointer, o.form.dtype, (o.form.strides[axis],))
                    for lane, o in zip(lanes, (out, source), strict=True)
                ]
                _sort_line(f, ends[1], ends[0], [s.pointer for s in scratch], size, places)

            nest(f, _without(x.shape, axis), cursors, line, ordered=True)

        kinds = [x.dtype, x.dtype, "int32", "int32"] if places else [x.dtype, x.dtype]
        scratch = tuple(temporary(kind, size) for kind in kinds)
        return PlainKernel(node.op, axis, body, tuple(reads), tuple(writes), scratch)

    return build


def _sort_line(
    f: Function, source: Cursor, target: Cursor, scratch: list[Value], size: int, places: bool
) -> None:
    """Loads a line, merges it back and forth between the scratch lines, stores the outcome."""
    dtype, number = source.dtype, element("int32")
    here, there = scratch[0::2], scratch[1::2]
    kinds = [dtype, "int32"] if places else [dtype]

    def fill(i: Value, _: list[Value]) -> list[Value]:
        entries = [load(f, dtype, source.moved(f, 0, i).pointer, 0)]
        if places:
            entries.append(f.cast("trunc", i, number))
        _put(f, here, kinds, i, entries)
        return []

    f.loop(f.index(0), f.index(size), 1, [], fill)

    def longer(state: list[Value]) -> Value:
        return f.compare("lt", state[0], f.index(size))

    def turn(state: list[Value]) -> list[Value]:
        width, now, then = state[0], state[1 : 1 + len(kinds)], state[1 + len(kinds) :]
        _merge_runs(f, kinds, now, then, width, size)
        return [f.add(width, width), *then, *now]

    done = f.repeat([f.index(1), *here, *there], longer, turn)[1 : 1 + len(kinds)]

    def drain(i: Value, _: list[Value]) -> list[Value]:
        entry = _get(f, done, kinds, i)[-1]
        store(f, entry, target.dtype, target.moved(f, 0, i).pointer)
        return []

    f.loop(f.index(0), f.index(size), 1, [], drain)


def _merge_runs(
    f: Function, kinds: list[str], source: list[Value], target: list[Value], width: Value, size: int
) -> None:
    """Merges each pair of neighbouring runs of `width` entries."""

    def pair(state: list[Value]) -> list[Value]:
        left = state[0]
        middle = _least(f, f.add(left, width), f.index(size))
        end = _least(f, f.add(middle, width), f.index(size))
        _merge(f, kinds, source, target, (left, middle, end))
        return [end]

    f.repeat([f.index(0)], lambda state: f.compare("lt", state[0], f.index(size)), pair)


def _merge(
    f: Function,
    kinds: list[str],
    source: list[Value],
    target: list[Value],
    bounds: tuple[Value, Value, Value],
) -> None:
    """One pair of runs; of equal entries the left one goes first."""
    left, middle, end = bounds

    def turn(k: Value, state: list[Value]) -> list[Value]:
        i, j = state

        def compare() -> list[Value]:
            a, b = _get(f, source, kinds, i)[0], _get(f, source, kinds, j)[0]
            return [f.not_(_before(f, kinds[0], b, a))]

        one, zero = f.const(element("bool"), 1), f.const(element("bool"), 0)
        right_left = f.compare("lt", j, end)
        take = f.choose(
            f.and_(f.compare("lt", i, middle), right_left),
            compare,
            lambda: [f.select(right_left, zero, one)],
        )[0]
        _put(f, target, kinds, k, _get(f, source, kinds, f.select(take, i, j)))
        step = f.cast("zext", take, I64)
        return [f.add(i, step), f.add(j, f.sub(f.index(1), step))]

    f.loop(left, end, 1, [left, middle], turn)


def _before(f: Function, dtype: str, a: Value, b: Value) -> Value:
    """Whether a stands strictly before b; NaN is behind everything else."""
    less = f.compare("lt", a, b, is_signed(dtype))
    if not dtypes.is_float(dtype):
        return less
    return f.or_(less, f.and_(f.is_nan(b), f.not_(f.is_nan(a))))


def _least(f: Function, a: Value, b: Value) -> Value:
    return f.select(f.compare("lt", a, b), a, b)


def _get(f: Function, lines: list[Value], kinds: list[str], i: Value) -> list[Value]:
    """Entry i of each line."""
    return [
        load(f, kind, f.at(line, f.mul(i, f.index(itemsize(kind)))), 0)
        for line, kind in zip(lines, kinds, strict=True)
    ]


def _put(f: Function, lines: list[Value], kinds: list[str], i: Value, entries: list[Value]) -> None:
    for line, kind, entry in zip(lines, kinds, entries, strict=True):
        store(f, entry, kind, f.at(line, f.mul(i, f.index(itemsize(kind)))))
