"""Recurrent layers that keep their states from batch to batch.

Keras on JAX loses such states in `fit` and `predict`, so the judge is Keras given them by hand:
the states at the end of a batch are the initial states of the next. Its answers are recorded.
"""

from __future__ import annotations

import numpy as np
import pytest
from tests.recorded import Answers, flat

import lamina
from lamina.errors import ShapeError, StateError

STREAM = np.random.default_rng(4)
X = STREAM.normal(size=(9, 4, 2)).astype("float32")
Y = STREAM.normal(size=(9, 3)).astype("float32")
BATCHES = [slice(i, i + 3) for i in (0, 3, 6)]


def both(k, **options):
    """A GRU in both directions."""
    return k.layers.Bidirectional(k.layers.GRU(3, **options), "sum")


# With the number of their states.
LAYERS = {
    "SimpleRNN": (1, lambda k, **o: k.layers.SimpleRNN(3, **o)),
    "LSTM": (2, lambda k, **o: k.layers.LSTM(3, **o)),
    "GRU": (1, lambda k, **o: k.layers.GRU(3, go_backwards=True, **o)),
    "Bidirectional": (2, both),
}


def set_weights(model):
    """The same weights each time."""
    stream = np.random.default_rng(6)
    model.set_weights([stream.normal(size=w.shape) for w in model.get_weights()])


def model_of(name):
    """A model whose layer keeps its states, for batches of three."""
    layer = LAYERS[name][1](lamina, stateful=True)
    model = lamina.Sequential([lamina.Input(batch_shape=(3, 4, 2)), layer, lamina.layers.Dense(3)])
    set_weights(model)
    return model, layer


def ask(name):
    """Predictions before and after a reset, the history of a training, predictions after it."""
    model, layer = model_of(name)
    options = {"batch_size": 3, "verbose": 0}
    first = [model.predict(X, **options) for _ in range(2)]
    layer.reset_state()
    again = model.predict(X, **options)
    model.compile(lamina.optimizers.SGD(0.1), "mse")
    history = model.fit(X, Y, shuffle=False, epochs=2, **options).history["loss"]
    kept = [np.array(state) for state in layer.states]
    return flat(*first, again, history, *kept, model.predict(X, **options))


def _by_hand(name):
    """The same of Keras, the states handed from batch to batch."""
    import keras as k

    count, make = LAYERS[name]
    x, given = k.Input((4, 2)), [k.Input((3,)) for _ in range(count)]
    found = make(k, return_state=True)(x, initial_state=given)
    y = k.layers.Dense(3)(found[0])
    model, reader = k.Model([x, *given], y), k.Model([x, *given], [y, *found[1:]])
    set_weights(model)
    model.compile(k.optimizers.SGD(0.1), "mse")
    states = start = [np.zeros((3, 3), "float32")] * count

    def over(states, learn=False):
        seen, losses = [], []
        for rows in BATCHES:
            now = [X[rows], *states]
            y, *states = reader.predict_on_batch(now)
            seen.append(y)
            if learn:
                losses.append(model.train_on_batch(now, Y[rows]))
        return (np.mean(losses) if learn else np.concatenate(seen)), states

    first, states = over(states)
    second, _ = over(states)
    again, states = over(start)
    history = []
    for _ in range(2):
        loss, states = over(states, learn=True)
        history.append(loss)
    return flat(first, second, again, history, *states, over(states)[0])


ANSWERS = Answers(
    __file__, {name: lambda name=name: _by_hand(name) for name in LAYERS}, "stateful.npz"
)


@pytest.mark.parametrize("name", LAYERS)
def test_states_go_on_as_if_handed_over(name):
    # Tolerance: six batches of recurrences and updates in float32.
    np.testing.assert_allclose(ask(name), ANSWERS[name], rtol=2e-5, atol=2e-5)


def test_stacked_cells_keep_states_of_all_cells():
    cells = [lamina.layers.GRUCell(2), lamina.layers.LSTMCell(3)]
    layer = lamina.layers.RNN(cells, stateful=True)
    plain = lamina.layers.RNN(cells, return_state=True)
    y = [np.asarray(layer(X[rows])) for rows in BATCHES]
    states = None
    for rows, kept in zip(BATCHES, y, strict=True):
        found, *states = plain(X[rows], initial_state=states)
        np.testing.assert_array_equal(found, kept)


def test_states_are_no_weights():
    _, layer = model_of("LSTM")
    assert [w.name for w in layer.weights] == ["kernel", "recurrent_kernel", "bias"]
    assert [state.shape for state in layer.states] == [(3, 3), (3, 3)]


def test_a_batch_of_another_size_is_refused():
    model, _ = model_of("LSTM")
    with pytest.raises(ShapeError) as caught:
        model.predict(X[:7], batch_size=3, verbose=0)
    assert caught.value.what == "keeps its states between batches of 3 rows"
    assert caught.value.received == "a batch of 1 rows"


def test_the_size_of_the_batch_must_be_known():
    with pytest.raises(ShapeError, match="needs to know the size of the batch"):
        lamina.Sequential([lamina.Input((4, 2)), lamina.layers.GRU(2, stateful=True)])


def test_what_keeps_no_states_cannot_reset_them():
    layer = lamina.layers.Bidirectional(lamina.layers.GRU(2))
    with pytest.raises(StateError, match="keeps no states"):
        layer.reset_states()
