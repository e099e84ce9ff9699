"""What TensorFlow's functions share: `name=`, and how an operand becomes a tensor."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from lamina import ops
from lamina.graph import dtypes
from lamina.graph.strings import StringTensor, texts
from lamina.graph.tensor import BatchSize, Tensor
from lamina.graph.variable import Variable

Function = Callable[..., Any]


def strings(value: Any) -> StringTensor:
    """A tensor of a string, or of an array or nested list of them."""
    return StringTensor(texts(value))


def fitted(value: Any, like: str) -> Any:
    """A number or array as a tensor of this dtype, if the dtype can hold such values; tensors stay
    as they are.
    """
    if isinstance(value, Tensor | Variable | BatchSize | StringTensor):
        return value
    tensor = ops.convert_to_tensor(value)
    number = dtypes.is_float(tensor.dtype) or dtypes.is_integer(tensor.dtype)
    holds = number if dtypes.is_float(like) else dtypes.is_integer(tensor.dtype)
    return ops.cast(tensor, like) if holds and like != "bool" else tensor


def meeting(*values: Any) -> list[Any]:
    """Operands: those that are no tensors take the dtype of the first that is one."""
    given = next((v for v in values if isinstance(v, Tensor | Variable)), None)
    like = (ops.convert_to_tensor(values[0]) if given is None else given).dtype
    return [value if like == "string" else fitted(value, like) for value in values]


def with_arrays(operator: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    """An operator of tensors for which a NumPy array is of the tensor's dtype."""

    @functools.wraps(operator)
    def of(self: Any, other: Any) -> Any:
        array = isinstance(other, np.ndarray | np.generic)
        return operator(self, fitted(other, self.dtype) if array else other)

    return of


def unary(op: str, parameter: str = "x") -> Function:
    """A function of one tensor, which TensorFlow calls by this parameter."""
    of = getattr(ops, op)

    def function(*args: Any, name: str | None = None, **kwargs: Any) -> Any:
        (x,) = args or (kwargs.pop(parameter),)
        return of(x, **kwargs)

    return _described(function, op)


def binary(op: str) -> Function:
    """A function of `x` and `y`."""
    of = getattr(ops, op)

    def function(x: Any, y: Any, name: str | None = None) -> Any:
        return of(*meeting(x, y))

    return _described(function, op)


def _described(function: Function, op: str) -> Function:
    function.__name__ = function.__qualname__ = op
    function.__doc__ = f"lamina.ops.{op}"
    return function


def table(make: Callable[..., Function], rows: Mapping[str, str]) -> dict[str, Function]:
    """TensorFlow's names and their functions, of rows from such a name to an op's."""
    return {name: make(op) for name, op in rows.items()}
