"""Origins: every node of a program says where it comes from, after all passes."""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np
import pytest

import lamina as keras
from lamina import ops
from lamina.graph.node import Graph, Node
from lamina.passes.pipeline import optimize_program

rng = np.random.default_rng(0)
X, Y = rng.normal(size=(23, 4)).astype("float32"), rng.integers(0, 3, 23)
HERE = re.escape(__file__)


class Own(keras.layers.Layer):
    """A layer with a loop and a branch."""

    def call(self, x):
        rows = ops.ones((3, 4))
        total, _ = ops.scan(lambda state, row: (state + row, row), rows[0], rows)
        return ops.cond(ops.sum(total) > 0, lambda: x * total, lambda: x)


def own_loss(y_true, y_pred):
    return ops.mean(ops.square(y_pred - ops.one_hot(y_true, 3)), axis=-1)


def trained(loss="sparse_categorical_crossentropy", **arguments) -> keras.Model:
    model = keras.Sequential(
        [
            keras.layers.Input((4,)),
            Own(name="own"),
            keras.layers.Dense(5, activation="gelu", kernel_regularizer="l2", name="bent"),
            keras.layers.Dropout(0.5, name="drop"),
            keras.layers.Dense(3, activation="softmax", activity_regularizer="l1", name="head"),
        ],
        name="net",
    )
    model.compile("adam", loss, metrics=["accuracy"], weighted_metrics=["accuracy"])
    model.fit(X, Y, batch_size=5, epochs=1, verbose=0, validation_data=(X, Y), **arguments)
    model.predict(X, verbose=0)
    return model


def graphs(model: keras.Model) -> Iterator[tuple[str, Graph]]:
    """The graphs of all steps of all programs, after all passes."""
    for runner in model._programs.runners:
        for name, phase in optimize_program(runner.program).phases.items():
            for step in (phase.step, phase.rest):
                if step is not None:
                    yield name, step.graph


def nodes(graph: Graph) -> Iterator[Node]:
    for node in graph.nodes():
        if node.op != "input":
            yield node
            for region in node.regions:
                yield from nodes(region)


CASES = {
    "plain": {},
    "weighed": {"class_weight": {0: 1.0, 1: 2.0, 2: 0.5}},
    "own loss": {"loss": own_loss},
    "weights of rows": {"sample_weight": np.ones(23)},
    "whole": {"steps_per_epoch": 5},
}


@pytest.mark.parametrize("case", sorted(CASES))
def test_every_node_says_where_it_comes_from(case):
    found = {"train": set(), "validate": set(), "predict": set()}
    for phase, graph in graphs(trained(**CASES[case])):
        for node in nodes(graph):
            assert node.origin, f"{phase}: {node!r} of {node.inputs}"
            found[phase].add(node.origin)
    heads = {"net/bent", "net/head", "loss/net/bent/kernel", "metrics/accuracy"}
    assert heads | {f"gradient of {x}" for x in ("net/bent", "net/head")} <= found["train"]
    assert any(re.fullmatch(rf"net/own \({HERE}:\d+\)", origin) for origin in found["train"])
    assert any(re.match("gradient of loss/", origin) for origin in found["train"])
    assert heads <= found["validate"]
    assert not any(origin.startswith(("loss", "metrics", "grad")) for origin in found["predict"])
