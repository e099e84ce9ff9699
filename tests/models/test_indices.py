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


def _hashed():
    """An embedding whose own `call` brings all numbers into its table first."""

    class Hashed(keras.layers.Embedding):
        def call(self, x):
            return super().call(keras.ops.mod(x, self.input_dim))

    return keras.Sequential([keras.Input((2,), dtype="int32"), Hashed(9, 2)])


def _mapped():
    """A model whose own `call` does."""

    class Mapped(keras.Model):
        def call(self, x):
            return super().call(keras.ops.mod(x, 9))

    x = keras.Input((2,), dtype="int32")
    return Mapped(x, keras.layers.Embedding(9, 2)(x))


@pytest.mark.parametrize("make", [_hashed, _mapped])
def test_a_call_of_the_users_own_may_change_the_numbers_first(make):
    model = make()
    found = model.predict(ABOVE, verbose=0)
    np.testing.assert_array_equal(found, model.predict(ABOVE % 9, verbose=0))
    np.testing.assert_array_equal(found, model.compile_predict(3, like=ABOVE)(ABOVE))


def test_inputs_by_name_are_checked_against_their_own_tables():
    """The inner model lists its inputs in another order than the dict that it is given."""
    small, large = (keras.Input((2,), dtype="int32", name=name) for name in "pq")
    layers = keras.layers
    outputs = layers.Add()([layers.Embedding(5, 3)(small), layers.Embedding(50, 3)(large)])
    inner = keras.Model([large, small], outputs)
    p, q = (keras.Input((2,), dtype="int32", name=name) for name in "pq")
    model = keras.Model({"p": p, "q": q}, inner({"p": p, "q": q}))
    few, many = np.array([[0, 4]]), np.array([[40, 1]])
    assert model.predict({"p": few, "q": many}, verbose=0).shape == (1, 2, 3)
    with pytest.raises(DataError, match="needs numbers from 0 to 4"):
        model.predict({"p": many, "q": few}, verbose=0)
