"""lamina.backend: what Keras 3's `keras.backend` holds; the older K.mean, ... are in compat/."""

from __future__ import annotations

from typing import Any

from lamina.graph import dtypes
from lamina.graph.data_format import image_data_format, set_image_data_format
from lamina.graph.dtypes import epsilon, floatx, set_epsilon, set_floatx
from lamina.graph.tensor import KerasTensor
from lamina.naming import clear_session, get_uid
from lamina.registry import names_only
from lamina.settings import backend


def standardize_dtype(dtype: Any) -> str:
    """The canonical name of a dtype; None means floatx."""
    return dtypes.standard(dtype)


def result_type(*dtypes: Any) -> str:
    """The dtype in which values of these dtypes meet; Python's int and float give way."""
    from lamina.graph import dtypes as lattice

    weak = {int: "int", float: "float"}
    return lattice.result_type(
        *(weak[d] if isinstance(d, type) and d in weak else lattice.standard(d) for d in dtypes)
    )


def is_float_dtype(dtype: Any) -> bool:
    """Whether a dtype is one of floats."""
    return dtypes.is_float(dtypes.standard(dtype))


def is_int_dtype(dtype: Any) -> bool:
    """Whether a dtype is one of whole numbers."""
    return dtypes.is_integer(dtypes.standard(dtype))


def is_keras_tensor(x: Any) -> bool:
    """Whether x is a symbolic tensor of the Functional API."""
    return isinstance(x, KerasTensor)


__all__ = [
    "backend", "clear_session", "epsilon", "floatx", "get_uid", "image_data_format",
    "is_float_dtype", "is_int_dtype", "is_keras_tensor", "result_type", "set_epsilon",
    "set_floatx", "set_image_data_format", "standardize_dtype",
]  # fmt: skip

__getattr__ = names_only("lamina.backend", __all__)
