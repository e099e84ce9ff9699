"""Recurrent layers beyond the contract: dropout, cells of the user's own, what is refused."""

from __future__ import annotations

import re

import numpy as np
import pytest

import lamina
from lamina import layers, ops
from lamina.errors import ArgumentError, ArgumentTypeError, DataError, ShapeError

X = np.random.default_rng(0).normal(size=(3, 5, 2)).astype("float32")


# ── dropout ──


def counted(layer, shape):
    """The layer's outputs while training, on ones, with the identity for every square kernel."""
    x = np.ones(shape, "float32")
    layer(x)
    layer.set_weights([np.eye(*w.shape) for w in layer.get_weights()])
    return np.asarray(layer(x, training=True))


def test_inputs_are_dropped_alike_at_every_step():
    layer = layers.SimpleRNN(
        40, None, False, recurrent_initializer="zeros", dropout=0.25, return_sequences=True, seed=1
    )
    layer(np.ones((8, 3, 40), "float32"))
    layer.set_weights([np.eye(40), np.zeros((40, 40))])
    y = np.asarray(layer(np.ones((8, 3, 40), "float32"), training=True))
    assert (y == y[:, :1]).all()
    np.testing.assert_allclose(np.unique(y), [0, 1 / 0.75], rtol=1e-6)
    # 320 draws: 0.25 within five standard deviations.
    assert abs((y[:, 0] == 0).mean() - 0.25) < 5 * np.sqrt(0.25 * 0.75 / 320)
    again = np.asarray(layer(np.ones((8, 3, 40), "float32"), training=True))
    assert (again != y).any()


def test_states_are_dropped_alike_at_every_step():
    y = counted(
        layers.SimpleRNN(
            30, None, False, recurrent_dropout=0.5, return_sequences=True, seed=1
        ), (8, 4, 30),
    )  # fmt: skip
    kept = y[:, 1] > 1  # h1 = 1, h2 = 1 + h1 m
    for t in range(1, 4):
        np.testing.assert_allclose(y[:, t], 1 + kept * y[:, t - 1] / 0.5, rtol=1e-6)


@pytest.mark.parametrize(("implementation", "alike"), [(2, True), (1, False)])
def test_gates_share_their_dropout_or_do_not(implementation, alike):
    """The projected inputs of the four gates, from kernels that are the same for all."""
    layer = layers.LSTM(20, dropout=0.5, implementation=implementation, seed=2)
    layer(np.ones((4, 2, 20), "float32"))
    cell = layer.cell
    cell.kernel.assign(np.tile(np.eye(20), (1, 4)))
    z = np.asarray(cell.stepper(4, True).project(np.ones((4, 20), "float32")))
    parts = np.split(z - np.asarray(cell.bias), 4, axis=-1)
    assert all((part == parts[0]).all() for part in parts) is alike


def test_recurrent_dropout_takes_gates_of_their_own():
    assert layers.GRU(3, recurrent_dropout=0.1).cell.implementation == 1


@pytest.mark.parametrize("name", ["SimpleRNN", "LSTM", "GRU"])
def test_dropout_trains_with_the_same_numbers_in_both_engines(name, monkeypatch):
    found = []
    for engine in ("reference", "native"):
        monkeypatch.setenv("LAMINA_ENGINE", engine)
        lamina.utils.set_random_seed(3)
        layer = getattr(layers, name)(4, dropout=0.3, recurrent_dropout=0.2)
        model = lamina.Sequential([lamina.Input((5, 2)), layer, layers.Dense(1)])
        model.compile("sgd", "mse")
        x = np.tile(X, (3, 1, 1))[:7]
        found.append(model.fit(x, x[:, 0, :1], batch_size=3, epochs=3, verbose=0).history["loss"])
    np.testing.assert_allclose(*found, rtol=1e-5)


# ── cells of the user's own ──


class Noisy(layers.Layer):
    """Counts its steps and drops some of its inputs: more than a loop could do."""

    state_size = 3

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.inner = layers.Dense(3)
        self.dropout = layers.Dropout(0.5)
        self.steps = self.add_weight(shape=(), initializer="zeros", trainable=False)

    def call(self, inputs, states, training=False):
        self.steps.assign_add(1)
        state = ops.tanh(self.inner(self.dropout(inputs, training=training)) + states[0])
        return state, [state]


def test_unrolled_a_cell_may_change_variables():
    cell = Noisy()
    layer = layers.RNN(cell, unroll=True)
    model = lamina.Sequential([lamina.Input((5, 2)), layer, layers.Dense(1)])
    model.compile("sgd", "mse")
    cell.steps.assign(0)
    model.fit(X, X[:, 0, :1], batch_size=3, epochs=2, verbose=0)
    assert float(cell.steps) == 10


def test_a_cell_need_not_be_a_layer():
    class Sums:
        state_size = 2

        def call(self, inputs, states):
            total = states[0] + inputs
            return total * 2, [total]

        __call__ = call

    y, total = layers.RNN(Sums(), return_state=True, go_backwards=True)(X)
    np.testing.assert_allclose(total, X.sum(1), rtol=1e-5)
    np.testing.assert_allclose(y, 2 * X.sum(1), rtol=1e-5)


class Dropping(layers.LSTM):
    dropout = 0.5


class StillDropping(Dropping):
    pass


class OwnImages(layers.ConvLSTM2D):
    pass


DERIVED = [
    (lambda: StillDropping(3), "dropout", 0.5),
    (lambda: StillDropping(3), "units", 3),
    (lambda: OwnImages(4, 3), "rank", 2),
    (lambda: OwnImages(4, 3), "filters", 4),
    (lambda: layers.LSTM(np.int64(3)), "units", 3),
    (lambda: layers.GRU(np.int32(3)), "state_size", [3]),
    (lambda: layers.ConvLSTM1D(np.int64(4), 3), "filters", 4),
]


