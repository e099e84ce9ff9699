"""Compiling without collections of garbage: it makes many objects and hardly a cycle.

A full collection that falls into it looks at every object of the process, which takes 15 ms and
more, and finds nothing; while collections are held back their count does not rise either.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def uncollected() -> Iterator[None]:
    """Python collects no garbage within, on any thread; afterwards it does if it did before."""
    before = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if before:
            gc.enable()
