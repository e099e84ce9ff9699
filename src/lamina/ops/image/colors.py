"""Colours: RGB to grey, to HSV and back. Hue, saturation and value lie between 0 and 1."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from lamina.errors import DtypeError, ShapeError
from lamina.graph import dtypes
from lamina.graph.tensor import Tensor
from lamina.ops import primitives as p
from lamina.ops.dispatch import as_tensor, shape_of
from lamina.ops.image.frames import Back, as_batch
from lamina.ops.public import public

__all__ = ["hsv_to_rgb", "rgb_to_grayscale", "rgb_to_hsv"]

# ITU-R BT.601, section 2.5.1, with four digits.
LUMA = (0.2989, 0.5870, 0.1140)


def _channels(
    name: str, images: Any, data_format: str | None, counts: Sequence[int]
) -> tuple[Tensor, Back]:
    x, back = as_batch(f"ops.image.{name}", images, data_format)
    if shape_of(x)[-1] not in counts:
        raise ShapeError(
            f"ops.image.{name}", f"takes images of {' or '.join(map(str, counts))} channels",
            f"shape {shape_of(as_tensor(images))}", "check the data_format",
        )  # fmt: skip
    return x, back


def _planes(name: str, images: Any, data_format: str | None) -> tuple[list[Tensor], Back]:
    """The three channels of float images, each (B, H, W, 1)."""
    x, back = _channels(name, images, data_format, (3,))
    if not dtypes.is_float(x.dtype):
        raise DtypeError(
            f"ops.image.{name}", "takes floats", x.dtype, "cast the images, and divide by 255"
        )
    return [p.part(x, 3, i, i + 1) for i in range(3)], back


@public
def rgb_to_grayscale(images: Any, data_format: str | None = None) -> Tensor:
    """0.2989 R + 0.5870 G + 0.1140 B, in the dtype of the images; grey images as they are."""
    x, back = _channels("rgb_to_grayscale", images, data_format, (1, 3))
    if shape_of(x)[-1] == 1:
        return back(x)
    floats = p.cast(x, dtypes.result_type(x.dtype, "float"))
    weights = as_tensor(np.asarray(LUMA, floats.dtype).reshape(3, 1))
    grey = p.contract(floats, weights, ((0, 1, 2, 3), (3, 4), (0, 1, 2, 4)))
    return back(p.cast(grey, x.dtype))


@public
def rgb_to_hsv(images: Any, data_format: str | None = None) -> Tensor:
    """Hue, saturation and value (Smith 1978, "Color gamut transform pairs")."""
    planes, back = _planes("rgb_to_hsv", images, data_format)
    least = float(np.finfo(planes[0].dtype).eps)
    red, green, blue = (p.select(p.lt(p.abs_(v), least), 0.0, v) for v in planes)
    value = p.max_(p.max_(red, green), blue)
    spread = p.sub(value, p.min_(p.min_(red, green), blue))
    some = p.gt(spread, 0.0)
    bright = p.gt(value, 0.0)
    saturation = p.select(bright, p.div(spread, p.select(bright, value, 1.0)), 0.0)
    sixth = p.div(1.0, p.mul(p.select(some, spread, 1.0), 6.0))

    def turned(a: Tensor, b: Tensor, start: float) -> Tensor:
        return p.add(p.mul(sixth, p.sub(a, b)), start)

    hue = p.select(p.eq(value, green), turned(blue, red, 2 / 6), turned(red, green, 4 / 6))
    hue = p.select(p.eq(value, red), p.mul(sixth, p.sub(green, blue)), hue)
    hue = p.add(p.select(some, hue, 0.0), p.cast(p.lt(hue, 0.0), hue.dtype))
    return back(p.concatenate([hue, saturation, value], 3))


@public
def hsv_to_rgb(images: Any, data_format: str | None = None) -> Tensor:
    """The reverse of `rgb_to_hsv`; hues are taken modulo 1."""
    (hue, saturation, value), back = _planes("hsv_to_rgb", images, data_format)
    turn = p.mul(p.mod(hue, 1.0), 6.0)

    def plane(height: Tensor) -> Tensor:
        share = p.min_(p.max_(height, 0.0), 1.0)
        return p.mul(value, p.add(p.sub(1.0, saturation), p.mul(saturation, share)))

    red = plane(p.sub(p.abs_(p.sub(turn, 3.0)), 1.0))
    green = plane(p.sub(2.0, p.abs_(p.sub(turn, 2.0))))
    blue = plane(p.sub(2.0, p.abs_(p.sub(turn, 4.0))))
    return back(p.concatenate([red, green, blue], 3))
