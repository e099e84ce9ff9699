"""Layers over an axis of open length whose tables end somewhere, as in Keras' own examples."""

from __future__ import annotations

import numpy as np

from lamina import Input, Model, layers, ops


class Positions(layers.Layer):
    """Tokens and their places; the table has 8 places."""

    def __init__(self):
        super().__init__()
        self.tokens, self.places = layers.Embedding(5, 3), layers.Embedding(8, 3)
        self.waves = ops.reshape(ops.arange(24, dtype="float32"), (1, 8, 3))

    def call(self, x):
        length = ops.shape(x)[-1]
        learned = self.tokens(x) + self.places(ops.arange(length))
        return learned + self.waves[:, :length]


def test_a_table_shorter_than_the_sizes_that_stand_for_open_ones():
    inputs = Input((None,), dtype="int32")
    layer = Positions()
    model = Model(inputs, layer(inputs))
    assert model.output_shape == (None, None, 3)
    x = np.array([[1, 2, 0, 4, 3, 1, 1, 2]])
    for length in (2, 8):
        tokens, places = (table.get_weights()[0] for table in (layer.tokens, layer.places))
        expected = tokens[x[:, :length]] + places[:length] + np.asarray(layer.waves)[:, :length]
        np.testing.assert_allclose(model.predict(x[:, :length], verbose=0), expected, rtol=1e-6)
