"""`tf.nn.max_pool_with_argmax`: the largest entry of each window, and where it was."""

from __future__ import annotations

from collections import namedtuple
from typing import Any

import numpy as np

from lamina import ops
from lamina.errors import ArgumentError
from lamina.graph.dtypes import float_type
from lamina.ops.public import public

MaxPoolWithArgmax = namedtuple("MaxPoolWithArgmax", ["output", "argmax"])


@public
def max_pool_with_argmax(
    input: Any, ksize: Any, strides: Any, padding: str, data_format: str = "NHWC",
    output_dtype: Any = "int64", include_batch_in_index: bool = False, name: str | None = None,
    Targmax: Any = None,
) -> Any:  # fmt: skip
    """The largest entries of windows of images (B, H, W, C), and their places (y W + x) C + c.

    Raises: ArgumentError for another data format, or places that count rows of the batch.
    """
    if data_format != "NHWC" or include_batch_in_index:
        raise ArgumentError(
            "tf.nn.max_pool_with_argmax", "takes images (B, H, W, C), and places inside one",
            f"data_format={data_format!r}, include_batch_in_index={include_batch_in_index}",
            "transpose the images; add the batch's share to the places",
        )  # fmt: skip
    x = ops.convert_to_tensor(input)
    x = ops.cast(x, float_type(x.dtype))
    sizes, steps = _two(ksize), _two(strides)
    rows, columns, channels = (int(n) for n in tuple(x.shape)[1:])
    tops = _starts(rows, sizes[0], steps[0], padding)
    lefts = _starts(columns, sizes[1], steps[1], padding)
    parts, places = [], []
    for dy in range(sizes[0]):
        for dx in range(sizes[1]):
            y, x_at = tops + dy, lefts + dx
            inside = ((y >= 0) & (y < rows))[:, None] & ((x_at >= 0) & (x_at < columns))
            y, x_at = np.clip(y, 0, rows - 1), np.clip(x_at, 0, columns - 1)
            part = ops.take(ops.take(x, y.astype("int32"), axis=1), x_at.astype("int32"), axis=2)
            outside = np.where(inside, 0.0, -np.inf).astype(str(x.dtype))[None, :, :, None]
            parts.append(ops.add(part, outside))
            places.append(y[:, None] * columns + x_at)
    stacked = ops.stack(parts, axis=-1)
    which = ops.argmax(stacked, axis=-1)
    hot = ops.one_hot(which, len(parts), dtype="int32")
    # (H, W, 1, window): the place in an image, without the channel.
    table = np.stack(places, axis=-1)[:, :, None].astype("int32")
    place = ops.sum(ops.multiply(hot, table), axis=-1)
    argmax = ops.add(ops.multiply(place, channels), np.arange(channels, dtype="int32"))
    return MaxPoolWithArgmax(
        ops.max(stacked, axis=-1), ops.cast(argmax, str(Targmax or output_dtype))
    )


def _two(given: Any) -> tuple[int, int]:
    """The sizes along H and W of a number, a pair or four numbers."""
    if isinstance(given, int):
        return given, given
    sizes = [int(n) for n in given]
    return (sizes[1], sizes[2]) if len(sizes) == 4 else (sizes[0], sizes[-1])


def _starts(n: int, size: int, step: int, padding: str) -> np.ndarray:
    """Where windows begin along an axis."""
    if padding.upper() == "VALID":
        return np.arange((n - size) // step + 1) * step
    count = -(-n // step)
    before = max((count - 1) * step + size - n, 0) // 2
    return np.arange(count) * step - before
