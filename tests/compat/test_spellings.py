"""Older spellings of calls: each is a row, and so is its test."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

from lamina import compat
from lamina.callbacks.logs import Logs
from lamina.errors import ArgumentTypeError


@pytest.fixture
def keras(fakes):
    compat.install()
    import keras

    return keras


CALLS = [
    ("layers.Dense(output_dim=3)", "layers.Dense(3)", 1),
    ("layers.Dense(3, init='zero')", "layers.Dense(3, kernel_initializer='zero')", 1),
    ("layers.Dense(3, W_regularizer='l2')", "layers.Dense(3, kernel_regularizer='l2')", 1),
    ("layers.Dense(3, bias=False)", "layers.Dense(3, None, False)", 1),
    ("layers.Dense(3, 'one', 'relu', bias=True)", "layers.Dense(3, 'relu', True, 'one')", 1),
    ("layers.Embedding(5, 2, init='one')", "layers.Embedding(5, 2, 'one')", 1),
    ("optimizers.Adam(lr=0.5)", "optimizers.Adam(0.5)", 2),
    ("optimizers.Adam(lr=0.5, beta_1=0.8)", "optimizers.Adam(0.5, 0.8)", 2),
    ("optimizers.Adam(decay=0.0)", "optimizers.Adam()", 2),
]


@pytest.mark.parametrize(("old", "new", "generation"), CALLS)
def test_an_old_call_is_the_new_one(old, new, generation, keras):
    with pytest.warns(UserWarning, match=rf"spelling of Keras {generation}") as said:
        given = eval(f"keras.{old}").given
    assert given == eval(f"keras.{new}").given
    assert {warning.filename for warning in said} == {"<string>"}


def test_what_keras_3_spells_so_is_left_alone(keras):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert keras.layers.Embedding(5, output_dim=2).given == (5, 2, "uniform")


def test_said_once_for_each_spelling(keras):
    with pytest.warns(UserWarning, match="spelling") as said:
        [keras.layers.Dense(output_dim=3, init="one") for _ in range(3)]
    assert [str(w.message) for w in said] == [
        "Dense(output_dim=...) is a spelling of Keras 1, read as units=",
        "Dense(init=...) is a spelling of Keras 1, read as kernel_initializer=",
    ]


def test_both_spellings_at_once_are_refused(keras):
    with pytest.warns(UserWarning, match="output_dim"):
        keras.layers.Dense(output_dim=2)
    with pytest.raises(ArgumentTypeError, match="was given units twice"):
        keras.layers.Dense(output_dim=2, units=3)


def test_an_unknown_argument_stays_unknown(keras):
    with pytest.raises(TypeError, match="unit"):
        keras.layers.Dense(3, unit=4)


@pytest.mark.filterwarnings("ignore:.*spelling of Keras")
def test_decay_lowers_the_rate_of_each_step_and_not_the_rate_that_is_set(keras):
    """Keras 2: the rate of a step is lr / (1 + decay n) after n steps, here 6."""
    for optimizer in (
        keras.optimizers.Adam(lr=0.5, decay=0.25),
        keras.optimizers.Adam(0.5, decay=0.25),
    ):
        assert optimizer.given[0] == 0.5
        assert optimizer._update_all([], [], 0.5) == pytest.approx(0.5 / (1 + 0.25 * 6), rel=1e-6)
    assert keras.optimizers.Adam(lr=0.5)._update_all([], [], 0.5) == 0.5


def test_lr_is_the_learning_rate(keras):
    optimizer = keras.optimizers.Adam(0.5)
    assert optimizer.lr == 0.5
    optimizer.lr = 0.25
    assert optimizer.learning_rate == 0.25


@pytest.mark.filterwarnings("ignore:.*spelling of Keras")
def test_fit_and_compile(keras):
    model = keras.models.Sequential()
    assert model.fit(1, 2, nb_epoch=7, nb_worker=3).fitted == (1, 2, None, 7, None, None)
    model.compile("adam", "mse", ["accuracy"])
    assert model.compiled == ("adam", "mse", None, ["accuracy"])
    model.compile("adam", "mse", [0.5, 0.5], ["accuracy"])
    assert model.compiled == ("adam", "mse", [0.5, 0.5], ["accuracy"])


@pytest.mark.filterwarnings("ignore:.*spelling of Keras")
def test_generators(keras):
    def batches():
        while True:
            yield np.zeros((32, 3)), np.zeros(32)

    model = keras.models.Sequential()
    fitted = model.fit_generator(batches(), samples_per_epoch=100, nb_epoch=2).fitted
    assert fitted[1:] == (None, None, 2, 4, None)
    rest = iter(fitted[0])
    assert [next(rest)[0].shape for _ in range(2)] == [(32, 3), (32, 3)]
    fitted = model.fit_generator(batches(), 5, 3, validation_data=batches(), nb_val_samples=64)
    assert fitted.fitted[3:] == (3, 1, 2)  # as in Keras 1, the 5 are samples
    compat.install(keras=1)
    model = __import__("keras").models.Sequential()
    assert model.fit_generator(batches(), 70, 2, 1).fitted[2:] == (None, 2, 3, None)
    assert model.evaluate_generator([1], 2) == ([1], {"steps": 2, "callbacks": None, "verbose": 0})
    assert model.predict_generator([1], 2) == [1]


def test_classes(keras):
    model = keras.models.Sequential()
    assert model.predict_classes(np.array([[0.1, 0.7, 0.2], [0.5, 0.3, 0.2]])).tolist() == [1, 0]
    assert model.predict_classes(np.array([[0.5], [0.6]])).tolist() == [[0], [1]]
    assert model.predict_proba([[1]]) == [[1]]


def test_keras_1_for_every_call(fakes):
    compat.install(keras=1)
    import keras

    assert keras.layers.Dense(3, "zero", "relu").given == (3, "relu", True, "zero", None)
    model = keras.models.Sequential()
    assert model.fit(1, 2).fitted[3] == 10
    assert keras.optimizers.Adam().given == (0.001, 0.9, 1e-8)
    assert fakes.Adam().given == (0.001, 0.9, 1e-8)


def test_keras_2_for_every_call(fakes):
    compat.install(keras=2)
    import keras

    model = keras.models.Model()
    model.compile("adam", "mse", None, [0.5])
    assert model.compiled == ("adam", "mse", [0.5], None)
    assert model.fit(1, 2).fitted[3] == 1


def test_keras_3_for_every_call(fakes):
    compat.install(keras=3)
    import keras

    with pytest.raises(TypeError, match="W_regularizer"):
        keras.layers.Dense(3, W_regularizer=None)
    assert not hasattr(keras.models.Sequential, "fit_generator")
    assert not hasattr(keras.optimizers.Adam(), "lr")
    assert Logs.aliases == {}


def test_quantities_have_two_names_only_while_installed(keras):
    assert Logs(accuracy=0.5, val_acc=0.25)["acc"] == 0.5
    assert Logs(accuracy=0.5, val_acc=0.25)["val_accuracy"] == 0.25
    compat.uninstall()
    assert "acc" not in Logs(accuracy=0.5)


def test_uninstall_gives_the_classes_back(fakes):
    before = {cls: dict(vars(cls)) for cls in (fakes.Dense, fakes.Adam, fakes.Model)}
    compat.install()
    import keras

    assert keras.layers.Dense.__init__ is not before[fakes.Dense]["__init__"]
    assert hasattr(keras.models.Model, "fit_generator")
    assert hasattr(keras.optimizers.Adam, "lr")
    compat.uninstall()
    assert {cls: dict(vars(cls)) for cls in before} == before


def test_a_users_subclass_understands_them_too(keras):
    class Own(keras.layers.Dense):
        def __init__(self):
            super().__init__(output_dim=5)

    with pytest.warns(UserWarning, match=r"Own\(output_dim"):
        assert Own().given[0] == 5
