"""Images with entries added around them, or cut off."""

from __future__ import annotations

from typing import Any

from lamina.errors import ArgumentError
from lamina.graph.tensor import Tensor
from lamina.ops import primitives as p
from lamina.ops.dispatch import shape_of
from lamina.ops.image.frames import as_batch
from lamina.ops.public import public

__all__ = ["crop_images", "pad_images"]

Sides = tuple[int, int]


def _sides(where: str, given: tuple[Any, Any, Any], names: tuple[str, str, str], gap: int) -> Sides:
    """Entries before and after; `gap` is the target's size less the image's, or the reverse."""
    before, after, target = given
    if given.count(None) != 1:
        raise ArgumentError(
            where, f"needs two of {', '.join(names)}",
            ", ".join(f"{name}={value!r}" for name, value in zip(names, given, strict=True)),
            "leave one of the three out",
        )  # fmt: skip
    if target is not None:
        before = gap - after if before is None else before
        after = gap - before
    if min(before, after) < 0 or (target is not None and target < 0):
        raise ArgumentError(
            where, "needs numbers of entries from 0 up",
            f"{before} before and {after} after", f"choose other {names[0]} or {names[2]}",
        )  # fmt: skip
    return int(before), int(after)


@public
def pad_images(
    images: Any,
    top_padding: int | None = None,
    left_padding: int | None = None,
    bottom_padding: int | None = None,
    right_padding: int | None = None,
    target_height: int | None = None,
    target_width: int | None = None,
    data_format: str | None = None,
) -> Tensor:
    """Images between zeros. Of each axis two of the three numbers are given."""
    where = "ops.image.pad_images"
    x, back = as_batch(where, images, data_format)
    _, height, width, _ = shape_of(x)
    top, bottom = _sides(
        where, (top_padding, bottom_padding, target_height),
        ("top_padding", "bottom_padding", "target_height"), (target_height or 0) - height,
    )  # fmt: skip
    left, right = _sides(
        where, (left_padding, right_padding, target_width),
        ("left_padding", "right_padding", "target_width"), (target_width or 0) - width,
    )  # fmt: skip
    return back(p.pad(x, 0, (0, top, left, 0), (0, bottom, right, 0)))


@public
def crop_images(
    images: Any,
    top_cropping: int | None = None,
    left_cropping: int | None = None,
    bottom_cropping: int | None = None,
    right_cropping: int | None = None,
    target_height: int | None = None,
    target_width: int | None = None,
    data_format: str | None = None,
) -> Tensor:
    """Images without their borders. Of each axis two of the three numbers are given."""
    where = "ops.image.crop_images"
    x, back = as_batch(where, images, data_format)
    batch, height, width, channels = shape_of(x)
    top, bottom = _sides(
        where, (top_cropping, bottom_cropping, target_height),
        ("top_cropping", "bottom_cropping", "target_height"), height - (target_height or 0),
    )  # fmt: skip
    left, right = _sides(
        where, (left_cropping, right_cropping, target_width),
        ("left_cropping", "right_cropping", "target_width"), width - (target_width or 0),
    )  # fmt: skip
    if top + bottom > height or left + right > width:
        raise ArgumentError(
            where, "cannot cut off more than there is",
            f"{top + bottom} of {height} rows, {left + right} of {width} columns", "crop less",
        )  # fmt: skip
    ends = (batch, height - bottom, width - right, channels)
    return back(p.slice_(x, (0, top, left, 0), ends))
