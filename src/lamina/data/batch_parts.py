"""The parts of a batch: inputs, targets and weights, as one value and one by one."""

from __future__ import annotations

from typing import Any

from lamina.errors import ArgumentError


def unpack_x_y_sample_weight(data: Any) -> tuple[Any, Any, Any]:
    """(x, y, sample_weight) of a batch that may lack the last two; None for what is not there.

    Raises: ArgumentError for a tuple of more than three.
    """
    parts = tuple(data) if isinstance(data, list) else data
    if not isinstance(parts, tuple):
        return parts, None, None
    if not 1 <= len(parts) <= 3:
        raise ArgumentError(
            "unpack_x_y_sample_weight", "needs (x,), (x, y) or (x, y, sample_weight)",
            f"{len(parts)} parts", "put several inputs into a list or dictionary: ([a, b], y)",
        )  # fmt: skip
    x, y, sample_weight = (*parts, None, None)[:3]
    return x, y, sample_weight


def pack_x_y_sample_weight(x: Any, y: Any = None, sample_weight: Any = None) -> Any:
    """x alone where it is no tuple or list and stands alone, else a tuple of what is there."""
    if y is None:
        return (x,) if isinstance(x, tuple | list) else x
    return (x, y) if sample_weight is None else (x, y, sample_weight)
