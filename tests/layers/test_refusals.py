"""What layers refuse, in the class of exception that Keras raises: rows of a table."""

from __future__ import annotations

import keras
import numpy as np
import pytest

import lamina
from lamina.errors import LaminaError

# (layer, arguments, by name, shape of the inputs or None, what the error says)
_MADE = [
    ("Conv2D", (0, 3), {}, "needs a positive whole number"),
    ("Conv2D", (4, 0), {}, "needs a whole number from 1"),
    ("Conv2D", (4, (3, 3, 3)), {}, "needs a whole number from 1, or 2 of them"),
    ("Conv2D", (4, 3), {"strides": 0}, "needs a whole number from 1"),
    ("Conv2D", (4, 3), {"strides": 2, "dilation_rate": 2}, "not both"),
    ("Conv2D", (4, 3), {"padding": "causal"}, "does not know this padding"),
    ("Conv2D", (4, 3), {"data_format": "NHWC"}, "does not know this data_format"),
    ("Conv2D", (4, 3), {"groups": 3}, "a number of filters that its groups divide"),
    ("Conv2D", (4, 3), {"groups": 0}, "needs a positive whole number"),
    ("MaxPooling2D", (0,), {}, "needs a whole number from 1"),
    ("AveragePooling1D", ((2, 2),), {}, "needs a whole number from 1"),
    ("ZeroPadding2D", (-1,), {}, "needs a whole number from 0"),
    ("ZeroPadding2D", ((1, 1, 1),), {}, "a number or a pair for each of 2 axes"),
    ("Cropping3D", ((1, 1),), {}, "a number or a pair for each of 3 axes"),
    ("Cropping1D", ((1, 1, 1),), {}, "or 2 of them"),
    ("UpSampling2D", (0,), {}, "needs a whole number from 1"),
    ("SpatialDropout2D", (1.5,), {}, "needs a number between 0 and 1"),
    ("GaussianNoise", (-0.1,), {}, "needs a number between 0 and 1"),
    ("GaussianDropout", (2,), {}, "needs a number between 0 and 1"),
    ("AlphaDropout", (-1,), {}, "needs a number between 0 and 1"),
    ("Dropout", (0.5, (0, 1)), {}, "needs positive sizes"),
    ("Permute", ((0, 1),), {}, "needs each axis of a row once"),
    ("RepeatVector", (0,), {}, "needs a positive whole number"),
    ("RepeatVector", (1.5,), {}, "needs a whole number"),
    ("UpSampling1D", ("2",), {}, "needs a whole number"),
    ("ReLU", (), {"max_value": -1}, "needs a number from 0"),
    ("ReLU", (), {"negative_slope": None}, "needs a number from 0"),
    ("LeakyReLU", (-1,), {}, "needs a number from 0"),
    ("BatchNormalization", (), {"synchronized": True}, "runs on one machine"),
    ("BatchNormalization", (), {"renorm": True, "renorm_clipping": {"r": 1}}, "takes 'rmin'"),
    ("GroupNormalization", (0,), {}, "needs a positive number of groups"),
    ("LayerNormalization", ("last",), {}, "needs an axis"),
    ("UnitNormalization", (1.5,), {}, "needs an axis"),
]  # fmt: skip
_CALLED = [
    ("Conv2D", (4, 3), {}, (2, 5, 5), "needs inputs of 4 axes"),
    ("Conv2D", (4, 3), {}, (2, 2, 5, 3), "with room for its windows"),
    ("Conv2D", (4, 3), {"groups": 2}, (2, 5, 5, 3), "needs channels that its groups divide"),
    ("MaxPooling1D", (3,), {}, (2, 2, 3), "with room for its windows"),
    ("MaxPooling2D", (2,), {}, (2, 4, 3), "needs inputs of 4 axes"),
    ("GlobalAveragePooling2D", (), {}, (2, 4, 3), "needs inputs of 4 axes"),
    ("Cropping1D", (2,), {}, (2, 4, 3), "would leave nothing"),
    ("Permute", ((2, 1),), {}, (2, 4), "needs inputs of 3 axes"),
    ("RepeatVector", (2,), {}, (2, 4, 3), "needs inputs of 2 axes"),
    ("GroupNormalization", (4,), {}, (2, 6), "needs groups of equal size"),
    ("BatchNormalization", (3,), {}, (2, 6), "needs inputs that have axis 3"),
    ("LayerNormalization", ([1, 2],), {}, (2, 6), "needs inputs that have axis"),
    ("EinsumDense", ("ab,bc", 3), {}, (2, 6), "needs an equation of two terms"),
    ("EinsumDense", ("ab,bc->acd", (3, 2)), {}, (2, 6), "has letters that no other term explains"),
    ("EinsumDense", ("abc,cd->abd", (3, 2)), {}, (2, 4, 6), "inputs and an output_shape that fit"),
]  # fmt: skip

# What Keras makes all the same, and cannot use.
LENIENT = [("Dropout", (0.5, (0, 1))), ("ZeroPadding2D", (-1,))]


@pytest.mark.parametrize(("layer", "arguments", "named", "says"), _MADE)
def test_what_cannot_be_made(layer, arguments, named, says):
    with pytest.raises(LaminaError) as ours:
        getattr(lamina.layers, layer)(*arguments, **named)
    assert says in str(ours.value)
    kind = next(k for k in (TypeError, ValueError) if isinstance(ours.value, k))
    if (layer, arguments) not in LENIENT:
        with pytest.raises(kind):
            getattr(keras.layers, layer)(*arguments, **named)


@pytest.mark.parametrize(("layer", "arguments", "named", "shape", "says"), _CALLED)
def test_what_cannot_be_called(layer, arguments, named, shape, says):
    given = np.zeros(shape, "float32")
    with pytest.raises(LaminaError) as ours:
        getattr(lamina.layers, layer)(*arguments, **named)(given)
    assert isinstance(ours.value, ValueError)
    assert says in str(ours.value)
    with pytest.raises((ValueError, IndexError)):
        getattr(keras.layers, layer)(*arguments, **named)(keras.Input(batch_shape=shape))


@pytest.mark.parametrize("layer", ["GaussianDropout", "AlphaDropout"])
def test_nothing_is_left_to_train_on(layer):
    made = getattr(lamina.layers, layer)(1.0)
    np.testing.assert_array_equal(np.asarray(made(np.ones((2, 3)))), 1)
    with pytest.raises(LaminaError, match="cannot train where everything is dropped"):
        made(np.ones((2, 3)), training=True)


def test_open_axes_of_space_are_open_in_the_result():
    given = lamina.Input((None, None, 3))
    assert lamina.layers.Conv2D(4, 11)(given).shape == (None, None, None, 4)
    assert lamina.layers.MaxPooling2D(31)(given).shape == (None, None, None, 3)
    assert lamina.layers.Cropping2D(9)(given).shape == (None, None, None, 3)


def test_a_whole_text():
    with pytest.raises(LaminaError) as caught:
        lamina.layers.Conv2D(4, 5, name="c")(np.zeros((2, 3, 7, 1)))
    assert str(caught.value) == (
        "Conv2D 'c' needs inputs of 4 axes with room for its windows\n"
        "  received: inputs of shape (2, 3, 7, 1), windows of (5, 5)\n"
        "  mend:     make the windows smaller, or use padding='same'"
    )
