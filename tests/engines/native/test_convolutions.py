"""Convolution, pooling and their gradients after all passes, against the reference engine's.

The reference runs the graph as it was traced: windows copied, every entry of every pool computed.
"""

from __future__ import annotations

import pytest
from twin import run_graph, traced, values

from lamina import ops
from lamina.autodiff import gradient
from lamina.engines.reference.evaluate import evaluate
from lamina.graph.node import Graph
from lamina.ops import primitives as p
from lamina.passes.pipeline import optimize

RELU, TANH, ELU, CLIP = ops.relu, ops.tanh, ops.elu, ops.hard_tanh
# Input; then convolutions: filters, size, padding, strides; pools: size; activations.
ROWS = {
    "a pool that leaves a row out": ((3, 9, 7, 2), [(5, 3, "valid", 1), RELU, 2]),
    "few channels, before and after": ((2, 8, 8, 1), [(6, 5, "same", 1), TANH, 2]),
    "many channels": ((2, 6, 6, 17), [(33, 3, "same", 1), RELU, 2]),
    "two layers": ((4, 14, 14, 1), [(6, 3, "valid", 1), RELU, 2, (8, 3, "valid", 1), TANH, 2]),
    "a batch that fills lanes": ((32, 6, 6, 3), [(4, 3, "same", 1), TANH, 2, (5, 2, "valid", 1)]),
    "pools of three": ((2, 10, 11, 3), [(7, 2, "valid", 1), RELU, 3]),
    "a pool before": ((2, 9, 9, 4), [2, (5, 3, "same", 1), RELU]),
    "strides": ((2, 9, 9, 4), [(5, 3, "same", 2), RELU, (6, 3, "valid", 2)]),
    "series": ((3, 20, 5), [(9, 3, "valid", 1), RELU, 2, (4, 3, "causal", 1)]),
    "volumes": ((2, 5, 6, 5, 2), [(3, 2, "same", 1), RELU, 2]),
    "branches": ((2, 6, 6, 3), [(4, 3, "same", 1), ELU, 2, (3, 2, "valid", 1), CLIP]),
    "one place": ((1, 3, 3, 2), [(4, 3, "valid", 1), RELU]),
    "winners go their own way": ((32, 14, 14, 16), [(32, 3, "valid", 1), RELU, 2]),
    "few channels go with them": ((8, 15, 15, 6), [(20, 3, "same", 1), TANH, 2]),
    "gaps between a window's entries": ((4, 17, 17, 5), [(9, 3, "valid", 2), RELU, 2]),
    "one wide window": ((2, 12, 12, 40), [(20, 3, "same", 1), RELU, (40, 1, "same", 1)]),
}  # fmt: skip
# Sums of hundreds of terms in another order; of weight gradients of thousands.
TOLERANCE = {"float64": 1e-10, "float32": 2e-3}


def network(layers, shape):
    """The shapes of the weights, and a function of (x, cotangent, weights) to y and gradients."""
    kernels, channels = [], shape[-1]
    for layer in layers:
        if isinstance(layer, tuple):
            kernels.append(((layer[1],) * (len(shape) - 2) + (channels, layer[0]), (layer[0],)))
            channels = layer[0]

    def forward(x, weights):
        left = list(weights)
        for layer in layers:
            if isinstance(layer, tuple):
                w, b = left.pop(0), left.pop(0)
                x = ops.conv(x, w, padding=layer[2], strides=layer[3]) + b
            elif isinstance(layer, int):
                x = ops.max_pool(x, layer)
            else:
                x = layer(x)
        return x

    def run(x, *weights):
        y = forward(x, weights)
        cotangent = p.iota(y.shape, len(y.shape) - 1, "int32")
        total = ops.sum(y * ops.sin(ops.cast(cotangent, y.dtype) + 1.0))
        return [y, *gradient(total, [x, *weights])]

    return [size for pair in kernels for size in pair], run


@pytest.mark.parametrize("dtype", sorted(TOLERANCE))
@pytest.mark.parametrize("name", sorted(ROWS))
def test_values_and_gradients(name, dtype):
    shape, layers = ROWS[name]
    sizes, run = network(layers, shape)
    arrays = [values(size, dtype, seed) for seed, size in enumerate([shape, *sizes])]
    graph = traced(run, arrays)
    want = evaluate(graph, arrays)
    got = run_graph("native", optimize(graph, check=True), arrays)
    for a, b in zip(want, got, strict=True):
        scale = abs(a).max() + 1
        assert a.shape == b.shape
        assert abs(a - b).max() <= TOLERANCE[dtype] * scale, name


def test_a_pool_after_a_convolution_is_one_kernel():
    """Neither what is pooled nor which of it won is stored larger than the pool."""
    sizes, run = network([(16, 3, "valid", 1), RELU, 2], (2, 8, 8, 3))
    arrays = [values(size, "float32", 0) for size in [(2, 8, 8, 3), *sizes]]
    graph = traced(lambda x, w, b: run(x, w, b)[:1], arrays)
    after: Graph = optimize(graph, check=True)
    ops_left = [node.op for node in after.nodes()]
    assert ops_left.count("windows") == 2
    assert (2, 6, 6, 16) not in {node.shape for node in after.nodes()}
