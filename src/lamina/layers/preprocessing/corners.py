"""Where the corners of boxes come, and the boxes around them."""

from __future__ import annotations

from typing import Any

from lamina import ops


def corners_of(boxes: Any) -> tuple[Any, Any]:
    """x and y of the corners of boxes (B, N, 4) of left, top, right, bottom: two of (B, N, 4)."""
    left, top, right, bottom = (boxes[..., i] for i in range(4))
    x = ops.stack([left, right, left, right], axis=-1)
    return x, ops.stack([top, top, bottom, bottom], axis=-1)


def around(x: Any, y: Any) -> Any:
    """The boxes around corners at x and y, (B, N, 4) each."""
    return ops.stack([end(v, axis=-1) for end in (ops.min, ops.max) for v in (x, y)], axis=-1)
