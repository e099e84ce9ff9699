"""model.explain(): kernels with their layers, work and reasons, judged by hand and by NumPy."""

from __future__ import annotations

import numpy as np
import pytest

import lamina as keras
from lamina import ops
from lamina.engines.base import compile_with
from lamina.engines.report import flops
from lamina.errors import StateError
from lamina.graph.node import Graph, Node, input_node
from lamina.graph.program import Phase, Program, Slot, Step
from lamina.graph.trace import Trace
from lamina.ops import primitives as p

rng = np.random.default_rng(0)
X, Y = rng.normal(size=(20, 8)).astype("float32"), rng.integers(0, 3, 20)
ENGINES = ("native", "reference")


def dense(dtype="float32"):
    inputs = keras.Input((8,), name="x")
    layer = keras.layers.Dense(24, name="only", dtype=dtype)
    return keras.Model(inputs, layer(inputs), name="net")


@pytest.mark.parametrize("engine", ENGINES)
def test_work_is_what_the_formula_says(engine, monkeypatch):
    """y = x w + b for 5 rows: 2 * 5 * 8 * 24 + 5 * 24 operations; x, w, b in, y out."""
    monkeypatch.setenv("LAMINA_ENGINE", engine)
    model = dense()
    model.predict(X, batch_size=5, verbose=0)
    explanation = model.explain()
    (step,) = explanation.steps()
    assert (step.phase, step.rows) == ("predict", 5)
    assert step.flops == 2 * 5 * 8 * 24 + 5 * 24
    x, w, b, y = 5 * 8 * 4, 8 * 24 * 4, 24 * 4, 5 * 24 * 4
    again = y if engine == "reference" else 0  # the product is stored, and read by the sum
    assert (step.read, step.written) == (x + w + b + again, y + again)
    assert {origin for k in step.kernels for origin in k.origins} == {"net/only"}
    assert [op for k in step.kernels for op in k.ops] == ["contract", "add"]
    assert len(step.kernels) == (1 if engine == "native" else 2)
    text = str(explanation)
    assert text.startswith(f"Model 'net' on the {engine} engine\n  tracing ")
    assert ("nothing is fused, nothing compiled" in text) == (engine == "reference")


def compiled(**arguments):
    model = keras.Sequential(
        [
            keras.layers.Input((8,)),
            keras.layers.Dense(16, activation="relu", name="wide"),
            keras.layers.Dense(3, activation="softmax", name="head"),
        ],
        name="net",
    )
    model.compile(
        keras.optimizers.Adam(name="adam"), "sparse_categorical_crossentropy", **arguments
    )
    return model


def test_before_the_first_call_there_is_nothing():
    model = compiled()
    with pytest.raises(StateError) as caught:
        model.explain()
    assert str(caught.value) == (
        "net.explain() has nothing to explain yet: no program was made\n"
        "  received: a model that has seen no data since it was compiled\n"
        "  mend:     call fit, evaluate or predict first, for one epoch or one batch"
    )


def own_loss(y_true, y_pred):
    return ops.mean(ops.abs(y_pred - ops.one_hot(y_true, 3)), axis=-1)


def test_a_training_shows_stages_phases_layers_and_own_code(monkeypatch):
    monkeypatch.setenv("LAMINA_ENGINE", "native")
    model = compiled(metrics=["accuracy", own_loss])
    model.fit(X, Y, batch_size=10, verbose=0, validation_data=(X, Y))
    explanation = model.explain()
    (program,) = explanation.programs
    assert set(program.seconds) == {"tracing", "passes", "planning"}
    train, validate = program.steps
    for step in (train, validate):
        assert set(step.seconds) == {"emitting", "machine code", "linking"}
        assert all(seconds > 0 for seconds in (*step.seconds.values(), *program.seconds.values()))
    places = {origin for kernel in train.kernels for origin in kernel.origins}
    assert {"net/wide", "gradient of net/wide", "net/head", "adam", "metrics/accuracy"} <= places
    assert any(origin.startswith("metrics/own_loss (") for origin in places)
    assert train.flops > 3 * 2 * 10 * (8 * 16 + 16 * 3)  # forward, and two products backward
    seeds = [kernel for kernel in train.kernels if "contract" in kernel.ops]
    assert {kernel.begins for kernel in seeds} == {"a contraction begins a kernel"}
    shown = str(explanation)
    for word in (*places, *(kernel.name for kernel in train.kernels), "machine code"):
        assert "".join(word.split()) in "".join(shown.split())


