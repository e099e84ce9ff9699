"""Rows of the tables of torture, and what they found: each once came through, or raised in vain."""

from __future__ import annotations

import numpy as np
import pytest
from torture.bad_input import BAD, try_bad
from torture.odd_input import ODD, try_odd

import lamina as keras
from lamina.errors import LaminaError

X = np.random.default_rng(0).normal(size=(12, 4)).astype("float32")
Y = X[:, :1]


def test_there_are_enough_of_them():
    assert len(BAD) >= 100
    assert len(ODD) >= 100


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", list(BAD)[::4])
def test_bad_input_is_refused(name):
    assert try_bad(keras, name)["trouble"] is None


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", list(ODD)[::4])
def test_odd_input_gives_the_numbers_of_the_plain_form(name):
    assert try_odd(keras, name) is None


def two_outputs():
    i = keras.Input((4,))
    outputs = {"p": keras.layers.Dense(1, name="p")(i), "q": keras.layers.Dense(2, name="q")(i)}
    model = keras.Model(i, outputs)
    model.compile("sgd", {"p": "mse", "q": "mse"})
    return model


def test_targets_of_another_name_are_refused():
    model = two_outputs()
    with pytest.raises(LaminaError, match="needs the names of outputs, p, q"):
        model.fit(X, {"p": Y, "r": X[:, :2]}, verbose=0)
    with pytest.raises(LaminaError, match="needs targets"):
        model.fit(X, {"q": X[:, :2]}, verbose=0)


def test_weights_of_one_output_weigh_no_other():
    # With weights 0 for p alone, q learns as without any.
    kernels = []
    for weights in ({"p": np.zeros(12)}, None):
        keras.utils.set_random_seed(1)
        model = two_outputs()
        before = model.get_layer("p").get_weights()[0]
        model.fit(X, {"p": Y, "q": X[:, :2]}, sample_weight=weights, shuffle=False, verbose=0)
        kernels.append(model.get_layer("q").get_weights()[0])
        if weights:
            np.testing.assert_array_equal(model.get_layer("p").get_weights()[0], before)
    np.testing.assert_allclose(*kernels, rtol=1e-6)  # one program has one product more


def test_metrics_of_no_output_are_refused():
    model = keras.Sequential([keras.layers.Input((4,)), keras.layers.Dense(1, name="out")])
    model.compile("sgd", "mse", metrics={"z": ["mae"]})
    with pytest.raises(LaminaError, match="metrics"):
        model.fit(X, Y, verbose=0)
    model.compile("sgd", "mse", metrics={"out": ["mae"]})
    assert "mae" in model.fit(X, Y, verbose=0).history


@pytest.mark.parametrize("method", ["fit", "evaluate", "predict"])
def test_whole_numbers_of_numpy_are_numbers(method):
    model = keras.Sequential([keras.layers.Input((4,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    data = (X,) if method == "predict" else (X, Y)
    getattr(model, method)(*data, batch_size=np.int64(5), verbose=0)


def test_validation_data_are_looked_at_before_training():
    model = keras.Sequential([keras.layers.Input((4,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    before = model.get_weights()[0]
    with pytest.raises(LaminaError, match="validation_data"):
        model.fit(X, Y, validation_data="x", verbose=0)
    np.testing.assert_array_equal(model.get_weights()[0], before)
