"""SwapEMAWeights beside Keras' own: what evaluation, prediction and later callbacks see."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest

import lamina
from lamina import callbacks
from lamina.errors import ArgumentError

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
ROWS = np.random.default_rng(0).normal(size=(24, 3)).astype("float32")
TARGETS = ROWS @ np.asarray([[1.0], [-2.0], [0.5]], "float32")
# float32 sums in other orders over a dozen steps
CLOSE = {"rtol": 1e-4, "atol": 1e-5}


def trained(k: Any, swap_on_epoch: bool, overwrite: int | None) -> list[np.ndarray]:
    """Weights at each epoch's end, history, the weights, an evaluation and a prediction."""
    seen: list[Any] = []

    class Seen(k.callbacks.Callback):  # type: ignore[misc, name-defined]
        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            seen.extend(np.array(w) for w in self.model.get_weights())

    model = k.Sequential([k.layers.Input((3,)), k.layers.Dense(1)])
    model.set_weights([np.full((3, 1), 0.1, "float32"), np.zeros(1, "float32")])
    rule = k.optimizers.SGD(0.1, use_ema=True, ema_momentum=0.7, ema_overwrite_frequency=overwrite)
    model.compile(rule, "mse")
    swap = k.callbacks.SwapEMAWeights(swap_on_epoch)
    history = model.fit(
        ROWS, TARGETS, batch_size=8, epochs=3, shuffle=False, verbose=0,
        validation_data=(ROWS[:5], TARGETS[:5]), callbacks=[swap, Seen()],
    ).history  # fmt: skip
    again = k.callbacks.SwapEMAWeights()
    loss = model.evaluate(ROWS, TARGETS, verbose=0, callbacks=[again])
    found = model.predict(ROWS, verbose=0, callbacks=[k.callbacks.SwapEMAWeights()])
    return [
        *seen, np.asarray(history["loss"]), np.asarray(history["val_loss"]), *model.get_weights(),
        np.asarray(loss), found,
    ]  # fmt: skip


@pytest.mark.parametrize("swap_on_epoch", [False, True])
@pytest.mark.parametrize("overwrite", [None, 4])
def test_it_sees_what_keras_sees(swap_on_epoch: bool, overwrite: int | None) -> None:
    ours, theirs = (trained(k, swap_on_epoch, overwrite) for k in (lamina, keras))
    for a, b in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(a, b, **CLOSE)


def test_an_optimizer_without_averages_is_an_error() -> None:
    model = lamina.Sequential([lamina.layers.Dense(1)])
    model.compile("sgd", "mse")
    with pytest.raises(ArgumentError, match="use_ema=True"):
        model.evaluate(ROWS, TARGETS, verbose=0, callbacks=[callbacks.SwapEMAWeights()])


def test_a_hook_that_changes_weights_before_a_validation_is_heard() -> None:
    """Any callback that overrides `on_test_begin`, not ours alone."""

    class Zeros(callbacks.Callback):
        def on_test_begin(self, logs: Any = None) -> None:
            self.model.set_weights([np.zeros_like(w) for w in self.model.get_weights()])

    model = lamina.Sequential([lamina.layers.Dense(1)])
    model.compile("sgd", "mse")
    history = model.fit(
        ROWS, TARGETS, epochs=2, verbose=0, validation_data=(ROWS, TARGETS), callbacks=[Zeros()]
    ).history
    np.testing.assert_allclose(history["val_loss"], [np.mean(TARGETS**2)] * 2, rtol=1e-5)
