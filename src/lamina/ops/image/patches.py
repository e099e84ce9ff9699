"""Patches of images and volumes as the channels of smaller ones."""

from __future__ import annotations

import math
from typing import Any

from lamina.errors import ArgumentError
from lamina.graph.tensor import Tensor
from lamina.ops import primitives as p
from lamina.ops.dispatch import shape_of
from lamina.ops.image.frames import as_batch
from lamina.ops.public import public
from lamina.ops.spatial import check_windows, padded, padding_of, pads_of, per_axis

__all__ = ["extract_patches", "extract_patches_3d"]


@public
def extract_patches(
    images: Any,
    size: Any,
    strides: Any = None,
    dilation_rate: Any = 1,
    padding: str = "valid",
    data_format: str | None = None,
) -> Tensor:
    """Each window's entries, row-major and channels last, as channels.

    Shapes: (.., n1, .., nN, C) -> (.., o1, .., oN, k1 .. kN C)

    Args:
        size: one number or two for images, three for volumes.
        strides: steps between windows; by default `size`.
        dilation_rate: steps within a window.
        padding: "valid" (none) or "same" (o = ceil(n / stride)).
    """
    axes = len(size) if isinstance(size, list | tuple) else 2
    if axes not in (2, 3):
        raise ArgumentError(
            "ops.image.extract_patches", "takes the size of images or volumes", f"size={size!r}",
            "give one number, two or three",
        )  # fmt: skip
    how = (size, strides, dilation_rate, padding)
    return _patches("ops.image.extract_patches", images, how, data_format, axes)


@public
def extract_patches_3d(
    volumes: Any,
    size: Any,
    strides: Any = None,
    dilation_rate: Any = 1,
    padding: str = "valid",
    data_format: str | None = None,
) -> Tensor:
    """`extract_patches` of volumes."""
    how = (size, strides, dilation_rate, padding)
    return _patches("ops.image.extract_patches_3d", volumes, how, data_format, 3)


def _patches(
    where: str, images: Any, how: tuple[Any, Any, Any, str], data_format: str | None, axes: int
) -> Tensor:
    size, strides, dilation_rate, padding = how
    x, back = as_batch(where, images, data_format, axes)
    sizes = per_axis(where, "size", size, axes)
    steps = per_axis(where, "strides", size if strides is None else strides, axes)
    gaps = per_axis(where, "dilation_rate", dilation_rate, axes)
    extents = [(k - 1) * gap + 1 for k, gap in zip(sizes, gaps, strict=True)]
    word = padding_of(where, padding, ("valid", "same"))
    pads = pads_of(word, shape_of(x)[1:-1], extents, steps)
    check_windows(where, shape_of(x), pads, extents, "size")
    seen = p.windows(padded(x, pads, 0), range(1, 1 + axes), sizes, steps, gaps)
    outer, within = range(1, 2 * axes, 2), range(2, 2 * axes + 1, 2)
    seen = p.transpose(seen, (0, *outer, *within, 2 * axes + 1))
    depth = math.prod(sizes) * shape_of(x)[-1]
    return back(p.reshape(seen, (*shape_of(seen)[: 1 + axes], depth)))
