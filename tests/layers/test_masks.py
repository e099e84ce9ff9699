"""Masks go from layer to layer as in Keras, whose answers are recorded.

An answer is the mask beside the last tensor, as numbers; -1 where there is none.
"""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from tests.recorded import Answers, flat

import lamina
from lamina.errors import ShapeError

IDS = np.array([[1, 2, 0, 4], [0, 0, 3, 0], [5, 1, 1, 0]], "int32")
X = (np.random.default_rng(3).normal(size=(3, 4, 2)) * (IDS > 0)[..., None]).astype("float32")
MASK = np.array([[1, 0, 1, 1], [0, 0, 0, 0], [0, 1, 1, 0]], dtype=bool)
STATES = [np.full((3, 2), 0.5, "float32")] * 2


def masked(k):
    """X with its mask."""
    return k.layers.Masking()(X)


def beside(y):
    """The mask beside a tensor."""
    mask = getattr(y, "_keras_mask", None)
    return -1 if mask is None else mask


def through(make):
    """What is left of the mask after one layer."""
    return lambda k: beside(make(k)(masked(k)))


def seeing(k, **masks):
    """A layer that shows the masks it is given."""

    class Seeing(k.layers.Layer):
        def call(self, a, b, a_mask=None, b_mask=None):
            pair = [k.ops.zeros((3, 4)) - 1 if m is None else m for m in (a_mask, b_mask)]
            return k.ops.stack([k.ops.cast(m, "float32") for m in pair])

    return Seeing()(masked(k), X, **masks)


def listing(k):
    """A layer of several inputs in one argument."""

    class Listing(k.layers.Layer):
        def call(self, xs, mask=None):
            return k.ops.cast(mask[0], "float32") + (0 if mask[1] is None else 100)

    return Listing()([masked(k), X])


def telling(k):
    """A layer with a mask of its own making."""

    class Telling(k.layers.Layer):
        def __init__(self):
            super().__init__()
            self.supports_masking = True

        def call(self, x):
            return x * 2

        def compute_mask(self, x, previous_mask=None):
            return k.ops.logical_not(previous_mask)

    return beside(Telling()(masked(k)))


def functional(k, **call):
    """The mask beside the output of a functional model."""
    x = k.Input((4, 2))
    layer = k.layers.LSTM(2, return_sequences=True)
    model = k.Model(x, k.layers.Dense(2)(layer(x)))
    model.set_weights([np.full(w.shape, 0.5) for w in model.get_weights()])
    y = model(masked(k) if not call else X, **call)
    return y, beside(y)


def sequential(k):
    """Output and mask of a Sequential whose input is given a mask by hand."""
    model = k.Sequential([k.layers.GRU(2, return_sequences=True)])
    model(X)
    model.set_weights([np.full(w.shape, 0.5) for w in model.get_weights()])
    y = model(X, mask=MASK)
    return y, beside(y)


def with_states(k, **call):
    """An LSTM whose input has a mask, given states: Keras does not hand it the mask."""
    layer = k.layers.LSTM(2, return_sequences=True)
    layer(X)
    layer.set_weights([np.full(w.shape, 0.5) for w in layer.get_weights()])
    y = layer(masked(k), initial_state=STATES, **call)
    return y, beside(y)


def embedded(k, **arguments):
    """An embedding of IDS."""
    return k.layers.Embedding(9, 2, **arguments)(IDS)


def normalised(k, x, **mask):
    """Batch statistics of what the mask keeps: outputs, and what has moved."""
    layer = k.layers.BatchNormalization(momentum=0.5)
    y = layer(x, training=True, **mask)
    return y, *layer.get_weights()[2:]


def chances(k, mask, axis=-1):
    """Softmax of what the mask keeps; where it keeps nothing, zeros."""
    scores = np.random.default_rng(5).normal(size=(3, 2, 4)).astype("float32")
    return k.layers.Softmax(axis)(scores, mask=k.ops.convert_to_tensor(mask))


