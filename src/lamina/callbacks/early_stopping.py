"""EarlyStopping: end training when a quantity has stopped improving."""

from __future__ import annotations

from typing import Any

from lamina.callbacks.base import control
from lamina.callbacks.monitor import MonitorCallback
from lamina.callbacks.progress import say


class EarlyStopping(MonitorCallback):
    """Sets `model.stop_training` once `patience` epochs in a row were no improvement.

    Args:
        monitor: the name in the logs.
        min_delta: the least change that counts.
        patience: epochs without improvement to wait.
        verbose: 1 says what was done.
        mode: "auto", "min" or "max".
        baseline: an improvement only ends the wait if it beats this too.
        restore_best_weights: at the end put back the weights of the best epoch.
        start_from_epoch: epochs before this one are not looked at.
    """

    def __init__(
        self,
        monitor: str = "val_loss",
        min_delta: float = 0,
        patience: int = 0,
        verbose: int = 0,
        mode: str = "auto",
        baseline: float | None = None,
        restore_best_weights: bool = False,
        start_from_epoch: int = 0,
    ) -> None:
        super().__init__(monitor, mode, min_delta=min_delta)
        self.patience = patience
        self.verbose = verbose
        self.baseline = baseline
        self.restore_best_weights = restore_best_weights
        self.start_from_epoch = start_from_epoch
        self._begin()

    def _begin(self) -> None:
        self.wait = 0
        self.stopped_epoch = 0
        self.best: float | None = None
        self.best_weights: list[Any] | None = None
        self.best_epoch = 0

    @control("epoch")
    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        """Starts afresh, so that one object serves several calls of `fit`."""
        self._begin()

    @control("epoch")
    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Compares the epoch with the best and stops when patience is at an end."""
        current = self.get_monitor_value(logs)
        if current is None or epoch < self.start_from_epoch:
            return
        if self.restore_best_weights and self.best_weights is None:
            self._keep(epoch)
        self.wait += 1
        if self.is_improvement(current, self.best):
            self.best = current
            self._keep(epoch)
            if self.baseline is None or self.is_improvement(current, self.baseline):
                self.wait = 0
        elif self.wait >= self.patience and epoch > 0:
            self.stopped_epoch = epoch
            self.model.stop_training = True

    def get_monitor_value(self, logs: dict[str, Any] | None) -> Any:
        """The watched quantity in the logs, None with a warning if it is not among them."""
        return self.value_in(logs, "stop early")

    def _keep(self, epoch: int) -> None:
        self.best_epoch = epoch
        if self.restore_best_weights:
            self.best_weights = self.model.get_weights()

    @control("epoch")
    def on_train_end(self, logs: dict[str, Any] | None = None) -> None:
        """Reports, and puts the best weights back."""
        if self.stopped_epoch > 0 and self.verbose > 0:
            say(f"Epoch {self.stopped_epoch + 1}: early stopping")
        if self.restore_best_weights and self.best_weights is not None:
            if self.verbose > 0:
                best = self.best_epoch + 1
                say(f"Restoring model weights from the end of the best epoch: {best}.")
            self.model.set_weights(self.best_weights)
