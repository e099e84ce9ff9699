"""What holds for every layer, against real Keras: outputs, shapes, weights, configuration, masks.

Tolerance: one product and one activation in float32, 1e-6 of values of order 1.
"""

from __future__ import annotations

import inspect

import keras
import numpy as np
import pytest
from tests.layers.layers import OTHERS, ROWS

import lamina

# Keras' own variables, in this version of NumPy
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
EVERY = pytest.mark.parametrize("name", ROWS)
OPTIONAL = {"quantization_config"}  # of Keras' configuration: what lamina does not offer


def both(name):
    """Our layer and Keras', called on the same inputs with the same weights; and the outputs."""
    lamina.utils.clear_session()
    keras.utils.clear_session()
    row = ROWS[name]
    ours, theirs = row.build(lamina), row.build(keras)
    given = row.inputs()
    ours(given), theirs(given)
    stream = np.random.default_rng(1)
    weights = [stream.normal(size=w.shape) for w in theirs.get_weights()]
    ours.set_weights(weights), theirs.set_weights(weights)
    return ours, theirs, ours(given, **row.call), theirs(given, **row.call)


def symbolic(k, row):
    """Symbolic tensors in the place of the inputs."""
    tensors = [k.Input(batch_shape=(None, *shape[1:])) for shape in row.shapes]
    return tensors[0] if len(tensors) == 1 else tensors


@EVERY
def test_outputs_are_keras(name):
    _, _, ours, theirs = both(name)
    assert tuple(ours.shape) == tuple(theirs.shape)
    assert str(ours.dtype) == str(theirs.dtype)
    np.testing.assert_allclose(np.asarray(ours), np.asarray(theirs), rtol=1e-6, atol=1e-6)


@EVERY
def test_symbolic_shapes_are_keras(name):
    row = ROWS[name]
    shapes = [tuple(row.build(k)(symbolic(k, row)).shape) for k in (lamina, keras)]
    assert shapes[0] == shapes[1]
    given = [(None, *shape[1:]) for shape in row.shapes]
    given = given[0] if len(given) == 1 else given
    assert tuple(row.build(lamina).compute_output_shape(given)) == shapes[1]


@EVERY
def test_weights_losses_and_states_are_keras(name):
    ours, theirs, _, _ = both(name)
    for what in ("weights", "trainable_weights", "non_trainable_weights"):
        found = [(w.path, w.name, tuple(w.shape)) for w in getattr(ours, what)]
        assert found == [(w.path, w.name, tuple(w.shape)) for w in getattr(theirs, what)]
    assert len(ours.variables) == len(theirs.variables)
    assert ours.count_params() == theirs.count_params()
    np.testing.assert_allclose(
        [float(x) for x in ours.losses], [float(x) for x in theirs.losses], rtol=1e-6
    )


@EVERY
def test_configuration_is_keras_and_makes_an_equal_layer(name):
    ours, theirs, outputs, _ = both(name)
    config, wanted = ours.get_config(), theirs.get_config()
    assert sorted(config) == sorted(set(wanted) - OPTIONAL)
    if name != "Activation own":  # a function is written by its name, which another module has
        assert all(repr(config[key]) == repr(wanted[key]) for key in config)
        again = type(ours).from_config(config)
        given = ROWS[name].inputs()
        again(given)
        again.set_weights(ours.get_weights())
        if not ROWS[name].call:
            np.testing.assert_array_equal(np.asarray(again(given)), np.asarray(outputs))


@EVERY
def test_a_partial_batch_in_a_program_is_keras(name):
    row = ROWS[name]
    answers = []
    for k in (lamina, keras):
        given = symbolic(k, row)
        layer = row.build(k)
        model = k.Model(given, layer(given))
        layer.set_weights([np.full(w.shape, 0.25) for w in layer.get_weights()])
        answers.append(model.predict(row.inputs(), batch_size=3, verbose=0))
    np.testing.assert_allclose(*answers, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("name", sorted(set(lamina.layers.__all__) - OTHERS))
def test_arguments_are_keras(name):
    ours, theirs = (
        list(inspect.signature(getattr(k.layers, name)).parameters.values())
        for k in (lamina, keras)
    )
    missing = {"lora_rank", "lora_alpha", "quantization_config"}
    wanted = [(p.name, p.default) for p in theirs if p.name not in missing]
    assert [(p.name, p.default) for p in ours] == wanted


def test_every_layer_has_a_row():
    classes = {n for n in lamina.layers.__all__ if isinstance(getattr(lamina.layers, n), type)}
    assert classes - OTHERS == {name.split()[0] for name in ROWS}
