"""Losses that use symbolic tensors of the model beside what they are given."""

from __future__ import annotations

import numpy as np
import pytest

import lamina as keras
from lamina import ops

X = np.random.default_rng(0).normal(size=(21, 6)).astype("float32")


def autoencoder():
    x = keras.Input((6,))
    code = keras.layers.Dense(2, activation="tanh", name="code")(x)
    return x, code, keras.layers.Dense(6)(code)


def inside(code):
    return lambda y, p: ops.mean(ops.square(y - p), axis=-1) + ops.sum(ops.square(code), axis=-1)


def outside(code):
    size = ops.sum(ops.square(code), axis=-1)
    return lambda y, p: ops.mean(ops.square(y - p), axis=-1) + size


@pytest.mark.parametrize("make", [inside, outside])
@pytest.mark.parametrize("batch", [7, 16])
def test_they_have_the_values_of_the_batch(make, batch):
    """Against the same loss as an output of the model; 16 leaves a partial batch."""
    keras.utils.set_random_seed(1)
    x, code, y = autoencoder()
    model = keras.Model(x, y)
    both = keras.Model(x, [y, code])
    start = model.get_weights()
    model.compile("sgd", make(code))
    one = model.fit(X, X, batch_size=batch, epochs=2, shuffle=False, verbose=0)
    trained = model.get_weights()
    model.set_weights(start)
    both.compile("sgd", ["mse", lambda y, p: ops.sum(ops.square(p), axis=-1)])
    two = both.fit(X, [X, X[:, :2]], batch_size=batch, epochs=2, shuffle=False, verbose=0)
    # The same sums in another order.
    np.testing.assert_allclose(one.history["loss"], two.history["loss"], rtol=1e-5)
    for a, b in zip(trained, both.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-6)


def test_a_layer_is_called_on_them():
    x, code, y = autoencoder()
    judge = keras.layers.Dense(1, use_bias=False, trainable=False)
    judge.build((None, 2))
    model = keras.Model(x, y)
    model.compile("sgd", lambda y, p: ops.mean(judge(code), axis=-1))
    codes = keras.Model(x, code).predict(X, verbose=0)
    expected = (codes @ judge.get_weights()[0]).mean()
    assert model.evaluate(X, X, verbose=0) == pytest.approx(expected, rel=1e-4, abs=1e-6)


class Penalised(keras.layers.Layer):
    """Adds a loss of a symbolic tensor that it is not given."""

    def __init__(self, size):
        super().__init__()
        self.size = size

    def call(self, x):
        self.add_loss(ops.mean(self.size))
        return x


def test_a_layer_may_use_them():
    """Against the same size as an argument."""
    x, _, y = autoencoder()
    size = ops.sum(ops.square(keras.layers.Dense(3, name="side")(x)), axis=-1)
    model = keras.Model(x, Penalised(size)(y))
    assert "side" in [layer.name for layer in model.layers]
    told = keras.Model(x, [y, size])
    model.compile("sgd", "mse")
    one = model.fit(X, X, batch_size=8, epochs=1, shuffle=False, verbose=0).history["loss"]
    model.compile("sgd", "mse")
    predicted, sizes = told.predict(X, verbose=0)
    expected = np.square(predicted - X).mean() + sizes.mean()
    assert model.evaluate(X, X, batch_size=21, verbose=0) == pytest.approx(expected, rel=1e-5)
    assert one[0] > expected


def test_a_model_that_is_called_twice_in_a_step_has_its_values_anew():
    x, _, y = autoencoder()
    inner = keras.Model(x, y)

    class Twice(keras.Model):
        def call(self, a):
            return inner(a) - inner(2 * a)

    expected = inner.predict(X, verbose=0) - inner.predict(2 * X, verbose=0)
    np.testing.assert_allclose(Twice().predict(X, verbose=0), expected, rtol=1e-5, atol=1e-6)
