"""Lambda beside what a table cannot show: masks, training, configurations, compiled training."""

from __future__ import annotations

import json

import keras
import numpy as np
import pytest

import lamina
from lamina import layers, ops
from lamina.errors import ArgumentTypeError, UnsupportedError

ROWS = np.random.default_rng(0).normal(size=(6, 3)).astype("float32")


def doubled(x):
    return ops.multiply(x, 2.0)


def test_a_function_is_told_of_mask_and_training():
    told = layers.Lambda(lambda x, mask, training: x * float(bool(training)) + (mask is not None))
    np.testing.assert_array_equal(told(ROWS, training=True), ROWS)
    np.testing.assert_array_equal(told(ROWS), np.zeros_like(ROWS))
    x = layers.Masking()(np.ones((1, 2, 3), "float32"))
    np.testing.assert_array_equal(told(x), np.ones((1, 2, 3)))


@pytest.mark.filterwarnings("ignore:Layer .lambda:UserWarning")
def test_the_mask_that_goes_on():
    x = np.asarray([[[1.0], [0.0]]], "float32")
    for k in (lamina, keras):
        masked = k.layers.Masking()(x)
        plain = k.layers.Lambda(lambda y: y + 1)(masked)
        other = k.layers.Lambda(lambda y: y + 1, mask=lambda y, mask: ~mask)
        assert getattr(plain, "_keras_mask", None) is None
        found = other(masked)._keras_mask
        np.testing.assert_array_equal(np.asarray(found), [[False, True]])


def test_training_with_it_is_compiled():
    model = lamina.Sequential(
        [layers.Input((3,)), layers.Lambda(lambda x: x * x), layers.Dense(1, use_bias=False)]
    )
    model.compile(lamina.optimizers.Adam(0.05), "mse")
    target = (ROWS**2).sum(1, keepdims=True)
    loss = model.fit(ROWS, target, epochs=200, verbose=0).history["loss"]
    assert loss[-1] < 1e-2 * loss[0]


@pytest.mark.parametrize("function", [lambda x: x - 3.0, doubled, ops.tanh])
def test_this_process_makes_an_equal_layer_of_its_configuration(function):
    layer = layers.Lambda(function, name="own")
    config = json.loads(json.dumps(layer.get_config()))
    again = layers.Lambda.from_config(config)
    np.testing.assert_array_equal(again(ROWS), layer(ROWS))


def test_keras_reads_the_code():
    """Of a lambda without names of ours in it."""
    config = layers.Lambda(lambda x: x * 3.0, name="own").get_config()
    with keras.saving.CustomObjectScope({}):
        theirs = keras.layers.Lambda.from_config(config, safe_mode=False)
    np.testing.assert_array_equal(np.asarray(theirs(ROWS)), ROWS * 3.0)


def test_code_is_run_only_where_it_is_allowed():
    config = keras.layers.Lambda(lambda x: x).get_config()
    with pytest.raises(UnsupportedError, match="code of a lambda, which is not run"):
        layers.Lambda.from_config(config)
    run = layers.Lambda.from_config(config, safe_mode=False)
    np.testing.assert_array_equal(run(ROWS), ROWS)
    named = {**layers.Lambda(doubled).get_config(), "function": {
        "module": "elsewhere", "class_name": "function", "config": "other",
        "registered_name": "other",
    }}  # fmt: skip
    with pytest.raises(UnsupportedError, match="a function that is not known here"):
        layers.Lambda.from_config(named)
    found = layers.Lambda.from_config(named, custom_objects={"other": doubled})
    np.testing.assert_array_equal(found(ROWS), ROWS * 2)


def test_what_is_no_function():
    with pytest.raises(ArgumentTypeError, match="needs a function"):
        layers.Lambda(3)


def test_a_reversible_embedding_goes_back():
    for tied in (True, False):
        layer = layers.ReversibleEmbedding(5, 3, tied, mask_zero=True, logit_soft_cap=1.5)
        rows = layer(np.asarray([[1, 0]]))
        np.testing.assert_array_equal(rows._keras_mask, [[True, False]])
        table = layer.embeddings.numpy().T if tied else layer.reverse_embeddings.numpy()
        wanted = 1.5 * np.tanh(np.asarray(rows) @ table / 1.5)
        np.testing.assert_allclose(layer(rows, reverse=True), wanted, rtol=1e-5, atol=1e-6)
        symbol = layer(lamina.Input((2, 3)), reverse=True)
        assert symbol.shape == (None, 2, 5)
