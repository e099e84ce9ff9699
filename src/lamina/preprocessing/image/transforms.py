"""Changes of one picture: brightness, channels, flips, and random ones by NumPy's own stream."""

from __future__ import annotations

from typing import Any

import numpy as np

from lamina.errors import ArgumentError
from lamina.graph.dtypes import floatx
from lamina.preprocessing.image.affine import apply_affine_transform
from lamina.preprocessing.image.pictures import stretched


def flip_axis(x: np.ndarray, axis: int) -> np.ndarray:
    """x with the order of one axis turned round."""
    return np.flip(x, axis)


def apply_channel_shift(x: np.ndarray, intensity: float, channel_axis: int = 0) -> np.ndarray:
    """x + intensity, kept between the smallest and the largest value of x."""
    return np.clip(x + intensity, x.min(), x.max())


def apply_brightness_shift(
    x: np.ndarray, brightness: float, scale: bool = True, channel_axis: int = -1
) -> np.ndarray:
    """x in whole grey levels, times `brightness`, cut off at 0 and 255; a fourth channel stays.

    Values outside 0 ... 255 are stretched to it first, and back afterwards.

    Args:
        scale: stretches in any case, and does not go back.
        channel_axis: where the channels are.
    """
    least, most = x.min(), x.max()
    outside = bool(least < 0 or most > 255)
    x = np.asarray(x, floatx())
    levels = (stretched(x) if scale or outside else x).astype("uint8")
    bright = np.clip(levels * np.float32(brightness), 0, 255).astype("uint8")
    channels = np.moveaxis(bright, channel_axis, 0)
    if len(channels) == 4:
        channels[3] = np.moveaxis(levels, channel_axis, 0)[3]
    found = bright.astype(floatx())
    if outside and not scale:
        found = found / 255 * (most - least) + least
    return found


def random_rotation(
    x: np.ndarray, rg: float, row_axis: int = 1, col_axis: int = 2, channel_axis: int = 0,
    fill_mode: str = "nearest", cval: float = 0.0, interpolation_order: int = 1,
) -> np.ndarray:  # fmt: skip
    """x turned by up to `rg` degrees either way."""
    axes = (row_axis, col_axis, channel_axis)
    theta = np.random.uniform(-rg, rg)
    return _moved(x, axes, (fill_mode, cval, interpolation_order), theta=theta)


def random_shift(
    x: np.ndarray, wrg: float, hrg: float, row_axis: int = 1, col_axis: int = 2,
    channel_axis: int = 0, fill_mode: str = "nearest", cval: float = 0.0,
    interpolation_order: int = 1,
) -> np.ndarray:  # fmt: skip
    """x moved by up to these shares of its width and height."""
    axes = (row_axis, col_axis, channel_axis)
    tx = np.random.uniform(-hrg, hrg) * x.shape[row_axis]
    ty = np.random.uniform(-wrg, wrg) * x.shape[col_axis]
    return _moved(x, axes, (fill_mode, cval, interpolation_order), tx=tx, ty=ty)


def random_shear(
    x: np.ndarray, intensity: float, row_axis: int = 1, col_axis: int = 2, channel_axis: int = 0,
    fill_mode: str = "nearest", cval: float = 0.0, interpolation_order: int = 1,
) -> np.ndarray:  # fmt: skip
    """x sheared by up to `intensity` degrees either way."""
    axes = (row_axis, col_axis, channel_axis)
    shear = np.random.uniform(-intensity, intensity)
    return _moved(x, axes, (fill_mode, cval, interpolation_order), shear=shear)


def random_zoom(
    x: np.ndarray, zoom_range: Any, row_axis: int = 1, col_axis: int = 2, channel_axis: int = 0,
    fill_mode: str = "nearest", cval: float = 0.0, interpolation_order: int = 1,
) -> np.ndarray:  # fmt: skip
    """x zoomed by a factor between the two of `zoom_range`, another along each axis.

    Raises: ArgumentError for anything but two factors.
    """
    axes = (row_axis, col_axis, channel_axis)
    zx, zy = drawn_zoom(*two_numbers("random_zoom(zoom_range=...)", zoom_range))
    return _moved(x, axes, (fill_mode, cval, interpolation_order), zx=zx, zy=zy)


def random_channel_shift(
    x: np.ndarray, intensity_range: float, channel_axis: int = 0
) -> np.ndarray:
    """`apply_channel_shift` by up to `intensity_range` either way."""
    intensity = np.random.uniform(-intensity_range, intensity_range)
    return apply_channel_shift(x, intensity, channel_axis)


def random_brightness(x: np.ndarray, brightness_range: Any, scale: bool = True) -> np.ndarray:
    """`apply_brightness_shift` by a factor between the two of `brightness_range`.

    Raises: ArgumentError for anything but two factors.
    """
    low, high = two_numbers("random_brightness(brightness_range=...)", brightness_range)
    return apply_brightness_shift(x, np.random.uniform(low, high), scale)


def two_numbers(where: str, given: Any) -> tuple[float, float]:
    """The two numbers of a list or tuple.

    Raises: ArgumentError for anything else.
    """
    if not isinstance(given, list | tuple | np.ndarray) or len(given) != 2:
        raise ArgumentError(
            where, "needs two numbers", repr(given), "pass (0.8, 1.2), for instance"
        )
    return given[0], given[1]


def drawn_zoom(low: float, high: float) -> tuple[float, float]:
    """A factor for each axis; nothing is drawn where both ends are 1."""
    if low == high == 1:
        return 1, 1
    zx, zy = np.random.uniform(low, high, 2)
    return zx, zy


def _moved(
    x: np.ndarray, axes: tuple[int, int, int], edge: tuple[str, float, int], **how: float
) -> np.ndarray:
    row, column, channel = axes
    mode, cval, order = edge
    return apply_affine_transform(
        x, row_axis=row, col_axis=column, channel_axis=channel, fill_mode=mode, cval=cval,
        order=order, **how,
    )  # fmt: skip
