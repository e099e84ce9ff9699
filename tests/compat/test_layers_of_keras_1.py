"""Layers that Keras 3 dropped, against their formulas in NumPy."""

from __future__ import annotations

import numpy as np
import pytest

import lamina as keras
from lamina import compat
from lamina.compat.layers import Highway, MaxoutDense
from lamina.compat.local import LocallyConnected1D, LocallyConnected2D
from lamina.compat.merge import Merge, merge
from lamina.errors import ArgumentError

RANDOM = np.random.default_rng(3)
X = RANDOM.normal(size=(5, 4)).astype("float32")
Z = RANDOM.normal(size=(5, 4)).astype("float32")
PICTURES = RANDOM.normal(size=(3, 5, 6, 2)).astype("float32")


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def maxout(x, w, b):
    return (np.einsum("bi,nio->bno", x, w) + b).max(axis=1)


def highway(x, w, u, b, c):
    gate = sigmoid(x @ u + c)
    return gate * np.tanh(x @ w + b) + (1 - gate) * x


def local_1d(x, w, b):
    return np.stack([x[:, i : i + 2].reshape(len(x), -1) @ w[i] + b[i] for i in range(4)], axis=1)


def local_2d(x, w, b):
    """Windows of 2 x 3 at every second row, each with its own kernel."""
    y = [[x[:, i : i + 2, j : j + 3].reshape(len(x), -1) for j in range(4)] for i in (0, 2)]
    y = [[window @ w[4 * i + j] + b[i, j] for j, window in enumerate(r)] for i, r in enumerate(y)]
    return np.moveaxis(np.asarray(y), 2, 0)


def local_2d_first(x, w, b):
    """Channels first: so are the entries of a window."""
    y = [[x[:, :, i : i + 2, j : j + 3].reshape(len(x), -1) for j in range(4)] for i in (0, 2)]
    y = [[window @ w[4 * i + j] + b[i, j] for j, window in enumerate(r)] for i, r in enumerate(y)]
    return np.transpose(np.asarray(y), (2, 3, 0, 1))


LAYERS = [
    (MaxoutDense(3, nb_feature=2), X, maxout),
    (Highway(activation="tanh"), X, highway),
    (LocallyConnected1D(3, 2), PICTURES[:, :, 0], local_1d),
    (LocallyConnected2D(3, (2, 3), (2, 1)), PICTURES, local_2d),
    (
        LocallyConnected2D(3, (2, 3), (2, 1), data_format="channels_first"),
        np.moveaxis(PICTURES, -1, 1),
        local_2d_first,
    ),
]


@pytest.mark.parametrize(("layer", "x", "formula"), LAYERS, ids=[row[2].__name__ for row in LAYERS])
def test_a_layer_is_its_formula(layer, x, formula):
    inputs = keras.Input(x.shape[1:])
    model = keras.Model(inputs, layer(inputs))
    layer.set_weights([RANDOM.normal(size=w.shape) for w in layer.get_weights()])
    expected = formula(x.astype("float64"), *layer.get_weights())
    # Sums of at most 12 float32 products of normal numbers.
    found = model.predict(x, verbose=0)
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5)
    assert layer.compute_output_shape((None, *x.shape[1:])) == (None, *expected.shape[1:])
    again = type(layer).from_config(layer.get_config())
    again(x)
    again.set_weights(layer.get_weights())
    np.testing.assert_allclose(np.asarray(again(x)), found, rtol=1e-6, atol=1e-6)
    model.compile("sgd", "mse")
    model.fit(x, expected, verbose=0)


def cosine(x, z):
    lengths = np.linalg.norm(x, axis=1) * np.linalg.norm(z, axis=1)
    return ((x * z).sum(axis=1) / lengths)[:, None, None]


MODES = [
    ("sum", X + Z), ("ave", (X + Z) / 2), ("max", np.maximum(X, Z)), ("mul", X * Z),
    ("concat", np.concatenate([X, Z], 1)), ("dot", (X * Z).sum(axis=1, keepdims=True)),
    ("cos", cosine(X, Z)), (lambda xs: xs[0] - 2 * xs[1], X - 2 * Z),
]  # fmt: skip


@pytest.mark.parametrize(
    ("mode", "expected"), MODES, ids=[mode if isinstance(mode, str) else "own" for mode, _ in MODES]
)
def test_a_mode_of_merge_is_its_formula(mode, expected):
    a, b = keras.Input((4,)), keras.Input((4,))
    for joined in (merge([a, b], mode=mode), Merge(mode=mode)([a, b])):
        found = keras.Model([a, b], joined).predict([X, Z], verbose=0)
        # One float32 product or quotient of sums of four.
        np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)


def test_an_unknown_mode_is_refused():
    with pytest.raises(ArgumentError, match=r"knows the modes ave, concat, cos, dot, max, mul"):
        merge([keras.Input((4,)), keras.Input((4,))], mode="divide")


def test_a_sequential_that_begins_with_merge_has_the_inputs_of_both():
    left = keras.Sequential([keras.layers.Dense(4, input_shape=(4,))])
    right = keras.Sequential([keras.layers.Dense(4, input_shape=(4,))])
    model = keras.Sequential([Merge([left, right], mode="mul"), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    model.fit([X, Z], X[:, :1], epochs=2, verbose=0)
    between = (X @ left.get_weights()[0] + left.get_weights()[1]) * (
        Z @ right.get_weights()[0] + right.get_weights()[1]
    )
    kernel, bias = model.layers[1].get_weights()
    expected = between @ kernel + bias
    np.testing.assert_allclose(model.predict([X, Z], verbose=0), expected, rtol=1e-5, atol=1e-6)


@pytest.mark.filterwarnings("ignore:.*spelling of Keras")
def test_given_weights_are_set_when_the_layer_is_built(clean_process):
    compat.install()
    from keras.layers import Dense

    kernel = RANDOM.normal(size=(4, 2)).astype("float32")
    layer = Dense(2, weights=[kernel, np.ones(2)])
    assert not layer.built
    np.testing.assert_allclose(np.asarray(layer(X)), X @ kernel + 1, rtol=1e-5, atol=1e-6)
    compat.uninstall()
    assert Dense(2)(X).shape == (5, 2)


@pytest.mark.filterwarnings("ignore:.*spelling of Keras")
def test_a_rate_with_decay_can_be_set(clean_process):
    """SGD with Keras 2's decay by hand: w <- w - lr / (1 + decay n) g, lr changed on the way."""
    compat.install()
    from keras.optimizers import SGD

    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1, use_bias=False)])
    model.compile(SGD(lr=0.1, decay=0.5), "mse")
    ones, w, rate = np.ones((2, 1), "float32"), 0.5, 0.1
    model.set_weights([np.full((1, 1), w)])
    for step in range(4):
        if step == 2:
            rate = 0.2
            model.optimizer.lr = rate
        model.fit(ones, 3 * ones, verbose=0)
        w -= rate / (1 + 0.5 * step) * 2 * (w - 3)
        assert model.get_weights()[0].item() == pytest.approx(w, rel=1e-5)
    assert float(model.optimizer.lr) == pytest.approx(0.2)
