"""One image or a batch, channels last or first: what every op on images does first and last."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lamina.errors import ShapeError
from lamina.graph.data_format import standard_data_format
from lamina.graph.tensor import Tensor
from lamina.ops import primitives as p
from lamina.ops.dispatch import as_tensor, shape_of
from lamina.ops.spatial import from_channels_last, to_channels_last

Back = Callable[[Tensor], Tensor]


def as_batch(
    where: str, images: Any, data_format: str | None, axes: int = 2
) -> tuple[Tensor, Back]:
    """Images as (B, n1, .., C) with so many spatial axes, and what gives a result their form.

    Raises: ShapeError for tensors that are no images.
    """
    layout = standard_data_format(where, data_format)
    x = as_tensor(images)
    if x.ndim not in (axes + 1, axes + 2):
        raise ShapeError(
            where, f"takes one image of {axes + 1} axes, or a batch of them",
            f"shape {shape_of(x)}", "add or remove axes",
        )  # fmt: skip
    alone = x.ndim == axes + 1
    if alone:
        x = p.reshape(x, (1, *shape_of(x)))

    def back(y: Tensor) -> Tensor:
        y = from_channels_last(y, layout)
        return p.reshape(y, shape_of(y)[1:]) if alone else y

    return to_channels_last(where, x, layout), back
