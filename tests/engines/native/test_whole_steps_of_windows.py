"""Convolution and pooling in the native engine: whole steps against the reference, odd sizes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from twin import ENGINES, run_graph, traced, values

from lamina import ops
from lamina.autodiff import gradients
from lamina.graph.tensor import Tensor
from lamina.ops import primitives as p
from lamina.ops.dispatch import as_tensor
from lamina.passes.pipeline import optimize

# Batch, channels, filters; strides, padding and dilation of the convolution; size, strides and
# padding of the pool.
ROWS = [
    (3, 1, 5, 1, "valid", 1, 2, 2, "valid"),
    (1, 3, 17, 2, "same", 1, 3, 2, "same"),
    (2, 5, 8, 1, "same", 2, 2, 2, "same"),
    (4, 2, 3, 1, "valid", 3, 3, 1, "valid"),
    (2, 16, 33, 3, "same", 1, 2, 3, "valid"),
]  # fmt: skip


def _step(row: tuple[Any, ...], x: Tensor, w: Tensor, b: Tensor, v: Tensor) -> list[Any]:
    """The value and all gradients of two convolutions with pools between."""
    *_, steps, padding, gaps, size, strides, around = row
    h = ops.relu(ops.add(ops.conv(x, w, steps, padding, dilation_rate=gaps), b))
    h = ops.max_pool(h, size, strides, around)
    h = ops.conv_transpose(ops.average_pool(h, 2, 1, "same"), v, 2, "same")
    total = p.reduce_sum(p.mul(h, h), range(4))
    return [total, *gradients([total], [as_tensor(np.float32(1))], [x, w, b, v])]


@pytest.mark.parametrize("row", ROWS, ids=str)
@pytest.mark.parametrize("optimized", [False, True])
def test_steps_agree(row: tuple[Any, ...], optimized: bool) -> None:
    batch, channels, filters, *_ = row
    shapes = [(batch, 13, 12, channels), (3, 2, channels, filters), (filters,), (3, 2, 7, filters)]
    arrays = [values(shape, "float32", i) for i, shape in enumerate(shapes)]
    graph = traced(lambda *xs: _step(row, *xs), arrays)
    graph = optimize(graph, check=True) if optimized else graph
    want, got = (run_graph(engine, graph, arrays) for engine in ENGINES)
    for a, b in zip(want, got, strict=True):
        # Float32 sums of hundreds of terms in another order, relative to the largest.
        np.testing.assert_allclose(b, a, rtol=1e-4, atol=1e-5 * np.abs(a).max())


@pytest.mark.parametrize("dtype", ["float32", "float64", "int32", "uint8"])
@pytest.mark.parametrize(("stride", "gap"), [(1, 1), (1, 2), (2, 1), (3, 2)])
def test_windows_of_any_dtype_are_added_to_their_places(stride: int, gap: int, dtype: str) -> None:
    """Along the last axis, where windows that overlap are added vector by vector."""
    g = values((3, 9, 4, 5), dtype)
    length = 8 * stride + 3 * gap + 1

    def sums(g: Tensor) -> Tensor:
        last = p.transpose(g, (0, 3, 1, 2))
        return p.overlap_add(last, (2,), (length,), (stride,), (gap,))

    graph = traced(sums, [g])
    want, got = (run_graph(engine, graph, [g]) for engine in ENGINES)
    np.testing.assert_allclose(got[0], want[0], rtol=1e-6, atol=1e-6)


def test_parts_of_parts_are_put_together() -> None:
    """Concatenations of concatenations of what kernels make, one of them also read by itself."""
    x = values((3, 5, 17), "float32")

    def joined(x: Tensor) -> list[Tensor]:
        rows = p.concatenate([p.exp(p.neg(p.abs_(x))), p.tanh(x)], 1)
        other = p.concatenate([p.sin(x), p.cos(x)], 1)
        whole = p.concatenate([rows, other, rows], 2)
        return [p.reduce_sum(whole, (1,)), p.mul(p.concatenate([other, rows], 0), 2.0)]

    graph = traced(joined, [x])
    want, got = (run_graph(engine, graph, [x]) for engine in ENGINES)
    for a, b in zip(want, got, strict=True):
        # Elementary functions of a few units in the last place, summed ten by ten.
        np.testing.assert_allclose(b, a, rtol=1e-5, atol=1e-5)
