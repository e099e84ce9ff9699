"""What holds for all of Keras: floats, the format of images, names, sessions."""

from __future__ import annotations

from typing import Any

import numpy as np

from lamina import scopes
from lamina.compat.spelling import DIM_ORDERINGS
from lamina.errors import ArgumentError
from lamina.graph.data_format import image_data_format, set_image_data_format
from lamina.graph.dtypes import epsilon, floatx, set_epsilon, set_floatx
from lamina.naming import unique_name
from lamina.utils import clear_session

__all__ = [
    "backend", "cast_to_floatx", "clear_session", "epsilon", "floatx", "get_uid",
    "image_data_format", "image_dim_ordering", "manual_variable_initialization", "name_scope",
    "reset_uids", "set_epsilon", "set_floatx", "set_image_data_format", "set_image_dim_ordering",
]  # fmt: skip

# What `epsilon` was before a program had set it.
EPSILON = 1e-7


def name_scope(name: str, default_name: Any = None, values: Any = None) -> Any:
    """A scope for names of variables; "/" in it becomes "_"."""
    del default_name, values
    return scopes.name_scope(str(name).strip("/").replace("/", "_"))


def backend() -> str:
    """ "tensorflow": what scripts that ask are written for."""
    return "tensorflow"


def cast_to_floatx(x: Any) -> np.ndarray:
    """The array in floatx."""
    return np.asarray(x, dtype=floatx())


def get_uid(prefix: str = "") -> int:
    """How many names of this prefix there are, this one included."""
    name = unique_name(prefix or "default")
    return int(name.rpartition("_")[2]) + 1 if name != (prefix or "default") else 1


def reset_uids() -> None:
    """Starts the numbering of names again."""
    clear_session()


def manual_variable_initialization(value: bool) -> None:
    """Changes nothing: variables have their values from the start."""
    del value


def image_dim_ordering() -> str:
    """Keras 1's name of the data format: "tf" (channels last) or "th" (first)."""
    return "tf" if image_data_format() == "channels_last" else "th"


def set_image_dim_ordering(dim_ordering: str) -> None:
    """Sets the data format by Keras 1's name of it.

    Raises: ArgumentError for anything but "tf" and "th".
    """
    data_format = DIM_ORDERINGS.get(dim_ordering)
    if data_format is None:
        raise ArgumentError(
            "set_image_dim_ordering", "knows 'tf' and 'th'", repr(dim_ordering),
            "use 'tf' for channels last, 'th' for channels first",
        )  # fmt: skip
    set_image_data_format(data_format)
