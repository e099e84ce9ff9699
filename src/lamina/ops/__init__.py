"""lamina.ops: the vocabulary, with the names, arguments and dtypes of keras.ops.

An op works on eager tensors, arrays and numbers; on values of a trace; on a tape; and on symbolic
tensors, where the call is recorded. Each is built of the primitives in `ops/primitives/`; a family
stands in one file and lists its ops in `__all__`.
"""

from __future__ import annotations

import importlib
from typing import Any

from lamina.ops import (
    activation,
    adaptive_pooling,
    arithmetic,
    attention,
    comparison,
    control,
    convolution,
    creation,
    custom,
    diagonals,
    entropy,
    indexing,
    joining,
    linear,
    nans,
    normalization,
    norms,
    ordering,
    patches,
    pooling,
    quantiles,
    rearranging,
    reductions,
    scattering,
    segments,
    shaping,
    special,
    statistics,
    subscript,
    transposed_convolution,
    windows,
)
from lamina.registry import names_only

_FAMILIES = (
    activation, adaptive_pooling, arithmetic, attention, comparison, control, convolution, creation,
    custom, diagonals, entropy, subscript, indexing, joining, linear, nans, normalization, norms,
    ordering, patches, pooling, quantiles, rearranging, reductions, scattering, segments, shaping,
    special, statistics, transposed_convolution, windows,
)  # fmt: skip

OPS: dict[str, Any] = {
    name: getattr(family, name) for family in _FAMILIES for name in family.__all__
}
globals().update(OPS)

# Ops of images, and older names for parts of the vocabulary, each a module that finds all of it.
NAMESPACES = ("image", "linalg", "nn", "numpy")


def __getattr__(name: str) -> Any:
    if name in NAMESPACES:
        return importlib.import_module(f"lamina.ops.{name}")
    return names_only("lamina.ops", list(OPS))(name)


def __dir__() -> list[str]:
    return sorted(OPS)
