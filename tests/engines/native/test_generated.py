"""Generated graphs: the native engine against the reference, before and after the passes.

A graph is grown from a list of numbers, each of which picks an op and the values it works on, so
that values are used many times and failing graphs shrink to a few ops. Floats are kept between -4
and 4 by tanh where they grow; choices depend on integers only, which agree exactly.

The same graphs each time; `make fuzz` takes others, 1,250 for each of the two tests.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from twin import ENGINES, run_graph, values

import lamina.ops.primitives as p
from lamina.engines.base import Call, Cursor, Feed, compile_with
from lamina.graph.node import Graph, Rows
from lamina.graph.program import Leaf, Phase, Program, Slot, Step
from lamina.graph.trace import Trace
from lamina.ops.dispatch import shape_of
from lamina.passes.pipeline import optimize

Numbers = st.lists(st.integers(0, 10_000), min_size=3, max_size=120)
FUZZ = settings.get_current_profile_name() == "fuzz"
SETTINGS = settings(
    max_examples=settings.default.max_examples if FUZZ else 120, derandomize=not FUZZ,
    deadline=None, suppress_health_check=list(HealthCheck),
)  # fmt: skip
LIMIT = 20_000  # elements


class Garden:
    """Grows values of one trace."""

    def __init__(self, floats: list[Any], integers: list[Any], numbers: list[int]) -> None:
        self.floats, self.integers = floats, integers
        self.numbers = list(numbers)
        self.ops = sorted(n for n in dir(self) if n.startswith("op_"))

    def number(self, below: int) -> int:
        return self.numbers.pop() % below if self.numbers else 0

    def pick(self, among: list[Any]) -> Any:
        """Late values are the likelier: chains grow deep."""
        back = min(self.number(7), self.number(11))
        return among[-1 - back % len(among)]

    def grow(self) -> None:
        while self.numbers:
            getattr(self, self.ops[self.number(len(self.ops))])()

    def keep(self, value: Any) -> None:
        shape = shape_of(value)
        if int(np.prod(shape)) > LIMIT or len(shape) > 5:
            return
        (self.integers if value.dtype == "int32" else self.floats).append(value)

    def mate(self, x: Any, among: list[Any]) -> Any:
        """A value that broadcasts with x: the picked one, or its sum to a scalar."""
        y = self.pick(among)
        try:
            np.broadcast_shapes(shape_of(x), shape_of(y))
        except ValueError:
            return p.reduce_max(y, range(len(shape_of(y))))
        return y

    # ── ops ──

    def op_unary(self) -> None:
        x = self.pick(self.floats)
        rules = [p.tanh, p.abs_, p.neg, p.logistic, p.sin, p.erf, lambda v: p.exp(p.tanh(v))]
        self.keep(rules[self.number(len(rules))](x))

    def op_binary(self) -> None:
        x = self.pick(self.floats)
        y = self.mate(x, self.floats)
        rules = [
            lambda: p.tanh(p.add(x, y)), lambda: p.sub(x, p.tanh(y)), lambda: p.mul(x, p.tanh(y)),
            lambda: p.div(x, p.add(p.abs_(y), 1.0)), lambda: p.max_(x, y), lambda: p.min_(y, x),
            lambda: p.add(p.mul(p.tanh(x), y), x),
        ]  # fmt: skip
        self.keep(rules[self.number(len(rules))]())

    def op_integer(self) -> None:
        x = self.pick(self.integers)
        y = self.mate(x, self.integers)
        rules = [
            lambda: p.add(x, y), lambda: p.bit_xor(x, y), lambda: p.mod(x, 7),
            lambda: p.floordiv(x, y), lambda: p.shift_right(x, p.bit_and(y, 3)),
            lambda: p.max_(x, y),
        ]  # fmt: skip
        self.keep(rules[self.number(len(rules))]())

    def op_select(self) -> None:
        x = self.pick(self.floats)
        chosen = p.lt(p.mod(self.mate(x, self.integers), 5), 2)
        try:
            self.keep(p.select(chosen, x, self.mate(x, self.floats)))
        except ValueError:
            self.keep(p.select(p.reduce_any(chosen, range(len(shape_of(chosen)))), x, p.neg(x)))

    def op_cast(self) -> None:
        self.keep(p.div(p.cast(p.mod(self.pick(self.integers), 9), "float32"), 4.0))

    def op_reduce(self) -> None:
        x = self.pick(self.floats)
        rank = len(shape_of(x))
        axes = [i for i in range(rank) if self.number(2)]
        rules = [p.reduce_sum, p.reduce_max, p.reduce_min]
        keep = bool(self.number(2))
        if axes:
            rule = rules[self.number(3)]
            self.keep(p.tanh(rule(p.mul(x, 0.25), axes, keepdims=keep)))

    def op_contract(self) -> None:
        x = self.pick(self.floats)
        shape = shape_of(x)
        if not shape:
            return
        axis = self.number(len(shape))
        mates = [y for y in self.floats if shape[axis] in shape_of(y)]
        y = mates[self.number(len(mates))]
        where = shape_of(y).index(shape[axis])
        first = tuple(range(len(shape)))
        second = tuple(axis if i == where else 10 + i for i in range(len(shape_of(y))))
        out = tuple(i for i in first if i != axis) + tuple(i for i in second if i != axis)
        out = out[::-1] if self.number(2) else out
        if len(out) <= 4:
            self.keep(p.tanh(p.mul(p.contract(x, y, (first, second, out)), 0.25)))

    def op_move(self) -> None:
        x = self.pick(self.integers if self.number(4) == 0 else self.floats)
        shape = shape_of(x)
        rank = len(shape)
        turn = [(i + self.number(3)) % rank for i in range(rank)] if rank else []
        perm = turn if sorted(turn) == list(range(rank)) else list(range(rank))[::-1]
        starts = [self.number(max(n, 1)) // 2 for n in shape]
        rules = [
            lambda: p.transpose(x, perm),
            lambda: p.flip(x, [i for i in range(rank) if self.number(2)]),
            lambda: p.reshape(x, (int(np.prod(shape)), 1)),
            lambda: p.reshape(x, (1, *shape[::-1])),
            lambda: p.slice_(x, starts, shape, [1 + self.number(2) for _ in shape]),
            lambda: p.broadcast_to(x, (2, *shape)),
            lambda: p.concatenate([x, x], rank - 1) if rank else x,
            lambda: p.pad(x, 1, [self.number(2)] * rank, [self.number(3)] * rank),
        ]
        self.keep(rules[self.number(len(rules))]())

    def op_windows(self) -> None:
        """Pools of windows along up to two axes: extremes, sums, of integers winners too."""
        x = self.pick(self.integers if self.number(3) == 0 else self.floats)
        shape = shape_of(x)
        axes = [i for i in range(len(shape)) if shape[i] > 1 and self.number(2)][:2]
        if not axes or 0 in shape:
            return
        sizes = [1 + self.number(min(shape[a], 3)) for a in axes]
        steps = [1 + self.number(3) for _ in axes]
        gaps = [1 + self.number(2) if 2 * k <= shape[a] else 1
                for a, k in zip(axes, sizes, strict=True)]  # fmt: skip
        seen = p.windows(x, axes, sizes, steps, gaps)
        within = [a + i + 1 for i, a in enumerate(axes)]
        most = p.reduce_max(seen, within, keepdims=True)

        def added(y: Any) -> Any:
            y = p.mul(p.cast(y, "float32"), 0.125)
            return p.tanh(p.overlap_add(y, axes, [shape[a] for a in axes], steps, gaps))

        rules = [lambda: seen, lambda: most, lambda: added(seen)]
        if x.dtype == "int32":
            rules += [lambda: p.argmax(seen, within),
                      lambda: added(p.select(p.eq(seen, most), p.mod(seen, 9), 0))]  # fmt: skip
        else:
            rules += [lambda: p.mul(p.reduce_sum(seen, within), 0.125)]
        self.keep(rules[self.number(len(rules))]())

    def op_convolution(self) -> None:
        """A convolution along one axis that mixes another, or its adjoint."""
        x = self.pick(self.floats)
        shape = shape_of(x)
        if len(shape) < 2 or 0 in shape:
            return
        axis, channel = self.number(len(shape)), self.number(len(shape))
        size, units = 1 + self.number(3), 1 + self.number(4)
        step, gap = 1 + self.number(3), 1 + self.number(2)
        extent = (size - 1) * gap + 1
        if axis == channel or size == 1:
            return
        count = size * shape[channel] * units
        places = p.cast(p.iota((count,), 0), "float32")
        w = p.reshape(p.sin(places), (size, shape[channel], units))
        k, f, labels = 10, 11, tuple(range(len(shape)))
        kernel, kept = (k, channel, f), tuple(a for a in labels if a != channel)
        if self.number(2):
            at = kept.index(axis) + 1
            grown = p.contract(x, w, (labels, kernel, (*kept[:at], k, *kept[at:], f)))
            length = (shape[axis] - 1) * step + extent + self.number(step)
            y = p.overlap_add(grown, (at - 1,), (length,), (step,), (gap,))
        elif shape[axis] >= extent:
            seen = p.windows(x, (axis,), (size,), (step,), (gap,))
            many = (*labels[: axis + 1], k, *labels[axis + 1 :])
            y = p.contract(seen, w, (many, kernel, (*kept, f)))
        else:
            return
        self.keep(p.tanh(p.mul(y, 0.25)))

    def op_along(self) -> None:
        x = self.pick(self.floats)
        rank = len(shape_of(x))
        if not rank:
            return
        axis = self.number(rank)
        index = self.pick(self.integers)
        rules = [
            lambda: p.mul(p.cumsum(p.tanh(x), axis), 0.125),
            lambda: p.gather(x, index, axis),
            lambda: p.tanh(p.scatter_add(x, p.iota((1,), 0), p.slice_(
                x, [0] * rank, [1 if i == axis else n for i, n in enumerate(shape_of(x))]), axis)),
            lambda: p.sort(x, axis),
        ]  # fmt: skip
        if 0 not in shape_of(x):
            self.keep(rules[self.number(len(rules))]())


def _grown(
    numbers: list[int], sizes: tuple[int, int, int], dynamic: bool
) -> tuple[Trace, list[Any], Garden]:
    a, b, c = sizes
    with Trace(dynamic=dynamic) as t:
        inputs = [
            t.argument((a, b), "float32", Rows(0)), t.argument((a,), "int32", Rows(0)),
            t.argument((b, c), "float32"), t.argument((c,), "float32"), t.argument((b,), "int32"),
        ]  # fmt: skip
        x, i, w, v, j = inputs
        garden = Garden([v, w, x], [j, i], numbers)
        garden.grow()
    return t, inputs, garden


def _arrays(sizes: tuple[int, int, int]) -> list[np.ndarray]:
    a, b, c = sizes
    return [
        values((a, b), "float32"), values((a,), "int32"), values((b, c), "float32", 1),
        values((c,), "float32", 2), values((b,), "int32", 3),
    ]  # fmt: skip


def _agree(want: np.ndarray, got: np.ndarray) -> None:
    if want.dtype.kind != "f":
        np.testing.assert_array_equal(got, want)
    elif want.size:
        # A few units in the last place an op, through chains of some ten.
        np.testing.assert_allclose(got, want, rtol=2e-4, atol=1e-4)


SIZES = st.tuples(
    st.sampled_from([1, 3, 8, 17, 33]), st.sampled_from([1, 5, 16, 31]),
    st.sampled_from([1, 2, 7, 17, 65]),
)  # fmt: skip
# Rows of a batch, of the data, and the widths of the weights.
BATCHES = st.tuples(
    st.sampled_from([1, 4, 7, 17]), st.sampled_from([1, 11, 40]), st.sampled_from([1, 5, 17]),
    st.sampled_from([3, 16, 33]),
)  # fmt: skip


@SETTINGS
@given(numbers=Numbers, sizes=SIZES, optimized=st.booleans())
def test_generated_graphs_agree(
    numbers: list[int], sizes: tuple[int, int, int], optimized: bool
) -> None:
    t, inputs, garden = _grown(numbers, sizes, dynamic=False)
    outputs = [t.lift(v).node for v in (*garden.floats[3:], *garden.integers[2:])][-12:]
    graph = Graph(tuple(x.node for x in inputs), tuple(outputs))
    if optimized:
        graph = optimize(graph, check=True)
    want, got = (run_graph(engine, graph, _arrays(sizes)) for engine in ENGINES)
    for a, b in zip(want, got, strict=True):
        _agree(a, b)


@SETTINGS
@given(numbers=Numbers, batches=BATCHES, optimized=st.booleans(), shuffled=st.booleans())
def test_generated_programs_agree_on_partial_batches(
    numbers: list[int], batches: tuple[int, int, int, int], optimized: bool, shuffled: bool
) -> None:
    """Each value is summed over the batch into a slot; absent rows must not count."""
    batch, rows, width, units = batches
    sizes = batch, width, units
    t, inputs, garden = _grown(numbers, sizes, dynamic=True)
    grown = (garden.floats[3:] or garden.floats)[-8:]
    with t:
        totals = [t.argument((), "float32") for _ in grown]
        sums = [p.reduce_sum(v, range(len(shape_of(v)))) for v in grown]
        outputs = [p.add(total, v) for total, v in zip(totals, sums, strict=True)]
    assume(not t.exact)
    x, i, *weights = (v.node for v in inputs)
    graph = Graph(
        (*(v.node for v in totals), *weights, x, i, t.valid.node),
        tuple(t.lift(v).node for v in outputs),
    )
    if optimized:
        graph = optimize(graph, check=True)
    zero = np.zeros((), "float32")
    slots = [Slot(f"t{n}", (), "float32", zero) for n in range(len(totals))]
    slots += [Slot(f"w{n}", w.shape, w.dtype) for n, w in enumerate(weights)]
    step = Step(batch, graph, tuple(range(len(slots))), tuple(range(len(totals))), partial=True)
    leaves = (Leaf((width,), "float32"), Leaf((), "int32"))
    program = Program.of(tuple(slots), {"train": Phase("train", leaves, step)})
    arrays = values((rows, width), "float32", 9), values((rows,), "int32", 8)
    tables = []
    for engine in ENGINES:
        executable = compile_with(engine, program)
        for n, array in enumerate(_arrays(sizes)[2:]):
            executable.write(len(totals) + n, array)
        table = [np.zeros((2, 2), "float32") for _ in totals]
        call = Call(
            "train", Feed(arrays, rows), -(-rows // batch), 5 if shuffled else None, table=table
        )
        assert executable.run(call, Cursor(), 1000, 2).epoch == 2
        tables.append(table)
    for a, b in zip(*tables, strict=True):
        _agree(a, b)
