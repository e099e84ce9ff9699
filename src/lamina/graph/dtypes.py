"""Dtypes: the names lamina knows, Keras' promotion lattice, and the default float type.

Halves (float16, bfloat16) are not offered: no engine computes in them, so asking for one is an
error.
"""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

from lamina.errors import ArgumentError, DtypeError

UNSIGNED = ("uint8", "uint16", "uint32", "uint64")
SIGNED = ("int8", "int16", "int32", "int64")
INTEGERS = UNSIGNED + SIGNED
FLOATS = ("float32", "float64")
DTYPES = ("bool", *INTEGERS, *FLOATS)

# Weak types: what a Python scalar brings to a promotion. They never name the dtype of a tensor.
WEAK = ("int", "float")

# The arrows of Keras' promotion lattice (keras/src/backend/common/dtypes.py describes the same
# order, itself JAX's), without the halves: from each type to its direct successors.
_ARROWS: dict[str, tuple[str, ...]] = {
    "bool": ("int",),
    "int": ("uint8", "int8"),
    "uint8": ("int16", "uint16"),
    "uint16": ("int32", "uint32"),
    "uint32": ("int64", "uint64"),
    "uint64": ("float",),
    "int8": ("int16",),
    "int16": ("int32",),
    "int32": ("int64",),
    "int64": ("float",),
    "float": ("float32",),
    "float32": ("float64",),
    "float64": (),
}

# Names to themselves as well: what is given may be equal to a name and more than that.
_ALIASES = {
    "int": "int32", "float": "float32", "double": "float64", "half": "float16",
    **{name: name for name in DTYPES},
}  # fmt: skip

_names: dict[np.dtype[Any], str] = {}
_floatx = "float32"
_EPSILON = 1e-7


def floatx() -> str:
    """The default float dtype, "float32" unless `set_floatx` changed it."""
    return _floatx


def set_floatx(value: str) -> None:
    """Sets the default float dtype: "float32" or "float64".

    Raises: ArgumentError for any other value.
    """
    global _floatx
    if value not in FLOATS:
        raise ArgumentError(
            "set_floatx", "takes a float dtype", repr(value), f"use one of {', '.join(FLOATS)}"
        )
    _floatx = value


def epsilon() -> float:
    """The small number that keeps logarithms and quotients finite: 1e-7, as in Keras."""
    return _EPSILON


def set_epsilon(value: float) -> None:
    """Sets that number, for what is computed from here on.

    Raises: ArgumentError for what is no positive number.
    """
    global _EPSILON
    if not isinstance(value, int | float) or not value > 0:
        raise ArgumentError(
            "set_epsilon", "takes a positive number", repr(value), "pass for instance 1e-7"
        )
    _EPSILON = float(value)


def standard(dtype: Any) -> str:
    """The canonical name of a dtype given as a name, a NumPy dtype, a type or None (floatx).

    Raises: DtypeError if lamina has no such dtype.
    """
    if dtype is None:
        return _floatx
    if isinstance(dtype, str):
        name = _ALIASES.get(dtype, dtype)
    elif isinstance(dtype, type) and dtype in (bool, int, float):
        name = {bool: "bool", int: "int32", float: _floatx}[dtype]
    else:
        name = _numpy_name(dtype)
    if name not in DTYPES:
        raise DtypeError(
            "dtype", "is not supported", repr(dtype), f"use one of {', '.join(DTYPES)}"
        )
    return name


def name_of(dtype: np.dtype[Any]) -> str:
    """The name of a NumPy dtype; NumPy composes `dtype.name` anew each time, which takes 2 us."""
    name = _names.get(dtype)
    if name is None:
        name = _names[dtype] = dtype.name
    return name


def _numpy_name(dtype: Any) -> str:
    if isinstance(dtype, np.dtype):
        return name_of(dtype)
    if hasattr(dtype, "name") and isinstance(dtype.name, str):
        return dtype.name
    try:
        return np.dtype(dtype).name
    except TypeError:
        return repr(dtype)


def is_float(dtype: str) -> bool:
    """Whether the dtype is a float type."""
    return dtype in FLOATS


def is_integer(dtype: str) -> bool:
    """Whether the dtype is a signed or unsigned integer (bool is not)."""
    return dtype in INTEGERS


def result_type(*dtypes: str) -> str:
    """The dtype in which values of these dtypes meet: the least upper bound in the lattice.

    A weak "int" or "float" that survives becomes int32 or floatx. No argument gives floatx.
    """
    if not dtypes:
        return _floatx
    meet = _least_upper_bound(frozenset(dtypes))
    if meet == "int":
        return "int32"
    return _floatx if meet == "float" else meet


def float_type(*dtypes: str) -> str:
    """The float dtype of an op like exp or division on values of these dtypes.

    64-bit integers give floatx, as everywhere in Keras.
    """
    return result_type(*dtypes, "float")


@functools.cache
def _above(dtype: str) -> frozenset[str]:
    if dtype not in _ARROWS:
        raise DtypeError(
            "dtype", "is not supported", repr(dtype), f"use one of {', '.join(DTYPES)}"
        )
    return frozenset({dtype}).union(*(_above(successor) for successor in _ARROWS[dtype]))


@functools.cache
def _least_upper_bound(dtypes: frozenset[str]) -> str:
    common = frozenset.intersection(*(_above(dtype) for dtype in dtypes))
    return next(dtype for dtype in common if _above(dtype) == common)


def lowest(dtype: str) -> Any:
    """The smallest value of a dtype: -inf for floats, False for bool."""
    return _bound(dtype, "min", -np.inf, False)


def highest(dtype: str) -> Any:
    """The largest value of a dtype: inf for floats, True for bool."""
    return _bound(dtype, "max", np.inf, True)


def _bound(dtype: str, side: str, infinite: float, truth: bool) -> Any:
    if is_float(dtype):
        return infinite
    return truth if dtype == "bool" else int(getattr(np.iinfo(dtype), side))
