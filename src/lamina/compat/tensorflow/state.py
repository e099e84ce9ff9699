"""`tf.Variable`, `tf.Module`, `tf.function` and what `tf.Tensor` is."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from lamina.compat.tensorflow.arrays import convert_to_tensor
from lamina.compat.tensorflow.dtypes import plain
from lamina.graph.strings import StringTensor
from lamina.graph.tensor import Tensor as OurTensor
from lamina.graph.variable import Variable as OurVariable
from lamina.naming import snake_case

__all__ = [
    "Graph", "Module", "Operation", "Tensor", "Variable", "VariableAggregation",
    "VariableSynchronization", "function", "get_default_graph", "name_scope",
    "no_gradient", "recompute_grad", "variable_creator_scope",
]  # fmt: skip


class _Kind(type):
    """A class whose instances are those of lamina's classes."""

    kinds: tuple[type, ...]

    def __instancecheck__(cls, instance: Any) -> bool:
        return isinstance(instance, cls.kinds)


class Tensor(metaclass=_Kind):
    """`isinstance(x, tf.Tensor)`: x is a tensor of lamina's."""

    kinds = (OurTensor, StringTensor)


class _Variables(type):
    def __instancecheck__(cls, instance: Any) -> bool:
        own = type.__instancecheck__(cls, instance)
        return own or (cls.__name__ == "Variable" and isinstance(instance, OurVariable))


class Variable(OurVariable, metaclass=_Variables):
    """A mutable tensor; every weight of a layer counts as one.

    Args:
        initial_value: a tensor, an array, numbers, or a function that makes them.
        dtype: by default that of the value: float32 and int32 of Python's numbers.
    """

    def __init__(
        self,
        initial_value: Any = None,
        trainable: bool | None = None,
        validate_shape: bool = True,
        caching_device: Any = None,
        name: str | None = None,
        variable_def: Any = None,
        dtype: Any = None,
        import_scope: Any = None,
        constraint: Any = None,
        synchronization: Any = None,
        aggregation: Any = None,
        shape: Any = None,
    ) -> None:
        value = initial_value() if callable(initial_value) else initial_value
        tensor = convert_to_tensor(value, dtype)
        given = np.asarray(tensor)
        super().__init__(
            given, None, plain(dtype) or str(tensor.dtype),
            True if trainable is None else bool(trainable), name=name or "Variable",
            constraint=constraint,
        )  # fmt: skip

    def assign(
        self, value: Any, use_locking: bool = False, name: Any = None, read_value: bool = True
    ) -> Any:
        """Replaces the value."""
        super().assign(value)
        return self

    def assign_add(
        self, delta: Any, use_locking: bool = False, name: Any = None, read_value: bool = True
    ) -> Any:
        """Adds to the value."""
        return self.assign(self.value + delta)

    def assign_sub(
        self, delta: Any, use_locking: bool = False, name: Any = None, read_value: bool = True
    ) -> Any:
        """Subtracts from the value."""
        return self.assign(self.value - delta)

    def read_value(self) -> Any:
        """The value as a tensor."""
        return self.value

    def scatter_nd_update(self, indices: Any, updates: Any, name: Any = None) -> Any:
        """Replaces the slices at the indices."""
        from lamina import ops

        return self.assign(ops.scatter_update(self.value, indices, updates))

    def __len__(self) -> int:
        return self.shape[0]

    def __iter__(self) -> Iterator[Any]:
        return iter(self.value)

    def __format__(self, spec: str) -> str:
        return format(self.value, spec)

    def __repr__(self) -> str:
        shape, dtype = tuple(self.shape), str.__str__(self.dtype)
        shown = repr(np.asarray(self.numpy())[()])
        return f"<tf.Variable '{self.name}:0' shape={shape} dtype={dtype}, numpy={shown}>"

    __hash__ = object.__hash__


class VariableSynchronization:
    """Where variables are copied: there is one device."""

    AUTO = NONE = ON_WRITE = ON_READ = None


class VariableAggregation:
    """How copies are brought together: there is one."""

    NONE = SUM = MEAN = ONLY_FIRST_REPLICA = None


