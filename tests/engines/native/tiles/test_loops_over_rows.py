"""What follows on sums row by row, with loops on small arrays."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from tests.engines.native.twin import both

from lamina import ops
from lamina.engines.native.tiles import rows
from lamina.graph.tensor import Tensor

Values = tuple[Tensor, ...]


def _update(x: Tensor, w: Tensor, v: Tensor) -> Values:
    """A moving mean of squares and what follows from it, with numbers and a row of weights."""
    g = ops.matmul(ops.transpose(x), x[:, :5])
    seen = 0.9 * v[:, :5] + 0.1 * g * g
    return seen, w[:5] - 0.01 * g / (ops.sqrt(seen) + 1e-3)


def _both_ways(x: Tensor, w: Tensor, v: Tensor) -> Values:
    """A result that is wanted in two layouts."""
    y = ops.exp(ops.tanh(ops.matmul(x, v)) + w)
    return y, ops.matmul(ops.transpose(x), y), ops.matmul(y, ops.transpose(v))


def _alone(x: Tensor, w: Tensor, v: Tensor) -> Values:
    """No sums at all; one value is the same in all rows, and dear."""
    return ops.exp(ops.tanh(x) + 2.0), ops.tanh(x + 1.0) * ops.exp(w)


def _folded(x: Tensor, w: Tensor, v: Tensor) -> Values:
    """Rows that are folded as a whole, and a total of them."""
    p = ops.softmax(ops.matmul(x, v))
    return p, ops.sum(p * p), ops.max(p, axis=1)


FUNCTIONS = [_update, _both_ways, _alone, _folded]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("size", [(1, 3), (7, 17), (13, 33), (40, 16)], ids=str)
@pytest.mark.parametrize("function", FUNCTIONS)
def test_native_agrees_with_the_reference(
    monkeypatch: pytest.MonkeyPatch,
    function: Callable[..., Values],
    size: tuple[int, int],
    dtype: str,
) -> None:
    monkeypatch.setattr(rows, "LINE", 0)
    monkeypatch.setattr(rows, "DEEP", 0)
    count, width = size
    random = np.random.default_rng(7)
    shapes = [(count, width), (width,), (width, width)]
    arrays = [random.uniform(0.1, 1, shape).astype(dtype) for shape in shapes]
    # Sums of some forty products in another order, and exp of them.
    tolerance = 400 * np.finfo(dtype).eps
    for want, got in both(function, arrays):
        np.testing.assert_allclose(got, want, rtol=tolerance, atol=tolerance)
