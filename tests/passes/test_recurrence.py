"""Gradients of recurrences keep their values through all passes, on both engines."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest

from lamina.autodiff import gradient
from lamina.engines.base import Call, Cursor, Feed, compile_with
from lamina.engines.reference.evaluate import evaluate
from lamina.graph.node import Graph
from lamina.graph.program import Phase, Program, Slot, Step
from lamina.graph.trace import Trace
from lamina.ops import primitives as p
from lamina.passes.pipeline import optimize

# Sums over the steps are in another order; elementary functions of the engines differ by an ulp.
FLOATS = {"rtol": 1e-4, "atol": 2e-5}
PRODUCT = ((0, 1), (1, 2), (0, 2))


def _gates(z: Any, count: int, units: int) -> list[Any]:
    return [p.part(z, 1, i * units, (i + 1) * units) for i in range(count)]


def _lstm(x: Any, w: Any, u: Any, b: Any, reverse: bool = False, mask: Any = None) -> Any:
    batch, units = x.shape[1], u.shape[0]

    def step(state: Any, now: Any) -> Any:
        h, c = state
        z = p.add(p.add(p.contract(now[0], w, PRODUCT), p.contract(h, u, PRODUCT)), b)
        i, f, g, o = _gates(z, 4, units)
        new = p.add(p.mul(p.logistic(f), c), p.mul(p.logistic(i), p.tanh(g)))
        out = p.mul(p.logistic(o), p.tanh(new))
        if mask is not None:
            out, new = p.select(now[1], out, h), p.select(now[1], new, c)
        return [out, new], [out]

    zero = p.fill((batch, units), 0, x.dtype)
    xs = [x] if mask is None else [x, mask]
    (h, c), (ys,) = p.scan(step, [zero, zero], xs, x.shape[0], reverse)
    return h, c, ys


def _gru(x: Any, w: Any, u: Any, b: Any) -> Any:
    batch, units = x.shape[1], u.shape[0]

    def step(state: Any, now: Any) -> Any:
        (h,) = state
        a = _gates(p.add(p.contract(now[0], w, PRODUCT), b), 3, units)
        r = _gates(p.contract(h, u, PRODUCT), 3, units)
        z, reset = p.logistic(p.add(a[0], r[0])), p.logistic(p.add(a[1], r[1]))
        new = p.tanh(p.add(a[2], p.mul(reset, r[2])))
        return [p.add(p.mul(z, h), p.mul(p.sub(1.0, z), new))], []

    (h,), _ = p.scan(step, [p.fill((batch, units), 0, x.dtype)], [x], x.shape[0])
    return h


def _sum(x: Any) -> Any:
    return p.reduce_sum(p.mul(x, x), range(len(x.shape)))


def _lstm_last(x: Any, w: Any, u: Any, b: Any) -> Any:
    return gradient(_sum(_lstm(x, w, u, b)[0]), [x, w, u, b])


def _lstm_stacked(x: Any, w: Any, u: Any, b: Any) -> Any:
    """The sequence of one is the input of another with the same weights."""
    ys = _lstm(x, w, u, b)[2]
    last, carry, again = _lstm(ys, w, u, b, reverse=True)
    total = p.add(_sum(last), p.add(_sum(carry), _sum(again)))
    return [total, *gradient(total, [x, w, u, b])]


def _lstm_masked(x: Any, w: Any, u: Any, b: Any) -> Any:
    mask = p.gt(p.reduce_sum(x, [2], keepdims=True), 0.0)
    return gradient(_sum(_lstm(x, w, u, b, mask=mask)[0]), [x, w, u, b])


def _gru_last(x: Any, w: Any, u: Any, b: Any) -> Any:
    return gradient(_sum(_gru(x, w, u, b)), [x, w, u, b])


def _second_order(x: Any, w: Any, u: Any, b: Any) -> Any:
    first = gradient(_sum(_gru(x, w, u, b)), [u])[0]
    return gradient(_sum(first), [x, u])


def _two_cells(x: Any, w: Any, u: Any, b: Any) -> Any:
    """The gates of one cell follow from those of another in the same step."""
    units = u.shape[0]

    def cell(h: Any, given: Any) -> Any:
        gate, new = _gates(p.add(p.contract(given, u, PRODUCT), b), 2, units)
        return p.add(p.mul(p.logistic(gate), h), p.tanh(new))

    def step(state: Any, now: Any) -> tuple[list[Any], list[Any]]:
        low, high = state
        low = cell(p.add(low, p.reduce_sum(now[0], [1], keepdims=True)), low)
        return [low, cell(high, low)], []

    start = [p.fill((x.shape[1], units), value, x.dtype) for value in (0.5, 0.25)]
    (_, h), _ = p.scan(step, start, [x], x.shape[0])
    return [h, *gradient(_sum(h), [x, u, b])]


def _nested(x: Any, w: Any, u: Any, b: Any) -> Any:
    """A loop within a loop, which uses an entry, a carry and a weight of the outer one."""

    def outer(state: Any, now: Any) -> Any:
        def inner(h: Any, _: Any) -> Any:
            return [p.tanh(p.add(p.contract(h[0], u, PRODUCT), p.contract(now[0], w, PRODUCT)))], []

        (h,), _ = p.scan(inner, [state[0]], [], 3)
        return [h], [p.reduce_sum(h, [1])]

    start = p.fill((x.shape[1], u.shape[0]), 0.5, x.dtype)
    (h,), (ys,) = p.scan(outer, [start], [x], x.shape[0])
    return [h, *gradient(p.add(_sum(h), _sum(ys)), [x, w, u])]


# Steps, batch, features, units, gates; the features of a stacked one are its units.
CASES: dict[str, tuple[Callable[..., Any], tuple[int, int, int, int, int]]] = {
    "lstm, one feature": (_lstm_last, (5, 32, 1, 10, 4)),
    "lstm, odd sizes": (_lstm_last, (7, 3, 5, 17, 4)),
    "lstm, one row": (_lstm_last, (4, 1, 3, 9, 4)),
    "lstm, one unit": (_lstm_last, (4, 6, 3, 1, 4)),
    "lstm, whole vectors": (_lstm_last, (3, 16, 16, 32, 4)),
    "lstm, two steps": (_lstm_last, (2, 5, 3, 8, 4)),
    "lstm, one step": (_lstm_last, (1, 5, 3, 8, 4)),
    "lstm on lstm backwards": (_lstm_stacked, (6, 5, 9, 9, 4)),
    "lstm with a mask": (_lstm_masked, (6, 5, 4, 9, 4)),
    "gru": (_gru_last, (6, 5, 4, 9, 3)),
    "gru, whole vectors": (_gru_last, (6, 32, 4, 16, 3)),
    "second order": (_second_order, (4, 3, 2, 5, 3)),
    "two cells": (_two_cells, (4, 3, 5, 9, 2)),
    "a loop in a loop": (_nested, (4, 3, 2, 5, 1)),
}


def _arrays(sizes: tuple[int, ...], dtype: str) -> list[np.ndarray]:
    steps, batch, features, units, gates = sizes
    random = np.random.default_rng(7)
    shapes = [(steps, batch, features), (features, gates * units), (units, gates * units)]
    scaled = [random.standard_normal(shape) * 0.5 for shape in [*shapes, (gates * units,)]]
    return [x.astype(dtype) for x in scaled]


def _native(graph: Graph, arrays: Sequence[np.ndarray]) -> list[np.ndarray]:
    nodes = (*graph.inputs, *graph.outputs)
    slots = tuple(Slot(f"s{i}", n.shape, n.dtype) for i, n in enumerate(nodes))
    count = len(graph.inputs)
    step = Step(1, graph, tuple(range(count)), tuple(range(count, len(nodes))))
    executable = compile_with("native", Program.of(slots, {"train": Phase("train", (), step)}))
    for i, array in enumerate(arrays):
        executable.write(i, array)
    executable.run(Call("train", Feed((), 1), 1), Cursor(), 1, 1)
    return [executable.read(i) for i in range(count, len(nodes))]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", sorted(CASES))
def test_gradients_keep_their_values(name, dtype):
    function, sizes = CASES[name]
    arrays = _arrays(sizes, dtype)
    with Trace() as trace:
        args = [trace.argument(x.shape, dtype) for x in arrays]
        results = function(*args)
        nodes = [trace.lift(y).node for y in results]
    graph = Graph(tuple(arg.node for arg in args), tuple(nodes))
    want = evaluate(graph, arrays)
    after = optimize(graph, check=True)
    for found in (evaluate(after, arrays), _native(after, arrays)):
        for a, b in zip(want, found, strict=True):
            np.testing.assert_allclose(b, a, **FLOATS)
