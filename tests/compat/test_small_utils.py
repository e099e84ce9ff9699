"""Functions that programs take from inside older Keras, and models as YAML."""

from __future__ import annotations

import importlib

import numpy as np
import pytest

import lamina
from lamina.compat import install
from lamina.errors import ArgumentError, LaminaError


@pytest.fixture
def keras(clean_process):
    install()
    return importlib.import_module("keras")


def test_arguments_are_known(keras):
    from keras.utils.generic_utils import has_arg

    def function(a, *, b=1, **rest):
        return a, b, rest

    found = [has_arg(function, name) for name in ("a", "b", "c", "rest")]
    assert found == [True, True, False, False]
    assert has_arg(function, "c", accept_all=True)


def test_shapes_of_pictures(keras):
    from keras.applications.imagenet_utils import _obtain_input_shape

    assert _obtain_input_shape(
        None, default_size=224, min_size=48, data_format="channels_last", include_top=True
    ) == (224, 224, 3)
    assert _obtain_input_shape(None, 224, 48, "channels_last", require_flatten=False) == (
        None, None, 3,
    )  # fmt: skip
    with pytest.raises(ArgumentError, match="at least 48"):
        _obtain_input_shape((32, 32, 3), 224, 48, "channels_last", True)


def test_inputs_are_among_the_models(keras):
    from keras.models import Input

    assert Input is lamina.layers.Input


OLD = """
class_name: Sequential
config:
- class_name: Dense
  config: {activation: relu, batch_input_shape: [null, 4], name: dense_1, output_dim: 3}
- class_name: Dense
  config: {activation: linear, name: dense_2, output_dim: 1}
keras_version: 1.2.2
"""


def test_yaml(keras):
    from keras.models import model_from_yaml

    model = keras.models.Sequential([keras.layers.Dense(2, input_dim=3, activation="tanh")])
    again = model_from_yaml(model.to_yaml())
    again.set_weights(model.get_weights())
    x = np.random.default_rng(0).random((4, 3))
    np.testing.assert_array_equal(again.predict(x, verbose=0), model.predict(x, verbose=0))
    old = model_from_yaml(OLD)
    assert [w.shape for w in old.get_weights()] == [(4, 3), (3,), (3, 1), (1,)]
    bad = ("a: [", "[1, 2]", "!!python/object/apply:os.system ['true']", "a: &x [1]\nb: *x")
    for text in bad:
        with pytest.raises(LaminaError):
            model_from_yaml(text)
