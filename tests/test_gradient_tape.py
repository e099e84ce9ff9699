"""GradientTape, eager and inside a trace. The judge of every row is a formula."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import lamina as keras
from lamina import GradientTape, ops
from lamina.errors import ArgumentError
from lamina.gradient_tape import TapeError
from lamina.graph.tensor import Array
from lamina.graph.trace import Trace

# Polynomials of small numbers in float32: a few roundings of 6e-8 each.
CLOSE = {"rtol": 1e-5, "atol": 1e-6}
X = np.asarray([-1.5, 0.5, 2.0], "float32")


def _slope(x: Any) -> list[Any]:
    with GradientTape() as tape:
        tape.watch(x)
        y = ops.sum(x * x * x)
    return [tape.gradient(y, x)]


def _twice_used(x: Any) -> list[Any]:
    with GradientTape(persistent=True) as tape:
        tape.watch(x)
        a = x * x
        y = a * a + a
    return [*tape.gradient(y, [x, a]), tape.gradient(a, x)]


def _second_order(x: Any) -> list[Any]:
    with GradientTape() as outer:
        outer.watch(x)
        with GradientTape() as inner:
            inner.watch(x)
            y = x * x * x
        first = inner.gradient(y, x)
    return [first, outer.gradient(first, x)]


def _through_persistent(x: Any) -> list[Any]:
    with GradientTape(persistent=True) as tape:
        tape.watch(x)
        y = x * x * x
        first = tape.gradient(y, x)
    return [tape.gradient(first, x)]


def _paused(x: Any) -> list[Any]:
    with GradientTape() as tape:
        tape.watch(x)
        a = x * x
        with tape.stop_recording():
            b = 3.0 * a
        y = a * b
    return [tape.gradient(y, x)]


def _several_targets(x: Any) -> list[Any]:
    with GradientTape() as tape:
        tape.watch(x)
        targets = {"a": x * x, "b": 5.0 * x}
    return [tape.gradient(targets, {"x": x}, output_gradients={"a": x, "b": None})["x"]]


def _jacobian(x: Any) -> list[Any]:
    with GradientTape(persistent=True) as tape:
        tape.watch(x)
        y = ops.outer(x, x)[:2]
    return [tape.jacobian(y, x)]


def _batch_jacobian(x: Any) -> list[Any]:
    with GradientTape() as tape:
        tape.watch(x)
        rows = ops.expand_dims(x, 1)
        y = ops.concatenate([rows * rows, rows * rows * rows], axis=1)
    return [tape.batch_jacobian(y, rows)]


def _scanned(x: Any) -> list[Any]:
    with GradientTape() as tape:
        tape.watch(x)
        last, _ = ops.scan(lambda carry, e: (carry * e, carry), ops.ones(()), x)
    return [tape.gradient(last, x)]


def _branch(x: Any) -> list[Any]:
    with GradientTape() as tape:
        tape.watch(x)
        y = ops.cond(ops.sum(x) > 0.0, lambda: x * x, lambda: x)
    return [tape.gradient(y, x)]


def _outer_of(x: np.ndarray) -> np.ndarray:
    eye = np.eye(3, dtype="float32")
    return np.einsum("ik,j->ijk", eye, x)[:2] + np.einsum("i,jk->ijk", x, eye)[:2]


ROWS: dict[str, tuple[Callable[..., Any], list[Any]]] = {
    "slope": (_slope, [3 * X**2]),
    "twice used": (_twice_used, [4 * X**3 + 2 * X, 2 * X**2 + 1, 2 * X]),
    "second order": (_second_order, [3 * X**2, 6 * X]),
    "through persistent": (_through_persistent, [6 * X]),
    "paused": (_paused, [2 * X * 3 * X**2]),
    "several targets": (_several_targets, [2 * X * X + 5]),
    "jacobian": (_jacobian, [_outer_of(X)]),
    "batch jacobian": (_batch_jacobian, [np.stack([2 * X, 3 * X**2], 1)[..., None]]),
    "scanned": (_scanned, [np.asarray([X[1] * X[2], X[0] * X[2], X[0] * X[1]])]),
    "branch": (_branch, [2 * X]),
}


@pytest.mark.parametrize("name", sorted(ROWS))
def test_eager(name: str) -> None:
    function, wanted = ROWS[name]
    _compare(function(ops.convert_to_tensor(X)), wanted)


@pytest.mark.parametrize("name", sorted(ROWS))
def test_traced(name: str) -> None:
    """The same code inside a trace makes a graph that computes the same."""
    from lamina.engines.reference.evaluate import evaluate
    from lamina.graph.node import Graph

    function, wanted = ROWS[name]
    with Trace() as trace:
        x = trace.argument((3,), "float32")
        found = [trace.lift(y).node for y in function(x)]
    _compare(evaluate(Graph((x.node,), tuple(found)), [X]), wanted)


def _compare(found: list[Any], wanted: list[Any]) -> None:
    assert len(found) == len(wanted)
    for y, want in zip(found, wanted, strict=True):
        np.testing.assert_allclose(np.asarray(y), want, **CLOSE)


def test_variables_are_watched_if_they_are_trained() -> None:
    w, fixed = keras.Variable(X), keras.Variable(X, trainable=False)
    with GradientTape(persistent=True) as tape:
        y = w * w * fixed
    assert tape.watched_variables() == (w,)
    found = tape.gradient(y, [w, fixed])
    np.testing.assert_allclose(found[0], 2 * X * X, **CLOSE)
    assert found[1] is None
    zero = tape.gradient(y, fixed, unconnected_gradients="zero")
    np.testing.assert_array_equal(zero, 0 * X)


def test_only_what_is_watched_is_watched() -> None:
    w, x = keras.Variable(X), ops.convert_to_tensor(X)
    with GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(w)
        y = w * x
    by_w, by_x = tape.gradient(y, [w, x])
    np.testing.assert_allclose(by_w, X, **CLOSE)
    assert by_x is None


def test_a_variable_that_changes_has_the_sum_of_its_reads() -> None:
    w = keras.Variable(X)
    with GradientTape() as tape:
        y = w * w
        w.assign(2 * X)
        y = y + 3.0 * w
    np.testing.assert_allclose(tape.gradient(y, w), 2 * X + 3, **CLOSE)


def test_a_model_in_a_loop_by_hand() -> None:
    """Plain gradient descent on a linear model is the recurrence of least squares."""
    rows = np.random.default_rng(0).normal(size=(17, 3)).astype("float32")
    targets = rows @ np.asarray([[1.0], [-2.0], [0.5]], "float32")
    layer = keras.layers.Dense(1, use_bias=False, kernel_initializer="zeros")
    optimizer = keras.optimizers.SGD(0.1)
    weights = np.zeros((3, 1))
    for _ in range(5):
        with GradientTape() as tape:
            loss = ops.mean((layer(rows) - targets) ** 2)
        grads = tape.gradient(loss, layer.trainable_variables)
        optimizer.apply_gradients(zip(grads, layer.trainable_variables, strict=True))
        weights -= 0.1 * 2 / 17 * rows.T @ (rows @ weights - targets)
    # Five steps, each a sum of 17 products in float32.
    np.testing.assert_allclose(layer.get_weights()[0], weights, rtol=1e-4, atol=1e-6)


def test_refusals() -> None:
    x = ops.convert_to_tensor(X)
    with GradientTape() as tape:
        tape.watch(x)
        y = x * x
    tape.gradient(y, x)
    with pytest.raises(TapeError, match="once, unless it is persistent") as error:
        tape.gradient(y, x)
    assert "persistent=True" in str(error.value)
    with pytest.raises(ArgumentError, match="takes tensors and variables"):
        tape.watch(X)
    with tape, pytest.raises(TapeError, match="is open already"):
        tape.__enter__()
    with pytest.raises(TapeError, match="is not open"), tape.stop_recording():
        pass
    with pytest.raises(ArgumentError, match="'none' or 'zero'"):
        GradientTape().gradient(y, x, unconnected_gradients="all")


def test_nothing_is_kept_after_the_tape() -> None:
    tape = GradientTape()
    with tape:
        pass
    Array(X) * 2
    assert tape._tape.entries == []
