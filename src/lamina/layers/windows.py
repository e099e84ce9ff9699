"""How many windows there are along an axis: the sizes of what convolution and pooling make."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lamina.errors import ShapeError
from lamina.layers.base import Shape
from lamina.layers.sizes import space_of
from lamina.ops.primitives.windowing import Window


def count_windows(n: int | None, size: int, stride: int, padding: str, gap: int = 1) -> int | None:
    """The windows of `size` entries, `gap` apart, at every `stride`-th place of n entries."""
    if n is None:
        return None
    if padding == "valid":
        return Window(0, size, stride, gap).count(n)
    return -(-n // stride)


def windowed_shape(
    layer: Any, input_shape: Any, sizes: Sequence[int], gaps: Sequence[int]
) -> dict[int, int | None]:
    """The number of windows on each axis of space of inputs of this shape.

    Raises: ShapeError if the inputs have other axes, or a window is longer than its axis.
    """
    rank, found = len(sizes), {}
    if len(input_shape) == rank + 2:
        for i, axis in enumerate(space_of(layer.data_format, rank)):
            found[axis] = count_windows(
                input_shape[axis], sizes[i], layer.strides[i], layer.padding, gaps[i]
            )
    if not found or any(n is not None and n < 1 for n in found.values()):
        raise ShapeError(
            f"{type(layer).__name__} '{layer.name}'",
            f"needs inputs of {rank + 2} axes with room for its windows",
            f"inputs of shape {tuple(input_shape)}, windows of {tuple(sizes)}",
            "make the windows smaller, or use padding='same'",
        )  # fmt: skip
    return found


def with_channels(shape: Shape, data_format: str, channels: int) -> Shape:
    """The shape with another number of channels."""
    if data_format == "channels_last":
        return (*shape[:-1], channels)
    return (shape[0], channels, *shape[2:])
