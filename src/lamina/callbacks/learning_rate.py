"""Callbacks that set the learning rate between epochs: by a schedule, or when progress stalls."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np

from lamina.callbacks.base import Callback, control
from lamina.callbacks.monitor import MonitorCallback
from lamina.callbacks.progress import say
from lamina.errors import ArgumentError


def _rate(optimizer: Any) -> float:
    return float(np.asarray(optimizer.learning_rate))


class LearningRateScheduler(Callback):
    """Before each epoch: learning rate = schedule(epoch, learning rate), or schedule(epoch).

    Args:
        schedule: takes the epoch, from 0, and the present rate; returns a float.
        verbose: 1 prints every rate.

    Raises: ArgumentError if the schedule returns no float.
    """

    def __init__(self, schedule: Callable[..., Any], verbose: int = 0) -> None:
        super().__init__()
        self.schedule = schedule
        self.verbose = verbose
        self._takes_rate = _takes_two(schedule)

    @control("epoch")
    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Sets the rate of the epoch."""
        optimizer = self.model.optimizer
        given = (epoch, _rate(optimizer)) if self._takes_rate else (epoch,)
        rate = self.schedule(*given)
        if isinstance(rate, bool | int) or np.asarray(rate).dtype.kind != "f" or np.ndim(rate) != 0:
            raise ArgumentError(
                "LearningRateScheduler", "needs a schedule that returns a float",
                f"{rate!r:.60} of type {type(rate).__name__}", "return float(...)",
            )  # fmt: skip
        optimizer.learning_rate = float(rate)
        if self.verbose > 0:
            say(f"\nEpoch {epoch + 1}: LearningRateScheduler setting learning rate to {rate}.")

    @control("epoch")
    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Adds `learning_rate` to the logs."""
        if logs is not None:
            logs["learning_rate"] = _rate(self.model.optimizer)


def _takes_two(function: Callable[..., Any]) -> bool:
    try:
        inspect.signature(function).bind(0, 0.0)
    except TypeError:
        return False
    except ValueError:  # a builtin without a signature
        return True
    return True


class ReduceLROnPlateau(MonitorCallback):
    """Rate = max(rate · factor, min_lr) after `patience` epochs without improvement.

    Args:
        monitor: the name in the logs.
        factor: below 1.
        patience: epochs without improvement to wait.
        verbose: 1 says what was done.
        mode: "auto", "min" or "max".
        min_delta: the least change that counts.
        cooldown: epochs after a reduction that do not count as waiting.
        min_lr: the rate never falls below.

    Raises: ArgumentError for a factor of 1 or more.
    """

    def __init__(
        self,
        monitor: str = "val_loss",
        factor: float = 0.1,
        patience: int = 10,
        verbose: int = 0,
        mode: str = "auto",
        min_delta: float = 1e-4,
        cooldown: int = 0,
        min_lr: float = 0.0,
    ) -> None:
        super().__init__(monitor, mode, min_delta=min_delta)
        if factor >= 1.0:
            raise ArgumentError(
                "ReduceLROnPlateau", "needs a factor below 1", f"factor={factor}",
                "pass what the rate is multiplied by, such as 0.1",
            )  # fmt: skip
        self.factor = factor
        self.min_lr = min_lr
        self.patience = patience
        self.verbose = verbose
        self.cooldown = cooldown
        self.cooldown_counter = 0
        self.wait = 0

    @control("epoch")
    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        """Starts afresh."""
        self.best = None
        self.cooldown_counter = 0
        self.wait = 0

    def in_cooldown(self) -> bool:
        """Whether a reduction was less than `cooldown` epochs ago."""
        return self.cooldown_counter > 0

    @control("epoch")
    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Adds `learning_rate` to the logs, compares, and reduces when patience is at an end."""
        logs = logs if logs is not None else {}
        logs["learning_rate"] = _rate(self.model.optimizer)
        current = self.value_in(logs, "reduce the learning rate")
        if current is None:
            return
        if self.in_cooldown():
            self.cooldown_counter -= 1
            self.wait = 0
        if self.is_improvement(current, self.best):
            self.best = current
            self.wait = 0
        elif not self.in_cooldown():
            self.wait += 1
            if self.wait >= self.patience and self._reduce(epoch):
                self.cooldown_counter = self.cooldown
                self.wait = 0

    def _reduce(self, epoch: int) -> bool:
        optimizer = self.model.optimizer
        old = _rate(optimizer)
        # The rate is stored in float32: so must the bound be that it is compared with.
        if old <= np.float32(self.min_lr):
            return False
        optimizer.learning_rate = new = max(old * self.factor, self.min_lr)
        if self.verbose > 0:
            say(f"\nEpoch {epoch + 1}: ReduceLROnPlateau reducing learning rate to {new}.")
        return True
