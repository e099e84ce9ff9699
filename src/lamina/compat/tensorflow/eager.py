"""Tensors as TensorFlow 2's: while the border stands and `tensorflow` was imported.

`x.shape.as_list()`, `x.dtype == tf.float32`, `x.numpy()` in memory of its own, and how tensors
print. lamina's own code sees tuples and names as before: the types here are subclasses of them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from lamina.compat.own_steps import reporting_loss
from lamina.compat.tensorflow.dtypes import DTYPES, DType
from lamina.compat.tensorflow.meeting import with_arrays
from lamina.compat.tensorflow.shapes import TensorShape, TensorSpec
from lamina.data.elements import map_leaves
from lamina.data.pipeline import Dataset
from lamina.graph.strings import StringTensor
from lamina.graph.tensor import OPERATORS, Array, KerasTensor, Tensor, Traced
from lamina.graph.variable import Variable
from lamina.models.trainer import Trainer

Change = Callable[[type, str, Any], None]
_shape_of, _dtype_of = tuple.__new__, DTYPES.get


def behave(change: Change) -> None:
    """Gives tensors and variables what TensorFlow's have; `change(class, name, value)` does it."""
    of_backend(change)
    for cls in (Array, Traced, KerasTensor, Variable):
        change(cls, "dtype", _typed(cls.__dict__["dtype"]))
    change(Trainer, "compute_loss", reporting_loss(Trainer.compute_loss))
    change(StringTensor, "dtype", DTYPES["string"])
    change(Dataset, "element_spec", _specified(Dataset.__dict__["element_spec"].fget))
    change(Array, "numpy", _numpy)
    change(Array, "__repr__", _repr)
    change(Array, "__str__", _str)
    change(StringTensor, "__repr__", _repr)
    change(StringTensor, "__str__", _str)
    for owner in (Tensor, Variable, StringTensor):
        for name, value in METHODS.items():
            if name not in owner.__dict__:
                change(owner, name, value)


def of_backend(change: Change) -> None:
    """What older programs with Keras' backend ask of tensors: their shapes, and that NumPy's arrays
    beside one are of its dtype.
    """
    for cls in (Array, Traced, KerasTensor, Variable, StringTensor):
        plain = cls.__dict__["shape"]
        if not getattr(getattr(plain, "fget", None), "__border__", False):
            change(cls, "shape", _shaped(plain))
    for owner in (Tensor, Variable):
        if "get_shape" in owner.__dict__:
            continue
        change(owner, "get_shape", _get_shape)
        for name in (f"__{side}{name}__" for name in OPERATORS for side in ("", "r")):
            change(owner, name, with_arrays(owner.__dict__[name]))


def _shaped(plain: Any) -> property:
    get = plain.__get__

    def shape(self: Any) -> TensorShape:
        return _shape_of(TensorShape, get(self))

    shape.__border__ = True  # type: ignore[attr-defined]
    if not hasattr(plain, "fget"):  # a slot
        return property(shape, lambda self, value: plain.__set__(self, tuple(value)))
    return property(shape)


def _typed(plain: Any) -> property:
    get = plain.__get__

    def dtype(self: Any) -> Any:
        name = get(self)
        return _dtype_of(name, name)

    if not hasattr(plain, "fget"):
        return property(dtype, lambda self, value: plain.__set__(self, value))
    return property(dtype)


def _specified(plain: Callable[[Any], Any]) -> property:
    return property(
        lambda self: map_leaves(lambda aval: TensorSpec(aval.shape, aval.dtype), plain(self))
    )


def _numpy(self: Array) -> Any:
    """The values: a NumPy scalar, or an array in memory of its own."""
    return self.value[()] if self.value.ndim == 0 else self.value.copy()


def _str(self: Any) -> str:
    return f"tf.Tensor({self.numpy()}, shape={tuple(self.shape)}, dtype={_name(self.dtype)})"


def _repr(self: Any) -> str:
    shown = np.array_repr(np.asarray(self)) if self.ndim else repr(self.numpy())
    return f"<tf.Tensor: shape={tuple(self.shape)}, dtype={_name(self.dtype)}, numpy={shown}>"


def _name(dtype: DType | str) -> str:
    return str.__str__(dtype)


class Reference:
    """A tensor as a key of a dict or a member of a set."""

    def __init__(self, tensor: Any) -> None:
        self._tensor = tensor

    def deref(self) -> Any:
        """The tensor."""
        return self._tensor

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Reference) and other._tensor is self._tensor

    def __hash__(self) -> int:
        return id(self._tensor)


def _get_shape(self: Any) -> TensorShape:
    return TensorShape(self.shape)


def _set_shape(self: Any, shape: Any) -> None:
    TensorShape(self.shape).assert_is_compatible_with(shape)


def _reference(self: Any) -> Reference:
    return Reference(self)


METHODS: dict[str, Any] = {
    "get_shape": _get_shape,
    "set_shape": _set_shape,
    "ref": _reference,
    "experimental_ref": _reference,
    "device": property(lambda self: "/job:localhost/replica:0/task:0/device:CPU:0"),
}
