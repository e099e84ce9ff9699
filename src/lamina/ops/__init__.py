"""lamina.ops: the vocabulary, with the names, arguments and dtypes of keras.ops.

An op works on eager tensors, arrays and numbers; on values of a trace; on a tape; and on symbolic
tensors, where the call is recorded. Each is built of the primitives in `ops/primitives/`; a family
stands in one file and lists its ops in `__all__`.
"""

from __future__ import annotations

import importlib
from typing import Any

from lamina.errors import MissingNameError
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

# What keras.ops has and lamina does not, so that asking for it is no riddle.
NOT_OFFERED = frozenset(
    [
        "cholesky",
        "cholesky_inverse",
        "ctc_decode",
        "ctc_loss",
        "det",
        "eig",
        "eigh",
        "extract_sequences",
        "fft",
        "fft2",
        "ifft2",
        "inv",
        "irfft",
        "istft",
        "jvp",
        "logdet",
        "lstsq",
        "lu_factor",
        "matrix_rank",
        "nextafter",
        "pinv",
        "polar",
        "qr",
        "rfft",
        "slogdet",
        "solve",
        "solve_triangular",
        "stft",
        "svd",
        "view",
        "view_as_complex",
        "view_as_real",
    ]
)


# Ops of images, and older names for parts of the vocabulary, each a module that finds all of it.
NAMESPACES = ("image", "linalg", "nn", "numpy")


def __getattr__(name: str) -> Any:
    if name in NAMESPACES:
        return importlib.import_module(f"lamina.ops.{name}")
    if name in NOT_OFFERED:
        raise MissingNameError(
            "lamina.ops", f"does not offer Keras' {name!r}", f"ops.{name}",
            "build it from the ops that are there: see dir(lamina.ops)",
        )  # fmt: skip
    import difflib

    near = difflib.get_close_matches(name, OPS, 3)
    raise MissingNameError(
        "lamina.ops", f"has no op {name!r}", f"ops.{name}",
        f"near names: {', '.join(near)}" if near else "see dir(lamina.ops)",
    )  # fmt: skip


def __dir__() -> list[str]:
    return sorted(OPS)
