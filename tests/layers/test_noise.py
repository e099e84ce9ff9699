"""Layers that change their inputs at random: the distributions, against their formulas.

Over 60,000 draws the mean of a unit of noise is right to 4 / sqrt(60000) = 0.016 (four standard
deviations), its deviation to 0.012.
"""

from __future__ import annotations

import numpy as np
import pytest
from tests.one_step import run_step

import lamina
from lamina import layers

X = np.random.default_rng(0).normal(size=(300, 200)).astype("float32")


def drawn(layer, x=X):
    return np.asarray(layer(x, training=True))


def test_gaussian_noise_is_added():
    noise = drawn(layers.GaussianNoise(0.5, seed=1)) - X
    assert abs(noise.mean()) < 0.008
    assert abs(noise.std() - 0.5) < 0.006


def test_gaussian_dropout_multiplies():
    factor = drawn(layers.GaussianDropout(0.2, seed=1), np.ones_like(X))
    assert abs(factor.mean() - 1) < 0.008
    assert abs(factor.std() - 0.5) < 0.006


@pytest.mark.parametrize("rate", [0.1, 0.5])
def test_alpha_dropout_keeps_mean_and_variance(rate):
    y = drawn(layers.AlphaDropout(rate, seed=1))
    assert abs(y.mean()) < 0.02
    assert abs(y.std() - 1) < 0.02
    low = np.min(y[X > 0])
    scale = ((1 - rate) * (1 + rate * 1.7580993408473766**2)) ** -0.5
    assert abs(low - scale * 1.7580993408473766 * (rate - 1)) < 1e-5
    assert abs(np.mean(y == low) - rate) < 0.01


def test_alpha_dropout_shares_its_mask():
    y = drawn(layers.AlphaDropout(0.5, noise_shape=(None, 1), seed=1), np.ones_like(X))
    assert (y == y[:, :1]).all()
    assert len(np.unique(y)) == 2


@pytest.mark.parametrize(
    ("layer", "shape", "space"),
    [
        (layers.SpatialDropout1D(0.5, seed=1), (50, 7, 40), (1,)),
        (layers.SpatialDropout2D(0.5, seed=1), (50, 3, 2, 40), (1, 2)),
        (layers.SpatialDropout2D(0.5, "channels_first", seed=1), (50, 40, 3, 2), (2, 3)),
        (layers.SpatialDropout3D(0.5, seed=1), (50, 3, 1, 2, 40), (1, 2, 3)),
        (layers.SpatialDropout3D(0.5, "channels_first", seed=1), (50, 40, 3, 1, 2), (2, 3, 4)),
    ],
)  # fmt: skip
def test_channels_are_dropped_whole(layer, shape, space):
    y = drawn(layer, np.ones(shape, "float32"))
    assert (y.min(axis=space) == y.max(axis=space)).all()
    assert set(np.unique(y)) == {0, 2}
    assert abs(np.mean(y == 0) - 0.5) < 0.05


@pytest.mark.parametrize(
    "layer",
    [
        layers.GaussianNoise(0.5, seed=1), layers.GaussianDropout(0.5, seed=1),
        layers.AlphaDropout(0.5, seed=1), layers.SpatialDropout1D(0.5, seed=1),
    ],
)  # fmt: skip
def test_both_engines_draw_the_same(layer):
    x = X[:10, :42].reshape(10, 6, 7)
    (y,) = run_step(lambda given: layer(given, training=True), [x], native=True)
    layer.seed_generator.state.assign(np.asarray([1, 0], "uint32"))
    np.testing.assert_allclose(drawn(layer, x), y, rtol=1e-5, atol=1e-6)
    np.testing.assert_array_equal(np.asarray(layer(x, training=False)), x)


def test_noise_is_new_each_time_and_not_there_in_predictions():
    layer = layers.GaussianNoise(0.5)
    assert (drawn(layer) != drawn(layer)).any()
    model = lamina.Sequential([lamina.Input((200,)), layer])
    np.testing.assert_array_equal(model.predict(X, verbose=0), X)
