"""What convolution, pooling and their kin share: channels last, numbers an axis, padding.

An input has a batch axis, N spatial ones and channels: (B, n1, .., nN, C), or (B, C, n1, .., nN)
with `data_format="channels_first"`. Inside, channels are last; the transposes are views.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from lamina.errors import ArgumentError, ShapeError
from lamina.graph.tensor import Tensor
from lamina.ops import primitives as p
from lamina.ops.dispatch import shape_of

Pads = list[tuple[int, int]]


def to_channels_last(where: str, x: Tensor, data_format: str) -> Tensor:
    """The input with its channels last.

    Raises: ShapeError if it has no spatial axis.
    """
    if x.ndim < 3:
        raise ShapeError(
            where, "needs a batch axis, spatial axes and channels", f"shape {shape_of(x)}",
            "add the missing axes with ops.expand_dims",
        )  # fmt: skip
    if data_format == "channels_last":
        return x
    return p.transpose(x, (0, *range(2, x.ndim), 1))


def from_channels_last(y: Tensor, data_format: str) -> Tensor:
    """A result with its channels where `data_format` has them."""
    if data_format == "channels_last":
        return y
    return p.transpose(y, (0, y.ndim - 1, *range(1, y.ndim - 1)))


def per_axis(where: str, name: str, given: Any, count: int, least: int = 1) -> tuple[int, ...]:
    """One whole number from `least` up for each spatial axis; a single one holds for all."""
    numbers = tuple(given) if isinstance(given, list | tuple) else (given,) * count
    whole = all(isinstance(n, int | np.integer) and not isinstance(n, bool) for n in numbers)
    if len(numbers) != count or not whole or min(numbers, default=least) < least:
        raise ArgumentError(
            where, f"needs {name} of {count} whole numbers from {least} up",
            f"{name}={given!r}", f"pass one number, or {count}",
        )  # fmt: skip
    return tuple(int(n) for n in numbers)


def padding_of(where: str, padding: Any, legal: Sequence[str]) -> str:
    """The padding's name in small letters."""
    word = padding.lower() if isinstance(padding, str) else padding
    if word not in legal:
        raise ArgumentError(
            where, "does not know this padding", repr(padding),
            f"use {', '.join(map(repr, legal))}",
        )  # fmt: skip
    return str(word)


def pads_of(
    padding: str, lengths: Sequence[int], extents: Sequence[int], strides: Sequence[int]
) -> Pads:
    """Entries to add before and after each axis.

    "same" gives ceil(n / stride) windows, what is odd of the padding after the axis; "causal"
    lets no window see beyond its own place; "valid" adds none.
    """
    if padding == "valid":
        return [(0, 0)] * len(lengths)
    if padding == "causal":
        return [(extent - 1, 0) for extent in extents]
    pads = []
    for n, extent, stride in zip(lengths, extents, strides, strict=True):
        total = max(0, (-(-n // stride) - 1) * stride + extent - n)
        pads.append((total // 2, total - total // 2))
    return pads


def padded(x: Tensor, pads: Pads, value: Any) -> Tensor:
    """A channels-last input, (B, n1, .., nN, ...), with `value` around its spatial axes."""
    rest = [0] * (x.ndim - 1 - len(pads))
    low, high = ([0, *(pair[i] for pair in pads), *rest] for i in (0, 1))
    return p.pad(x, value, low, high)


def check_windows(
    where: str, shape: Sequence[int], pads: Pads, extents: Sequence[int], name: str
) -> None:
    """Raises: ShapeError if a window, with its gaps, is longer than a padded axis."""
    lengths = [n + low + high for n, (low, high) in zip(shape[1:-1], pads, strict=True)]
    if any(extent > n for extent, n in zip(extents, lengths, strict=True)):
        raise ShapeError(
            where, f"needs axes at least as long as {name}",
            f"windows of {tuple(extents)} over {tuple(lengths)}, for an input (channels last) of "
            f"{tuple(shape)}",
            "make the window smaller, or use padding='same'",
        )  # fmt: skip
