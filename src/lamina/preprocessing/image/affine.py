"""apply_affine_transform: a picture turned, moved, sheared and zoomed about its centre."""

from __future__ import annotations

import numpy as np

from lamina.errors import ArgumentError, ShapeError
from lamina.preprocessing.image.splines import MODES, ORDERS, sample


def apply_affine_transform(
    x: np.ndarray,
    theta: float = 0,
    tx: float = 0,
    ty: float = 0,
    shear: float = 0,
    zx: float = 1,
    zy: float = 1,
    row_axis: int = 1,
    col_axis: int = 2,
    channel_axis: int = 0,
    fill_mode: str = "nearest",
    cval: float = 0.0,
    order: int = 1,
) -> np.ndarray:
    """A picture of rank 3, turned by `theta` degrees, and so on; itself if nothing is to be done.

    As in Keras, the centre is (width / 2, height / 2) with the two exchanged: of a picture that is
    not square it is not the middle.

    Args:
        tx, ty: moves it to the left and up, by pixels.
        shear: by degrees; zx, zy: a factor below 1 magnifies.
        fill_mode: what is seen beyond the edge: "nearest", "reflect", "wrap", or "constant" with
            the value `cval`.
        order: of the spline between pixels, 0 to 5; 1 is linear.

    Raises: ShapeError, ArgumentError.
    """
    _check(x, (row_axis, col_axis, channel_axis), fill_mode, order)
    matrix = _matrix(theta, tx, ty, shear, zx, zy)
    if matrix is None:
        return x
    height, width = x.shape[row_axis], x.shape[col_axis]
    matrix = _about_centre(matrix, height, width)
    planes = np.moveaxis(x, channel_axis, 0)
    if col_axis > row_axis:  # Keras' matrix is of (x, y), the array's axes are (y, x)
        matrix = matrix[[1, 0, 2]][:, [1, 0, 2]]
    (a, b, c), (d, e, f) = matrix[:2]
    i, j = np.arange(planes.shape[1])[:, None], np.arange(planes.shape[2])[None, :]
    found = sample(planes, c + a * i + b * j, f + d * i + e * j, order, fill_mode, cval)
    return np.moveaxis(_as(found, x.dtype), 0, channel_axis)


def _check(x: np.ndarray, axes: tuple[int, int, int], fill_mode: str, order: int) -> None:
    where = "apply_affine_transform"
    if x.ndim != 3 or set(axes) != {0, 1, 2} or axes[2] == 1:
        raise ShapeError(
            where, "needs one picture, with its channels on the first or last of three axes",
            f"an array {x.shape}, row, column and channel axes {axes}",
            "pass (height, width, channels) with row_axis=0, col_axis=1, channel_axis=2",
        )  # fmt: skip
    if fill_mode not in MODES or order not in ORDERS:
        raise ArgumentError(
            where, f"knows fill_mode {', '.join(MODES)}, and order 0 to 5",
            f"fill_mode={fill_mode!r}, order={order!r}", "use one of these",
        )  # fmt: skip


def _matrix(
    theta: float, tx: float, ty: float, shear: float, zx: float, zy: float
) -> np.ndarray | None:
    """From a new place to the old one, (3, 3); None if nothing changes."""
    steps: list[list[list[float]]] = []
    if theta != 0:
        angle = np.deg2rad(theta)
        sine, cosine = np.sin(angle), np.cos(angle)
        steps.append([[cosine, -sine, 0], [sine, cosine, 0], [0, 0, 1]])
    if tx != 0 or ty != 0:
        steps.append([[1, 0, tx], [0, 1, ty], [0, 0, 1]])
    if shear != 0:
        angle = np.deg2rad(shear)
        steps.append([[1, -np.sin(angle), 0], [0, np.cos(angle), 0], [0, 0, 1]])
    if zx != 1 or zy != 1:
        steps.append([[zx, 0, 0], [0, zy, 0], [0, 0, 1]])
    if not steps:
        return None
    product = np.array(steps[0], "float64")
    for step in steps[1:]:
        product = product @ np.array(step, "float64")
    return product


def _about_centre(matrix: np.ndarray, height: int, width: int) -> np.ndarray:
    x, y = height / 2 - 0.5, width / 2 - 0.5
    there = np.array([[1, 0, x], [0, 1, y], [0, 0, 1]])
    back = np.array([[1, 0, -x], [0, 1, -y], [0, 0, 1]])
    moved: np.ndarray = there @ matrix @ back
    return moved


def _as(values: np.ndarray, dtype: np.dtype) -> np.ndarray:
    """Values in a dtype; whole numbers are rounded, halves away from 0."""
    if dtype.kind not in "iu":
        return values.astype(dtype)
    limits = np.iinfo(dtype)
    rounded = np.trunc(values + np.copysign(0.5, values))
    return np.clip(rounded, limits.min, limits.max).astype(dtype)