@pytest.mark.parametrize(("dtype", "kind"), [("float32", "float"), ("float64", "double")])
def test_vectors_are_read_off_the_code(dtype, kind, monkeypatch):
    monkeypatch.setenv("LAMINA_ENGINE", "native")
    model = dense(dtype)
    model.predict(X, verbose=0)
    (step,) = model.explain().steps("predict")
    (kernel,) = (kernel for kernel in step.kernels if "contract" in kernel.ops)
    lanes, _, found = (kernel.vector or "").partition(" x ")
    assert int(lanes) > 1
    assert found == kind


def report(build, *shapes):
    """The kernels of a graph of float32 inputs, by the native engine; not the copies of outputs."""
    with Trace() as t:
        inputs = [t.argument(shape, "float32") for shape in shapes]
        outputs = [t.lift(y).node for y in build(*inputs)]
        graph = Graph(tuple(x.node for x in inputs), tuple(outputs))
    nodes = (*graph.inputs, *graph.outputs)
    slots = tuple(Slot(f"{i}", node.shape, node.dtype) for i, node in enumerate(nodes))
    count = len(inputs)
    step = Step(1, graph, tuple(range(count)), tuple(range(count, len(nodes))))
    executable = compile_with("native", Program.of(slots, {"train": Phase("train", (), step)}))
    (found,) = executable.explain()
    assert found.note == "not compiled yet: no call has needed it"
    return [kernel for kernel in found.kernels if kernel.ops != ("copy",)]


def matmul(x, w):
    return p.contract(x, w, ((0, 1), (1, 2), (0, 2)))


REASONS = {
    "product": (
        lambda x, w: [p.tanh(matmul(x, w))], [(5, 7), (7, 9)],
        ["a contraction begins a kernel"],
    ),
    "chain": (lambda x: [p.exp(p.add(x, x))], [(5, 7)], ["its operands are in memory"]),
    "long fold": (
        lambda x: [p.reduce_sum(p.exp(x), [1])], [(3, 100)],
        ["its operands are in memory",
         "folds 100 entries of what k0_values_1 makes: a tile holds at most 64 of the last axis, "
         "16 of others"],
    ),
    "short rows": (
        lambda x: [p.exp(p.reduce_sum(x, [1]))], [(30, 5)],
        ["short rows of what is in memory"],
    ),
    "number": (
        lambda x: [p.mul(e := p.exp(x), p.reduce_sum(e, [0, 1]))], [(3, 100)],
        ["its operands are in memory",
         "needs a number that is known only when k0_values_2 is over"],
    ),
    "other axes": (
        lambda x: [p.exp(p.concatenate([x, x], 0))], [(3, 4)],
        ["concatenate is computed by loops of its own here", "its operands are in memory"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", sorted(REASONS))
def test_why_a_kernel_is_one_of_its_own(case):
    build, shapes, reasons = REASONS[case]
    assert [kernel.begins for kernel in report(build, *shapes)] == reasons


def test_loops_say_how_often_they_run():
    def build(x):
        (h,), _ = p.scan(lambda state, now: ([p.exp(state[0])], []), [x], [], 7)
        return p.while_loop(
            lambda s: p.lt(p.reduce_max(s[0], [0]), 1.0), lambda s: [p.add(s[0], 1.0)], [h]
        )

    runs = {kernel.ops: kernel.runs for kernel in report(build, (5,))}
    assert runs["exp",] == 7
    assert runs["add",] is None


@pytest.mark.parametrize(
    ("first", "second", "out"), [("bij", "bjk", "bik"), ("ij", "j", "i"), ("i", "j", "ij")]
)
def test_flops_of_a_contraction_are_numpys(first, second, out):
    """numpy.einsum_path counts the same naive operations: a multiplication and, where something is
    summed, an addition.
    """
    sizes = {"b": 3, "i": 4, "j": 5, "k": 6}
    shapes = [tuple(sizes[c] for c in labels) for labels in (first, second, out)]
    a, b = (input_node(shape, "float32") for shape in shapes[:2])
    spec = tuple(tuple(map(ord, labels)) for labels in (first, second, out))
    node = Node("contract", (a, b), shapes[2], "float32", {"spec": spec})
    said = np.einsum_path(f"{first},{second}->{out}", *map(np.ones, shapes[:2]))[1]
    counted = float(said.split("Naive FLOP count:")[1].split()[0])
    summed = set(first + second) - set(out)
    assert flops(node) == (counted if summed else 2 * counted)