QUESTIONS = {
    "embedding": lambda k: beside(embedded(k, mask_zero=True)),
    "embedding plain": lambda k: beside(embedded(k)),
    "masking": lambda k: beside(masked(k)),
    "dense": through(lambda k: k.layers.Dense(3)),
    "dropout": through(lambda k: k.layers.Dropout(0.5)),
    "activation": through(lambda k: k.layers.Activation("relu")),
    "normalization": through(lambda k: k.layers.LayerNormalization()),
    "batch": through(lambda k: k.layers.BatchNormalization()),
    "unit": through(lambda k: k.layers.UnitNormalization()),
    "parametric": through(lambda k: k.layers.PReLU()),
    "whole channels": through(lambda k: k.layers.SpatialDropout1D(0.5)),
    "mean of steps": lambda k: k.layers.GlobalAveragePooling1D()(masked(k)),
    "mean of steps, kept": lambda k: k.layers.GlobalAveragePooling1D(
        data_format="channels_first", keepdims=True
    )(X, mask=k.ops.convert_to_tensor(MASK[:, 1:3])),
    "batch statistics": lambda k: normalised(k, masked(k)),
    "batch statistics, by hand": lambda k: normalised(
        k, np.stack([X, X + 1], 1), mask=k.ops.convert_to_tensor(np.stack([MASK, ~MASK], 1))
    ),
    "chances": lambda k: chances(k, MASK[:, None]),
    "chances as numbers": lambda k: chances(k, MASK[:, None].astype("float32"), 1),
    "chances of all": lambda k: chances(k, MASK[:, None], (1, 2)),
    "last": through(lambda k: k.layers.LSTM(2)),
    "sequences": through(lambda k: k.layers.GRU(2, return_sequences=True)),
    "both": through(lambda k: k.layers.Bidirectional(k.layers.GRU(2, return_sequences=True))),
    "both last": through(lambda k: k.layers.Bidirectional(k.layers.GRU(2))),
    "each": through(lambda k: k.layers.TimeDistributed(k.layers.Dense(2))),
    "pooled": through(lambda k: k.layers.GlobalAveragePooling1D()),
    "by hand": lambda k: beside(k.layers.LSTM(2, return_sequences=True)(X, mask=MASK)),
    "added": lambda k: beside(k.layers.Add()([masked(k), embedded(k, mask_zero=True)])),
    "added to plain": lambda k: beside(k.layers.Add()([masked(k), X])),
    "joined": lambda k: beside(k.layers.Concatenate(1)([masked(k), X])),
    "two arguments": seeing,
    "two arguments, one told": lambda k: seeing(k, b_mask=MASK),
    "a list": listing,
    "own": telling,
    "functional": functional,
    "functional, by hand": lambda k: functional(k, mask=MASK),
    "sequential, by hand": sequential,
    "states": with_states,
    "states, by hand": lambda k: with_states(k, mask=MASK),
}


def ask(k, key):
    """The numbers of an answer."""
    found = QUESTIONS[key](k)
    return flat(*found) if isinstance(found, tuple) else flat(found)


def _of_keras(key):
    import keras

    return ask(keras, key)


ANSWERS = Answers(__file__, {key: lambda key=key: _of_keras(key) for key in QUESTIONS}, "masks.npz")


@pytest.mark.filterwarnings("ignore:Seeing 'seeing.*' was given an input with a mask")
@pytest.mark.parametrize("key", QUESTIONS)
def test_a_mask_is_where_it_is_in_keras(key):
    # Tolerance: four steps of a recurrence in float32.
    np.testing.assert_allclose(ask(lamina, key), ANSWERS[key], rtol=2e-6, atol=2e-6)


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
@pytest.mark.filterwarnings("ignore:Layer '.*was passed an input with a mask")
def test_keras_still_answers_so():
    ANSWERS.check_live(2, seed=11, rtol=1e-6, atol=1e-6)


def test_a_layer_that_loses_the_mask_says_so():
    with pytest.warns(UserWarning, match="Flatten 'flat' was given an input with a mask"):
        y = lamina.layers.Flatten(name="flat")(masked(lamina))
    assert beside(y) == -1
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        lamina.layers.Flatten()(X)


def test_a_symbolic_tensor_has_a_symbolic_mask():
    x = lamina.Input((4,), dtype="int32")
    y = lamina.layers.Embedding(9, 2, mask_zero=True)(x)
    z = lamina.layers.LSTM(2, return_sequences=True)(y)
    assert y._keras_mask.shape == z._keras_mask.shape == (None, 4)
    model = lamina.Model(x, z._keras_mask)
    np.testing.assert_array_equal(model.predict(IDS, verbose=0), IDS != 0)


def test_a_mask_of_another_length_is_refused():
    each = lamina.layers.TimeDistributed(lamina.layers.Dense(2))
    with pytest.raises(ShapeError, match=r"needs a mask \(batch, time\), as its input has"):
        each(X, mask=MASK[:, :3])


def test_masked_images_at_the_end_are_left_out():
    # By hand: Keras on JAX cannot mask images.
    images = np.random.default_rng(1).normal(size=(3, 4, 5, 2)).astype("float32")
    layer = lamina.layers.ConvLSTM1D(2, 3, return_state=True)
    ends = np.arange(4) < np.array([[4], [2], [1]])
    _, h, c = layer(images, mask=ends)
    for row, length in enumerate((4, 2, 1)):
        _, *alone = layer(images[row : row + 1, :length])
        for found, want in zip((h, c), alone, strict=True):
            np.testing.assert_allclose(found[row], want[0], rtol=1e-6, atol=1e-6)


def test_masks_by_name_reach_the_inputs_of_these_names():
    """The model lists its inputs in another order than the dict."""
    layers = lamina.layers
    a, b = (lamina.Input((2, 1), name=name) for name in "ab")
    pooled = [layers.GlobalAveragePooling1D()(x) for x in (b, a)]
    model = lamina.Model([b, a], layers.Subtract()(pooled))
    x = {"a": np.array([[[1.0], [3.0]]], "float32"), "b": np.array([[[10.0], [50.0]]], "float32")}
    mask = {"a": np.array([[True, False]]), "b": np.array([[False, True]])}
    np.testing.assert_allclose(model(x, mask=mask), [[50.0 - 1.0]], rtol=1e-6)
    np.testing.assert_allclose(
        model([x["b"], x["a"]], mask=[None, mask["a"]]), [[30.0 - 1.0]], rtol=1e-6
    )
