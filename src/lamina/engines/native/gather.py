"""The gather: the rows of a batch out of the user's array, converted on the way.

One small function for each dtype of data and form of leaf, `f(target, source, rows)`; they are kept
for all programs of the process.
"""

from __future__ import annotations

from lamina.engines.native.buffers import Form, View, itemsize, row_major
from lamina.engines.native.emit import I64, PTR, Function, Module, Value
from lamina.engines.native.emit.arith import cast
from lamina.engines.native.link import Library, build
from lamina.engines.native.once import once
from lamina.engines.native.plain.nest import Cursor, Lane, nest

NAME = "gather"


def function(view: View, dtype: str) -> int:
    """The address of the gather of data of this dtype into a leaf's view."""
    return _library(view.form, dtype).address(NAME)


@once
def _library(form: Form, dtype: str) -> Library:
    return build(_text(form, dtype), [NAME])


def _text(form: Form, dtype: str) -> str:
    """For each row r of the batch: target[r] = source[rows[r]]."""
    module = Module()
    row = form.shape[1:]
    source_strides = row_major((1, *row))
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
