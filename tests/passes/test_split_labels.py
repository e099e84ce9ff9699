"""Products of patches that a program flattens by itself: the same values, no copy of a window."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from lamina import ops
from lamina.autodiff import gradients
from lamina.engines.reference.evaluate import evaluate
from lamina.graph.node import Graph
from lamina.graph.tensor import Tensor
from lamina.graph.trace import Trace
from lamina.graph.verify import verify
from lamina.ops import primitives as p
from lamina.ops.dispatch import as_tensor, shape_of
from lamina.passes.correlate import correlate
from lamina.passes.simplify import simplify
from lamina.passes.split_labels import split_labels


def _rows(x: Tensor, w: Tensor) -> Tensor:
    """Patches as the rows of a matrix."""
    return as_tensor(ops.matmul(ops.reshape(ops.image.extract_patches(x, (3, 2), 1), (-1, 24)), w))


def _images(x: Tensor, w: Tensor) -> Tensor:
    """Patches as the channels of images, as a transformer for images makes them."""
    return as_tensor(ops.matmul(ops.image.extract_patches(x, (3, 2), (3, 2)), w))


def _columns(x: Tensor, w: Tensor) -> Tensor:
    """Patches as columns."""
    first = ops.unfold(ops.transpose(x, (0, 3, 1, 2)), (3, 2), 1, 0, (2, 1))
    return as_tensor(ops.einsum("ncl,cf->nfl", first, w))


def _with_itself(x: Tensor, w: Tensor) -> Tensor:
    """How patches resemble one another: both operands are windows."""
    patches = ops.reshape(ops.image.extract_patches(x, (3, 2), 2), (2, -1, 24))
    return as_tensor(ops.einsum("nik,njk,kf->nijf", patches, patches, w))


@pytest.mark.parametrize("product", [_rows, _images, _columns, _with_itself])
def test_products_and_gradients_stay(product: Callable[..., Any]) -> None:
    random = np.random.default_rng(0)
    arrays = [random.normal(size=shape) for shape in ((2, 7, 6, 4), (24, 5))]
    with Trace() as trace:
        x, w = (trace.argument(a.shape, "float64") for a in arrays)
        y = product(p.tanh(x), w)
        g = as_tensor(random.normal(size=shape_of(y)))
        found = [trace.lift(v) for v in (y, *gradients([y], [p.mul(g, w.trace.lift(y))], [x, w]))
                 if v is not None]  # fmt: skip
        graph = Graph((x.node, w.node), tuple(v.node for v in found))
    after = split_labels(simplify(graph))
    verify(after, "split_labels")
    after = correlate(after)
    verify(after, "correlate")
    for node in after.nodes():
        copied = node.op == "reshape" and node.inputs[0].op in ("transpose", "windows")
        assert not (copied and "windows" in {x.op for x in (*node.inputs, *node.inputs[0].inputs)})
    # Windows apart are moved, and what comes from two products is added before.
    if product in (_rows, _columns):
        assert "overlap_add" not in {node.op for node in after.nodes()}
    # Sums of tens of terms in another order, in float64.
    for want, got in zip(evaluate(graph, arrays), evaluate(after, arrays), strict=True):
        np.testing.assert_allclose(got, want, rtol=1e-11, atol=1e-11)
