"""Arguments and data that a layer does not take: errors that say what it does take."""

from __future__ import annotations

import numpy as np
import pytest

import lamina as keras
from lamina.errors import ArgumentTypeError, ShapeError


class Own(keras.layers.Dense):
    """Hands on what it does not know, as subclasses do."""

    def __init__(self, units, sharpness=1.0, **kwargs):
        super().__init__(units, **kwargs)


@pytest.mark.parametrize(
    ("layer", "given", "near"),
    [
        (keras.layers.Dense, "activatoin", "activation"),
        (keras.layers.Dense, "nmae", "name"),
        (Own, "sharpnes", "sharpness"),
        (Own, "kernel_initialiser", "kernel_initializer"),
    ],
)
def test_an_unknown_argument_is_answered_with_the_nearest(layer, given, near):
    with pytest.raises(ArgumentTypeError) as caught:
        layer(2, name="x" if near != "name" else None, **{given: 1})
    assert isinstance(caught.value, TypeError)
    assert caught.value.what == "does not know this argument"
    assert caught.value.received == given
    assert caught.value.mend.startswith(f"did you mean {near}? It takes units, ")


@pytest.mark.parametrize("rows", [1, 2, 40])
def test_data_of_another_shape_are_shown_as_they_were_given(rows):
    model = keras.Sequential([keras.layers.Dense(2, input_shape=(3,))])
    model.compile("adam", "mse")
    with pytest.raises(ShapeError) as caught:
        model.fit(np.zeros((rows, 5)), np.zeros((rows, 2)), verbose=0)
    assert caught.value.what == "takes data of shape (None, 3)"
    assert caught.value.received == f"data of shape ({rows}, 5)"
