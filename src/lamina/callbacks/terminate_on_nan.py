"""TerminateOnNaN: end training when the loss is no longer finite."""

from __future__ import annotations

import math
from typing import Any

from lamina.callbacks.base import Callback, control
from lamina.callbacks.progress import say
from lamina.errors import StateError


class TerminateOnNaN(Callback):
    """Sets `model.stop_training` when the loss is NaN or infinite.

    It looks whenever the program hands over control, at the latest at the end of the epoch: a
    running mean that has once been NaN or infinite stays so, hence no step is missed.

    The model keeps the weights from before the step at which its loss or a weight stopped being
    finite; a warning names that step and the weight.

    Args:
        raise_error: raise instead, which skips the ends of all other callbacks.

    Raises: StateError (a RuntimeError) if `raise_error`.
    """

    def __init__(self, raise_error: bool = False) -> None:
        super().__init__()
        self.raise_error = raise_error

    @control("epoch")
    def on_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        """Looks at the loss."""
        loss = (logs or {}).get("loss")
        if loss is None or math.isfinite(loss):
            return
        if self.raise_error:
            raise StateError(
                "TerminateOnNaN", "met a loss that is not finite", f"loss {loss} at batch {batch}",
                "look for NaN in the data, or lower the learning rate",
            )  # fmt: skip
        say(f"Batch {batch}: Invalid loss, terminating training")
        self.model.stop_training = True
