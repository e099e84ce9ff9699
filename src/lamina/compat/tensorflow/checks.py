"""`tf.debugging` and `tf.errors`: checks of values where they are there, and what they raise."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from lamina.graph.structure import flatten
from lamina.graph.tensor import Array
from lamina.graph.variable import Variable


class OpError(Exception):
    """Base of TensorFlow's errors."""

    def __init__(self, node_def: Any = None, op: Any = None, message: str = "", *rest: Any) -> None:
        self.node_def, self.op = node_def, op
        self.message = message or (node_def if isinstance(node_def, str) else "")
        super().__init__(self.message)


class InvalidArgumentError(OpError):
    """An argument that is not legal, such as a check that failed."""


class OutOfRangeError(OpError):
    """An iterator that is at its end."""


class NotFoundError(OpError):
    """A file that is not there."""


class ResourceExhaustedError(OpError):
    """No more memory."""


class UnimplementedError(OpError):
    """What there is not."""


class FailedPreconditionError(OpError):
    """A state in which this cannot be."""


class InternalError(OpError):
    """A defect."""


class UnknownError(OpError):
    """An error of no other kind."""


class AbortedError(OpError):
    """An end before the end."""


class CancelledError(OpError):
    """Somebody's wish that it end."""


class AlreadyExistsError(OpError):
    """Something in the place of what was to be made."""


class UnavailableError(OpError):
    """A service that does not answer."""


class PermissionDeniedError(OpError):
    """A file that may not be read."""


class DeadlineExceededError(OpError):
    """It took too long."""


class DataLossError(OpError):
    """A file that is damaged."""


def _values(x: Any) -> np.ndarray | None:
    known = isinstance(x, Array | Variable | np.ndarray | int | float | list | tuple)
    return np.asarray(x) if known else None


def _failed(message: Any, default: str) -> InvalidArgumentError:
    return InvalidArgumentError(None, None, str(message) if message else default)


def _pair(name: str, holds: Callable[[Any, Any], Any]) -> Callable[..., None]:
    def check(x: Any, y: Any, message: Any = None, summarize: Any = None, name: Any = None) -> None:
        a, b = _values(x), _values(y)
        if a is not None and b is not None and not bool(np.all(holds(a, b))):
            raise _failed(message, f"{check.__name__} does not hold: {a} and {b}")

    check.__name__ = f"assert_{name}"
    check.__doc__ = f"Raises: InvalidArgumentError unless x is {name} y, where both are known."
    return check


def _single(name: str, holds: Callable[[Any], Any]) -> Callable[..., None]:
    def check(x: Any, message: Any = None, summarize: Any = None, name: Any = None) -> None:
        a = _values(x)
        if a is not None and not bool(np.all(holds(a))):
            raise _failed(message, f"{check.__name__} does not hold: {a}")

    check.__name__ = f"assert_{name}"
    check.__doc__ = f"Raises: InvalidArgumentError unless all of x is {name}, where it is known."
    return check


assert_equal, assert_none_equal = _pair("equal", np.equal), _pair("none_equal", np.not_equal)
assert_greater, assert_less = _pair("greater", np.greater), _pair("less", np.less)
assert_greater_equal = _pair("greater_equal", np.greater_equal)
assert_less_equal = _pair("less_equal", np.less_equal)
assert_positive = _single("positive", lambda x: x > 0)
assert_negative = _single("negative", lambda x: x < 0)
assert_non_negative = _single("non_negative", lambda x: x >= 0)
assert_non_positive = _single("non_positive", lambda x: x <= 0)


def assert_near(
    x: Any, y: Any, rtol: Any = None, atol: Any = None, message: Any = None, **hints: Any
) -> None:
    """Raises: InvalidArgumentError unless x is close to y, by default to some float32 roundings."""
    a, b = _values(x), _values(y)
    small = 10 * float(np.finfo("float32").eps)
    bounds = small if rtol is None else rtol, small if atol is None else atol
    if a is not None and b is not None and not np.allclose(a, b, *bounds):
        raise _failed(message, f"assert_near does not hold: {a} and {b}")


def assert_all_finite(x: Any, message: Any = None, name: Any = None) -> Any:
    """x. Raises: InvalidArgumentError if there is NaN or infinity."""
    a = _values(x)
    if a is not None and not np.isfinite(a).all():
        raise _failed(message, "Tensor had NaN or Inf values")
    return x


check_numerics = assert_all_finite


def assert_shapes(shapes: Any, data: Any = None, **hints: Any) -> None:
    """Raises: ValueError unless sizes of one letter agree."""
    known: dict[Any, int] = {}
    for x, shape in shapes.items() if isinstance(shapes, dict) else shapes:
        letters = list(shape)
        if len(letters) != len(x.shape):
            raise ValueError(f"a tensor of shape {tuple(x.shape)} is not of the form {letters}")
        for letter, n in zip(letters, x.shape, strict=True):
            wanted = letter if isinstance(letter, int) else known.setdefault(letter, n)
            if letter is not None and wanted != n:
                raise ValueError(f"size {letter} is {wanted} and {n}")


def assert_rank(x: Any, rank: Any, message: Any = None, name: Any = None) -> None:
    """Raises: ValueError unless x has so many axes."""
    if len(x.shape) != int(rank):
        raise ValueError(message or f"a tensor of shape {tuple(x.shape)} has not {rank} axes")


def assert_rank_at_least(x: Any, rank: Any, message: Any = None, name: Any = None) -> None:
    """Raises: ValueError unless x has at least so many axes."""
    if len(x.shape) < int(rank):
        raise ValueError(message or f"a tensor of shape {tuple(x.shape)} has not {rank} axes")


def assert_type(tensor: Any, tf_type: Any, message: Any = None, name: Any = None) -> None:
    """Raises: TypeError unless a tensor is of this dtype."""
    if tensor.dtype != tf_type:
        raise TypeError(message or f"a tensor of {tensor.dtype}, not {tf_type}")


def Assert(condition: Any, data: Any = None, summarize: Any = None, name: Any = None) -> None:  # noqa: N802
    """Raises: InvalidArgumentError unless the condition holds, where it is known."""
    a = _values(condition)
    if a is not None and not a.all():
        raise _failed(None, f"assertion failed: {flatten(data)}")


__all__ = [
    name for name, value in list(globals().items())
    if getattr(value, "__module__", None) == __name__ and not name.startswith("_")
]  # fmt: skip
