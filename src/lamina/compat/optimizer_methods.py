"""Methods of optimizers that only Keras 1 and 2 had."""

from __future__ import annotations

from typing import Any

import numpy as np


def get_updates(self: Any, *args: Any, **kwargs: Any) -> list[Any]:
    """What `K.function(updates=...)` takes for one step on a loss: (loss, params) of Keras 2.0 and
    later, or (params, constraints, loss) of Keras 1.
    """
    from lamina.compat.backend.functions import Training

    given = dict(zip(("params", "constraints", "loss"), args, strict=False))
    if len(args) == 2:
        given = dict(zip(("loss", "params"), args, strict=True))
    given.update(kwargs)
    return [Training(self, given["loss"], list(given["params"]))]


def get_gradients(self: Any, loss: Any, params: Any) -> list[Any]:
    """The symbolic gradients of a loss."""
    from lamina.compat.backend.functions import gradients

    found: list[Any] = gradients(loss, list(params))
    return found


def weights(self: Any) -> list[Any]:
    """The variables without the learning rate."""
    rate = getattr(self, "_learning_rate", None)
    return [v for v in self.variables if v is not rate]


def get_weights(self: Any) -> list[np.ndarray]:
    """The values of those."""
    return [np.array(v.numpy()) for v in weights(self)]
