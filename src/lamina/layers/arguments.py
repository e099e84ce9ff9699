"""What a layer can be given: the arguments that all share, and those it takes, for errors."""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np

from lamina.errors import ArgumentError, nearest
from lamina.graph import dtypes, policies
from lamina.left_out import why_member_left_out

NAMED = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)

# What states the shape of the input, for a layer that is the first of its model.
SHAPES = frozenset(("input_shape", "input_dim", "batch_size", "batch_shape", "batch_input_shape"))


def what_it_takes(layer: type, given: str) -> str:
    """The argument that looks most like `given`, and all others, the layer's own first; or why
    lamina leaves it out.
    """
    reason = why_member_left_out(layer, f"({given})")
    if reason is not None:
        return f"leave it out: {reason}"
    found: dict[str, inspect.Parameter] = {}
    for base in layer.__mro__[:-1]:
        if "__init__" in vars(base):
            found |= inspect.signature(base).parameters
    names = [name for name, parameter in found.items() if parameter.kind in NAMED]
    return f"did you mean {nearest(given, names)[0]}? It takes {', '.join(names)}"


def shape_argument(where: str, kwargs: dict[str, Any]) -> tuple[int | None, ...] | None:
    """The shape, batch included, that `input_shape=` and its relatives state; removes them."""
    batch = kwargs.pop("batch_size", None)
    full = kwargs.pop("batch_input_shape", None) or kwargs.pop("batch_shape", None)
    shape = kwargs.pop("input_shape", None)
    dim = kwargs.pop("input_dim", None)
    if full is not None:
        return tuple(full)
    if dim is not None:
        shape = (dim,)
    if shape is None:
        return None
    sizes = (shape,) if isinstance(shape, int) else tuple(shape)
    sizes = tuple(int(n) if isinstance(n, np.integer) else n for n in sizes)
    if not all(n is None or (isinstance(n, int) and n > 0) for n in sizes):
        raise ArgumentError(
            f"{where}(input_shape=...)", "needs positive sizes or None", repr(shape),
            "give the shape of one row, for instance input_shape=(8,)",
        )  # fmt: skip
    return (batch, *sizes)


def dtype_of(dtype: Any) -> str:
    """The name of a dtype, of a policy or of what a configuration says of one."""
    if isinstance(dtype, dict):
        dtype = dtype["config"]["name"]
    if dtype is None:
        return policies.dtype_policy().name
    name = getattr(dtype, "name", dtype)
    if isinstance(name, str):
        return policies.DTypePolicy(name).name
    return dtypes.standard(name)


def dtype_config(dtype: str) -> dict[str, Any]:
    """How Keras writes a dtype into a configuration."""
    return {
        "module": "keras", "class_name": "DTypePolicy", "config": {"name": dtype},
        "registered_name": None,
    }  # fmt: skip
