"""`mode=` of Keras 1's BatchNormalization."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from lamina import ops
from lamina.compat.spelling import Kept
from lamina.errors import ArgumentError


def _by_mode(call: Callable[..., Any]) -> Callable[..., Any]:
    """0: each channel over the batch in training, by running means else. 1: each row over its last
    axis. 2: each channel over the batch, always.
    """

    @functools.wraps(call)
    def normalised(self: Any, inputs: Any, training: Any = None, mask: Any = None) -> Any:
        mode = vars(self).get("mode", 0)
        if mode == 0:
            return call(self, inputs, training=training, mask=mask)
        gamma, beta = (None if w is None else w.value for w in (self.gamma, self.beta))
        if mode == 2:
            mean, variance = self._moments(inputs, mask)
            return ops.batch_normalization(
                inputs, mean, variance, self.axis, beta, gamma, self.epsilon
            )
        if mode != 1:
            raise ArgumentError(
                f"BatchNormalization '{self.name}'", "knows the modes 0, 1 and 2", repr(mode),
                "leave mode= out",
            )  # fmt: skip
        mean, variance = ops.moments(inputs, -1, keepdims=True)
        # Keras 1 added epsilon both to the variance and to its root.
        y = ops.divide(inputs - mean, ops.sqrt(variance + self.epsilon) + self.epsilon)
        y = y if gamma is None else ops.multiply(y, gamma)
        return y if beta is None else ops.add(y, beta)

    return normalised


MODE = Kept("mode", "lamina.layers:BatchNormalization.call", _by_mode)


def with_mode(get_config: Callable[..., Any]) -> Callable[..., Any]:
    """`get_config` that has the mode, if it is not 0."""

    @functools.wraps(get_config)
    def config(self: Any) -> Any:
        mode = vars(self).get("mode", 0)
        return {**get_config(self), **({"mode": mode} if mode else {})}

    return config
