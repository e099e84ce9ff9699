"""`tf.float32`, `tf.int64`, ...: lamina's names of dtypes, with TensorFlow's attributes."""

from __future__ import annotations

from typing import Any

import numpy as np

from lamina.graph import dtypes

STRING = "string"


class DType(str):
    """A dtype: equal to its name, with what TensorFlow's dtypes have."""

    __slots__ = ()

    @property
    def name(self) -> str:
        """The name, such as "float32"."""
        return str.__str__(self)

    @property
    def as_numpy_dtype(self) -> Any:
        """NumPy's type of the same values."""
        return np.object_ if self == STRING else np.dtype(str(self)).type

    @property
    def base_dtype(self) -> DType:
        """The dtype itself: there are no references."""
        return self

    real_dtype = base_dtype

    @property
    def is_floating(self) -> bool:
        """Whether it is a float type."""
        return self in (*dtypes.FLOATS, "float16", "bfloat16")

    @property
    def is_integer(self) -> bool:
        """Whether it is a type of whole numbers."""
        return dtypes.is_integer(self)

    @property
    def is_unsigned(self) -> bool:
        """Whether it is a type of whole numbers from 0 up."""
        return self in dtypes.UNSIGNED

    @property
    def is_bool(self) -> bool:
        """Whether it is bool."""
        return self == "bool"

    @property
    def is_complex(self) -> bool:
        """Whether it is a complex type."""
        return self.startswith("complex")

    @property
    def is_numpy_compatible(self) -> bool:
        """Whether NumPy has it."""
        return self != "bfloat16"

    @property
    def size(self) -> int:
        """Bytes of one value."""
        return np.dtype(self.as_numpy_dtype).itemsize

    @property
    def min(self) -> Any:
        """The smallest finite value."""
        return self._limits().min if not self.is_bool else False

    @property
    def max(self) -> Any:
        """The largest finite value."""
        return self._limits().max if not self.is_bool else True

    @property
    def limits(self) -> tuple[Any, Any]:
        """The smallest and the largest finite value."""
        return self.min, self.max

    def _limits(self) -> Any:
        numpy_type = self.as_numpy_dtype
        return np.finfo(numpy_type) if self.is_floating else np.iinfo(numpy_type)


NAMES = (*dtypes.DTYPES, "float16", "bfloat16", "complex64", "complex128", STRING)
DTYPES = {name: DType(name) for name in NAMES}
globals().update(DTYPES)
half, double = DTYPES["float16"], DTYPES["float64"]
__all__ = [
    "DType", "as_dtype", "double", "half", *DTYPES,
]  # fmt: skip


def as_dtype(type_value: Any) -> DType:
    """The dtype of a name, a NumPy dtype or a Python type.

    Raises: DtypeError if there is none.
    """
    if isinstance(type_value, DType):
        return type_value
    if type_value is str or type_value in (STRING, "str", np.object_, object):
        return DTYPES[STRING]
    given = "float32" if type_value is float else type_value
    name = given if isinstance(given, str) else None
    return DTYPES[name] if name in DTYPES else DTYPES[dtypes.standard(given)]


def plain(dtype: Any) -> str | None:
    """lamina's name of a dtype, None for None."""
    return (
        None if dtype is None else dtypes.standard(str(dtype) if isinstance(dtype, str) else dtype)
    )
