"""Rules that move, reduce, contract, index and order."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

Array = np.ndarray
Rule = Callable[..., Any]


# ── shape ──


def _iota(*, shape: tuple[int, ...], axis: int, dtype: str, **_: Any) -> Array:
    line = np.arange(shape[axis]).astype(dtype)
    return np.broadcast_to(line.reshape([-1 if i == axis else 1 for i in range(len(shape))]), shape)


def _slice(x: Array, *, starts: Any, limits: Any, strides: Any) -> Array:
    return x[tuple(slice(a, b, s) for a, b, s in zip(starts, limits, strides, strict=True))]


def _pad(x: Array, value: Array, *, low: Any, high: Any, interior: Any) -> Array:
    spread = [n + max(0, n - 1) * inner for n, inner in zip(x.shape, interior, strict=True)]
    sizes = [a + n + b for a, n, b in zip(low, spread, high, strict=True)]
    result = np.full(sizes, value, x.dtype)
    inside = tuple(
        slice(a, a + n, inner + 1) for a, n, inner in zip(low, spread, interior, strict=True)
    )
    result[inside] = x
    return result


def _windows(x: Array, *, axes: Any, sizes: Any, strides: Any, dilations: Any) -> Array:
    shape, steps = list(x.shape), list(x.strides)
    rows = list(zip(axes, sizes, strides, dilations, strict=True))
    for axis, size, stride, dilation in reversed(rows):
        count = (x.shape[axis] - (size - 1) * dilation - 1) // stride + 1
        assert count > 0, "the rule of shapes lets no other through"
        shape[axis : axis + 1] = [count, size]
        steps[axis : axis + 1] = [stride * x.strides[axis], dilation * x.strides[axis]]
    return np.lib.stride_tricks.as_strided(x, shape, steps, writeable=False)


def _overlap_add(
    g: Array, *, axes: Any, lengths: Any, sizes: Any, strides: Any, dilations: Any
) -> Array:
    shape = list(g.shape)
    for i, (axis, length) in reversed(list(enumerate(zip(axes, lengths, strict=True)))):
        shape[axis + i : axis + i + 2] = [length]
    result = np.zeros(shape, g.dtype)
    for place in np.ndindex(*sizes):
        source: list[Any] = [slice(None)] * g.ndim
        target: list[Any] = [slice(None)] * len(shape)
        for i, (axis, at) in enumerate(zip(axes, place, strict=True)):
            source[axis + i + 1] = at
            end = at * dilations[i] + (g.shape[axis + i] - 1) * strides[i] + 1
            target[axis] = slice(at * dilations[i], end, strides[i])
        result[tuple(target)] += g[tuple(source)]
    return result


# ── reductions ──


def _reduce(function: Callable[..., Any]) -> Rule:
    return lambda x, *, axes, keepdims: function(x, axis=axes, keepdims=keepdims)


def _sum(x: Array, *, axes: tuple[int, ...], keepdims: bool) -> Array:
    return np.sum(x, axis=axes, keepdims=keepdims, dtype=x.dtype)


def _prod(x: Array, *, axes: tuple[int, ...], keepdims: bool) -> Array:
    return np.prod(x, axis=axes, keepdims=keepdims, dtype=x.dtype)


def _position(function: Callable[..., Any]) -> Rule:
    def rule(x: Array, *, axes: tuple[int, ...]) -> Array:
        kept = [i for i in range(x.ndim) if i not in axes]
        flat = np.transpose(x, (*kept, *axes)).reshape(*(x.shape[i] for i in kept), -1)
        return np.asarray(function(flat, -1))

    return rule


def _contract(a: Array, b: Array, *, spec: Any) -> Array:
    # einsum takes labels below 52 only.
    number = {label: i for i, label in enumerate(dict.fromkeys((*spec[0], *spec[1])))}
    first, second, out = ([number[label] for label in labels] for labels in spec)
    if 0 in a.shape or 0 in b.shape or a.dtype.kind != "f":
        return np.einsum(a, first, b, second, out)
    return np.einsum(a, first, b, second, out, optimize=True)


# ── indexing: negative counts from the end, then clamp ──


def _inside(index: Array, size: int) -> Array:
    wide = index.astype("int64") if index.dtype != np.uint64 else np.minimum(index, size)
    wide = wide.astype("int64")
    return np.clip(np.where(wide < 0, wide + size, wide), 0, max(size - 1, 0))


def _gather(x: Array, index: Array, *, axis: int) -> Array:
    if index.size == 0:
        return np.zeros((*x.shape[:axis], *index.shape, *x.shape[axis + 1 :]), x.dtype)
    return np.take(x, _inside(index, x.shape[axis]), axis)


def _scatter_add(x: Array, index: Array, updates: Array, *, axis: int) -> Array:
    result = np.array(x)
    if updates.size:
        flat = _inside(index, x.shape[axis]).ravel()
        rows = updates.reshape(*x.shape[:axis], flat.size, *x.shape[axis + 1 :])
        np.add.at(np.moveaxis(result, axis, 0), flat, np.moveaxis(rows, axis, 0))
    return result


def _gather_along(x: Array, index: Array, *, axis: int) -> Array:
    if index.size == 0:
        return np.zeros(index.shape, x.dtype)
    return np.take_along_axis(x, _inside(index, x.shape[axis]), axis)


def _scatter_along_add(x: Array, index: Array, updates: Array, *, axis: int) -> Array:
    result = np.array(x)
    places: list[Any] = list(np.indices(index.shape, sparse=True))
    places[axis] = _inside(index, x.shape[axis])
    np.add.at(result, tuple(places), updates)
    return result


def _block(shape: Sequence[int], starts: Sequence[Array], sizes: Sequence[int]) -> Any:
    """Slices from the starts, moved inside: a start is clamped to [0, size of axis - size of
    block].
    """
    first = [
        min(max(int(start), 0), have - size)
        for start, have, size in zip(starts, shape, sizes, strict=True)
    ]
    return tuple(slice(a, a + size) for a, size in zip(first, sizes, strict=True))


def _dynamic_slice(x: Array, *starts: Array, sizes: tuple[int, ...]) -> Array:
    return x[_block(x.shape, starts, sizes)]


def _dynamic_update_slice(x: Array, update: Array, *starts: Array) -> Array:
    result = np.array(x)
    result[_block(x.shape, starts, update.shape)] = update
    return result


# ── order ──


def _cumulate(function: Callable[..., Any]) -> Rule:
    return lambda x, *, axis: function(x, axis=axis, dtype=x.dtype)


RULES: dict[str, Rule] = {
    "iota": _iota,
    "broadcast_to": lambda x, *, shape, **_: np.broadcast_to(x, shape),
    "reshape": lambda x, *, shape: np.reshape(x, shape),
    "transpose": lambda x, *, perm: np.transpose(x, perm),
    "concatenate": lambda *xs, axis: np.concatenate(xs, axis),
    "slice": _slice,
    "flip": lambda x, *, axes: np.flip(x, axes),
    "pad": _pad,
    "windows": _windows,
    "overlap_add": _overlap_add,
    "reduce_sum": _sum,
    "reduce_prod": _prod,
    "reduce_max": _reduce(np.max),
    "reduce_min": _reduce(np.min),
    "reduce_any": _reduce(np.any),
    "reduce_all": _reduce(np.all),
    "argmax": _position(np.argmax),
    "argmin": _position(np.argmin),
    "contract": _contract,
    "gather": _gather,
    "scatter_add": _scatter_add,
    "gather_along": _gather_along,
    "scatter_along_add": _scatter_along_add,
    "dynamic_slice": _dynamic_slice,
    "dynamic_update_slice": _dynamic_update_slice,
    "sort": lambda x, *, axis: np.sort(x, axis, kind="stable"),
    "argsort": lambda x, *, axis: np.argsort(x, axis, kind="stable"),
    "cumsum": _cumulate(np.cumsum),
    "cumprod": _cumulate(np.cumprod),
    "custom_gradient": lambda *x, results, **_: list(x[:results]),
}
