"""Plain kernels alone: with fusion away, every op is its own loop, and right all the same.

They are what runs where no tile program does, and the second opinion on those.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from twin import both, run_graph, traced, values

import lamina.ops.primitives as p
from lamina.engines.native.tiles.fuse import Fusion
from lamina.engines.native.tiles.maps import is_move
from lamina.graph import dtypes
from lamina.graph.node import Node
from lamina.ops.dispatch import apply


@pytest.fixture(autouse=True)
def unfused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is fused: what is no view is a plain kernel."""

    def alone(self: Fusion, node: Node) -> None:
        if is_move(node):
            self._store(node)
        else:
            self._plain(node)

    for name in ("_elementwise", "_reduction", "_position", "_seed"):
        monkeypatch.setattr(Fusion, name, alone)
    # An item of threefry is a result of its plain kernel.
    place = Fusion._place

    def placed(self: Fusion, node: Node) -> None:
        if node.op == "threefry":
            self._plain(node)
        elif node.op == "item":
            self.home[node] = self.home[node.inputs[0]]
        else:
            place(self, node)

    monkeypatch.setattr(Fusion, "_place", placed)


def _agree(want: np.ndarray, got: np.ndarray) -> None:
    if want.dtype.kind == "f":
        # Sums of up to some hundreds of terms of about 2, one after another.
        np.testing.assert_allclose(got, want, rtol=1e-5, atol=1e-4)
    else:
        np.testing.assert_array_equal(got, want)


def test_no_kernel_is_a_tile_program() -> None:
    x = values((5, 7), "float32")
    graph = traced(lambda x: p.exp(p.reduce_sum(p.mul(x, x), [1])), [x])
    fusion = Fusion(graph)
    assert [d.plain.op for d in fusion.drafts if d.plain] == ["mul", "reduce_sum", "exp"]
    want, got = (run_graph(engine, graph, [x])[0] for engine in ("reference", "native"))
    _agree(want, got)


@pytest.mark.parametrize("dtype", dtypes.DTYPES)
@pytest.mark.parametrize("shape", [(67,), (3, 35), (4, 1, 18)])
def test_elementwise(shape: tuple[int, ...], dtype: str) -> None:
    x, y = values(shape, dtype), values(shape[-1:], dtype, 1)
    condition = values(shape, "bool", 2)

    def function(x: Any, y: Any, condition: Any) -> Any:
        found = [p.max_(x, y), p.lt(x, y), p.select(condition, x, y), p.cast(x, "float64")]
        return found + ([p.add(x, y), p.floordiv(x, y)] if dtype != "bool" else [])

    for want, got in both(function, [x, y, condition]):
        _agree(want, got)


@pytest.mark.parametrize("dtype", dtypes.DTYPES)
@pytest.mark.parametrize("axes", [(0,), (1,), (2,), (0, 2), (0, 1, 2)])
def test_reductions(axes: tuple[int, ...], dtype: str) -> None:
    names = ["reduce_max", "reduce_min"]
    names += ["reduce_any", "reduce_all"] if dtype == "bool" else ["reduce_sum", "reduce_prod"]
    x = values((3, 4, 18), dtype)
    if dtype.startswith("float"):
        x = np.sign(x)

    def function(x: Any) -> Any:
        return [
            apply(name, x, axes=axes, keepdims=keep) for name in names for keep in (False, True)
        ]

    for want, got in both(function, [x]):
        _agree(want, got)


@pytest.mark.parametrize("axis", [0, 1, (0, 1)])
def test_positions(axis: int | tuple[int, int]) -> None:
    x = np.round(values((9, 17), "float32"))
    x[3, 4] = np.nan
    for want, got in both(lambda x: [p.argmax(x, axis), p.argmin(x, axis)], [x]):
        _agree(want, got)


@pytest.mark.parametrize("dtype", ["float32", "float64", "int32", "uint8"])
@pytest.mark.parametrize(
    ("shapes", "spec"),
    [
        ([(7, 17), (17, 19)], ((0, 1), (1, 2), (0, 2))),
        ([(7, 17), (5, 17)], ((0, 1), (2, 1), (0, 2))),
        ([(3, 4, 5), (3, 5, 18)], ((0, 1, 2), (0, 2, 3), (0, 1, 3))),
        ([(40,), (40,)], ((0,), (0,), ())),
    ],
)
def test_contractions(shapes: list[tuple[int, ...]], spec: Any, dtype: str) -> None:
    arrays = [values(shape, dtype, seed) for seed, shape in enumerate(shapes)]
    for want, got in both(lambda a, b: p.contract(a, b, spec), arrays):
        _agree(want, got)


def test_random_words() -> None:
    arrays = [values((5, 9), "uint32", seed) for seed in range(4)]
    for want, got in both(lambda *x: list(p.threefry(*x)), arrays):
        _agree(want, got)


def test_views_of_views() -> None:
    x = values((6, 10), "float32")

    def function(x: Any) -> Any:
        turned = p.flip(p.transpose(p.slice_(x, [1, 0], [6, 9], [2, 3]), (1, 0)), [0])
        return [
            turned, p.reshape(turned, (9,)), p.add(p.broadcast_to(turned, (2, 3, 3)), 1.0),
            p.concatenate([turned, turned], 1),
        ]  # fmt: skip

    for want, got in both(function, [x]):
        _agree(want, got)
