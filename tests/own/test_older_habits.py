"""What layers of libraries around Keras do: they must run as they are."""

from __future__ import annotations

import numpy as np

import lamina as keras
from lamina import ops

ROWS = np.random.default_rng(4).normal(size=(5, 6)).astype("float32")


class Halves(keras.layers.Layer):
    """Builds its layers by hand, and lists their weights itself."""

    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.first, self.second = keras.layers.Dense(units), keras.layers.Dense(units)

    def build(self, input_shape):
        self.first.build(input_shape)
        self.second.build(input_shape)
        super().build(input_shape)

    def call(self, x):
        return self.first(x) + self.second(x)

    @property
    def trainable_weights(self):
        return self.first.trainable_weights + self.second.trainable_weights

    @property
    def non_trainable_weights(self):
        return []


def test_a_layer_that_is_built_by_hand_is_built_once(tmp_path):
    model = keras.Sequential([keras.layers.Input((6,)), Halves(3, name="halves")])
    assert [w.path for w in model.weights] == [
        f"{model.name}/halves/{layer.name}/{kind}"
        for layer in (model.layers[0].first, model.layers[0].second) for kind in ("kernel", "bias")
    ]  # fmt: skip
    model.save(tmp_path / "m.h5")
    again = keras.models.load_model(tmp_path / "m.h5", {"Halves": Halves})
    np.testing.assert_array_equal(again.predict(ROWS, verbose=0), model.predict(ROWS, verbose=0))


class Returning(keras.layers.Embedding):
    """Asks the layer that it derives from for its shapes and masks."""

    def compute_output_shape(self, input_shape):
        return [super().compute_output_shape(input_shape), (self.input_dim, self.output_dim)]

    def compute_mask(self, inputs, mask=None):
        return [super().compute_mask(inputs, mask), None]

    def call(self, inputs):
        return [super().call(inputs), self.embeddings + 0.0]


class Masked(keras.layers.Layer):
    """Says that it supports masks before its base is made, and needs the mask in `call`."""

    def __init__(self, **kwargs):
        self.supports_masking = True
        super().__init__(**kwargs)

    def compute_mask(self, inputs, input_mask=None):
        return input_mask

    def call(self, inputs, mask=None):
        return inputs * ops.expand_dims(ops.cast(mask, "float32"), -1)


def test_shapes_and_masks_of_a_base():
    i = keras.Input((None,))
    rows, table = Returning(5, 3, mask_zero=True)(i)
    assert (rows.shape, table.shape) == ((None, None, 3), (5, 3))
    model = keras.Model(i, Masked()(Masked()(rows)))
    found = model.predict(np.array([[1, 0, 2]]), verbose=0)
    assert (found[0, 1] == 0).all()
    assert (found[0, [0, 2]] != 0).all()


def test_a_table_is_set_before_there_are_data():
    model = keras.Sequential([keras.layers.Embedding(5, 3), keras.layers.Flatten()])
    model.layers[0].set_weights([np.arange(15.0).reshape(5, 3)])
    np.testing.assert_array_equal(
        model.predict(np.array([[2, 0]]), verbose=0), [[6, 7, 8, 0, 1, 2]]
    )