class Module:
    """An object whose variables are found: in attributes, lists and dicts, and those of its parts.

    Args:
        name: by default of the class, in small letters.
    """

    def __init__(self, name: str | None = None) -> None:
        self._name = name

    @property
    def name(self) -> str:
        """The name."""
        return getattr(self, "_name", None) or snake_case(type(self).__name__)

    @property
    def name_scope(self) -> Any:
        """A context in which nothing changes."""
        return name_scope(self.name)

    @classmethod
    def with_name_scope(cls, method: Callable[..., Any]) -> Callable[..., Any]:
        """The method itself."""
        return method

    @property
    def variables(self) -> tuple[Any, ...]:
        """All variables, each once."""
        return tuple(_variables(self, {}))

    @property
    def trainable_variables(self) -> tuple[Any, ...]:
        """The variables that are trained."""
        return tuple(v for v in self.variables if v.trainable)

    @property
    def non_trainable_variables(self) -> tuple[Any, ...]:
        """The variables that are not trained."""
        return tuple(v for v in self.variables if not v.trainable)

    @property
    def submodules(self) -> tuple[Any, ...]:
        """The modules below this one."""
        parts: dict[int, Any] = {}
        _variables(self, parts)
        parts.pop(id(self), None)
        return tuple(p for p in parts.values() if isinstance(p, Module))


def _variables(part: Any, seen: dict[int, Any]) -> list[Any]:
    """The variables of an object and all it holds, in the order of the names of its attributes."""
    if id(part) in seen:
        return []
    if isinstance(part, OurVariable):
        seen[id(part)] = part
        return [part]
    if isinstance(part, list | tuple):
        held = list(part)
    elif isinstance(part, dict):
        held = list(part.values())
    elif isinstance(part, Module):
        held = [value for _, value in sorted(vars(part).items())]
    elif hasattr(part, "trainable_variables") and hasattr(part, "variables"):
        held = list(part.variables)
    else:
        return []
    seen[id(part)] = part
    return [v for item in held for v in _variables(item, seen)]


def function(
    func: Any = None,
    input_signature: Any = None,
    autograph: bool = True,
    jit_compile: Any = None,
    reduce_retracing: bool = False,
    experimental_implements: Any = None,
    experimental_autograph_options: Any = None,
    experimental_attributes: Any = None,
    experimental_relax_shapes: Any = None,
    experimental_compile: Any = None,
    experimental_follow_type_hints: Any = None,
) -> Any:
    """The function itself, which runs eagerly: what it computes is the same."""
    if func is None:
        return function
    if not callable(func) or isinstance(func, Function):
        return func
    return Function(func)


class Function:
    """A function that `tf.function` was given; called it runs."""

    def __init__(self, python_function: Callable[..., Any]) -> None:
        self.python_function = python_function
        with contextlib.suppress(AttributeError):
            functools.update_wrapper(self, python_function)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self.python_function(*args, **kwargs)

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        if instance is None:
            return self
        return Function(self.python_function.__get__(instance, owner))

    def get_concrete_function(self, *args: Any, **kwargs: Any) -> Function:
        """The function itself: it is for arguments of any form."""
        return self

    def experimental_get_tracing_count(self) -> int:
        """1: nothing is traced again."""
        return 1


class name_scope:  # noqa: N801 - TensorFlow's name
    """A context that names nothing: names change no result."""

    def __init__(self, name: Any = None, default_name: Any = None, values: Any = None) -> None:
        self.name = name or default_name

    def __enter__(self) -> Any:
        return self.name

    def __exit__(self, *_: object) -> None:
        return None


@contextlib.contextmanager
def variable_creator_scope(creator: Any) -> Iterator[None]:
    """A context in which variables are made as ever."""
    yield


class Graph:
    """What TensorFlow 1 collected ops in: here ops run."""

    def as_default(self) -> Any:
        """A context in which nothing changes."""
        return contextlib.nullcontext(self)

    def finalize(self) -> None:
        """Nothing."""


_graph = Graph()


def get_default_graph() -> Graph:
    """The one graph."""
    return _graph


def do_not_convert(func: Any = None) -> Any:
    """The function itself."""
    return do_not_convert if func is None else func


def no_gradient(op_type: str) -> None:
    """Nothing: gradients follow from the ops."""


def recompute_grad(f: Callable[..., Any]) -> Callable[..., Any]:
    """f itself: memory is planned without such hints."""
    return f


class Operation:
    """What nodes of TensorFlow 1's graphs were; nothing here is one."""
