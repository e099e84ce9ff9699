"""Patches of images as columns, and columns added up to images again."""

from __future__ import annotations

from typing import Any

from lamina.errors import ShapeError
from lamina.graph.tensor import Tensor
from lamina.ops import primitives as p
from lamina.ops.dispatch import as_tensor, shape_of
from lamina.ops.primitives.windowing import Window
from lamina.ops.public import public
from lamina.ops.spatial import per_axis

__all__ = ["fold", "unfold"]


def _windows(where: str, size: Any, stride: Any, dilation: Any) -> list[Window]:
    rows = zip(
        per_axis(where, "kernel_size", size, 2), per_axis(where, "stride", stride, 2),
        per_axis(where, "dilation", dilation, 2), strict=True,
    )  # fmt: skip
    return [Window(axis, *row) for axis, row in enumerate(rows, 2)]


def _counts(where: str, given: list[Window], sizes: list[int]) -> list[int]:
    counts = [w.count(n) for w, n in zip(given, sizes, strict=True)]
    if 0 in counts:
        raise ShapeError(
            where, "needs images at least as large as kernel_size",
            f"windows of {[w.extent for w in given]} over {sizes}, padding included",
            "make the kernel smaller, or pad more",
        )  # fmt: skip
    return counts


@public
def unfold(
    x: Any, kernel_size: Any, dilation: Any = 1, padding: Any = 0, stride: Any = 1
) -> Tensor:
    """Each window of an image as a column: (N, C, H, W) -> (N, C kH kW, L), L windows.

    Args:
        kernel_size, dilation, padding, stride: one number, or one for each of H and W; `padding`
            zeros are added on both sides.
    """
    where, x = "ops.unfold", as_tensor(x)
    if x.ndim != 4:
        raise ShapeError(
            where, "takes images (N, C, H, W)", f"shape {shape_of(x)}", "give it four axes"
        )
    given = _windows(where, kernel_size, stride, dilation)
    around = [0, 0, *per_axis(where, "padding", padding, 2, least=0)]
    x = p.pad(x, 0, around, around)
    rows, columns = _counts(where, given, list(shape_of(x)[2:]))
    seen = p.windows(x, (2, 3), *zip(*((w.size, w.stride, w.dilation) for w in given), strict=True))
    batch, channels = shape_of(x)[:2]
    depth = channels * given[0].size * given[1].size
    return p.reshape(p.transpose(seen, (0, 1, 3, 5, 2, 4)), (batch, depth, rows * columns))


@public
def fold(
    x: Any,
    output_size: Any,
    kernel_size: Any,
    dilation: Any = 1,
    padding: Any = 0,
    stride: Any = 1,
) -> Tensor:
    """The adjoint of `unfold`: columns (N, C kH kW, L) added to the places of their windows in
    images (N, C, *output_size).
    """
    where, x = "ops.fold", as_tensor(x)
    if x.ndim != 3:
        raise ShapeError(
            where, "takes columns (N, C kH kW, L)", f"shape {shape_of(x)}", "give it three axes"
        )
    given = _windows(where, kernel_size, stride, dilation)
    around = per_axis(where, "padding", padding, 2, least=0)
    size = per_axis(where, "output_size", output_size, 2)
    sizes = [n + 2 * more for n, more in zip(size, around, strict=True)]
    rows, columns = _counts(where, given, sizes)
    batch, depth, count = shape_of(x)
    area = given[0].size * given[1].size
    if depth % area or count != rows * columns:
        raise ShapeError(
            where, "needs a column for each window, of as many entries as it has in all channels",
            f"columns {shape_of(x)} for {rows} x {columns} windows of {area} entries",
            f"pass (N, C * {area}, {rows * columns})",
        )  # fmt: skip
    shape = (batch, depth // area, given[0].size, given[1].size, rows, columns)
    seen = p.transpose(p.reshape(x, shape), (0, 1, 4, 2, 5, 3))
    steps, gaps = zip(*((w.stride, w.dilation) for w in given), strict=True)
    whole = p.overlap_add(seen, (2, 3), sizes, steps, gaps)
    ends = [n + more for n, more in zip(size, around, strict=True)]
    return p.slice_(whole, (0, 0, *around), (*shape_of(whole)[:2], *ends))
