"""What correlate makes of windows that are added up, against the plain sums, at every shape."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator

import numpy as np
import pytest

from lamina.engines.reference.evaluate import evaluate
from lamina.graph.node import Graph
from lamina.graph.tensor import Tensor
from lamina.graph.trace import Trace
from lamina.graph.verify import verify
from lamina.ops import primitives as p
from lamina.passes import correlate as module
from lamina.passes.correlate import correlate


def _lengths() -> Iterator[tuple[int, ...]]:
    """Windows, their size, stride and dilation, entries of the axis, and a part of it."""
    for count, size, stride, gap in itertools.product((2, 5), (2, 3, 5), (1, 2, 3, 4), (1, 2, 3)):
        extent = (size - 1) * gap + 1
        if stride < extent:
            for more in {0, stride - 1}:
                length = (count - 1) * stride + extent + more
                yield count, size, stride, gap, length, 0, length
                yield count, size, stride, gap, length, length // 3, length - 1


ROWS = list(_lengths())


def _graph(row: tuple[int, ...], order: tuple[int, ...]) -> Graph:
    """The sums for one axis, of results whose axes are permuted on the way."""
    count, size, stride, gap, length, start, stop = row
    with Trace() as trace:
        g = trace.argument((3, count, 4), "float64")
        w = trace.argument((size, 2, 4), "float64")
        labels = (0, 1, 3, 2)
        found: Tensor = p.contract(g, w, ((0, 1, 4), (3, 2, 4), tuple(labels[i] for i in order)))
        found = p.transpose(found, sorted(range(4), key=order.__getitem__))
        found = p.part(p.overlap_add(found, (1,), (length,), (stride,), (gap,)), 1, start, stop)
        return Graph((g.node, w.node), (trace.lift(found).node,))


@pytest.mark.parametrize("apart", [False, True])
@pytest.mark.parametrize("row", ROWS, ids=str)
def test_sums_are_those_of_the_windows(
    row: tuple[int, ...], apart: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every row is rewritten, as cheap or dear as it may be, in one contraction or in several."""
    monkeypatch.setattr(module._Costs, "pays", lambda costs: True)
    monkeypatch.setattr(module._Costs, "of_classes", 0 if apart else 10**9)
    draw = random.Random(repr(row))
    graph = _graph(row, tuple(draw.sample(range(4), 4)))
    after = correlate(graph)
    verify(after, "correlate")
    assert "overlap_add" not in {node.op for node in after.nodes()}
    numbers = np.random.default_rng(1)
    arrays = [numbers.normal(size=x.shape) for x in graph.inputs]
    # Sums of tens of terms in another order, in float64.
    for want, got in zip(evaluate(graph, arrays), evaluate(after, arrays), strict=True):
        np.testing.assert_allclose(got, want, rtol=1e-12, atol=1e-12)


def test_classes_are_filled_up_only_where_that_is_cheap() -> None:
    """3 taps in 2 classes: 4 multiply-adds for 3, of as many terms as there are channels."""
    for channels, count in ((8, 1), (256, 2)):
        with Trace() as trace:
            g = trace.argument((2, 150, channels), "float32")
            w = trace.argument((3, 6, channels), "float32")
            grown = p.contract(g, w, ((0, 1, 4), (2, 3, 4), (0, 1, 2, 3)))
            y = trace.lift(p.overlap_add(grown, (1,), (301,), (2,)))
            graph = Graph((g.node, w.node), (y.node,))
        assert [node.op for node in correlate(graph).nodes()].count("contract") == count


def test_few_windows_of_many_entries_are_cheaper_as_they_are() -> None:
    """2 windows of 40 entries: a contraction over 41 x 40 places instead of 2 x 40."""
    graph = _graph((2, 40, 1, 1, 41, 0, 41), (0, 1, 2, 3))
    assert "overlap_add" in {node.op for node in correlate(graph).nodes()}


def test_sums_that_others_need_too_are_made_once() -> None:
    with Trace() as trace:
        g, w = trace.argument((2, 5, 4), "float32"), trace.argument((3, 6, 4), "float32")
        windows = p.contract(g, w, ((0, 1, 4), (2, 3, 4), (0, 1, 2, 3)))
        sums = p.overlap_add(windows, (1,), (7,))
        outputs = [p.part(sums, 1, 1, 6), p.part(sums, 1, 0, 3), sums]
        graph = Graph((g.node, w.node), tuple(trace.lift(y).node for y in outputs))
    after = [node.op for node in correlate(graph).nodes()]
    assert after.count("contract") == 1
    assert "overlap_add" not in after
