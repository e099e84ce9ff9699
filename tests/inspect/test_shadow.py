"""Two engines side by side: silent while they agree, exact about where they do not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import lamina
from lamina.engines import base
from lamina.engines.base import Call, Cursor, Feed
from lamina.engines.reference.executable import ReferenceExecutable
from lamina.errors import DivergenceError
from lamina.graph.node import Graph, Node, constant, input_node
from lamina.graph.program import Leaf, Phase, Program, Slot, Step
from lamina.inspect.differences import differs
from lamina.inspect.shadow import Shadow
from lamina.passes.rewrite import rewrite

rng = np.random.default_rng(0)
X = rng.normal(size=(23, 4)).astype("float32")
Y = rng.integers(0, 3, 23)


def wrong(program, passes):
    """An engine that takes tanh for sin."""

    def mend(node):
        return replace(node, op="sin") if node.op == "tanh" else node

    def step(old):
        return replace(old, graph=rewrite(old.graph, mend))

    program = passes.run(program)
    phases = {k: replace(p, step=step(p.step)) for k, p in program.phases.items()}
    return ReferenceExecutable(replace(program, phases=phases))


@pytest.fixture
def wrong_engine(monkeypatch):
    monkeypatch.setitem(base.ENGINES, "wrong", "lamina.engines.reference")
    monkeypatch.setitem(base._compilers, "wrong", wrong)


def net():
    layers = lamina.layers
    model = lamina.Sequential(
        [layers.Input((4,)), layers.Dense(5, activation="tanh", name="bent"),
         layers.Dropout(0.25, seed=1), layers.Dense(3, activation="softmax")]
    )  # fmt: skip
    weights = [np.random.default_rng(i).normal(size=w.shape) for i, w in enumerate(model.weights)]
    model.set_weights(weights)
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def trained():
    model = net()
    history = model.fit(
        X, Y, batch_size=5, epochs=2, verbose=0, shuffle=False, validation_data=(X[:7], Y[:7])
    )
    return history.history, model.evaluate(X, Y, verbose=0), model.predict(X, verbose=0)


def test_engines_that_agree_change_nothing(monkeypatch):
    plain = trained()
    monkeypatch.setenv("LAMINA_SHADOW", "reference")
    shadowed = trained()
    assert shadowed[0] == plain[0]
    assert shadowed[1] == plain[1]
    np.testing.assert_array_equal(shadowed[2], plain[2])


def test_the_first_op_that_differs_is_named(monkeypatch, wrong_engine, tmp_path):
    monkeypatch.setenv("LAMINA_SHADOW", "reference")
    monkeypatch.setenv("LAMINA_DUMP_DIR", str(tmp_path))
    model = net()
    monkeypatch.setattr(model, "_engine", lambda: "wrong")
    with pytest.raises(DivergenceError) as caught:
        model.fit(X, Y, batch_size=5, verbose=0, shuffle=False)
    assert caught.value.where.startswith("tanh float32[5, 5] of ")
    assert "bent" in caught.value.where
    assert caught.value.what == "differs between the engines wrong and reference"
    assert "epoch 0, step 0" in caught.value.received
    kernel, bias = (np.random.default_rng(i).normal(size=s) for i, s in enumerate([(4, 5), 5]))
    x = (X[:5] @ kernel + bias).astype("float32")
    got, _, rest = caught.value.received.partition(" instead of ")
    wanted, _, place = rest.partition(" at ")
    row, column = (int(i) for i in place.partition(";")[0].strip("[]").split(","))
    assert float(got) == pytest.approx(np.sin(x[row, column]), rel=1e-4)
    assert float(wanted) == pytest.approx(np.tanh(x[row, column]), rel=1e-4)


def counting(step_size):
    """A program with one slot that each step moves by `step_size`."""
    slot = input_node((2,), "float32")
    new = Node("add", (slot, constant(np.full(2, step_size, "float32"))), (2,), "float32")
    step = Step(2, Graph((slot, input_node((2, 1), "float32")), (new,)), (0,), (0,))
    slots = (Slot("count", (2,), "float32"),)
    return Program.of(slots, {"train": Phase("train", (Leaf((1,), "float32"),), step)})


def test_what_differs_only_as_a_whole_is_said_so(monkeypatch):
    """An engine whose programs with data are wrong, and those that look for the op are right."""

    def compile_program(program, passes):
        data = any(phase.leaves for phase in program.phases.values())
        return ReferenceExecutable(counting(2.0) if data else program)

    monkeypatch.setitem(base.ENGINES, "moody", "lamina.engines.reference")
    monkeypatch.setitem(base._compilers, "moody", compile_program)
    call = Call("train", Feed((np.zeros((4, 1), "float32"),), 4), 2)
    with pytest.raises(DivergenceError, match="count; no value alone differs"):
        Shadow(counting(1.0), "moody").run(call, Cursor(), 9, 1)
    shadow = Shadow(counting(1.0), "reference")
    assert shadow.run(call, Cursor(), 9, 1) == Cursor(epoch=1, pass_index=1)
    assert shadow.read(0).tolist() == [2.0, 2.0]


@pytest.mark.parametrize(
    ("ours", "theirs", "different"),
    [
        ([1.0, 2.0], [1.0, 2.001], False),
        ([1.0, 2.0], [1.0, 2.1], True),
        ([np.nan, np.inf], [np.nan, np.inf], False),
        ([np.nan, 1.0], [0.0, 1.0], True),
        ([0.0], [1e-30], True),
        ([0.0], [0.0], False),
        ([3], [3], False),
        ([3], [4], True),
        ([True], [False], True),
    ],
)
def test_differs(ours, theirs, different):
    kinds = {bool: "bool", int: "int32", float: "float32"}
    kind = kinds[type(theirs[0])]
    assert differs(np.array(ours, kind), np.array(theirs, kind)) == different
