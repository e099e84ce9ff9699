"""Activations, by function and name: `activations.get("relu")`."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any

from lamina.activations.functions import (
    celu,
    elu,
    exponential,
    gelu,
    glu,
    hard_shrink,
    hard_sigmoid,
    hard_silu,
    hard_tanh,
    leaky_relu,
    linear,
    log_sigmoid,
    log_softmax,
    mish,
    relu,
    relu6,
    selu,
    sigmoid,
    silu,
    soft_shrink,
    softmax,
    softplus,
    softsign,
    sparse_plus,
    sparse_sigmoid,
    sparsemax,
    squareplus,
    tanh,
    tanh_shrink,
    threshold,
)
from lamina.registry import Registry, function_config, names_only

_FUNCTIONS = (
    relu, softmax, sigmoid, tanh, linear, leaky_relu, relu6, celu, elu, selu, exponential, gelu,
    glu, hard_shrink, hard_sigmoid, hard_silu, hard_tanh, log_sigmoid, log_softmax, mish, silu,
    soft_shrink, softplus, softsign, sparse_plus, sparse_sigmoid, sparsemax, squareplus,
    tanh_shrink, threshold,
)  # fmt: skip
swish, hard_swish = silu, hard_silu

REGISTRY = Registry(
    "activation",
    "keras.activations",
    {**{f.__name__: f for f in _FUNCTIONS}, "swish": silu, "hard_swish": hard_silu},
)


def get(identifier: Any) -> Callable[..., Any]:
    """The activation that a name, configuration or function means; None means `linear`.

    Raises: ArgumentError that names the nearest activations.
    """
    found: Callable[..., Any] = REGISTRY.get(linear if identifier is None else identifier)
    return found


def serialize(activation: Any) -> Any:
    """The name of an activation, or the configuration of anything else that is callable."""
    if not inspect.isfunction(activation):
        return REGISTRY.serialize(activation)
    own = REGISTRY.table.get(activation.__name__) is activation
    return activation.__name__ if own else function_config(activation)


def deserialize(
    config: Mapping[str, Any] | str, custom_objects: Mapping[str, Any] | None = None
) -> Any:
    """The activation that a name or a configuration describes."""
    return REGISTRY.deserialize(config, custom_objects)


__all__ = [
    "celu", "deserialize", "elu", "exponential", "gelu", "get", "glu", "hard_shrink",
    "hard_sigmoid", "hard_silu", "hard_swish", "hard_tanh", "leaky_relu", "linear", "log_sigmoid",
    "log_softmax", "mish", "relu", "relu6", "selu", "serialize", "sigmoid", "silu", "soft_shrink",
    "softmax", "softplus", "softsign", "sparse_plus", "sparse_sigmoid", "sparsemax", "squareplus",
    "swish", "tanh", "tanh_shrink", "threshold",
]  # fmt: skip

__getattr__ = names_only("lamina.activations", __all__)