@pytest.mark.parametrize(("make", "name", "value"), DERIVED)
def test_a_layer_shows_its_own_attributes_before_those_of_its_cell(make, name, value):
    assert getattr(make(), name) == value


FAILED = [
    (layers.ConvLSTM1D, (3, 4), {}, (2, 3, 3, 2), (2, 3, 9, 2), (2, 6, 3)),
    (layers.ConvLSTM2D, (3, (5, 2)), {"strides": (2, 3)}, (2, 3, 3, 7, 2), (2, 3, 9, 7, 2),
     (2, 3, 2, 3)),
    (layers.ConvLSTM2D, (3, 3), {"dilation_rate": (2, 3), "data_format": "channels_first"},
     (2, 3, 2, 7, 6), (2, 3, 2, 8, 9), (2, 3, 4, 3)),
    (layers.ConvLSTM2D, (3, 3), {"strides": 2, "padding": "same"}, (2, 3, 3, 0, 1),
     (2, 3, 5, 8, 1), (2, 3, 4, 3)),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "sizes", "options", "small", "large", "made"), FAILED)
def test_a_build_that_failed_leaves_no_weights(kind, sizes, options, small, large, made):
    layer = kind(*sizes, **options)
    with pytest.raises(ShapeError, match="with room for its windows"):
        layer(np.zeros(small, "float32"))
    assert not layer.weights
    assert layer(np.zeros(large, "float32")).shape == made
    assert [w.name for w in layer.weights] == ["kernel", "recurrent_kernel", "bias"]


def test_a_configuration_finds_classes_of_the_users():
    layer = layers.Bidirectional(layers.RNN(Noisy(name="n"), unroll=True))
    assert isinstance(layer.forward_layer.cell, Noisy)
    config = layers.serialize(layers.RNN(Noisy(name="n")))
    assert config["config"]["cell"]["class_name"] == "Noisy"
    config["config"]["cell"]["module"] = "elsewhere"
    with pytest.raises(ArgumentError, match=re.escape("custom_objects={'Noisy': the class}")):
        layers.deserialize(config)
    again = layers.deserialize(config["config"]["cell"], {"Noisy": Noisy})
    assert again.name == "n"


# ── what is refused ──

REFUSED = [
    (lambda: layers.LSTM(0), ArgumentError, "LSTMCell(units=...) needs a positive whole number"),
    (lambda: layers.GRU(True), ArgumentError, "received: units=True"),
    (lambda: layers.ConvLSTM2D(0, 3), ArgumentError, "ConvLSTMCell(filters=...) needs a positive"),
    (lambda: layers.RNN(layers.Dense(3)), ArgumentTypeError, "needs a cell with `call` and"),
    (lambda: layers.StackedRNNCells([layers.GRUCell(2), 3]), ValueError, "needs a cell with"),
    (lambda: layers.GRU(2)(X[:, 0]), ShapeError, "needs inputs of 3 axes"),
    (lambda: layers.GRU(2)(X[:, :0]), ShapeError, "needs at least one step"),
    (lambda: layers.LSTM(2)(X, initial_state=[X[:, 0]]), ShapeError, "needs 2 initial states"),
    (lambda: layers.GRU(2)(X, initial_state=np.ones((3, 4))), ShapeError, "needs 1 initial states"),
    (lambda: layers.LSTM(2, use_cudnn="yes"), ArgumentError, "does not know this use_cudnn"),
    (lambda: layers.LSTM(2, "relu", use_cudnn=True), ArgumentError, "asks for cuDNN"),
    (lambda: layers.Bidirectional(layers.GRU(2))(X, initial_state=[X[:, 0]]), ShapeError,
     "1 initial states of the sizes"),
    (lambda: layers.Bidirectional(layers.GRU(2))(X, initial_state=[X[:, 0]] * 3), ShapeError,
     "received: 2 of the shapes"),
    (lambda: layers.Bidirectional(3), ValueError, "wraps a layer"),
    (lambda: layers.Bidirectional(layers.GRU(2), "min"), ArgumentError, "this merge_mode"),
    (lambda: layers.Bidirectional(layers.GRU(2), backward_layer=layers.GRU(2)), ArgumentError,
     "different directions"),
    (lambda: layers.TimeDistributed(layers.Dense(2))(X[:, 0]), ShapeError, "of three axes"),
    (lambda: layers.Embedding(0, 2), ArgumentError, "positive whole number as input_dim"),
    (lambda: layers.Embedding(7, 2)(np.float32([[1, np.nan]])), DataError, "from nan to nan"),
    (lambda: layers.Embedding(7, 2)(np.float32([[1, 7]])), DataError, "from 1.0 to 7.0"),
    (lambda: layers.ConvLSTM2D(2, 3, strides=2, dilation_rate=2), ArgumentError, "not both"),
    (lambda: layers.ConvLSTM1D(2, (3, 3)), ArgumentError, "or 1 of them"),
    (lambda: layers.ConvLSTM1D(2, 3)(lamina.Input((4, None, 2))), ShapeError, "of its images"),
]  # fmt: skip


@pytest.mark.parametrize(("make", "error", "what"), REFUSED, ids=[row[2] for row in REFUSED])
def test_refused(make, error, what):
    with pytest.raises(error, match=re.escape(what)):
        make()


def test_what_cudnn_can_compute_may_ask_for_it():
    for layer in (layers.LSTM(2, use_cudnn=True), layers.GRU(2, use_cudnn=True)):
        assert layer(X).shape == (3, 2)
