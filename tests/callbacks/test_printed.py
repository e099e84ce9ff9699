"""What `fit`, `evaluate` and `predict` print and call, against Keras on equal models."""

from __future__ import annotations

import re

import keras
import numpy as np
import pytest

import lamina
from lamina.callbacks import progress

# Keras' variables are not up to NumPy's newest protocol.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

rng = np.random.default_rng(3)
X = rng.normal(size=(53, 4)).astype("float32")
Y = rng.integers(0, 3, 53)


def model(module, weights):
    layers = module.layers
    net = module.Sequential(
        [
            layers.Input((4,)),
            layers.Dense(5, activation="tanh"),
            layers.Dense(3, activation="softmax"),
        ]
    )
    net.set_weights(weights)
    net.compile(module.optimizers.SGD(0.1), "sparse_categorical_crossentropy", metrics=["accuracy"])
    return net


def both():
    shapes = [(4, 5), (5,), (5, 3), (3,)]
    weights = [np.random.default_rng(i).normal(size=s) for i, s in enumerate(shapes)]
    return model(lamina, weights), model(keras, weights)


def steady(text):
    """The text without times, and of lines that were redrawn the last state."""
    text = re.sub(r"\x1b\[[0-9;]*m", "", text).replace("\b", "")
    text = "\n".join(line.split("\r")[-1].rstrip() for line in text.split("\n"))
    text = re.sub(r"\d+(?:us|ms|s)/step", "T/step", text)
    return re.sub(r"\b\d+s\b", "Ts", text)


VALIDATED = {"validation_data": (X[:20], Y[:20])}
FITS = [
    {"verbose": 2, "epochs": 3},
    {"verbose": 2, "epochs": 2, **VALIDATED},
    {"verbose": 2, "epochs": 1, "batch_size": 7},
    {"verbose": 2, "epochs": 4, "initial_epoch": 2},
    {"verbose": 2, "epochs": 4, "validation_freq": 2, **VALIDATED},
    {"verbose": 1, "epochs": 2, **VALIDATED},
    {"epochs": 2},
    {"verbose": 0, "epochs": 2},
]


@pytest.mark.parametrize("options", FITS)
def test_fit_prints_what_keras_prints(options, capsys, monkeypatch):
    monkeypatch.setattr(progress, "_can_redraw", lambda: True)
    texts = []
    for net in both():
        net.fit(X, Y, shuffle=False, **options)
        texts.append(steady(capsys.readouterr().out))
    assert texts[0] == texts[1]


@pytest.mark.parametrize("verbose", [0, 1, 2, "auto"])
def test_evaluate_and_predict_print_what_keras_prints(verbose, capsys, monkeypatch):
    monkeypatch.setattr(progress, "_can_redraw", lambda: True)
    texts = []
    for net in both():
        net.evaluate(X, Y, batch_size=20, verbose=verbose)
        net.predict(X, batch_size=20, verbose=verbose)
        texts.append(steady(capsys.readouterr().out))
    assert texts[0] == texts[1]


def recorder(module, calls, hooks):
    """A callback of one of the modules that notes the named hooks, in their order."""

    def note(hook):
        def noted(self, *args, logs=None):
            *place, last = (*args, logs) if logs is not None else args or (None,)
            calls.append((hook, place, sorted(last or {})))

        return noted

    return type("Recorder", (module.callbacks.Callback,), {hook: note(hook) for hook in hooks})()


PHASES = ("on_train_begin", "on_train_end", "on_epoch_begin", "on_epoch_end",
          "on_test_begin", "on_test_end", "on_predict_begin", "on_predict_end")  # fmt: skip
BATCHES = ("on_train_batch_begin", "on_train_batch_end", "on_test_batch_begin",
           "on_test_batch_end", "on_predict_batch_begin", "on_predict_batch_end")  # fmt: skip


@pytest.mark.parametrize("hooks", [PHASES, (*PHASES, *BATCHES)], ids=["phases", "batches"])
@pytest.mark.filterwarnings("ignore:.*is called after every batch")
def test_hooks_are_called_as_keras_calls_them(hooks):
    seen = []
    for module, net in zip((lamina, keras), both(), strict=True):
        calls = []
        given = [recorder(module, calls, hooks)]
        net.fit(X, Y, batch_size=20, epochs=2, verbose=0, callbacks=given, **VALIDATED)
        net.evaluate(X, Y, batch_size=20, verbose=0, callbacks=given)
        net.predict(X, batch_size=20, verbose=0, callbacks=given)
        seen.append(calls)
    assert seen[0] == seen[1]
    assert len(seen[0]) > 10


def stop_at(module, batch):
    class Stop(module.callbacks.Callback):
        def on_train_batch_end(self, at, logs=None):
            if at == batch:
                self.model.stop_training = True

    return Stop()


@pytest.mark.filterwarnings("ignore:.*is called after every batch")
@pytest.mark.parametrize("batch", [0, 2, 5])
def test_stopping_in_an_epoch_ends_it(batch):
    found = []
    for module, net in zip((lamina, keras), both(), strict=True):
        history = net.fit(X, Y, batch_size=10, epochs=3, verbose=0, shuffle=False,
                          callbacks=[stop_at(module, batch)], **VALIDATED)  # fmt: skip
        found.append((history.epoch, history.history, net.get_weights()))
    assert found[0][0] == found[1][0] == [0]
    for name, values in found[1][1].items():
        # Means of at most 53 rows in float32.
        np.testing.assert_allclose(found[0][1][name], values, rtol=2e-6)
    for ours, theirs in zip(found[0][2], found[1][2], strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-6)


@pytest.mark.filterwarnings("ignore:.*is called after every batch")
def test_stopping_in_batches_of_a_generator():
    found = []
    for module, net in zip((lamina, keras), both(), strict=True):
        batches = ((X[i : i + 10], Y[i : i + 10]) for i in range(0, 50, 10))
        history = net.fit(
            batches, epochs=2, verbose=0, shuffle=False, callbacks=[stop_at(module, 1)], **VALIDATED
        )
        found.append(history)
    assert found[0].epoch == found[1].epoch == [0]
    for name, values in found[1].history.items():
        # Means of 20 rows in float32.
        np.testing.assert_allclose(found[0].history[name], values, rtol=2e-6)


def test_monitoring_callbacks_steer_a_training_as_in_keras():
    found = []
    for module, net in zip((lamina, keras), both(), strict=True):
        c = module.callbacks
        history = net.fit(
            X, Y, batch_size=10, epochs=30, verbose=0, shuffle=False, **VALIDATED,
            callbacks=[
                c.ReduceLROnPlateau("val_accuracy", factor=0.5, patience=1),
                c.EarlyStopping("val_accuracy", patience=4, restore_best_weights=True),
            ],
        )  # fmt: skip
        found.append((history, net.get_weights()))
    (ours, weights), (theirs, expected) = found
    assert ours.epoch == theirs.epoch
    assert sorted(ours.history) == sorted(theirs.history)
    np.testing.assert_allclose(
        ours.history["learning_rate"], theirs.history["learning_rate"], rtol=1e-6
    )
    for a, b in zip(weights, expected, strict=True):
        # Some 150 steps of SGD in float32, sums in another order.
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-5)
