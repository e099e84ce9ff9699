"""The list of callbacks: order, logs and what it adds; the callbacks that need no oracle."""

from __future__ import annotations

import types

import numpy as np
import pytest

from lamina import callbacks
from lamina.callbacks.base import EPOCH_HOOKS, HOOKS, PHASE_HOOKS
from lamina.callbacks.logs import Logs, python_logs
from lamina.errors import ArgumentError, ArgumentTypeError, StateError


def model(**more):
    return types.SimpleNamespace(stop_training=False, **more)


class Recorder(callbacks.Callback):
    """Writes down each call of each hook."""

    def __init__(self, name, calls):
        super().__init__()
        for hook in HOOKS:
            setattr(
                self,
                hook,
                lambda *args, hook=hook, **kwargs: calls.append((name, hook, args, kwargs)),
            )


@pytest.mark.parametrize("hook", HOOKS)
def test_every_hook_reaches_every_callback_in_order(hook):
    calls = []
    both = callbacks.CallbackList([Recorder("a", calls), [Recorder("b", calls)]], model=model())
    place = () if hook in PHASE_HOOKS else (7,)
    getattr(both, hook)(*place, {"loss": np.float32(0.5)})
    logs = {"loss": 0.5}
    by_position = hook in (*PHASE_HOOKS, *EPOCH_HOOKS)
    expected = ((*place, logs), {}) if by_position else (place, {"logs": logs})
    assert calls == [("a", hook, *expected), ("b", hook, *expected)]


def test_the_older_names_of_batch_hooks_are_called():
    seen = []

    class Old(callbacks.Callback):
        def on_batch_begin(self, batch, logs=None):
            seen.append(("begin", batch, logs))

        def on_batch_end(self, batch, logs=None):
            seen.append(("end", batch, logs))

    old = callbacks.CallbackList(Old(), model=model())
    old.on_train_batch_begin(3)
    old.on_train_batch_end(3, {"loss": 1})
    assert seen == [("begin", 3, {}), ("end", 3, {"loss": 1.0})]


def test_history_comes_last_and_keeps_what_others_added():
    trained = model(optimizer=types.SimpleNamespace(learning_rate=0.25))
    schedule = callbacks.LearningRateScheduler(lambda epoch, rate: rate / 2)
    every = callbacks.CallbackList([schedule], add_history=True, model=trained, epochs=2)
    every.on_train_begin()
    for epoch in range(2):
        every.on_epoch_begin(epoch)
        every.on_epoch_end(epoch, {"loss": np.float64(1.0), "accuracy": np.array(0.5)})
    assert trained.history.epoch == [0, 1]
    assert trained.history.history == {
        "accuracy": [0.5, 0.5], "learning_rate": [0.125, 0.0625], "loss": [1.0, 1.0],
    }  # fmt: skip
    assert list(trained.history.history) == ["accuracy", "loss", "learning_rate"]
    assert trained.history.params == {"epochs": 2}


def test_a_given_history_is_used():
    mine = callbacks.History()
    trained = model()
    assert callbacks.CallbackList([mine], add_history=True, model=trained).callbacks == [mine]
    assert trained.history is mine


@pytest.mark.parametrize(
    ("given", "mend"),
    [
        (callbacks.EarlyStopping, "call the class: EarlyStopping()"),
        ("early", "derive its class from lamina.callbacks.Callback"),
    ],
)
def test_what_is_no_callback_is_refused(given, mend):
    with pytest.raises(ArgumentTypeError) as caught:
        callbacks.CallbackList([given])
    assert caught.value.mend == mend


def test_lambda_callback_names_the_hook_that_was_meant():
    with pytest.raises(ArgumentError, match="did you mean on_epoch_end"):
        callbacks.LambdaCallback(on_epoch_ends=print)


def test_schedule_must_return_a_float():
    callback = callbacks.LearningRateScheduler(lambda epoch: 1)
    callback.set_model(model(optimizer=types.SimpleNamespace(learning_rate=0.25)))
    with pytest.raises(ArgumentError, match="1 of type int"):
        callback.on_epoch_begin(0)


@pytest.mark.parametrize("loss", [float("nan"), float("inf"), -float("inf")])
def test_terminate_on_nan(loss, capsys):
    trained = model()
    stopper = callbacks.CallbackList([callbacks.TerminateOnNaN()], model=trained)
    stopper.on_train_batch_end(4, {"loss": 1.0})
    assert not trained.stop_training
    stopper.on_train_batch_end(5, {"loss": loss})
    assert trained.stop_training
    assert capsys.readouterr().out == "Batch 5: Invalid loss, terminating training\n"
    with pytest.raises(StateError, match=f"loss {loss} at batch 6"):
        callbacks.TerminateOnNaN(raise_error=True).on_batch_end(6, {"loss": loss})


def test_logs_are_flat_sorted_python_numbers():
    outputs = [np.zeros(2), np.ones(2)]
    logs = python_logs(
        {"b": {"z": np.float32(1.5), "a": True}, "a": np.array([1, 2]), "c": "text", "o": outputs}
    )
    assert list(logs) == ["a", "z", "c", "o"]
    assert logs == {"a": 1.0, "z": 1.5, "c": "text", "o": outputs}
    assert [type(logs[name]) for name in "az"] == [float, float]
    assert logs["o"] is outputs


def test_aliases_find_the_quantity_under_its_real_name(monkeypatch):
    logs = Logs(accuracy=0.5, val_accuracy=0.25)
    assert "acc" not in logs
    monkeypatch.setattr(Logs, "aliases", {"acc": ("accuracy",), "accuracy": ("acc",)})
    assert (logs["acc"], logs.get("val_acc"), logs.get("auc", 1)) == (0.5, 0.25, 1)
    assert "val_acc" in logs
    assert list(logs) == ["accuracy", "val_accuracy"]
    with pytest.raises(KeyError, match="auc"):
        logs["auc"]
    assert Logs(acc=1.0)["accuracy"] == 1.0
