"""Older spellings of layers for sequences, as rows: each makes the layer that the new one makes."""

from __future__ import annotations

import numpy as np
import pytest
from test_layers import config

from lamina import compat
from lamina.errors import ArgumentError, UnsupportedError

pytestmark = pytest.mark.filterwarnings("ignore:.*spelling of Keras")
CALLS = [
    ("SimpleRNN(output_dim=3, inner_init='one')", "SimpleRNN(3, recurrent_initializer='ones')"),
    ("SimpleRNN(3, 'one', 'zero', 'relu', dropout_W=0.1)",
     "SimpleRNN(3, 'relu', True, 'ones', 'zeros', dropout=0.1)"),
    ("LSTM(output_dim=3, inner_activation='sigmoid', dropout_W=0.1, dropout_U=0.2)",
     "LSTM(3, dropout=0.1, recurrent_dropout=0.2)"),
    ("LSTM(3, 'one', 'zero', 'zero', 'relu', 'tanh', U_regularizer='l2')",
     "LSTM(3, 'relu', 'tanh', True, 'ones', 'zeros', unit_forget_bias=False, "
     "recurrent_regularizer='l2')"),
    ("GRU(3, inner_activation='tanh', consume_less='gpu', b_regularizer='l2')",
     "GRU(3, recurrent_activation='tanh', bias_regularizer='l2', reset_after=False)"),
    ("GRU(3, input_dim=5, input_length=7)", "GRU(3, input_shape=(7, 5))"),
    ("CuDNNLSTM(3, return_sequences=True)", "LSTM(3, return_sequences=True)"),
    ("CuDNNGRU(3)", "GRU(3)"),
    ("Embedding(9, 2, init='one', W_constraint='non_neg', dropout=0.0)",
     "Embedding(9, 2, 'ones', embeddings_constraint='non_neg')"),
    ("Embedding(9, 2, 'one', 4, W_regularizer='l2')",
     "Embedding(9, 2, 'ones', embeddings_regularizer='l2')"),
    ("Bidirectional(LSTM(3, dropout_U=0.5, inner_activation='sigmoid'))".replace(
        "LSTM", "layers.LSTM"),
     "Bidirectional(layers.LSTM(3, recurrent_dropout=0.5))"),
    ("TimeDistributedDense(3)", "Dense(3)"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new"), CALLS)
def test_an_old_call_makes_the_new_layer(old, new, clean_process):
    compat.install()
    from keras import layers

    assert config(layers, old) == config(layers, new)


@pytest.mark.parametrize(
    ("old", "shape"),
    [
        ("LSTM(3, input_dim=5)", (None, None, 5)),
        ("LSTM(3, input_length=7, input_dim=5)", (None, 7, 5)),
        ("LSTM(3, input_shape=(7, 5))", (None, 7, 5)),
        ("Embedding(9, 2, input_length=7)", (None, 7)),
    ],
)
def test_sizes_of_sequences_are_part_of_their_shape(old, shape, clean_process):
    compat.install()
    import keras

    model = keras.Sequential([eval(f"keras.layers.{old}")])
    assert model.input_shape == shape


def test_gates_of_keras_1_have_its_hard_sigmoid(clean_process):
    compat.install(keras=1)
    from keras.layers.recurrent import GRU, LSTM

    for layer in (LSTM(3), LSTM(3, inner_activation="hard_sigmoid"), GRU(3)):
        found = layer.recurrent_activation(np.float32([-9.0, 0.5, 9.0]))
        np.testing.assert_allclose(found, [0.0, 0.6, 1.0], rtol=1e-6)
    assert GRU(3).reset_after is False


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("layers.recurrent", "SimpleRNN"), ("layers.embeddings", "Embedding"),
        ("layers.wrappers", "TimeDistributed"), ("layers.wrappers", "Bidirectional"),
        ("layers.cudnn_recurrent", "CuDNNGRU"), ("layers.convolutional_recurrent", "ConvLSTM2D"),
        ("layers.core", "Masking"), ("layers.rnn.lstm", "LSTM"),
    ],
)  # fmt: skip
def test_old_paths(path, name, clean_process):
    compat.install()
    module = __import__(f"keras.{path}", fromlist=[name])
    assert callable(getattr(module, name))


def test_models_reset_the_states_of_their_layers(clean_process):
    compat.install()
    import keras

    layer = keras.layers.GRU(2, stateful=True, batch_input_shape=(3, 4, 2))
    model = keras.Sequential([layer])
    model.predict(np.ones((3, 4, 2)), batch_size=3, verbose=0)
    assert np.any(layer.states[0].numpy())
    model.reset_states()
    assert not np.any(layer.states[0].numpy())


def test_what_cannot_be_said_is_refused(clean_process):
    compat.install()
    from keras.layers import LSTM, Embedding

    with pytest.raises(UnsupportedError, match="put SpatialDropout1D after it"):
        Embedding(9, 2, dropout=0.2)
    with pytest.raises(ArgumentError, match="pass 'one' or 'zero'"):
        LSTM(3, forget_bias_init="uniform")
