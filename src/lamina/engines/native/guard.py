"""Guard pages (LAMINA_GUARD=1): a kernel that leaves a buffer ends the process by a signal.

Each buffer has pages of its own between two that nobody may touch, and its end lies as near to the
second as its alignment allows: fewer than ALIGN bytes before it. What is left of a buffer's own
pages, and all scratch, starts as bytes of 255: NaN in floats, so that what is read there shows.
"""

from __future__ import annotations

import mmap
import os
from collections.abc import Iterator, Sequence

import numpy as np

from lamina import config
from lamina.engines.native.buffers import ALIGN
from lamina.errors import ConfigError

PAGE = mmap.PAGESIZE
POSIX = os.name == "posix"
UNTOUCHED = 255


def is_on() -> bool:
    """Whether arenas made from now on are guarded.

    Raises: ConfigError where the system has no pages that can be closed.
    """
    if config.read().guard and not POSIX:
        raise ConfigError(
            "environment variable LAMINA_GUARD", "needs a system with mprotect",
            "LAMINA_GUARD=1", "leave it out",
        )  # fmt: skip
    return config.read().guard


def room(length: int) -> int:
    """Bytes that a buffer takes: the page before it, and pages of its own."""
    return PAGE + _rounded(length, PAGE)


def lead(length: int) -> int:
    """Bytes from there to its start."""
    return room(length) - _rounded(length, ALIGN)


def margins(buffers: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """From, and below: what is left, before and behind, of the pages of each buffer, given by its
    offset and length.
    """
    for offset, length in buffers:
        yield offset // PAGE * PAGE, offset
        yield offset + length, offset + _rounded(length, ALIGN)


def close(memory: np.ndarray, buffers: Sequence[tuple[int, int]], front: int) -> None:
    """Marks margins, and scratch, which begins at `front`; closes the pages between the buffers,
    the one before the first and the one after the last.

    Raises: OSError if the system refuses.
    """
    import ctypes

    memory[front:] = UNTOUCHED
    for start, stop in margins(buffers):
        memory[start:stop] = UNTOUCHED
    protect = ctypes.CDLL(None, use_errno=True).mprotect
    protect.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
    first = int(memory.ctypes.data)
    for page in [0, *(offset + _rounded(length, ALIGN) for offset, length in buffers)]:
        if protect(first + page, PAGE, 0):
            code = ctypes.get_errno()
            raise OSError(code, f"mprotect: {os.strerror(code)}")


def _rounded(length: int, unit: int) -> int:
    return -(-max(length, 1) // unit) * unit
