"""Variables: state with one home.

Outside a trace a variable holds an array. While a program runs its newest value may live in an
engine's buffers: then `source` fetches it when somebody looks. Inside a trace, reading gives the
trace's current binding and `assign` rebinds it; the final bindings are the program's state outputs.
"""

from __future__ import annotations

import inspect
import threading
from collections.abc import Callable
from typing import Any

import numpy as np

from lamina.errors import ShapeError
from lamina.graph import budget, dtypes, stateless, storage, tape, trace
from lamina.graph.tensor import Array, Tensor, give_operators
from lamina.left_out import refuse_arguments

# Held while a variable changes its source; never while an engine is asked for a value.
_settling = threading.Lock()

Source = Callable[[], np.ndarray]

LARGE = 1 << 16  # bytes of a value from which its memory is spared where it can be


class Variable:
    """A mutable tensor: a weight, a moment, a counter, a metric's sum.

    Args:
        initializer: an array, or a function (shape, dtype=) -> array that makes the first value.
        shape: shape of the value; taken from the array if there is one.
        dtype: default floatx, or the array's own.
        trainable: whether `fit` changes it.
        autocast, aggregation, synchronization: hints for mixed precision and several machines,
            of which there are none.
        name, path: how messages, files and `summary` call it.

    Attributes:
        reset: for an epoch sum of a metric, the value to which it returns when an epoch closes.
    """

    def __init__(
        self,
        initializer: Any,
        shape: tuple[int, ...] | None = None,
        dtype: Any = None,
        trainable: bool = True,
        autocast: bool = True,
        aggregation: str | None = "none",
        synchronization: str | None = "auto",
        name: str | None = None,
        *,
        path: str | None = None,
        regularizer: Any = None,
        constraint: Any = None,
        **unknown: Any,
    ) -> None:
        refuse_arguments(type(self), unknown)
        self.name = name or "variable"
        self.path = path or self.name
        self.autocast, self.aggregation = autocast, aggregation
        self.synchronization = synchronization
        self.trainable = trainable
        self.regularizer = regularizer
        self.constraint = constraint
        self.reset: np.ndarray | None = None
        if shape is not None:
            budget.spend(shape)
        value = _first_value(initializer, shape, dtype)
        # The value, and who has a newer one. Replaced as one, so that no thread sees half of each.
        self._held: tuple[np.ndarray, Source | None] = value, None
        self.version = 0

    @property
    def shape(self) -> tuple[int, ...]:
        """The sizes of the axes."""
        return self._held[0].shape

    @property
    def dtype(self) -> str:
        """The name of the dtype."""
        return dtypes.name_of(self._held[0].dtype)

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return self._held[0].ndim

    @property
    def value(self) -> Tensor:
        """The present value: a stateless scope's, else the trace's binding, else an eager one."""
        scope = stateless.current()
        found = scope.read(self) if scope is not None else None
        if found is None:
            current = trace.current()
            if current is not None:
                return current.read(self)
            found = Array(self.numpy())
        tape.note_read(self, found)
        return found

    def numpy(self) -> np.ndarray:
        """The value outside any trace, as a read-only array."""
        version = self.version
        held, source = self._held
        if source is None:
            return held
        array = _frozen(source())
        with _settling:
            # Another thread may have gone on meanwhile: then the newest value is still there.
            if self.version == version:
                self._held = array, None
        return array

    def copied(self) -> np.ndarray:
        """The value outside any trace, in memory of the caller's own."""
        array, source = self._held
        return storage.copy_of(array) if source is None else source()

    def follow(self, source: Source) -> None:
        """Declares that an engine holds the newest value; `source` returns a copy of it."""
        with _settling:
            self._let_go(source)
            self.version += 1

    def lend(self, source: Source, version: int) -> None:
        """Declares that an engine holds the value of this version too. A large one need not take
        memory here as well.
        """
        with _settling:
            if self.version == version and self._held[0].nbytes > LARGE:
                self._let_go(source)

    def _let_go(self, source: Source) -> None:
        array = self._held[0]
        if array.nbytes > LARGE and any(array.strides):
            # Shape and dtype stay.
            array = np.broadcast_to(np.zeros((), array.dtype), array.shape)
        self._held = array, source

    def fitting(self, value: Any) -> Tensor:
        """The value as a tensor of the variable's dtype.

        Raises: ShapeError if it has another shape.
        """
        from lamina.ops.dispatch import as_tensor
        from lamina.ops.primitives.elementwise import cast

        tensor = cast(as_tensor(value), self.dtype)
        if tuple(tensor.shape) != self.shape:
            raise ShapeError(
                f"Variable '{self.path}'",
                f"holds a value of shape {self.shape}",
                f"a value of shape {tuple(tensor.shape)}",
                "assign a value of the variable's own shape",
            )
        return tensor

    def assign(self, value: Any) -> Any:
        """Replaces the value; shape must agree, the dtype is cast to the variable's."""
        scope = stateless.current()
        current = trace.current()
        if scope is None and current is None and self._is_like(value):
            # What `fitting` would leave as it is.
            tensor: Tensor = Array(value)
        else:
            tensor = self.fitting(value)
        if scope is not None:
            scope.write(self, tensor)
            return tensor
        if current is not None:
            current.write(self, tensor)
            return tensor
        assert isinstance(tensor, Array)
        array = _owned(tensor.value)
        with _settling:
            self._held = array, None
            self.version += 1
        return tensor

    def _is_like(self, value: Any) -> bool:
        """Whether a value is an array of the variable's own shape and dtype."""
        mine = self._held[0]
        return type(value) is np.ndarray and value.dtype == mine.dtype and value.shape == mine.shape

    def assign_add(self, value: Any) -> Any:
        """Adds `value` to the present value."""
        return self.assign(self.value + value)

    def assign_sub(self, value: Any) -> Any:
        """Subtracts `value` from the present value."""
        return self.assign(self.value - value)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        value = self.value
        return np.array(value.value, dtype) if isinstance(value, Array) else np.asarray(value)

    def __getitem__(self, key: Any) -> Tensor:
        return self.value[key]

    def __float__(self) -> float:
        return float(self.value)

    def __int__(self) -> int:
        return int(self.value)

    def __bool__(self) -> bool:
        return bool(self.value)

    __hash__ = object.__hash__

    def __repr__(self) -> str:
        return f"<Variable path={self.path}, shape={self.shape}, dtype={self.dtype}>"


