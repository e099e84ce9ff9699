"""The gather: the rows of a batch out of the user's array, converted on the way.

One small function for each dtype and strides of data and form of leaf, `f(target, source, rows)`,
shared by all programs of the process.
"""

from __future__ import annotations

import functools
from typing import NamedTuple

import numpy as np

from lamina.engines.native.buffers import row_major
from lamina.engines.native.link import Library, made
from lamina.engines.native.manifest import Place
from lamina.graph.dtypes import name_of

NAME = "gather"


class Kind(NamedTuple):
    """What one gather is made for: the leaf's dtype, shape and strides, the data's dtype and
    strides.
    """

    dtype: str
    shape: tuple[int, ...]
    strides: tuple[int, ...]
    source: str
    steps: tuple[int, ...]


def library(leaf: Place, array: np.ndarray) -> Library:
    """Holds the gather of an array like this into a leaf, under NAME."""
    steps = row_major((1, *array.shape[1:]))
    if not array.flags.c_contiguous:
        steps = tuple(step // array.itemsize for step in array.strides)
    return _library(Kind(leaf.dtype, leaf.shape, leaf.strides, name_of(array.dtype), steps))


# Who runs a gather holds it; this keeps those at hand that short calls need again and again.
@functools.lru_cache(maxsize=32)
def _library(kind: Kind) -> Library:
    def text() -> str:
        # What was compiled before needs no emitter.
        from lamina.engines.native.emit_gather import gather_text

        return gather_text(NAME, kind)

    return made((NAME, kind), text, [NAME])
