"""A value of one column that several kernels read, each in its own layout."""

from __future__ import annotations

import numpy as np

import lamina as keras


def test_a_column_is_copied_into_the_layout_of_its_readers():
    x = np.random.default_rng(0).normal(size=(16, 17)).astype("float32")
    found = []
    for eager in (False, True):
        keras.utils.set_random_seed(3)
        start = keras.Input((17,))
        y = keras.layers.Dense(5, activation="elu")(start)
        y = keras.layers.Concatenate()([y, keras.layers.Dense(1)(y)])
        y = keras.layers.Dense(2)(keras.layers.BatchNormalization()(y))
        model = keras.Model(start, y)
        model.compile("sgd", "mse", run_eagerly=eager)
        for batch in (5, 16, 3):
            model.fit(x, x[:, :2], batch_size=batch, shuffle=False, verbose=0)
        found.append(np.asarray(model(x)))
    # Both engines sum in other orders: a few units in the last place a step.
    np.testing.assert_allclose(*found, rtol=1e-4, atol=1e-5)
