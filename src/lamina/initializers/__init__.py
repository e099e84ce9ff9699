"""Initializers, by class and name: `initializers.get("he_normal")`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from lamina import ops
from lamina.errors import ShapeError
from lamina.graph import dtypes
from lamina.graph.tensor import Tensor
from lamina.initializers.base import Initializer
from lamina.initializers.constant import Constant, Identity, Ones, Zeros
from lamina.initializers.fourier import STFT
from lamina.initializers.random import (
    GlorotNormal,
    GlorotUniform,
    HeNormal,
    HeUniform,
    LecunNormal,
    LecunUniform,
    Orthogonal,
    RandomInitializer,
    RandomNormal,
    RandomUniform,
    TruncatedNormal,
    VarianceScaling,
    compute_fans,
)
from lamina.naming import snake_case
from lamina.registry import Registry, names_only

_CLASSES = (
    Zeros, Ones, Constant, Identity, RandomNormal, RandomUniform, TruncatedNormal,
    VarianceScaling, GlorotNormal, GlorotUniform, HeNormal, HeUniform, LecunNormal, LecunUniform,
    Orthogonal, STFT, Initializer,
)  # fmt: skip
IdentityInitializer, OrthogonalInitializer, STFTInitializer = Identity, Orthogonal, STFT
_ALIASES = {
    "zero": Zeros, "one": Ones, "normal": RandomNormal, "uniform": RandomUniform,
    "IdentityInitializer": Identity, "OrthogonalInitializer": Orthogonal,
    "STFTInitializer": STFT,
}  # fmt: skip

REGISTRY = Registry(
    "initializer",
    "keras.initializers",
    {
        **{snake_case(c.__name__): c for c in _CLASSES},
        **{c.__name__: c for c in _CLASSES},
        **_ALIASES,
    },
)

zeros, ones, constant, identity = Zeros, Ones, Constant, Identity
random_normal, random_uniform, truncated_normal = RandomNormal, RandomUniform, TruncatedNormal
variance_scaling, orthogonal = VarianceScaling, Orthogonal
glorot_normal, glorot_uniform = GlorotNormal, GlorotUniform
he_normal, he_uniform = HeNormal, HeUniform
lecun_normal, lecun_uniform = LecunNormal, LecunUniform
stft = STFT


def get(identifier: Any) -> Any:
    """The initializer that a name, configuration, class, array, function or object means; None
    stays None.

    Raises: ArgumentError that names the nearest initializers.
    """
    if isinstance(identifier, Tensor | np.ndarray | np.generic):
        return _given(identifier)
    return REGISTRY.get(identifier)


def _given(value: Any) -> Callable[..., Tensor]:
    """An initializer that returns this array."""
    array = np.asarray(value)

    def given(shape: Sequence[int], dtype: Any = None) -> Tensor:
        if tuple(shape) != array.shape:
            raise ShapeError(
                "an array as initializer", f"has shape {array.shape}",
                f"a variable of shape {tuple(shape)}", "pass an array of the variable's shape",
            )  # fmt: skip
        return ops.cast(array, dtypes.standard(dtype))

    return given


def serialize(initializer: Any) -> dict[str, Any]:
    """The configuration of an initializer."""
    return REGISTRY.serialize(initializer)


def deserialize(
    config: Mapping[str, Any] | str, custom_objects: Mapping[str, Any] | None = None
) -> Any:
    """The initializer that a configuration describes."""
    return REGISTRY.deserialize(config, custom_objects)


__all__ = [
    "STFT", "Constant", "GlorotNormal", "GlorotUniform", "HeNormal", "HeUniform", "Identity",
    "IdentityInitializer", "Initializer", "LecunNormal", "LecunUniform", "Ones", "Orthogonal",
    "OrthogonalInitializer", "RandomInitializer", "RandomNormal", "RandomUniform",
    "STFTInitializer", "TruncatedNormal", "VarianceScaling", "Zeros", "compute_fans", "constant",
    "deserialize", "get", "glorot_normal", "glorot_uniform", "he_normal", "he_uniform",
    "identity", "lecun_normal", "lecun_uniform", "ones", "orthogonal", "random_normal",
    "random_uniform", "serialize", "stft", "truncated_normal", "variance_scaling", "zeros",
]  # fmt: skip

__getattr__ = names_only("lamina.initializers", __all__)
