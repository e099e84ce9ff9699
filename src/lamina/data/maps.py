"""Arrays that may be larger than memory: files mapped into it, looked at a piece at a time."""

from __future__ import annotations

import math
import mmap
from collections.abc import Iterator

import numpy as np

from lamina.errors import DataError
from lamina.graph import dtypes

# Bytes that a check looks at together.
PIECE = 1 << 24


def is_mapped(array: np.ndarray) -> bool:
    """Whether the elements lie in a mapped file (np.memmap, np.load(mmap_mode=...), views)."""
    owner: object = array
    while isinstance(owner, np.ndarray) and not isinstance(owner, np.memmap):
        owner = owner.base
    if isinstance(owner, memoryview):
        owner = owner.obj
    return isinstance(owner, np.memmap | mmap.mmap)


def pieces(array: np.ndarray) -> Iterator[tuple[int, np.ndarray]]:
    """(number of the first row, rows) of successive parts of some megabytes, of any array."""
    row = max(1, array.itemsize * math.prod(array.shape[1:]))
    step = max(1, PIECE // row)
    for start in range(0, len(array), step):
        yield start, array[start : start + step]


def check_mapped(where: str, name: str, array: np.ndarray) -> None:
    """A mapped array is read where it lies, whatever its strides, but it must not need copying.

    Raises: DataError for other byte orders, dtypes that lamina converts, unaligned elements.
    """
    known = dtypes.name_of(array.dtype) in dtypes.DTYPES
    whole = all(step % array.itemsize == 0 for step in array.strides)
    if not (known and whole and array.dtype.isnative and array.flags.aligned):
        raise DataError(
            where, f"reads {name} straight from its file, in a dtype and byte order of lamina's",
            f"a map of dtype {array.dtype.str}, strides {array.strides}",
            "write it once as float32 (numpy.lib.format.open_memmap, some rows at a time), or load "
            "it into memory",
        )  # fmt: skip
