"""The gather: the rows of a batch out of the user's array, converted on the way.

One small function for each dtype and strides of data and form of leaf, `f(target, source, rows)`,
shared by all programs of the process. Those that a step needs anew are one module: by itself each
costs LLVM more than its few lines.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from lamina.engines.native.buffers import row_major
from lamina.engines.native.link import Library, made
from lamina.engines.native.manifest import Place
from lamina.graph.dtypes import name_of

# Who runs a gather holds it; so many stay at hand, since short calls need them again and again.
RECENT = 32


class Kind(NamedTuple):
    """What one gather is made for: the leaf's dtype, shape and strides, the data's dtype and
    strides.
    """

    dtype: str
    shape: tuple[int, ...]
    strides: tuple[int, ...]
    source: str
    steps: tuple[int, ...]


class Gather(NamedTuple):
    """A gather in memory; it lives as long as its library."""

    library: Library
    address: int


def kind_of(leaf: Place, array: np.ndarray) -> Kind:
    """The kind that takes an array like this into a leaf."""
    steps = row_major((1, *array.shape[1:]))
    if not array.flags.c_contiguous:
        steps = tuple(step // array.itemsize for step in array.strides)
    return Kind(leaf.dtype, leaf.shape, leaf.strides, name_of(array.dtype), steps)


_recent: OrderedDict[Kind, Gather] = OrderedDict()
_lock = threading.Lock()


def gathers(kinds: Sequence[Kind]) -> list[Gather]:
    """One gather of each kind."""
    with _lock:
        new = [kind for kind in dict.fromkeys(kinds) if kind not in _recent]
        if new:
            _recent.update(zip(new, _made(new), strict=True))
        found = [_recent[kind] for kind in kinds]
        for kind in kinds:
            _recent.move_to_end(kind)
        while len(_recent) > RECENT:
            _recent.popitem(last=False)
    return found


def forget() -> None:
    """None stays at hand; those in use live on."""
    with _lock:
        _recent.clear()


def _made(kinds: Sequence[Kind]) -> list[Gather]:
    names = [f"gather_{i}" for i in range(len(kinds))]

    def text() -> str:
        # What was compiled before needs no emitter.
        from lamina.engines.native.emit_gather import gathers_text

        return gathers_text(names, kinds)

    library = made(("gather", *kinds), text, names)
    return [Gather(library, library.address(name)) for name in names]
