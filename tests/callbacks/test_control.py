"""How often a callback needs control: what it overrides decides, unless the hook is marked."""

from __future__ import annotations

import keras
import pytest

from lamina import callbacks
from lamina.callbacks.base import HOOKS, Callback, control_needed


def overriding(hook, base=Callback):
    return type("Own", (base,), {hook: lambda self, *args, **kwargs: None})()


TRAIN = [
    (Callback(), "slice", ""),
    (callbacks.History(), "slice", ""),
    (callbacks.ProgbarLogger(), "slice", ""),
    (callbacks.CSVLogger("unused.csv"), "slice", ""),
    (callbacks.EarlyStopping(), "epoch", "on_epoch_end"),
    (callbacks.ReduceLROnPlateau(), "epoch", "on_epoch_end"),
    (callbacks.LearningRateScheduler(lambda epoch: 0.1), "epoch", "on_epoch_begin"),
    (callbacks.TerminateOnNaN(), "epoch", "on_batch_end"),
    (overriding("on_train_begin"), "slice", ""),
    (overriding("on_test_batch_end"), "slice", ""),
    (overriding("on_epoch_begin"), "epoch", "on_epoch_begin"),
    (overriding("on_epoch_end"), "epoch", "on_epoch_end"),
    (overriding("on_epoch_end", callbacks.History), "epoch", "on_epoch_end"),
    (overriding("on_train_batch_begin"), "batch", "on_train_batch_begin"),
    (overriding("on_train_batch_end", callbacks.EarlyStopping), "batch", "on_train_batch_end"),
    (overriding("on_batch_end"), "batch", "on_batch_end"),
    (overriding("on_batch_end", callbacks.TerminateOnNaN), "batch", "on_batch_end"),
    (callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: None), "epoch", "on_epoch_end"),
    (callbacks.LambdaCallback(on_batch_begin=lambda batch, logs: None), "batch", "on_batch_begin"),
]


@pytest.mark.parametrize(("callback", "level", "hook"), TRAIN)
def test_while_training(callback, level, hook):
    assert control_needed(callback) == (level, hook)


@pytest.mark.parametrize("phase", ["test", "predict"])
def test_other_phases_look_at_their_own_batches_only(phase):
    hook = f"on_{phase}_batch_begin"
    assert control_needed(overriding(hook), phase) == ("batch", hook)
    assert control_needed(overriding("on_train_batch_end"), phase) == ("slice", "")
    assert control_needed(overriding("on_epoch_end"), phase) == ("slice", "")
    assert control_needed(callbacks.ProgbarLogger(), phase) == ("slice", "")


def test_a_list_needs_what_its_neediest_needs():
    own = overriding("on_batch_end")
    both = callbacks.CallbackList([callbacks.EarlyStopping(), own], add_history=True)
    assert both.control_needed() == ("batch", "Own.on_batch_end")
    assert both.control_needed("test") == ("slice", "")


def test_hooks_are_those_of_keras():
    assert set(HOOKS) == {n for n in dir(keras.callbacks.Callback) if n.startswith("on_")}
