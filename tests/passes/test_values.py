"""Passes keep every value: networks in which a rule looks applicable and is not, or nearly is not.

NumPy, eager ops, or the graph before all passes are the judges.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import lamina as keras
from lamina import ops
from lamina.engines.reference.evaluate import evaluate
from lamina.graph.node import Graph
from lamina.graph.trace import Trace
from lamina.passes.pipeline import optimize

SQUARE = np.random.default_rng(1).normal(size=(3, 3))


def centred_along_another_axis(x: Any) -> Any:
    """The means of the rows stand in the columns: what is left does not add up to zero."""
    return ops.sum(x - ops.mean(x, axis=1), axis=1)


def centred(x: Any) -> Any:
    """What is left does, and the means are taken in two shapes."""
    flat = ops.sum(x - ops.mean(x, axis=0), axis=0)
    return flat + ops.sum(x - ops.mean(x, axis=1, keepdims=True), axis=1)


def a_long_sum(x: Any) -> Any:
    """More terms than Python recurses over."""
    y = x
    for _ in range(1100):
        y = y + x
    return y


def doubled(x: Any) -> Any:
    """A value used twice, forty times over: 2^40 ways lead back."""
    for _ in range(40):
        x = x + x
    return ops.sum(x - ops.mean(x), axis=1)


@pytest.mark.parametrize("f", [centred_along_another_axis, centred, a_long_sum, doubled])
def test_sums(f: Callable[[Any], Any]) -> None:
    with Trace() as trace:
        x = trace.argument(SQUARE.shape, "float64")
        y = trace.lift(f(x))
    graph = Graph((x.node,), (y.node,))
    (before,), (after,) = evaluate(graph, [SQUARE]), evaluate(optimize(graph, True), [SQUARE])
    # What sums to nothing but for rounding may be nothing: some units beside the largest term.
    scale = float(np.abs(SQUARE).max()) * (2.0**40 if f is doubled else 1.0)
    np.testing.assert_allclose(after, before, rtol=1e-12, atol=1e-14 * scale)


@pytest.mark.parametrize("engine", ["native", "reference"])
def test_a_value_used_twice_again_and_again_is_compiled(
    engine: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LAMINA_ENGINE", engine)
    x = keras.Input((3,))
    y = x * 0.5
    for _ in range(30):
        y = y + y
    model = keras.Model(x, y * 2.0**-30)
    rows = SQUARE.astype("float32")
    np.testing.assert_array_equal(model.predict(rows, verbose=0), rows / 2)


@pytest.mark.parametrize("f", [ops.sigmoid, ops.tanh, ops.exp, lambda x: x + 1e8])
def test_the_first_of_equal_entries_after_a_pool(f: Callable[[Any], Any]) -> None:
    """Where f makes equal what was not, argmax gives the first, as without a compiler."""
    values = np.array([20.0, 20.5, 21.0, 60.0] if f is not ops.exp else [100.0, 90.0, 120.0, 200.0])
    images = np.repeat(np.repeat(values, 2).reshape(1, 8, 1), 2, 2).astype("float32")
    x = keras.Input((8, 2))
    z = keras.layers.MaxPooling1D(2)(x)
    model = keras.Model(x, ops.argmax(f(z), axis=1))
    expected = np.argmax(np.asarray(f(ops.convert_to_tensor(images[:, ::2]))), axis=1)
    np.testing.assert_array_equal(model.predict(images, verbose=0), expected)


class Twice(keras.layers.Layer):
    """A scan whose body uses two values that are equal."""

    def build(self, shape: Any) -> None:
        self.w = self.add_weight(shape=(shape[-1],), initializer="ones", name="w")

    def call(self, x: Any) -> Any:
        u, v = ops.tanh(self.w) * 2.0, ops.tanh(self.w) * 2.0

        def step(h: Any, now: Any) -> Any:
            h = ops.tanh(h * u + now) * v
            return h, h

        return ops.scan(step, x[:, 0] * 0.0, ops.transpose(x, (1, 0, 2)))[0]


def test_a_loop_that_is_given_one_value_twice() -> None:
    """Trained by both engines: the losses of float32 agree to six digits."""
    x = np.random.default_rng(2).normal(size=(6, 4, 3)).astype("float32")
    losses = []
    for eager in (False, True):
        model = keras.Sequential([keras.Input((4, 3)), Twice()])
        model.compile(keras.optimizers.SGD(0.1), "mse", run_eagerly=eager)
        history = model.fit(x, x[:, -1], epochs=3, batch_size=3, shuffle=False, verbose=0)
        losses.append(history.history["loss"])
    np.testing.assert_allclose(losses[0], losses[1], rtol=1e-5)


def test_rows_of_a_smaller_value_are_broadcast() -> None:
    """A scatter that is added to a variable of more axes changes all of it."""

    class Shifted(keras.layers.Layer):
        def build(self, shape: Any) -> None:
            self.total = self.add_weight(shape=(5, 3), initializer="zeros", trainable=False)

        def call(self, x: Any) -> Any:
            counts = ops.segment_sum(x[:, 0], ops.convert_to_tensor([0, 2, 2]), 3)
            self.total.assign(self.total + counts)
            return x

    layer = Shifted()
    model = keras.Sequential([keras.Input(batch_shape=(3, 1)), layer, keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    x = np.array([[1.0], [2.0], [4.0]], "float32")
    model.fit(x, x, batch_size=3, shuffle=False, verbose=0)
    np.testing.assert_array_equal(layer.total.numpy(), np.tile([1.0, 0.0, 6.0], (5, 1)))
