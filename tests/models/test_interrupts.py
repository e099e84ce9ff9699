"""Ctrl-C and SIGTERM in a fit: heard, what was done is in the history, and the model goes on."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time

import numpy as np
import pytest

import lamina as keras

X = np.random.default_rng(1).standard_normal((90, 4)).astype("float32")
Y = (X.sum(1, keepdims=True) > 0).astype("float32")


SIGNALS = {"Ctrl-C": signal.SIGINT, "SIGTERM": signal.SIGTERM}


@pytest.fixture(autouse=True)
def usual_handlers():
    """SIGTERM as programs take it that want to end in order."""
    before = {n: signal.signal(n, signal.default_int_handler) for n in SIGNALS.values()}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def net():
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    return model


@contextlib.contextmanager
def ctrl_c(after, number=signal.SIGINT):
    timer = threading.Timer(after, os.kill, (os.getpid(), number))
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        yield
    timer.join()


FITS = {
    "arrays": {"x": X, "y": Y, "batch_size": 9},
    "validation": {
        "x": X, "y": Y, "batch_size": 7, "validation_split": 0.3, "validation_freq": 2,
    },
}  # fmt: skip


@pytest.mark.parametrize("kind", SIGNALS)
@pytest.mark.parametrize("how", FITS)
def test_every_epoch_that_ended_is_in_the_history(how, kind):
    model = net()
    model.fit(**FITS[how], verbose=0)
    before = int(model.optimizer.iterations)
    with ctrl_c(0.3, SIGNALS[kind]):
        model.fit(**FITS[how], epochs=10**5, verbose=0)
    steps = int(model.optimizer.iterations) - before
    epochs = len(model.history.epoch)
    assert epochs > 10
    assert 0 <= steps - epochs * before <= before, "what was trained and what was written differ"
    assert {len(values) for name, values in model.history.history.items() if "val" not in name} == {
        epochs
    }


def test_the_model_goes_on_afterwards():
    """The weights are those of the last step, and the next fit begins as any other."""
    model = net()
    with ctrl_c(0.3):
        model.fit(X, Y, epochs=10**5, verbose=0)
    assert all(np.isfinite(w).all() for w in model.get_weights())
    twin = net()
    twin.set_weights(model.get_weights())
    for one in (model, twin):
        one.fit(X, Y, epochs=2, shuffle=False, verbose=0)
    for ours, theirs in zip(model.get_weights(), twin.get_weights(), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-6)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def endless():
    while True:
        yield X[:10], Y[:10]


def sleeping():
    yield X[:10], Y[:10]
    time.sleep(1000)


@pytest.mark.parametrize("source", [endless, sleeping])
def test_a_generator_is_left_alone(source):
    model = net()
    model.fit(X[:10], Y[:10], verbose=0)
    with ctrl_c(0.3):
        model.fit(source(), steps_per_epoch=10**9, verbose=0)
    model.fit(X, Y, verbose=0)


def test_a_callback_of_the_users_hears_it_at_once():
    class Slow(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            if epoch == 2:
                os.kill(os.getpid(), signal.SIGINT)
                time.sleep(1000)

    model = net()
    with pytest.raises(KeyboardInterrupt):
        model.fit(X, Y, epochs=5, verbose=0, callbacks=[Slow()])


def test_a_handler_of_the_users_is_called_once_a_slice_has_ended():
    heard = []
    signal.signal(signal.SIGINT, lambda number, frame: heard.append(number))
    model = net()
    timer = threading.Timer(0.1, os.kill, (os.getpid(), signal.SIGINT))
    timer.start()

    class Until(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            self.model.stop_training = bool(heard)

    model.fit(X, Y, epochs=10**5, verbose=0, callbacks=[Until()])
    assert heard == [signal.SIGINT]


def test_other_threads_train_without_signals():
    model, errors = net(), []

    def work():
        try:
            model.fit(X, Y, epochs=3, verbose=0)
        except BaseException as error:
            errors.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert errors == []


def test_sigterm_without_a_handler_ends_the_process_and_leaves_files_whole(tmp_path):
    """As the system does it: at once, while it trains and saves over and over."""
    program = f"""
import numpy as np, lamina as keras
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(300), keras.layers.Dense(1)])
model.compile("sgd", "mse")
model.save({str(tmp_path / "m.keras")!r})
print("begun", flush=True)
while True:
    model.fit(np.ones((9, 4)), np.ones((9, 1)), epochs=50, verbose=0)
    model.save({str(tmp_path / "m.keras")!r})
"""
    running = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
    assert running.stdout.readline() == "begun\n"
    time.sleep(0.4)
    running.terminate()
    assert running.wait(10) == -signal.SIGTERM
    running.stdout.close()
    assert keras.models.load_model(tmp_path / "m.keras").count_params() == 1801
