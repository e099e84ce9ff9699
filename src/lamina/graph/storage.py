"""Memory of large arrays on the host: it goes back to the system as soon as the array is let go.

What an allocator of many sizes gets back it often keeps, between what is still in use. A model that
is built, filled from a file and trained would hold its weights several times.
"""

from __future__ import annotations

import math
import mmap
from collections.abc import Sequence
from typing import Any

import numpy as np

LARGE = 1 << 20  # bytes from which an array has pages of its own


def pages(length: int) -> mmap.mmap:
    """Zeroed bytes of this process alone."""
    if not hasattr(mmap, "MAP_PRIVATE"):
        return mmap.mmap(-1, length)
    return mmap.mmap(-1, length, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)


def room(shape: Sequence[int], dtype: Any) -> np.ndarray:
    """An array to be filled, in row-major order."""
    kind = np.dtype(dtype)
    size = math.prod(shape) * kind.itemsize
    if size < LARGE:
        return np.empty(tuple(shape), kind)
    return np.ndarray(tuple(shape), kind, pages(size))


def copy_of(array: np.ndarray) -> np.ndarray:
    """The elements of an array in memory of their own."""
    if array.nbytes < LARGE:
        return np.array(array, order="C")
    found = room(array.shape, array.dtype)
    found[...] = array
    return found
