"""`decay=` of Keras 1 and 2's optimizers: the rate of a step is learning_rate / (1 + decay n),
after n steps. `learning_rate` stays what is set, so that callbacks can change it.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from lamina import ops
from lamina.compat.spelling import Kept


def _with_decay(update: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(update)
    def decayed(self: Any, grads: Any, variables: Any, learning_rate: Any) -> Any:
        decay = self.__dict__.get("decay")
        if decay:
            steps = ops.cast(self.iterations, "float32")
            learning_rate = ops.divide(learning_rate, ops.add(1.0, ops.multiply(decay, steps)))
        return update(self, grads, variables, learning_rate)

    return decayed


DECAY = Kept("decay", "lamina.optimizers:Optimizer._update_all", _with_decay)
