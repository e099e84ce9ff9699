"""Variables, and what is read from and written to them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, ClassVar

import numpy as np

from lamina import ops
from lamina.compat.backend.functions import Update, evaluated
from lamina.compat.backend.phases import is_training
from lamina.compat.tensorflow.shapes import shape as shape
from lamina.graph import trace
from lamina.graph.dtypes import floatx
from lamina.graph.tensor import KerasTensor, Tensor, Traced
from lamina.graph.variable import Variable

__all__ = [
    "batch_get_value", "batch_set_value", "constant", "count_params", "dtype", "eval", "eye",
    "get_value", "get_variable_shape", "identity", "int_shape", "is_keras_tensor",
    "is_placeholder", "is_sparse", "is_tensor", "is_variable", "moving_average_update", "ndim",
    "ones", "ones_like", "print_tensor", "set_value", "shape", "to_dense", "update", "update_add",
    "update_sub", "variable", "zeros", "zeros_like",
]  # fmt: skip


class Kept:
    """The variables that a rule makes, made once however often it runs, and what it updates."""

    now: ClassVar[Kept | None] = None

    def __init__(self) -> None:
        self.variables: list[Variable] = []
        self.updates: list[tuple[Variable, Any]] = []
        self._next = 0

    @contextmanager
    def deferring(self) -> Iterator[list[tuple[Variable, Any]]]:
        """Inside, updates are collected, so that all are of the values before the step."""
        before, Kept.now = Kept.now, self
        self.updates, self._next = [], 0
        try:
            yield self.updates
        finally:
            Kept.now = before

    def made(self, make: Callable[[], Variable]) -> Variable:
        """The variable that was made at this place, or a new one."""
        if self._next == len(self.variables):
            with trace.suspended():
                self.variables.append(make())
        self._next += 1
        return self.variables[self._next - 1]


def variable(value: Any, dtype: Any = None, name: Any = None, constraint: Any = None) -> Variable:
    """A variable that starts with this value."""
    kind = dtype or floatx()

    def make() -> Variable:
        return Variable(
            np.asarray(value), None, kind, name=name or "variable", constraint=constraint
        )

    return make() if Kept.now is None else Kept.now.made(make)


def constant(value: Any, dtype: Any = None, shape: Any = None, name: Any = None) -> Tensor:
    """A tensor of this value, which fills `shape`."""
    made = ops.convert_to_tensor(np.asarray(value), dtype or floatx())
    return made if shape is None else ops.broadcast_to(made, shape)


def zeros(shape: Any, dtype: Any = None, name: Any = None) -> Any:
    """A variable of zeros; a tensor in what is traced."""
    if trace.current() is not None and Kept.now is None:
        return ops.zeros(shape, dtype)
    return variable(np.zeros(shape), dtype, name)


def ones(shape: Any, dtype: Any = None, name: Any = None) -> Any:
    """A variable of ones; a tensor in what is traced."""
    if trace.current() is not None and Kept.now is None:
        return ops.ones(shape, dtype)
    return variable(np.ones(shape), dtype, name)


def eye(size: Any, dtype: Any = None, name: Any = None) -> Variable:
    """A variable that holds the identity matrix."""
    return Variable(np.eye(size), dtype=dtype or floatx(), name=name or "variable")


def zeros_like(x: Any, dtype: Any = None, name: Any = None) -> Any:
    """Zeros of the shape of x."""
    return ops.zeros_like(x, dtype=dtype)


def ones_like(x: Any, dtype: Any = None, name: Any = None) -> Any:
    """Ones of the shape of x."""
    return ops.ones_like(x, dtype=dtype)


def identity(x: Any, name: Any = None) -> Any:
    """x."""
    return ops.convert_to_tensor(x) if isinstance(x, Variable) else x


def print_tensor(x: Any, message: str = "") -> Any:
    """x, which is printed if it has values."""
    if not isinstance(x, KerasTensor) and hasattr(x, "numpy"):
        print(message, x.numpy())
    return x


# ── facts ──


def dtype(x: Any) -> str:
    """The name of the dtype."""
    return str(ops.dtype(x))


def int_shape(x: Any) -> tuple[int | None, ...] | None:
    """The shape, None where it is open."""
    sizes = getattr(x, "shape", None)
    return (
        None if sizes is None else tuple(n if n is None or type(n) is int else None for n in sizes)
    )


def ndim(x: Any) -> int:
    """The number of axes."""
    return len(x.shape)


def count_params(x: Any) -> int:
    """The number of entries."""
    return int(np.prod(x.shape))


def get_variable_shape(x: Any) -> Any:
    """The shape of a variable."""
    return int_shape(x)


def is_keras_tensor(x: Any) -> bool:
    """Whether x is symbolic."""
    return isinstance(x, KerasTensor)


def is_placeholder(x: Any) -> bool:
    """Whether x is a symbolic input."""
    return isinstance(x, KerasTensor) and x.history is None


def is_tensor(x: Any) -> bool:
    """Whether x is a tensor."""
    return isinstance(x, Tensor)


def is_variable(x: Any) -> bool:
    """Whether x is a variable."""
    return isinstance(x, Variable)


def is_sparse(tensor: Any) -> bool:
    """False: all tensors are dense."""
    return False


def to_dense(tensor: Any) -> Any:
    """x: all tensors are dense."""
    return tensor


# ── values ──


def get_value(x: Any) -> Any:
    """The value as NumPy's."""
    value = evaluated(x)
    return value[()] if isinstance(value, np.ndarray) and value.ndim == 0 else np.array(value)


def batch_get_value(tensors: Iterable[Any]) -> list[Any]:
    """The values of several."""
    return [get_value(x) for x in tensors]


def eval(x: Any) -> Any:
    """The value as NumPy's."""
    return get_value(x)


def set_value(x: Variable, value: Any) -> None:
    """Gives a variable a new value."""
    x.assign(np.asarray(value))


def batch_set_value(tuples: Iterable[tuple[Variable, Any]]) -> None:
    """Gives several variables new values."""
    for x, value in tuples:
        set_value(x, value)


def update(x: Variable, new_x: Any) -> Any:
    """x becomes new_x: now, or where new_x is symbolic when a `K.function` with it is called."""
    if Kept.now is not None:
        Kept.now.updates.append((x, new_x))
        return new_x
    if isinstance(new_x, Traced) and not is_training():
        return new_x  # Updates were run in training only.
    return Update(x, new_x) if isinstance(new_x, KerasTensor) else x.assign(new_x)


def update_add(x: Variable, increment: Any) -> Any:
    """x becomes x + increment."""
    return update(x, ops.add(x.value, increment))


def update_sub(x: Variable, decrement: Any) -> Any:
    """x becomes x - decrement."""
    return update(x, ops.subtract(x.value, decrement))


def moving_average_update(x: Variable, value: Any, momentum: Any) -> Any:
    """x becomes momentum x + (1 - momentum) value."""
    kept, new = ops.multiply(x.value, momentum), ops.multiply(value, ops.subtract(1.0, momentum))
    return update(x, ops.add(kept, new))
