"""History: what every epoch measured."""

from __future__ import annotations

from typing import Any

from lamina.callbacks.base import Callback, control
from lamina.callbacks.logs import Logs


class History(Callback):
    """Keeps the logs of every epoch; `fit` returns it.

    Attributes:
        epoch: the epochs that were run, from 0.
        history: name -> list with one value an epoch that measured it.
    """

    def __init__(self) -> None:
        super().__init__()
        self.epoch: list[int] = []
        self.history: dict[str, list[Any]] = Logs()

    @control("slice")
    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        """Begins a new list of epochs; the values of earlier calls stay, as in Keras."""
        self.epoch = []

    @control("slice")
    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Appends the values of the epoch and makes itself the model's history."""
        self.epoch.append(epoch)
        for name, value in (logs or {}).items():
            self.history.setdefault(name, []).append(value)
        if getattr(self.model, "history", None) is not self:
            self.model.history = self
