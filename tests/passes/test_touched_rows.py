"""Updates of a table in the rows that a step touches, against the update of all rows."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import lamina as keras
from lamina import config
from lamina.engines.reference.evaluate import evaluate
from lamina.graph.node import Graph
from lamina.graph.trace import Trace
from lamina.ops import primitives as p
from lamina.passes.touched_rows import touched_rows


def _whole(index: Any, updates: Any, shape: tuple[int, ...]) -> Any:
    return p.scatter_add(p.fill(shape, 0, "float32"), index, updates, 0)


UPDATES = {
    # name: (function of table, updates, index and a number; whether it is one scatter afterwards)
    "minus": (lambda x, u, i, c: p.sub(x, p.mul(_whole(i, u, x.shape), c)), True),
    "plus": (lambda x, u, i, c: p.add(p.mul(c, _whole(i, u, x.shape)), x), True),
    "plain": (lambda x, u, i, c: p.sub(x, _whole(i, u, x.shape)), True),
    "turned": (lambda x, u, i, c: p.sub(_whole(i, u, x.shape), x), False),
    "not of state": (lambda x, u, i, c: p.sub(p.mul(x, x), _whole(i, u, x.shape)), False),
    "by each row": (
        lambda x, u, i, c: p.sub(x, p.mul(_whole(i, u, x.shape), p.exp(x))), False,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(UPDATES))
def test_a_table_changes_where_it_did(name):
    function, rewritten = UPDATES[name]
    random = np.random.default_rng(1)
    arrays = [
        random.standard_normal((9, 5)).astype("float32"),
        random.standard_normal((3, 4, 5)).astype("float32"),
        random.integers(0, 9, (3, 4)).astype("int32"),
        np.float32(0.25),
    ]
    with Trace() as trace:
        args = [trace.argument(x.shape, x.dtype.name) for x in arrays]
        node = trace.lift(function(*args)).node
    graph = Graph(tuple(arg.node for arg in args), (node,))
    after = touched_rows(graph)
    assert (after.outputs[0].op == "scatter_add") == rewritten
    want, found = (evaluate(g, arrays)[0] for g in (graph, after))
    # A row that occurs several times is summed in another order: some units in the last place.
    np.testing.assert_allclose(found, want, rtol=1e-5, atol=1e-6)


def test_training_an_embedding_agrees_between_engines(monkeypatch):
    """Rows repeat within a batch; some are never touched."""
    x = np.random.default_rng(2).integers(0, 30, (40, 7))
    found = []
    for engine in ("reference", "native"):
        monkeypatch.setenv("LAMINA_ENGINE", engine)
        assert config.read().engine == engine
        keras.utils.set_random_seed(4)
        model = keras.Sequential([
            keras.layers.Input((7,), dtype="int32"), keras.layers.Embedding(50, 9),
            keras.layers.Flatten(), keras.layers.Dense(1),
        ])  # fmt: skip
        model.compile(keras.optimizers.SGD(0.1), "mse")
        model.fit(x, x[:, :1] / 30.0, batch_size=16, epochs=2, verbose=0, shuffle=False)
        found.append(model.get_weights())
    for want, have in zip(*found, strict=True):
        # Sums in another order, five steps.
        np.testing.assert_allclose(have, want, rtol=1e-4, atol=1e-6)
