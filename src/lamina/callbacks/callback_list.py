"""CallbackList: the callbacks of one call, called as one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from lamina.callbacks.base import (
    EPOCH_HOOKS,
    HOOKS,
    LEVELS,
    PHASE_HOOKS,
    Callback,
    control_needed,
)
from lamina.callbacks.history import History
from lamina.callbacks.logs import python_logs
from lamina.callbacks.progbar_logger import ProgbarLogger
from lamina.callbacks.progress import Clock
from lamina.errors import ArgumentTypeError

NEEDED = (*HOOKS, "set_model", "set_params")


class CallbackList(Callback):
    """Hands every hook on to its callbacks, in order, with one copy of the logs for all.

    Args:
        callbacks: one, or nested lists of them.
        add_history, add_progbar: append a `History`, a `ProgbarLogger`, if there is none yet.
        model: the model they work on.
        params: "verbose", "epochs", "steps", for each callback's `params`.

    Attributes:
        clock: the time that its progress bar shows; `clock.stand` reports what happened earlier.

    Raises: ArgumentTypeError for something that is no callback.
    """

    def __init__(
        self,
        callbacks: Any = None,
        add_history: bool = False,
        add_progbar: bool = False,
        model: Any = None,
        **params: Any,
    ) -> None:
        super().__init__()
        self.callbacks: list[Callback] = list(_flatten(callbacks))
        self.clock = Clock()
        self._history = self._one(History, add_history)
        self._progbar = self._one(ProgbarLogger, add_progbar)
        if self._progbar is not None:
            self._progbar.clock = self.clock
        self.set_model(model)
        self.set_params(params)

    def _one(self, kind: type[Any], add: bool) -> Any:
        found = [callback for callback in self.callbacks if isinstance(callback, kind)]
        if not found and add:
            found = [kind()]
            self.callbacks += found
        return found[-1] if found else None

    def control_needed(self, phase: str = "train") -> tuple[str, str]:
        """The finest level of control that a callback needs, and the hook that needs it, such as
        "MyCallback.on_batch_end".
        """
        finest = ("slice", "")
        for callback in self.callbacks:
            level, hook = control_needed(callback, phase)
            if LEVELS.index(level) > LEVELS.index(finest[0]):
                finest = (level, f"{type(callback).__name__}.{hook}")
        return finest

    def set_params(self, params: Mapping[str, Any]) -> None:
        """Hands the parameters on, if there are any."""
        self.params = params
        if params:
            for callback in self.callbacks:
                callback.set_params(params)

    def set_model(self, model: Any) -> None:
        """Hands the model on and makes the history its own."""
        if model is None:
            return
        super().set_model(model)
        if self._history is not None:
            model.history = self._history
        for callback in self.callbacks:
            callback.set_model(model)

    def _hearing(self, hook: str) -> list[Callback]:
        """The callbacks that do anything at a hook."""
        return [callback for callback in self.callbacks if not _is_idle(callback, hook)]


# What the base's hooks of these names call.
OLDER = {"on_train_batch_begin": "on_batch_begin", "on_train_batch_end": "on_batch_end"}


def _is_idle(callback: Callback, hook: str) -> bool:
    """Whether a hook, and the older one that it calls, are the base's, which do nothing."""
    if getattr(getattr(callback, hook), "__func__", None) is not getattr(Callback, hook):
        return False
    return hook not in OLDER or _is_idle(callback, OLDER[hook])


def _forward_phase(hook: str) -> Callable[..., None]:
    def forward(self: CallbackList, logs: Mapping[str, Any] | None = None) -> None:
        hearing = self._hearing(hook)
        shared = python_logs(logs) if hearing else logs
        for callback in hearing:
            getattr(callback, hook)(shared)

    return forward


def _forward_epoch(hook: str) -> Callable[..., None]:
    def forward(self: CallbackList, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        hearing = self._hearing(hook)
        shared = python_logs(logs) if hearing else logs
        for callback in hearing:
            getattr(callback, hook)(epoch, shared)

    return forward


def _forward_batch(hook: str) -> Callable[..., None]:
    def forward(self: CallbackList, batch: int, logs: Mapping[str, Any] | None = None) -> None:
        hearing = self._hearing(hook)
        shared = python_logs(logs) if hearing else logs
        for callback in hearing:
            getattr(callback, hook)(batch, logs=shared)

    return forward


for _hook in HOOKS:
    _kind = (
        _forward_phase if _hook in PHASE_HOOKS
        else _forward_epoch if _hook in EPOCH_HOOKS
        else _forward_batch
    )  # fmt: skip
    setattr(CallbackList, _hook, _kind(_hook))


def _flatten(callbacks: Any) -> Iterator[Callback]:
    if callbacks is None:
        return
    if isinstance(callbacks, list | tuple):
        for item in callbacks:
            yield from _flatten(item)
    elif not isinstance(callbacks, type) and all(hasattr(callbacks, name) for name in NEEDED):
        yield callbacks
    else:
        raise ArgumentTypeError(
            "callbacks", "takes objects of class Callback", f"{callbacks!r:.80}",
            "call the class: EarlyStopping()" if isinstance(callbacks, type)
            else "derive its class from lamina.callbacks.Callback",
        )  # fmt: skip
