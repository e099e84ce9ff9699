"""Callback: the hooks that `fit`, `evaluate` and `predict` call, and how often each needs control.

A program runs several epochs in one native call. A hook that a class overrides says by its mark
how far the program may have run on when the hook is called:

    slice   any number of epochs further: the hook only reads the logs it is given
    epoch   not into the next epoch
    batch   not into the next batch: single steps

Without a mark a hook of a batch needs "batch" and any other needs "epoch", so that what a user
overrides sees the model exactly as Keras would show it. The marks of a class's own hooks are set
with `@control`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

LEVELS = ("slice", "epoch", "batch")
PHASES = ("train", "test", "predict")
EPOCH_HOOKS = ("on_epoch_begin", "on_epoch_end")
PHASE_HOOKS = tuple(f"on_{phase}_{end}" for phase in PHASES for end in ("begin", "end"))
BATCH_HOOKS = {
    "train": (
        "on_train_batch_begin", "on_train_batch_end", "on_batch_begin", "on_batch_end",
    ),
    "test": ("on_test_batch_begin", "on_test_batch_end"),
    "predict": ("on_predict_batch_begin", "on_predict_batch_end"),
}  # fmt: skip
# Hooks at which the model may be changed between two runs of a phase.
BETWEEN: dict[str, tuple[str, ...]] = {
    "train": EPOCH_HOOKS, "test": ("on_test_begin",), "predict": (),
}  # fmt: skip
HOOKS = (*EPOCH_HOOKS, *PHASE_HOOKS, *(hook for hooks in BATCH_HOOKS.values() for hook in hooks))

_Hook = TypeVar("_Hook", bound=Callable[..., Any])


def control(level: str) -> Callable[[_Hook], _Hook]:
    """Marks a hook with the level of control that it needs, one of LEVELS."""
    assert level in LEVELS

    def mark(hook: _Hook) -> _Hook:
        hook.control = level  # type: ignore[attr-defined]
        return hook

    return mark


_unused = control("slice")


class Callback:
    """Base of all callbacks: override the hooks you need.

    `epoch` and `batch` count from 0; `logs` holds the quantities measured so far, running means
    over the epoch, those of the validation data as `val_...`.

    Attributes:
        params: "verbose", "epochs", "steps" of the call.
        model: the model that is trained, evaluated or asked.
    """

    params: Mapping[str, Any] | None = None
    _model: Any = None

    def __init__(self) -> None:
        self.params = None
        self._model = None

    @property
    def model(self) -> Any:
        """The model, once `set_model` was called."""
        return self._model

    def set_params(self, params: Mapping[str, Any]) -> None:
        """Called once before training with "verbose", "epochs" and "steps"."""
        self.params = params

    def set_model(self, model: Any) -> None:
        """Called once before training."""
        self._model = model

    @_unused
    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Before an epoch of training; no logs."""

    @_unused
    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """After an epoch of training and its validation. What it adds to `logs`, later callbacks
        and the history see.
        """

    @_unused
    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        """Before training; no logs."""

    @_unused
    def on_train_end(self, logs: dict[str, Any] | None = None) -> None:
        """After training, with the logs of the last epoch."""

    @_unused
    def on_test_begin(self, logs: dict[str, Any] | None = None) -> None:
        """Before an evaluation, that within `fit` too; no logs."""

    @_unused
    def on_test_end(self, logs: dict[str, Any] | None = None) -> None:
        """After an evaluation, with its logs."""

    @_unused
    def on_predict_begin(self, logs: dict[str, Any] | None = None) -> None:
        """Before a prediction; no logs."""

    @_unused
    def on_predict_end(self, logs: dict[str, Any] | None = None) -> None:
        """After a prediction; no logs."""

    @_unused
    def on_train_batch_begin(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        """Before a step of training; calls `on_batch_begin`."""
        self.on_batch_begin(batch, logs=logs)

    @_unused
    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        """After a step of training; calls `on_batch_end`."""
        self.on_batch_end(batch, logs=logs)

    @_unused
    def on_batch_begin(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        """The older name of `on_train_batch_begin`."""

    @_unused
    def on_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        """The older name of `on_train_batch_end`."""

    @_unused
    def on_test_batch_begin(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        """Before a batch of an evaluation; no logs."""

    @_unused
    def on_test_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        """After a batch of an evaluation."""

    @_unused
    def on_predict_batch_begin(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        """Before a batch of a prediction; no logs."""

    @_unused
    def on_predict_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        """After a batch of a prediction; `logs["outputs"]` is what it predicted."""


def control_needed(callback: Callback, phase: str = "train") -> tuple[str, str]:
    """The level of control that a callback needs in a phase, and the hook that needs it."""
    finest = ("slice", "")
    for hook in (*BATCH_HOOKS[phase], *BETWEEN[phase]):
        natural = "epoch" if hook in BETWEEN[phase] else "batch"
        level = getattr(getattr(callback, hook, None), "control", natural)
        if LEVELS.index(level) > LEVELS.index(finest[0]):
            finest = (level, hook)
    return finest
