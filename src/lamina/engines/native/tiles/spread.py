"""Spreading: further copies of a value, in other layouts, by a kernel of their own.

A tile that leaves transposed has to be as high as a vector is wide. Where a deep contraction makes
the value, tiles of the best shape and a second walk over the result are faster.
"""

from __future__ import annotations

from lamina.engines.native import target as machine
from lamina.engines.native.buffers import View
from lamina.engines.native.tiles.fuse import Fusion
from lamina.engines.native.tiles.kernel import TileKernel
from lamina.engines.native.tiles.lanes import settle
from lamina.engines.native.tiles.layouts import Layouts
from lamina.engines.native.tiles.maps import natural
from lamina.engines.native.tiles.program import TileProgram
from lamina.graph.node import Graph, Node


def spread(source: View, target: View) -> TileKernel:
    """The kernel that copies a value into a layout with another dim innermost."""
    x = Node("input", (), source.shape, source.dtype)
    y = Node("cast", (x,), source.shape, source.dtype)
    fusion = Fusion(Graph((x,), (y,)))
    (draft,) = fusion.drafts
    program, layouts = TileProgram(draft, fusion), Layouts()
    layouts.dims.update({x: [_inner(source)], y: [_inner(target)]})
    axis = natural(source.shape)[0][_inner(source)]
    lanes = settle(program, layouts, (axis, axis), machine.host())
    return TileKernel(program, lanes, lambda _: (source,), {y: (target,)})


def _inner(view: View) -> int:
    found = inner_dim(view)
    assert found is not None
    return found


def inner_dim(view: View) -> int | None:
    """The dim whose entries follow each other, None if there is none."""
    dims = zip(view.shape, view.strides, strict=True)
    return next((d for d, (n, step) in enumerate(dims) if step == 1 and n > 1), None)