give_operators(Variable)


def _made(initializer: Any, shape: tuple[int, ...], kind: str) -> Any:
    """What an initializer gives; a plain function may take the shape alone."""
    if inspect.isfunction(initializer):
        parameters = inspect.signature(initializer).parameters.values()
        if not any(p.name == "dtype" or p.kind is p.VAR_KEYWORD for p in parameters):
            return initializer(shape)
    return initializer(shape, dtype=kind)


def _first_value(initializer: Any, shape: tuple[int, ...] | None, dtype: Any) -> np.ndarray:
    if callable(initializer):
        kind = dtypes.standard(dtype)
        with trace.suspended():
            made = _made(initializer, tuple(shape or ()), kind)
        value = np.asarray(made.value if isinstance(made, Array) else made, kind)
        if value.shape != tuple(shape or ()):
            raise ShapeError(
                "Variable", f"needs a first value of shape {tuple(shape or ())}",
                f"shape {value.shape} from {initializer!r}", "return the shape that is asked for",
            )  # fmt: skip
        return _owned(value)
    if isinstance(initializer, Variable):
        initializer = initializer.numpy()
    if dtype is None and isinstance(initializer, bool | int | float | list | tuple):
        dtype = dtypes.floatx()
    array = np.asarray(initializer, None if dtype is None else dtypes.standard(dtype))
    dtypes.standard(array.dtype)
    return _owned(array)


def _owned(array: np.ndarray) -> np.ndarray:
    if array.nbytes > LARGE and not any(array.strides):
        # One number everywhere, such as the zeros that moments begin with, stays one in memory.
        return np.broadcast_to(np.array(array.flat[0]), array.shape)
    return _frozen(storage.copy_of(array))


def _frozen(array: np.ndarray) -> np.ndarray:
    array.setflags(write=False)
    return array
