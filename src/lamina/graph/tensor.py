"""Tensors as people hold them: eager (`Array`), traced (`Traced`), symbolic (`KerasTensor`).

All share Python's operators, which call `lamina.ops`, and so mean the same in each world.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np

from lamina.errors import TraceError, ValueSizeError
from lamina.graph import dtypes
from lamina.graph.node import Node
from lamina.left_out import refuse_arguments

if TYPE_CHECKING:
    from lamina.graph.trace import Trace


class BatchSize(int):
    """The batch's extent as a traced function sees it in `x.shape[0]`.

    It is the size of a full batch. Passed to an op as a value it counts the rows that are really
    there; any arithmetic in Python makes the trace ask for a partial batch of its own.
    """

    trace: Trace
    each: int

    def __new__(cls, size: int, trace: Trace, each: int) -> BatchSize:
        self = super().__new__(cls, size)
        self.trace, self.each = trace, each
        return self


def _exact(name: str) -> Callable[..., Any]:
    plain = getattr(int, name)

    def method(self: BatchSize, *args: Any) -> Any:
        if any(isinstance(a, Tensor) for a in args):
            return NotImplemented
        self.trace.require_exact("Python computes with the batch size")
        return plain(self, *args)

    method.__name__ = name
    return method


_ARITHMETIC = """add radd sub rsub mul rmul truediv rtruediv floordiv rfloordiv mod rmod pow rpow
divmod rdivmod neg float"""
for _name in _ARITHMETIC.split():
    setattr(BatchSize, f"__{_name}__", _exact(f"__{_name}__"))


class Tensor:
    """What all tensors share: shape, dtype and operators."""

    __slots__ = ("__weakref__", "_keras_mask")
    __array_priority__ = 100
    __hash__ = object.__hash__

    shape: tuple[Any, ...]
    dtype: str
    _keras_mask: Tensor | None

    if TYPE_CHECKING:  # `give_operators` below sets these

        def __add__(self, other: Any) -> Tensor: ...

        def __neg__(self) -> Tensor: ...

        __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __truediv__ = __rtruediv__ = __add__
        __floordiv__ = __rfloordiv__ = __mod__ = __rmod__ = __pow__ = __rpow__ = __add__
        __matmul__ = __rmatmul__ = __and__ = __rand__ = __or__ = __ror__ = __xor__ = __add__
        __lt__ = __le__ = __gt__ = __ge__ = __add__
        __abs__ = __invert__ = __neg__

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return len(self.shape)

    @property
    def rank(self) -> int:
        """Number of axes."""
        return len(self.shape)

    @property
    def T(self) -> Tensor:  # noqa: N802 - NumPy's name
        """The tensor with its axes reversed."""
        return _op("transpose", self)

    def reshape(self, *shape: Any) -> Tensor:
        """The same elements in another shape; one entry may be -1."""
        return _op("reshape", self, shape[0] if len(shape) == 1 else shape)

    def astype(self, dtype: Any) -> Tensor:
        """The values cast to `dtype`."""
        return _op("cast", self, dtype)

    def squeeze(self, axis: Any = None) -> Tensor:
        """Without axes of size 1."""
        return _op("squeeze", self, axis)

    def __getitem__(self, key: Any) -> Tensor:
        return _op("getitem", self, key)

    def __bool__(self) -> bool:
        self._no_value("bool()")

    def __float__(self) -> float:
        self._no_value("float()")

    def __int__(self) -> int:
        self._no_value("int()", kind=ValueSizeError)

    def __index__(self) -> int:
        self._no_value("an index", kind=ValueSizeError)

    def __iter__(self) -> Iterator[Tensor]:
        if not self.shape or self.shape[0] is None:
            self._no_value("iteration")
        return (self[i] for i in range(int(self.shape[0])))

    def __len__(self) -> int:
        if not self.shape or self.shape[0] is None:
            self._no_value("len()")
        return int(self.shape[0])

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        self._no_value("NumPy")

    def __array_function__(self, func: Any, types: Any, args: Any, kwargs: Any) -> Any:
        """A function of NumPy's on the values, where there are some."""
        if func in (np.shape, np.ndim, np.size) and not isinstance(args[0], (list, tuple)):
            return getattr(args[0], func.__name__)
        return func(*_plain(func, list(args)), **_plain(func, dict(kwargs)))

    def _no_value(
        self, wanted_by: str, op: str = "", kind: type[TraceError] = TraceError
    ) -> NoReturn:
        known = bool(op) and hasattr(_vocabulary(), op)
        instead = f"lamina.ops.{op}" if known else "lamina.ops (ops.where, ops.cond)"
        raise kind(
            wanted_by,
            "needs the values of a tensor that has none yet",
            f"{self!r}",
            f"compute with {instead} instead of Python or NumPy; or look at "
            "values in a model compiled with run_eagerly=True",
        )


def _plain(func: Any, value: Any) -> Any:
    """The arguments of a function of NumPy's with arrays in the place of tensors.

    Raises: TraceError for a tensor without a value, naming the op to use.
    """
    if isinstance(value, list | tuple):
        items = [_plain(func, item) for item in value]
        return items if isinstance(value, list) else tuple(items)
    if isinstance(value, dict):
        return {key: _plain(func, item) for key, item in value.items()}
    if isinstance(value, Array):
        return value.value
    if isinstance(value, Tensor):
        value._no_value(f"numpy.{func.__name__}", func.__name__)
    return value


def _op(name: str, *args: Any) -> Any:
    return getattr(_vocabulary(), name)(*args)


@functools.cache
def _vocabulary() -> Any:
    from lamina import ops

    return ops


