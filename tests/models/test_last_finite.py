"""TerminateOnNaN keeps the last finite weights, and says at which step they ceased to be."""

from __future__ import annotations

import numpy as np
import pytest

import lamina as keras
from lamina.errors import StateError
from lamina.models import last_finite

ROWS, BATCH, BAD = 40, 4, 23  # the row whose loss overflows: step 5, from 0
X = np.random.RandomState(0).rand(ROWS, 3).astype("float32")
Y = X.sum(1, keepdims=True)
BROKEN = Y.copy()
BROKEN[BAD] = 3e38  # its square is infinite in float32

pytestmark = pytest.mark.filterwarnings("ignore:.*so each step is a call of its own")


def made():
    keras.utils.set_random_seed(1)
    first, last = keras.layers.Dense(4, name="first"), keras.layers.Dense(1, name="last")
    model = keras.Sequential([keras.Input((3,)), first, keras.layers.Dropout(0.2), last])
    model.compile(keras.optimizers.Adam(0.01), "mse")
    return model


class EachStep(keras.callbacks.Callback):
    """Makes each step a call of its own."""

    def on_train_batch_end(self, batch, logs=None):
        pass


def generator(y):
    while True:
        for at in range(0, ROWS, BATCH):
            yield X[at : at + BATCH], y[at : at + BATCH]


SOURCES = {
    "arrays": lambda y: ({"x": X, "y": y, "batch_size": BATCH}, []),
    "single steps": lambda y: ({"x": X, "y": y, "batch_size": BATCH}, [EachStep()]),
    "generator": lambda y: ({"x": generator(y), "steps_per_epoch": ROWS // BATCH}, []),
}


@pytest.mark.parametrize("before", [0, 2], ids=["first epoch", "third epoch"])
@pytest.mark.parametrize("source", SOURCES)
def test_the_last_finite_weights_stay(source, before):
    model, twin = made(), made()
    for known in (model, twin):
        options, others = SOURCES[source](Y)
        known.fit(**options, epochs=before, shuffle=False, verbose=0, callbacks=others)
    step = BAD // BATCH
    part = slice(0, step * BATCH)
    options, others = SOURCES[source](BROKEN)
    stop = keras.callbacks.TerminateOnNaN()
    with pytest.warns(UserWarning, match=rf"epoch 1, step {step + 1};.*is not finite after it"):
        history = model.fit(
            **options, epochs=3, shuffle=False, verbose=0, callbacks=[stop, *others]
        )
    assert len(history.history["loss"]) == 1
    assert not np.isfinite(history.history["loss"][0])
    twin.fit(X[part], Y[part], batch_size=BATCH, shuffle=False, verbose=0)
    for ours, theirs in zip(model.get_weights(), twin.get_weights(), strict=True):
        np.testing.assert_array_equal(ours, theirs)
    assert int(model.optimizer.iterations) == before * (ROWS // BATCH) + step
    again = model.fit(X, Y, batch_size=BATCH, verbose=0).history["loss"][0]
    assert np.isfinite(again)


def test_a_run_that_stays_finite_is_as_without_it():
    model = made()
    watched = model.fit(X, Y, batch_size=BATCH, epochs=3, verbose=0,
                        callbacks=[keras.callbacks.TerminateOnNaN()])  # fmt: skip
    twin = made()
    plain = twin.fit(X, Y, batch_size=BATCH, epochs=3, verbose=0)
    assert watched.history == plain.history
    for ours, theirs in zip(model.get_weights(), twin.get_weights(), strict=True):
        np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize("source", SOURCES)
def test_an_error_leaves_them_too(source):
    model = made()
    options, others = SOURCES[source](BROKEN)
    stop = keras.callbacks.TerminateOnNaN(raise_error=True)
    with pytest.warns(UserWarning, match="step 6"), pytest.raises(StateError):
        model.fit(**options, epochs=3, shuffle=False, verbose=0, callbacks=[stop, *others])
    assert all(np.isfinite(weight).all() for weight in model.get_weights())


@pytest.mark.parametrize("before", [0, 2], ids=["first epoch", "third epoch"])
@pytest.mark.parametrize("source", SOURCES)
def test_a_run_that_goes_on_says_where_it_diverged(source, before, monkeypatch):
    found = []
    for allowed in (1e9, -1e9):  # with copies of the state, and without any
        monkeypatch.setattr(last_finite.Watch, "FREE", allowed)
        model = made()
        options, others = SOURCES[source](Y)
        model.fit(**options, epochs=before, shuffle=False, verbose=0, callbacks=others)
        options, others = SOURCES[source](BROKEN)
        with pytest.warns(UserWarning, match="the loss is") as said:
            history = model.fit(
                **options, epochs=3, initial_epoch=1, shuffle=False, verbose=0, callbacks=others
            )
        (text,) = [str(w.message) for w in said if "the loss is" in str(w.message)]
        exact = allowed > 0 or source != "arrays"
        assert "in epoch 2, " in text
        assert (f"step {BAD // BATCH + 1}: the loss is inf" in text) or not exact
        found.append((history.history["loss"], model.get_weights()))
    (losses, weights), (others, twins) = found
    np.testing.assert_array_equal(losses, others)
    for ours, theirs in zip(weights, twins, strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_the_step_is_found_in_a_slice_of_many(monkeypatch):
    """Against single steps: a rate that is too high lets the loss overflow after a while."""
    monkeypatch.setattr(last_finite.Watch, "FREE", 1e9)

    def model_of(rate):
        keras.utils.set_random_seed(1)
        model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
        model.compile(keras.optimizers.SGD(rate), "mse")
        return model

    model, twin = model_of(1.1), model_of(1.1)
    step = 0
    while np.isfinite(twin.train_on_batch(X[part := slice(step % 10 * 4, step % 10 * 4 + 4)],
                                          Y[part])):  # fmt: skip
        twin.reset_metrics()
        step += 1
    assert step > 20
    with pytest.warns(UserWarning, match=f"in epoch {step // 10 + 1}, step {step % 10 + 1}: "):
        model.fit(X, Y, batch_size=BATCH, epochs=step, shuffle=False, verbose=0)


def test_a_run_that_stays_finite_says_nothing(recwarn):
    made().fit(X, Y, batch_size=BATCH, epochs=2, verbose=0)
    assert [str(w.message) for w in recwarn if "the loss is" in str(w.message)] == []
