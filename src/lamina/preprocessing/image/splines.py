"""Values between pixels: B-splines of order 0 to 5, and what lies beyond the edge.

The modes are SciPy's (`scipy.ndimage`), so that pictures come out as from Keras, which uses it.
"""

from __future__ import annotations

import functools
import math

import numpy as np

MODES = ("constant", "nearest", "reflect", "wrap")
ORDERS = range(6)
# Pixels of padding that stand for the endless repetition of the edge.
PADDING = 12
# Places that are computed together: their arrays stay in the cache.
BLOCK = 1 << 12


def sample(
    planes: np.ndarray, rows: np.ndarray, columns: np.ndarray, order: int, mode: str, cval: float
) -> np.ndarray:
    """The values of planes (C, H, W) at places (h, w), as float64 (C, h, w)."""
    values = planes.astype("float64", copy=False)
    if order > 1 and mode == "nearest":
        values = np.pad(values, ((0, 0), (PADDING, PADDING), (PADDING, PADDING)), mode="edge")
        rows, columns = rows + PADDING, columns + PADDING
    if order > 1:
        values = _coefficients(values, order, mode)
    # All channels of a pixel lie together, so that each is fetched once.
    pixels = np.ascontiguousarray(values.transpose(1, 2, 0))
    result = np.zeros((*rows.shape, len(planes)))
    step = max(1, BLOCK // max(1, rows.shape[1]))
    for start in range(0, len(rows), step):
        part = slice(start, start + step)
        _add_seen(pixels, rows[part], columns[part], order, mode, result[part])
    if mode == "constant":
        height, width = planes.shape[1:]
        beyond = (rows < 0) | (rows > height - 1) | (columns < 0) | (columns > width - 1)
        result[beyond] = cval
    return result.transpose(2, 0, 1)


def _add_seen(
    pixels: np.ndarray, rows: np.ndarray, columns: np.ndarray, order: int, mode: str,
    result: np.ndarray,
) -> None:  # fmt: skip
    """Adds what the places (h, w) see of pixels (H, W, C) to result (h, w, C)."""
    height, width, channels = pixels.shape
    flat = pixels.reshape(-1, channels)
    across = _steps(_placed(columns, width, mode), width, order, mode)
    for row, row_weight in _steps(_placed(rows, height, mode), height, order, mode):
        for column, column_weight in across:
            seen = flat.take(row * width + column, axis=0)
            seen *= (row_weight * column_weight)[..., None]
            result += seen


def _placed(at: np.ndarray, n: int, mode: str) -> np.ndarray:
    """Where on an axis of n pixels a place beyond its ends is meant."""
    if mode in ("constant", "nearest") or n == 1:
        return np.clip(at, 0, n - 1)
    if mode == "wrap":
        period = n - 1
        below = at + period * (np.trunc(-at / period) + 1)
        above = at - period * np.trunc(at / period)
        return np.where(at < 0, below, np.where(at > n - 1, above, at))
    period = 2 * n
    low = np.where(at < -period, at + period * np.trunc(-at / period), at)
    below = np.where(low < -n, low + period, -low - 1)
    high = at - period * np.trunc(at / period)
    above = np.where(high >= n, period - high - 1, high)
    return np.where(at < 0, below, np.where(at > n - 1, above, at))


def _steps(at: np.ndarray, n: int, order: int, mode: str) -> list[tuple[np.ndarray, np.ndarray]]:
    """The pixels that a place sees along an axis, and the weight of each."""
    first = np.floor(at if order % 2 else at + 0.5) - order // 2
    return [
        (_folded(first + i, n, mode), _spline(np.abs(at - (first + i)), order))
        for i in range(order + 1)
    ]


def _folded(pixels: np.ndarray, n: int, mode: str) -> np.ndarray:
    """Pixels beyond the ends as those that the spline has in their place."""
    if n == 1 or mode == "nearest":
        return np.clip(pixels, 0, n - 1).astype("int64")
    if mode == "reflect":
        folded = pixels % (2 * n)
        return np.minimum(folded, 2 * n - 1 - folded).astype("int64")
    folded = pixels % (2 * n - 2)  # mirrored at the centre of the last pixel
    return np.minimum(folded, 2 * n - 2 - folded).astype("int64")


def _spline(x: np.ndarray, order: int) -> np.ndarray:
    """The B-spline of this order at distance x from its centre (Schoenberg 1946)."""
    if order == 0:
        return np.ones_like(x)
    if order == 1:
        return 1 - x
    terms = (
        (-1) ** k * math.comb(order + 1, k) * np.maximum((order + 1) / 2 - x - k, 0) ** order
        for k in range(order + 1)
    )
    total: np.ndarray = sum(terms, np.zeros_like(x)) / math.factorial(order)
    return total


def _coefficients(values: np.ndarray, order: int, mode: str) -> np.ndarray:
    """The coefficients of the spline that goes through the values (C, H, W)."""
    edge = "reflect" if mode in ("nearest", "reflect") else "mirror"
    rows, columns = (_solution(n, order, edge) for n in values.shape[1:])
    found: np.ndarray = rows @ values @ columns.T
    return found


@functools.lru_cache(maxsize=16)
def _solution(n: int, order: int, edge: str) -> np.ndarray:
    """The inverse of the matrix that takes coefficients to values, (n, n)."""
    matrix = np.zeros((n, n))
    pixels = np.arange(n)
    for step in range(-(order // 2), order // 2 + 1):
        weight = _spline(np.abs(np.float64(step)), order)
        np.add.at(matrix, (pixels, _folded(pixels + step, n, edge)), weight)
    return np.linalg.inv(matrix)
