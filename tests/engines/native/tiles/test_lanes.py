"""Lanes, tiles and layouts: what the cost model chooses, and that any choice is right."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from twin import both, traced, values

import lamina.ops.primitives as p
from lamina.engines.native import target
from lamina.engines.native.target import Target
from lamina.engines.native.tiles import lanes, plan
from lamina.engines.native.tiles.lanes import Layouts
from lamina.engines.native.tiles.plan import GraphPlan

MATMUL = ((0, 1), (1, 2), (0, 2))


def _plan(function: Any, shapes: list[tuple[int, ...]]) -> GraphPlan:
    graph = traced(function, [np.zeros(shape, "float32") for shape in shapes])
    return GraphPlan(graph, {}, Layouts())


@pytest.mark.parametrize(
    ("shapes", "elane"),
    [
        ([(8, 32), (32, 64)], 1),
        ([(64, 32), (32, 2)], 0),  # a narrow result: the rows lie in the lanes
        ([(64, 3), (3, 64)], 1),
    ],
)
def test_the_long_axis_of_a_product_lies_in_the_lanes(
    shapes: list[tuple[int, ...]], elane: int
) -> None:
    found = _plan(lambda x, w: p.contract(x, w, MATMUL), shapes)
    (draft,) = found.drafts
    assert found.lanes(draft).elane == elane


def test_a_tile_covers_what_its_rows_need() -> None:
    found = _plan(lambda x: p.div(x, p.reduce_sum(x, [1], keepdims=True)), [(50, 5)])
    (draft,) = found.drafts
    assert draft.covered == {1}
    assert found.lanes(draft).tile[1] >= 5


def test_a_value_that_two_kernels_want_otherwise_lies_twice(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A weight used plain and transposed, each time as what varies along the lanes: on a machine
    of 64-byte vectors; with narrower ones sums across the lanes cost less than a second copy.
    """
    wide = replace(target.host(), vector_bytes=64)
    monkeypatch.setattr(target, "host", lambda: wide)

    def function(x: Any, w: Any) -> Any:
        forward = p.contract(x, w, MATMUL)
        return p.contract(p.tanh(forward), w, ((0, 1), (2, 1), (0, 2)))

    found = _plan(function, [(8, 64), (64, 64)])
    weights = found.fusion.graph.inputs[1]
    assert sorted(found.layouts.of(weights)) == [0, 1]


@pytest.mark.parametrize("columns", range(3, 9))
def test_a_tile_of_any_number_of_vectors_has_its_cost(columns: int) -> None:
    """A covered axis may be wider than the table of waits."""
    far, fewer = (lanes._sum_cycles(1 << 12, (1, n), 16, 1) for n in (columns, columns - 1))
    assert far > fewer


# ── any choice is right ──


def _everything(x: Any, w: Any, b: Any, y: Any) -> Any:
    """A product, rows, totals, a sum over the batch, a transposed use and stored booleans."""
    h = p.add(p.contract(x, w, MATMUL), b)
    positive = p.gt(h, 0.0)
    h = p.select(positive, h, 0.0)
    top = p.reduce_max(h, [1], keepdims=True)
    rows = p.div(p.exp(p.sub(h, top)), p.reduce_sum(p.exp(p.sub(h, top)), [1], keepdims=True))
    back = p.select(positive, p.contract(rows, y, ((0, 1), (2, 1), (0, 2))), 0.0)
    weights = p.sub(w, p.contract(x, back, ((0, 1), (0, 2), (1, 2))))
    return [
        rows, back, weights, p.reduce_sum(back, [0]), p.reduce_sum(p.mul(rows, rows), [0, 1]),
        p.add(p.transpose(back, (1, 0)), 1.0), positive, p.reduce_any(positive, [0]),
    ]  # fmt: skip


SIZES = [(3, 5, 7), (17, 4, 16), (10, 33, 19), (40, 1, 35)]


def _operands(sizes: tuple[int, int, int]) -> list[np.ndarray]:
    m, k, n = sizes
    shapes = [(m, k), (k, n), (n,), (n, n)]
    return [values(shape, "float32", seed) / 2 for seed, shape in enumerate(shapes)]


def _agree(sizes: tuple[int, int, int]) -> None:
    for want, got in both(_everything, _operands(sizes)):
        if want.dtype == bool:
            np.testing.assert_array_equal(got, want)
        else:
            # Sums of some tens of products of numbers near 1, in another order.
            np.testing.assert_allclose(got, want, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("sizes", SIZES)
def test_every_width_of_vectors_gives_the_same(
    sizes: tuple[int, int, int], vector_bytes: int
) -> None:
    assert vector_bytes
    _agree(sizes)


@pytest.mark.parametrize("pick", range(6))
@pytest.mark.parametrize("sizes", SIZES)
def test_every_choice_of_lanes_gives_the_same(
    sizes: tuple[int, int, int], pick: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The kernels take another candidate than the cheapest, each its own."""
    found: list[int] = []

    def other(program: Any, layouts: Layouts, host: Target) -> lanes.Choice:
        candidates = lanes._candidates(program, lanes.lanes_of(program, host.vector_bytes))
        found.append(len(candidates))
        choice = candidates[(pick + len(found)) % len(candidates)]
        for node, dim in lanes.demands(program, *choice):
            layouts.demand(node, dim)
        return choice

    monkeypatch.setattr(plan, "choose", other)
    _agree(sizes)
    assert max(found) > 1
