"""However the steps of a fit fall into slices, callbacks are told the same in the same order."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import lamina as keras
from lamina.models.runner import Runner

STEPS, VALIDATION_STEPS, EPOCHS = 5, 3, 4


class _Heard(keras.callbacks.Callback):
    """The hooks that leave steps in slices."""

    def __init__(self) -> None:
        super().__init__()
        self.heard: list[tuple[Any, ...]] = []

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self.heard.append(("begin", epoch))

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        self.heard.append(("end", epoch, *sorted(logs.items())))

    def on_test_begin(self, logs: Any = None) -> None:
        self.heard.append(("test begin",))

    def on_test_end(self, logs: Any = None) -> None:
        self.heard.append(("test end", *sorted(logs.items())))


def _fit(size: int, validate: bool, monkeypatch: pytest.MonkeyPatch) -> tuple[Any, Any]:
    monkeypatch.setattr(Runner, "_slice", lambda self: size)
    keras.utils.set_random_seed(1)
    random = np.random.default_rng(0)
    x, y = random.normal(size=(8 * STEPS - 3, 3)), random.integers(0, 2, 8 * STEPS - 3)
    model = keras.Sequential([keras.layers.Dense(4), keras.layers.Dense(2, "softmax")])
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    heard = _Heard()
    held = (x[: 8 * VALIDATION_STEPS], y[: 8 * VALIDATION_STEPS]) if validate else None
    history = model.fit(
        x, y, batch_size=8, epochs=EPOCHS, verbose=0, callbacks=[heard], validation_data=held
    )
    return history.history, heard.heard


@pytest.mark.parametrize("validate", [False, True])
def test_slices_change_nothing(validate: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = _fit(1000, validate, monkeypatch)
    assert [entry[1] for entry in whole[1] if entry[0] == "begin"] == list(range(EPOCHS))
    for size in range(1, 2 * (STEPS + VALIDATION_STEPS) + 2):
        assert _fit(size, validate, monkeypatch) == whole
