"""A Sequential takes data of other sizes than it was built for, where its layers do, as Keras' does
(3.15 answered so for each of these); the number of axes binds.
"""

from __future__ import annotations

import numpy as np
import pytest

from lamina import Input, Sequential
from lamina.errors import ShapeError
from lamina.layers import Conv2D, Dense


def _ones(*shape):
    return np.ones(shape, "float32")


@pytest.mark.parametrize("start", [[], [Input((7, 5))]], ids=["by data", "by an Input"])
def test_other_lengths(start):
    model = Sequential([*start, Dense(3), Dense(2)])
    full = np.asarray(model(_ones(4, 7, 5)))
    np.testing.assert_allclose(model(_ones(4, 1, 5)), full[:, :1], rtol=1e-6)
    np.testing.assert_allclose(model.predict(_ones(4, 9, 5), verbose=0)[:, :7], full, rtol=1e-6)
    with pytest.raises(ShapeError):
        model(_ones(4, 5))


def test_training_on_other_pictures():
    model = Sequential([Input((8, 8, 1)), Conv2D(3, 3)])
    model.compile("sgd", "mse")
    assert model.fit(_ones(2, 9, 9, 1), _ones(2, 7, 7, 3), verbose=0).history["loss"][0] > 0
    with pytest.raises(ShapeError, match="takes data of shape \\(None, 8, 8, 1\\)"):
        model.fit(_ones(2, 9, 9, 2), _ones(2, 7, 7, 3), verbose=0)