def _binary(name: str, reflected: bool) -> Callable[[Tensor, Any], Any]:
    operands = (Tensor, np.ndarray, np.generic, int, float, list, tuple)

    def method(self: Tensor, other: Any) -> Any:
        if not isinstance(other, operands) and not hasattr(other, "assign"):
            return NotImplemented
        return _op(name, other, self) if reflected else _op(name, self, other)

    return method


def _unary(name: str) -> Callable[[Tensor], Any]:
    return lambda self: _op(name, self)


OPERATORS = {
    "add": "add", "sub": "subtract", "mul": "multiply", "truediv": "true_divide",
    "floordiv": "floor_divide", "mod": "mod", "pow": "power", "matmul": "matmul",
    "and": "logical_and", "or": "logical_or", "xor": "logical_xor",
}  # fmt: skip
COMPARISONS = {
    "eq": "equal", "ne": "not_equal", "lt": "less", "le": "less_equal", "gt": "greater",
    "ge": "greater_equal",
}  # fmt: skip
UNARY = {"neg": "negative", "abs": "absolute", "invert": "logical_not"}


def _itself(self: Tensor) -> Tensor:
    return self


def give_operators(cls: type) -> None:
    """Gives a class Python's operators, each an op of `lamina.ops`."""
    for name, op in OPERATORS.items():
        setattr(cls, f"__{name}__", _binary(op, reflected=False))
        setattr(cls, f"__r{name}__", _binary(op, reflected=True))
    for name, op in COMPARISONS.items():
        setattr(cls, f"__{name}__", _binary(op, reflected=False))
    for name, op in UNARY.items():
        setattr(cls, f"__{name}__", _unary(op))
    setattr(cls, "__pos__", _itself)  # noqa: B010 - mypy knows no such slot of a type


give_operators(Tensor)


def mask_of(x: Any) -> Any:
    """The mask that a layer left beside this tensor, or None."""
    return getattr(x, "_keras_mask", None)


class Array(Tensor):
    """An eager tensor: an immutable NumPy array with lamina's operators."""

    __slots__ = ("value",)

    def __init__(self, value: np.ndarray) -> None:
        view = value.view()
        view.setflags(write=False)
        self.value = view

    @property
    def shape(self) -> tuple[int, ...]:  # type: ignore[override]
        """The sizes of the axes."""
        return self.value.shape

    @property
    def dtype(self) -> str:  # type: ignore[override]
        """The name of the dtype."""
        return dtypes.name_of(self.value.dtype)

    @property
    def size(self) -> int:
        """Number of elements."""
        return self.value.size

    def numpy(self) -> np.ndarray:
        """The values as a read-only NumPy array that shares their memory."""
        return self.value

    def item(self) -> Any:
        """The only element, as a Python scalar."""
        return self.value.item()

    def tolist(self) -> Any:
        """The values as nested Python lists."""
        return self.value.tolist()

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        return np.array(self.value, dtype) if copy else np.asarray(self.value, dtype)

    def __dlpack__(self, **options: Any) -> Any:
        return np.array(self.value).__dlpack__(**options)

    def __dlpack_device__(self) -> Any:
        return self.value.__dlpack_device__()

    def __bool__(self) -> bool:
        return bool(self.value)

    def __float__(self) -> float:
        return float(self.value)

    def __int__(self) -> int:
        return int(self.value)

    def __index__(self) -> int:
        return self.value.__index__()

    def __format__(self, spec: str) -> str:
        return format(self.value.item() if self.value.ndim == 0 else self.value, spec)

    def __repr__(self) -> str:
        body = np.array2string(self.value, separator=", ", prefix="Tensor(")
        return f"Tensor({body}, shape={self.shape}, dtype={self.dtype})"


class Traced(Tensor):
    """A value of the graph that is being traced."""

    __slots__ = ("node", "trace")

    def __init__(self, node: Node, trace: Trace) -> None:
        self.node = node
        self.trace = trace

    @property
    def shape(self) -> tuple[int, ...]:  # type: ignore[override]
        """The sizes of the axes; that of the batch is a `BatchSize` where it may be partial."""
        rows = self.node.rows
        if rows is None:
            return self.node.shape
        sizes: list[int] = list(self.node.shape)
        sizes[rows.axis] = BatchSize(sizes[rows.axis], self.trace, rows.each)
        return tuple(sizes)

    @property
    def dtype(self) -> str:  # type: ignore[override]
        """The name of the dtype."""
        return self.node.dtype

    def __repr__(self) -> str:
        return f"<traced {self.node.op}, shape={self.node.shape}, dtype={self.node.dtype}>"


def without_mask(x: Any) -> Any:
    """The same value, without the mask beside it."""
    return Traced(x.node, x.trace) if isinstance(x, Traced) and mask_of(x) is not None else x


class KerasTensor(Tensor):
    """A symbolic tensor of the Functional API: a shape (None where it is open), a dtype, a name.

    `history` is (call, index): which recorded call made it and which of its results it is; None
    for an input, whose layer is then `layer`.
    """

    __slots__ = ("dtype", "history", "layer", "name", "shape")

    def __init__(
        self,
        shape: tuple[int | None, ...],
        dtype: str = "float32",
        name: str | None = None,
        *,
        history: tuple[Any, int] | None = None,
        **unknown: Any,
    ) -> None:
        refuse_arguments(type(self), unknown)
        self.shape = tuple(shape)
        self.dtype = dtype if dtype == "string" else dtypes.standard(dtype)
        self.name = name or _fresh_name()
        self.history = history
        self.layer: Any = None

    def __repr__(self) -> str:
        return f"<KerasTensor shape={self.shape}, dtype={self.dtype}, name={self.name}>"


_count = 0


def _fresh_name() -> str:
    global _count
    _count += 1
    return "keras_tensor" if _count == 1 else f"keras_tensor_{_count - 1}"
