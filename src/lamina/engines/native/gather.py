"""The gather: the rows of a batch out of the user's array, converted on the way.

One small function for each dtype and strides of data and form of leaf, `f(target, source, rows)`,
shared by all programs of the process.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass

import numpy as np

from lamina.engines.native.buffers import itemsize, row_major
from lamina.engines.native.emit import I64, PTR, Function, Module, Value
from lamina.engines.native.emit.arith import cast
from lamina.engines.native.link import Library, made
from lamina.engines.native.manifest import Place
from lamina.engines.native.plain.nest import Cursor, Lane, nest
from lamina.graph.dtypes import name_of

NAME = "gather"


@dataclass(frozen=True)
class _Kind:
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
    return _library(_Kind(leaf.dtype, leaf.shape, leaf.strides, name_of(array.dtype), steps))


# Who runs a gather holds it; this keeps those at hand that short calls need again and again.
@functools.lru_cache(maxsize=32)
def _library(kind: _Kind) -> Library:
    return made((NAME, kind), lambda: _text(kind), [NAME])


def _text(kind: _Kind) -> str:
    """For each row r of the batch: target[r] = source[rows[r]]."""
    module = Module()
    row = kind.shape[1:]
    with Function(module, NAME, [PTR, PTR, PTR]) as f:
        target = Cursor(f.arguments[0], kind.dtype, kind.strides)
        source = Cursor(f.arguments[1], kind.source, kind.steps)

        def turn(r: Value, _: list[Value]) -> list[Value]:
            place = f.load(I64, f.at(f.arguments[2], f.mul(r, f.index(8))), 8)
            size = kind.steps[0] * itemsize(kind.source)
            chosen = source.by(f, f.mul(place, f.index(size))).on(kind.steps[1:])

            def entry(lanes: list[Lane]) -> None:
                lanes[0].store(f, cast(f, lanes[1].load(f), kind.source, kind.dtype))

            nest(f, row, [target.moved(f, 0, r).on(kind.strides[1:]), chosen], entry)
            return []

        if all(row):
            f.loop(f.index(0), f.index(kind.shape[0]), 1, [], turn)
    return module.text()
