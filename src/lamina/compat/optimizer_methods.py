"""Methods of optimizers that only Keras 1 and 2 had."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from lamina import ops
from lamina.errors import ArgumentError
from lamina.gradient_tape import GradientTape
from lamina.graph.tensor import KerasTensor


def get_updates(self: Any, *args: Any, **kwargs: Any) -> list[Any]:
    """What `K.function(updates=...)` takes for one step on a loss: (loss, params) of Keras 2.0 and
    later, or (params, constraints, loss) of Keras 1.
    """
    from lamina.compat.backend.functions import Training, gradients

    given = dict(zip(("params", "constraints", "loss"), args, strict=False))
    if len(args) == 2:
        given = dict(zip(("loss", "params"), args, strict=True))
    given.update(kwargs)
    params = list(given["params"])
    return [Training(self, gradients(given["loss"], params), params)]


def compute_gradients(
    self: Any, loss: Any, var_list: Any = None, grad_loss: Any = None, **hints: Any
) -> list[tuple[Any, Any]]:
    """Pairs of a symbolic gradient and its variable, as TensorFlow 1 computed them."""
    from lamina.compat.backend.functions import gradients, variables_of

    del hints
    variables = list(var_list) if var_list is not None else variables_of(loss)
    return list(zip(gradients(loss, variables, grad_loss), variables, strict=True))


def taking_symbols(apply_gradients: Callable[..., Any]) -> Callable[..., Any]:
    """`apply_gradients` that makes an operation of symbolic gradients."""

    @functools.wraps(apply_gradients)
    def apply(
        self: Any, grads_and_vars: Any, global_step: Any = None, *args: Any, **kwargs: Any
    ) -> Any:
        from lamina.compat.backend.functions import Training

        pairs = list(grads_and_vars)
        if not any(isinstance(g, KerasTensor) for g, _ in pairs):
            given = args if global_step is None else (global_step, *args)
            return apply_gradients(self, pairs, *given, **kwargs)
        found = [(g, v) for g, v in pairs if g is not None]
        return Training(self, [g for g, _ in found], [v for _, v in found], global_step)

    return apply


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


def minimize(
    self: Any, loss: Any, var_list: Any = None, grad_loss: Any = None, name: Any = None,
    tape: Any = None, global_step: Any = None, **hints: Any,
) -> Any:  # fmt: skip
    """One step on a loss; of a symbolic one, the operation that makes it when it is run.

    Args:
        loss: a function without arguments that computes it; or its value, which `tape` recorded.
        var_list: the variables, or a function that gives them after the loss was computed.
        grad_loss: the gradient of what is minimised with respect to the loss; default 1.
        global_step: with a symbolic loss, a variable that counts the steps.

    Raises: ArgumentError for a value without a tape.
    """
    del name, hints
    if isinstance(loss, KerasTensor):
        return self.apply_gradients(compute_gradients(self, loss, var_list, grad_loss), global_step)
    if not callable(loss) and tape is None:
        raise ArgumentError(
            "minimize", "needs to see how the loss is computed", "a value without a tape",
            "pass a function, or the tape that recorded it",
        )  # fmt: skip
    if callable(loss):
        with tape or GradientTape() as tape:
            loss = loss()
    variables = list(var_list() if callable(var_list) else var_list)
    gradients = tape.gradient(loss, variables, output_gradients=grad_loss)
    return self.apply_gradients(zip(gradients, variables, strict=True))


def _decayed_lr(self: Any, var_dtype: Any) -> Any:
    """The learning rate of this step."""
    return ops.cast(self.learning_rate, var_dtype)


def _scale(self: Any) -> Any:
    return self.dynamic_scale.value if self.built else float(self.initial_scale)


def get_scaled_loss(self: Any, loss: Any) -> Any:
    """The loss times the present scale; of a function, the function that gives this."""
    if callable(loss):
        return lambda: loss() * _scale(self)
    return loss * _scale(self)


def get_unscaled_gradients(self: Any, grads: Any) -> list[Any]:
    """The gradients divided by the scale, which the next step then does not do again."""
    self.__dict__["_are_unscaled"] = True
    return [None if g is None else g / _scale(self) for g in grads]


def taking_unscaled(apply: Callable[..., Any]) -> Callable[..., Any]:
    """`LossScaleOptimizer.apply` that knows of `get_unscaled_gradients`."""

    @functools.wraps(apply)
    def of_gradients(self: Any, grads: Any, *args: Any, **kwargs: Any) -> Any:
        if self.__dict__.pop("_are_unscaled", False):
            grads = [None if g is None else g * _scale(self) for g in grads]
        return apply(self, grads, *args, **kwargs)

    return of_gradients
