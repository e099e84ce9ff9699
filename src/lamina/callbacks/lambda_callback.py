"""LambdaCallback: hooks given as functions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lamina.callbacks.base import HOOKS, Callback
from lamina.errors import ArgumentError, nearest


class LambdaCallback(Callback):
    """A callback made of functions: each takes what its hook takes, (epoch, logs), (batch, logs) or
    (logs).

    Raises: ArgumentError for a keyword that is no hook.
    """

    def __init__(
        self,
        on_epoch_begin: Callable[..., Any] | None = None,
        on_epoch_end: Callable[..., Any] | None = None,
        on_train_begin: Callable[..., Any] | None = None,
        on_train_end: Callable[..., Any] | None = None,
        on_train_batch_begin: Callable[..., Any] | None = None,
        on_train_batch_end: Callable[..., Any] | None = None,
        **kwargs: Callable[..., Any],
    ) -> None:
        super().__init__()
        for name in kwargs:
            if name not in HOOKS:
                raise ArgumentError(
                    "LambdaCallback", f"knows no hook {name!r}", f"{name}={kwargs[name]!r:.60}",
                    f"did you mean {nearest(name, HOOKS)[0]}?",
                )  # fmt: skip
        given = {
            "on_epoch_begin": on_epoch_begin,
            "on_epoch_end": on_epoch_end,
            "on_train_begin": on_train_begin,
            "on_train_end": on_train_end,
            "on_train_batch_begin": on_train_batch_begin,
            "on_train_batch_end": on_train_batch_end,
            **kwargs,
        }
        for name, function in given.items():
            if function is not None:
                setattr(self, name, function)
