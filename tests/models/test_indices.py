"""Numbers that name no row of an embedding's table are refused wherever the data are seen."""

from __future__ import annotations

import numpy as np
import pytest

import lamina as keras
from lamina.errors import DataError

GOOD, Y = np.array([[0, 8], [3, 1], [2, 2]]), np.zeros((3, 1))
ABOVE, BELOW = GOOD + np.array([0, 1]), GOOD - np.array([1, 0])


def plain():
    """An embedding on the input itself."""
    layers = keras.layers
    return keras.Sequential([keras.Input((2,)), layers.Embedding(9, 2), layers.LSTM(3),
                             layers.Dense(1)])  # fmt: skip


def deferred():
    """Built by its data, which are whole numbers."""
    layers = keras.layers
    return keras.Sequential([layers.Embedding(9, 2), layers.Flatten(), layers.Dense(1)])


def nested():
    """The embedding stands in a model inside the model."""
    x = keras.Input((2,), dtype="int32")
    return keras.Model(x, plain()(x))


CALLS = {
    "fit": lambda model, x: model.fit(x, Y, verbose=0),
    "evaluate": lambda model, x: model.evaluate(x, Y, verbose=0),
    "predict": lambda model, x: model.predict(x, verbose=0),
    "predict again": lambda model, x: [model.predict(a, verbose=0) for a in (GOOD, GOOD, x)],
    "train_on_batch": lambda model, x: model.train_on_batch(x, Y),
    "validation": lambda model, x: model.fit(GOOD, Y, validation_data=(x, Y), verbose=0),
    "generator": lambda model, x: model.fit(iter([(GOOD, Y), (x, Y)]), verbose=0),
    "call": lambda model, x: [model(a) for a in (GOOD, GOOD, x)],
    "bound": lambda model, x: model.compile_predict(3, like=GOOD)(x),
}


@pytest.mark.parametrize("make", [plain, deferred, nested])
@pytest.mark.parametrize("name", CALLS)
def test_numbers_outside_the_table_are_refused(name, make):
    model = make()
    model.compile("sgd", "mse")
    CALLS[name](model, GOOD)
    for x in (ABOVE, BELOW):
        with pytest.raises(DataError) as caught:
            CALLS[name](model, x)
        assert caught.value.what == "needs numbers from 0 to 8, the rows of its table"
        text = caught.value.received.replace(".0", "")
        assert text == f"numbers from {int(x.min())} to {int(x.max())}"


def test_a_layer_refuses_them_too():
    with pytest.raises(DataError, match="needs numbers from 0 to 8"):
        keras.layers.Embedding(9, 2)(np.array([1, 9]))
