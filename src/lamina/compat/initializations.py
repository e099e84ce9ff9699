"""Keras 1's `initializations`: functions that make a weight of a shape."""

from __future__ import annotations

from typing import Any

from lamina import initializers
from lamina.graph.dtypes import floatx
from lamina.graph.variable import Variable
from lamina.initializers import Initializer


class Initialization(Initializer):
    """What `get` gives: with a dtype it is an initializer, without one it makes a variable, as
    layers of Keras 1 asked for it.
    """

    def __init__(self, initializer: Any) -> None:
        self.initializer = initializer

    def __call__(self, shape: Any, dtype: Any = None, name: str | None = None, **_: Any) -> Any:
        """An array of this shape and dtype, or a variable of this name."""
        if dtype is not None:
            return self.initializer(shape, dtype=dtype)
        return Variable(self.initializer, tuple(shape), floatx(), name=name or "variable")

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal one."""
        return {"initializer": self.initializer}


def get(identifier: Any, **kwargs: Any) -> Any:
    """The initialization of this name; an object or function as it is."""
    if not isinstance(identifier, str):
        return initializers.get(identifier)
    found = initializers.get(identifier)
    return Initialization(type(found)(**kwargs) if kwargs else found)


def normal(shape: Any, scale: float = 0.05, name: str | None = None, **_: Any) -> Variable:
    """Normal, with this deviation."""
    made: Variable = Initialization(initializers.RandomNormal(0.0, scale))(shape, name=name)
    return made


def uniform(shape: Any, scale: float = 0.05, name: str | None = None, **_: Any) -> Variable:
    """Uniform on [-scale, scale)."""
    made: Variable = Initialization(initializers.RandomUniform(-scale, scale))(shape, name=name)
    return made


NAMED = (
    "glorot_normal", "glorot_uniform", "he_normal", "he_uniform", "identity", "lecun_uniform",
    "one", "orthogonal", "zero",
)  # fmt: skip
__all__ = sorted(("Initialization", "get", "normal", "uniform", *NAMED))


def __getattr__(name: str) -> Any:
    if name in NAMED:
        return get(name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
