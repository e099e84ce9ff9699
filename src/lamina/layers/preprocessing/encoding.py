"""Categories as vectors: one of them, which of them, or how many of each."""

from __future__ import annotations

from typing import Any

import numpy as np

from lamina import ops
from lamina.errors import ShapeError


def encode(ids: Any, mode: str, depth: int, dtype: str, count_weights: Any = None) -> Any:
    """Whole numbers as "int" (themselves), "one_hot", "multi_hot" or "count" vectors, by ops.

    Shapes: (..., T) or (..., 1) -> one_hot (..., T, depth) or (..., depth);
        (B, T, ...) -> multi_hot, count (B, ..., depth); (T,) -> (depth,).
    """
    if mode == "int":
        return ops.cast(ids, dtype)
    if len(ids.shape) == 0:
        ids = ops.expand_dims(ids, -1)
    if mode == "one_hot":
        if len(ids.shape) > 1 and ids.shape[-1] == 1:
            ids = ops.squeeze(ids, -1)
        return ops.one_hot(ids, depth, dtype=dtype)
    axis = 1 if len(ids.shape) > 1 else 0
    hot = ops.one_hot(ids, depth, dtype=dtype)
    if mode == "multi_hot":
        return ops.max(hot, axis)
    if count_weights is not None:
        hot = ops.multiply(hot, ops.expand_dims(count_weights, -1))
    return ops.sum(hot, axis)


def encoded_shape(shape: Any, mode: str, depth: int | None) -> tuple[Any, ...]:
    """The shape that `encode` gives."""
    shape = tuple(shape)
    if mode == "int":
        return shape
    if mode == "one_hot":
        short = len(shape) > 1 and shape[-1] == 1
        return (*(shape[:-1] if short else shape), depth)
    return (*shape[:1], *shape[2:], depth) if len(shape) > 1 else (depth,)


def tally(rows: list[np.ndarray], depth: int, mode: str) -> np.ndarray:
    """Rows of ids, of any lengths, as (rows, depth) int64: how many of each ("count"), or which."""
    found = np.zeros((len(rows), depth), "int64")
    for row, ids in zip(found, rows, strict=True):
        row += np.bincount(ids[(ids >= 0) & (ids < depth)], minlength=depth)
    return found if mode == "count" else np.minimum(found, 1)


def encode_host(where: str, ids: np.ndarray, mode: str, depth: int) -> np.ndarray:
    """`encode` of an array on the host, at most two axes: int64.

    Raises: ShapeError for more axes.
    """
    if ids.ndim == 0:
        ids = ids[None]
    if mode == "one_hot":
        shape = ids.shape[:-1] if ids.ndim > 1 and ids.shape[-1] == 1 else ids.shape
        return tally([*ids.reshape(-1, 1)], depth, mode).reshape(*shape, depth)
    if ids.ndim > 2:
        raise ShapeError(
            where, f"takes at most two axes with output_mode={mode!r}", f"shape {ids.shape}",
            "flatten the inputs to (batch, tokens)",
        )  # fmt: skip
    found = tally([*ids.reshape(-1, ids.shape[-1])], depth, mode)
    return found if ids.ndim > 1 else found[0]
