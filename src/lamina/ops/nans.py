"""Reductions that leave NaN out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from lamina.graph import dtypes
from lamina.graph.tensor import Tensor
from lamina.ops import primitives as p
from lamina.ops import reductions
from lamina.ops.dispatch import as_tensor
from lamina.ops.public import Axis, as_float, axes_of, public

__all__ = [
    "nanargmax", "nanargmin", "nancumprod", "nancumsum", "nanmax", "nanmean", "nanmin", "nanprod",
    "nanstd", "nansum", "nanvar",
]  # fmt: skip


def _filled(x: Any, value: float) -> Tensor:
    """x with a value in place of every NaN."""
    x = as_tensor(x)
    return p.select(p.isnan(x), value, x) if dtypes.is_float(x.dtype) else x


def _present(x: Tensor) -> Tensor:
    """Which entries are numbers."""
    if dtypes.is_float(x.dtype):
        return p.logical_not(p.isnan(x))
    return p.fill(tuple(x.shape), True, "bool")


def _named(function: Callable[..., Any], name: str, doc: str) -> Callable[..., Any]:
    function.__name__ = function.__qualname__ = name
    function.__doc__ = doc
    return public(function)


def _total(name: str, reduce: Callable[..., Any], neutral: float) -> Callable[..., Any]:
    def function(x: Any, axis: Axis = None, keepdims: bool = False) -> Tensor:
        return reduce(_filled(x, neutral), axis, keepdims)

    return _named(function, name, f"The {name[3:]} over axes, NaN counting as {neutral:g}.")


def _running(name: str, cumulate: Callable[..., Any], neutral: float) -> Callable[..., Any]:
    def function(x: Any, axis: int | None = None, dtype: Any = None) -> Tensor:
        return cumulate(_filled(x, neutral), axis, dtype)

    return _named(function, name, f"As `{name[3:]}`, NaN counting as {neutral:g}.")


nansum = _total("nansum", reductions.sum, 0.0)
nanprod = _total("nanprod", reductions.prod, 1.0)
nancumsum = _running("nancumsum", reductions.cumsum, 0.0)
nancumprod = _running("nancumprod", reductions.cumprod, 1.0)


def _extreme(name: str, reduce: Callable[..., Any], worst: float) -> Callable[..., Any]:
    def function(x: Any, axis: Axis = None, keepdims: bool = False) -> Tensor:
        x = as_tensor(x)
        best = as_tensor(reduce(_filled(x, worst), axis, keepdims))
        if not dtypes.is_float(x.dtype):
            return best
        found = p.reduce_any(_present(x), axes_of(name, axis, x.ndim), keepdims)
        return p.select(found, best, np.nan)

    return _named(function, name, f"The {name[3:]} of the numbers along axes; NaN of none.")


nanmax = _extreme("nanmax", reductions.max, -np.inf)
nanmin = _extreme("nanmin", reductions.min, np.inf)


def _place(name: str, primitive: Callable[..., Any], worst: float) -> Callable[..., Any]:
    def function(x: Any, axis: int | None = None, keepdims: bool = False) -> Tensor:
        x = as_tensor(x)
        place = as_tensor(primitive(_filled(x, worst), axis, keepdims))
        axes = axes_of(name, axis, x.ndim)
        return p.select(p.reduce_any(_present(x), axes, keepdims), place, -1)

    doc = f"The first place of the {name[6:]} of the numbers along `axis`; -1 where all are NaN."
    return _named(function, name, doc)


nanargmax = _place("nanargmax", reductions.argmax, -np.inf)
nanargmin = _place("nanargmin", reductions.argmin, np.inf)


def _count(x: Tensor, axes: tuple[int, ...], keepdims: bool) -> Tensor:
    return p.reduce_sum(p.cast(_present(x), x.dtype), axes, keepdims)


@public
def nanmean(x: Any, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """The mean of the numbers along axes; NaN of none."""
    x = as_float(x)
    axes = axes_of("nanmean", axis, x.ndim)
    return p.div(p.reduce_sum(_filled(x, 0.0), axes, keepdims), _count(x, axes, keepdims))


@public
def nanvar(x: Any, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """The variance of the numbers along axes, divided by their count; NaN of none."""
    x = as_float(x)
    axes = axes_of("nanvar", axis, x.ndim)
    centre = p.div(p.reduce_sum(_filled(x, 0.0), axes, True), _count(x, axes, True))
    gap = p.select(_present(x), p.sub(x, centre), 0.0)
    return p.div(p.reduce_sum(p.mul(gap, gap), axes, keepdims), _count(x, axes, keepdims))


@public
def nanstd(x: Any, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """The standard deviation of the numbers along axes: the root of `nanvar`."""
    return p.sqrt(as_tensor(nanvar(x, axis, keepdims)))
