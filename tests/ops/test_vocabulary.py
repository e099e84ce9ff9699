"""Every op of lamina.ops against keras.ops: names, signatures, values, dtypes, gradients."""

from __future__ import annotations

import inspect
import random
from functools import cache
from typing import Any

import keras
import numpy as np
import pytest
import record_vocabulary as judge
import vocabulary
import vocabulary_of_images  # noqa: F401  (adds its rows)
import vocabulary_of_matrices  # noqa: F401  (adds its rows)
import vocabulary_of_signals  # noqa: F401  (adds its rows)
import vocabulary_of_windows  # noqa: F401  (adds its rows)

from lamina import ops
from lamina.autodiff import gradients
from lamina.engines.reference.evaluate import evaluate
from lamina.errors import MissingNameError
from lamina.graph.node import Graph
from lamina.graph.tensor import Array, Tensor
from lamina.graph.trace import Trace
from lamina.graph.verify import verify
from lamina.ops.dispatch import as_tensor
from lamina.passes.cse import cse
from lamina.passes.dead_code import dead_code
from lamina.passes.drop_centred import drop_centred
from lamina.passes.pipeline import optimize
from lamina.passes.simplify import simplify

IMAGE_OPS = {f"image.{name}" for name in dir(ops.image)}
CASES = {case: (op, row) for case, op, row in vocabulary.cases()}
# Ops that take functions, or make no tensor, have tests of their own; sparsemax's are among those
# of the activations.
ELSEWHERE = {
    "eigh",
    "argpartition", "associative_scan", "cond", "convert_to_numpy", "custom_gradient", "dtype",
    "fori_loop", "getitem", "is_tensor", "map", "scan", "sparsemax", "switch", "vectorize",
    "vectorized_map", "while_loop",
}  # fmt: skip

# Float32 on both sides: a few units in the last place of sums of tens of terms.
CLOSE = {"rtol": 2e-5, "atol": 2e-5}
# Float64, but Keras rounds some constants, powers and steps to float32 on the way.
CLOSE_SLOPES = {"rtol": 2e-6, "atol": 2e-6}


@cache
def _recorded(kind: str) -> dict[str, list[np.ndarray]]:
    found: dict[str, dict[int, np.ndarray]] = {}
    with np.load(judge.FOLDER / f"vocabulary_{kind}.npz") as file:
        for key in file.files:
            case, number = key.rsplit("/", 1)
            found.setdefault(case, {})[int(number)] = file[key]
    return {case: [parts[i] for i in sorted(parts)] for case, parts in found.items()}


def _compare(found: list[Any], wanted: list[np.ndarray]) -> None:
    assert len(found) == len(wanted)
    for y, want in zip(found, wanted, strict=True):
        if isinstance(y, int):
            assert y == want
            continue
        assert isinstance(y, Array)
        assert (y.dtype, y.shape) == (want.dtype.name, want.shape)
        np.testing.assert_allclose(y.value, want, **CLOSE)


@pytest.mark.parametrize("case", sorted(CASES))
def test_values_are_those_of_keras(case: str) -> None:
    op, row = CASES[case]
    args, options = vocabulary.made(case, row)
    _compare(judge.leaves(judge.named(ops, op)(*args, **options)), _recorded("values")[case])


LIVE = random.Random(20260).sample(sorted(CASES), 40)


@pytest.mark.parametrize("case", LIVE)
def test_a_sample_agrees_with_keras_as_it_is_installed(case: str) -> None:
    """The recorded answers are not all there is to go by."""
    op, row = CASES[case]
    args, options = vocabulary.made(case, row)
    found = judge.leaves(judge.named(ops, op)(*args, **options))
    _compare(found, judge.values(op, args, options))


@pytest.mark.parametrize("case", sorted(_recorded("gradients")))
def test_gradients_are_those_of_keras(case: str) -> None:
    """In float64, through the graph, plain and after all passes."""
    op, row = CASES[case]
    args, options = vocabulary.made(case, row)
    places = judge.floats(args)
    flat = judge.leaves(list(args))
    arrays = [flat[i].astype("float64") for i in places]
    with Trace() as trace:
        xs: list[Tensor] = [trace.argument(a.shape, "float64") for a in arrays]
        given = judge.replaced(args, dict(zip(places, xs, strict=True)))
        results = judge.leaves(judge.named(ops, op)(*given, **options))
        ys = [y for y in results if str(getattr(y, "dtype", "")).startswith("float")]
        gs = [as_tensor(judge.cotangent(case, i, y.shape).astype(y.dtype))
              for i, y in enumerate(ys)]  # fmt: skip
        found = [trace.lift(as_tensor(0.0) if g is None else g) for g in gradients(ys, gs, xs)]
    graph = Graph(tuple(trace.lift(x).node for x in xs), tuple(g.node for g in found))
    verify(graph, "trace")
    for g, want in zip(evaluate(graph, arrays), _recorded("gradients")[case], strict=True):
        np.testing.assert_allclose(g, want, **CLOSE_SLOPES)
    # Passes change no bit, except that a contraction in the place of added windows sums in another
    # order, and that what sums to nothing but for rounding is nothing: a few units of float64.
    windows = any(node.op == "overlap_add" for node in graph.nodes())
    pruned = dead_code(cse(simplify(graph)))
    moved = 1e-12 if windows or drop_centred(pruned) is not pruned else 0
    for g, want in zip(evaluate(optimize(graph, check=True), arrays), evaluate(graph, arrays),
                       strict=True):  # fmt: skip
        np.testing.assert_allclose(g, want, rtol=moved, atol=moved)


# ── the names ──


def _public(module: Any) -> set[str]:
    return {name for name in dir(module) if not name.startswith("_")}


def test_every_name_is_one_of_keras() -> None:
    """That none of Keras' is missing, tests/names sees to."""
    assert set(dir(ops)) - _public(keras.ops) == {"getitem"}
    assert set(dir(ops.image)) | ops.image.NOT_OFFERED == _public(keras.ops.image)


@pytest.mark.parametrize("name", sorted({*dir(ops), *IMAGE_OPS} - {"getitem"}))
def test_arguments_and_defaults_are_those_of_keras(name: str) -> None:
    ours = inspect.signature(judge.named(ops, name)).parameters.values()
    theirs = inspect.signature(judge.named(keras.ops, name)).parameters.values()
    assert [(p.name, p.kind, p.default) for p in ours] == [
        (p.name, p.kind, p.default) for p in theirs
    ]


def test_every_op_has_a_row() -> None:
    assert set(vocabulary.ROWS) | ELSEWHERE == {*dir(ops), *IMAGE_OPS}
    assert not set(vocabulary.ROWS) & ELSEWHERE


def test_other_names_lead_to_the_same_ops() -> None:
    assert ops.nn.relu is ops.relu
    assert ops.numpy.mean is ops.mean
    assert ops.linalg.norm is ops.norm


@pytest.mark.parametrize(
    ("name", "text"),
    [("eig", "leaves 'eig' out"), ("reluu", "did you mean relu"),
     ("xqztwvkj", "see dir(lamina.ops)")],
)  # fmt: skip
def test_a_name_that_is_not_there_is_an_error_that_helps(name: str, text: str) -> None:
    with pytest.raises(MissingNameError) as caught:
        getattr(ops, name)
    assert text in str(caught.value)
    assert isinstance(caught.value, AttributeError)
