"""The gather: the rows of a batch out of the user's array, converted on the way.

One small function for each dtype and strides of data and form of leaf, `f(target, source, rows)`,
shared by all programs of the process.
"""

from __future__ import annotations

import functools

import numpy as np

from lamina.engines.native.buffers import Form, View, itemsize, row_major
from lamina.engines.native.emit import I64, PTR, Function, Module, Value
from lamina.engines.native.emit.arith import cast
from lamina.engines.native.link import Library, build
from lamina.engines.native.plain.nest import Cursor, Lane, nest
from lamina.graph.dtypes import name_of

NAME = "gather"


def library(view: View, array: np.ndarray) -> Library:
    """Holds the gather of an array like this into a leaf's view, under NAME."""
    strides = row_major((1, *array.shape[1:]))
    if not array.flags.c_contiguous:
        strides = tuple(step // array.itemsize for step in array.strides)
    return _library(view.form, name_of(array.dtype), strides)


# Who runs a gather holds it; this keeps those at hand that short calls need again and again.
@functools.lru_cache(maxsize=32)
def _library(form: Form, dtype: str, strides: tuple[int, ...]) -> Library:
    return build(_text(form, dtype, strides), [NAME])


def _text(form: Form, dtype: str, source_strides: tuple[int, ...]) -> str:
    """For each row r of the batch: target[r] = source[rows[r]]."""
    module = Module()
    row = form.shape[1:]
    with Function(module, NAME, [PTR, PTR, PTR]) as f:
        target = Cursor(f.arguments[0], form.dtype, form.strides)
        source = Cursor(f.arguments[1], dtype, source_strides)

        def turn(r: Value, _: list[Value]) -> list[Value]:
            place = f.load(I64, f.at(f.arguments[2], f.mul(r, f.index(8))), 8)
            size = source_strides[0] * itemsize(dtype)
            chosen = source.by(f, f.mul(place, f.index(size))).on(source_strides[1:])

            def entry(lanes: list[Lane]) -> None:
                lanes[0].store(f, cast(f, lanes[1].load(f), dtype, form.dtype))

            nest(f, row, [target.moved(f, 0, r).on(form.strides[1:]), chosen], entry)
            return []

        if all(row):
            f.loop(f.index(0), f.index(form.shape[0]), 1, [], turn)
    return module.text()
