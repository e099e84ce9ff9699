"""Fusion: which ops become one kernel, what is stored between kernels, and in which order."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from twin import traced

import lamina.ops.primitives as p
from lamina.autodiff import gradient
from lamina.engines.native.tiles.draft import Draft
from lamina.engines.native.tiles.fuse import Fusion
from lamina.engines.native.tiles.order import in_order, reads
from lamina.graph.node import Graph
from lamina.passes.pipeline import optimize

MATMUL = ((0, 1), (1, 2), (0, 2))


def _dense(x: Any, w: Any, b: Any) -> Any:
    return p.tanh(p.add(p.contract(x, w, MATMUL), b))


def _softmax(x: Any) -> Any:
    shifted = p.exp(p.sub(x, p.reduce_max(x, [1], keepdims=True)))
    return p.div(shifted, p.reduce_sum(shifted, [1], keepdims=True))


def _clipped(x: Any, y: Any) -> Any:
    """Scaled by a number that the whole tensor decides."""
    product = p.mul(x, y)
    norm = p.sqrt(p.reduce_sum(p.mul(product, product), [0, 1]))
    return p.div(product, norm)


def _trained(x: Any, w: Any, b: Any) -> Any:
    """A layer, its loss and the update of its weights by the gradient."""
    error = p.sub(_dense(x, w, b), 1.0)
    loss = p.reduce_sum(p.mul(error, error), [0, 1])
    g_w, g_b = gradient(loss, [w, b])
    return [p.sub(w, p.mul(g_w, 0.1)), p.sub(b, p.mul(g_b, 0.1)), loss]


# name: function, shapes (int32 where the first is written so), kernels in order
Case = tuple[Callable[..., Any], list[tuple[int, ...]], list[str]]
CASES: dict[str, Case] = {
    "a chain": (lambda x, y: p.exp(p.add(p.mul(x, y), x)), [(5, 7), (7,)], ["values"]),
    "a layer": (_dense, [(5, 7), (7, 3), (3,)], ["contract"]),
    "two layers": (
        lambda x, w, b: _dense(_dense(x, w, b), w, b), [(5, 7), (7, 7), (7,)],
        ["contract", "contract"],
    ),
    "rows of a tile": (lambda x: _softmax(p.mul(x, x)), [(33, 3)], ["values"]),
    "rows of a product": (
        lambda x, w, b: _softmax(_dense(x, w, b)), [(5, 7), (7, 3), (3,)], ["contract"]
    ),
    "rows longer than a tile": (
        _softmax, [(5, 700)], ["reduce_max", "values", "reduce_sum", "values"]
    ),
    "a total": (
        lambda x, y: p.mul(p.reduce_sum(p.mul(x, y), [0, 1]), 2.0), [(50, 7), (50, 7)],
        ["reduce_sum"],
    ),
    "a total that the tensor needs": (_clipped, [(50, 7), (50, 7)], ["reduce_sum", "values"]),
    "a sum over the batch": (
        lambda x: p.exp(p.reduce_sum(x, [0])), [(500, 7)], ["reduce_sum"]
    ),
    "transposed in passing": (
        lambda x, w, y: p.add(p.transpose(p.contract(x, w, MATMUL), (1, 0)), y),
        [(5, 7), (7, 3), (3, 5)], ["contract"],
    ),
    "axes of size one come and go": (
        lambda x, y: p.mul(p.reshape(p.reduce_max(p.mul(x, x), [1]), (5, 1)), y),
        [(5, 7), (5, 7)], ["values"],
    ),
    "the position of the largest": (
        lambda x, w: p.argmax(p.contract(x, w, MATMUL), 1), [(50, 7), (7, 3)], ["contract"]
    ),
    "numbers before all": (
        lambda s, x: p.mul(x, p.sqrt(p.add(s, 1.0))), [(), (5, 7)], ["values", "values"]
    ),
    "what no tile does": (lambda x: p.exp(p.cumsum(p.exp(x), 0)), [(5, 7)],
                          ["values", "cumsum", "values"]),
    "a layer in training": (
        _trained, [(5, 7), (7, 3), (3,)], ["contract", "contract"]
    ),
}  # fmt: skip


def _fusion(name: str) -> tuple[Fusion, Graph]:
    function, shapes, _ = CASES[name]
    graph = optimize(traced(function, [np.zeros(shape, "float32") for shape in shapes]))
    return Fusion(graph), graph


def _name(draft: Draft) -> str:
    if draft.plain is not None:
        return draft.plain.op
    return draft.seed.op if draft.seed is not None else "values"


@pytest.mark.parametrize("name", sorted(CASES))
def test_kernels(name: str) -> None:
    fusion, _ = _fusion(name)
    assert [_name(draft) for draft in in_order(fusion, {})] == CASES[name][2]


@pytest.mark.parametrize("name", sorted(CASES))
def test_what_a_kernel_reads_was_written_before(name: str) -> None:
    fusion, graph = _fusion(name)
    there = set(graph.inputs) | {node for node in graph.nodes() if node.op == "const"}
    for draft in in_order(fusion, {}):
        assert reads(draft, fusion) <= there
        there |= {draft.plain} if draft.plain is not None else set(draft.outs)


def test_an_old_value_is_read_before_its_new_one_is_written() -> None:
    """The first output replaces x; the second still needs the old x."""
    x = np.zeros((5, 5), "float32")
    graph = traced(lambda x, y: [p.contract(y, y, MATMUL), p.contract(x, x, MATMUL)], [x, x])
    drafts = in_order(Fusion(graph), {graph.inputs[0]: graph.outputs[0]})
    assert [draft.seed for draft in drafts] == [graph.outputs[1], graph.outputs[0]]


def test_cheap_values_are_computed_again_and_dear_ones_stored() -> None:
    x = np.zeros((5, 5), "float32")

    def function(x: Any, w: Any) -> Any:
        hidden = p.contract(x, w, MATMUL)
        cheap, dear = p.mul(hidden, 2.0), p.exp(hidden)
        other = p.contract(w, x, MATMUL)
        return [hidden, p.add(other, cheap), p.add(other, dear)]

    graph = traced(function, [x, x])
    fusion = Fusion(graph)
    assert [[node.op for node in draft.outs] for draft in fusion.drafts] == [
        ["contract", "exp"],
        ["add", "add"],
    ]
