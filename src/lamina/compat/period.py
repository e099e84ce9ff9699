"""`period=` of ModelCheckpoint in Keras 2: a file every so many epochs."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from lamina.compat.spelling import Kept


def _every(hook: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(hook)
    def at_period(self: Any, epoch: int, logs: Any = None) -> Any:
        since = self.__dict__.setdefault("_since", 0) + 1
        if since < int(self.__dict__.get("period", 1)):
            self._since = since
            return None
        self._since = 0
        return hook(self, epoch, logs)

    return at_period


PERIOD = Kept("period", "lamina.callbacks.model_checkpoint:ModelCheckpoint.on_epoch_end", _every)
