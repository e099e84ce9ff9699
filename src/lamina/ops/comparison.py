"""Comparisons, logic, selection."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from lamina.errors import ArgumentError
from lamina.graph import dtypes
from lamina.graph.tensor import Tensor
from lamina.ops import primitives as p
from lamina.ops.dispatch import as_tensor
from lamina.ops.public import promoted, public

__all__ = [
    "allclose", "equal", "greater", "greater_equal", "isclose", "isfinite", "isinf", "isnan",
    "isneginf", "isposinf", "less", "less_equal", "logical_and", "logical_not", "logical_or",
    "logical_xor", "nan_to_num", "not_equal", "select", "where",
]  # fmt: skip


def _compare(name: str, primitive: Callable[..., Tensor]) -> Callable[[Any, Any], Any]:
    def function(x1: Any, x2: Any) -> Tensor:
        return primitive(*promoted(x1, x2))

    function.__name__ = name
    function.__doc__ = f"Whether x1 is {name.replace('_', ' ')} to x2, entry by entry: bool."
    return public(function)


equal = _compare("equal", p.eq)
not_equal = _compare("not_equal", p.ne)
less = _compare("less", p.lt)
less_equal = _compare("less_equal", p.le)
greater = _compare("greater", p.gt)
greater_equal = _compare("greater_equal", p.ge)


def _truth(x: Any) -> Tensor:
    return p.cast(as_tensor(x), "bool")


@public
def logical_and(x1: Any, x2: Any) -> Tensor:
    """Whether both are true (not zero)."""
    return p.logical_and(_truth(x1), _truth(x2))


@public
def logical_or(x1: Any, x2: Any) -> Tensor:
    """Whether one is true (not zero)."""
    return p.logical_or(_truth(x1), _truth(x2))


@public
def logical_xor(x1: Any, x2: Any) -> Tensor:
    """Whether exactly one is true (not zero)."""
    return p.logical_xor(_truth(x1), _truth(x2))


@public
def logical_not(x: Any) -> Tensor:
    """Whether x is false (zero)."""
    return p.logical_not(_truth(x))


@public
def where(condition: Any, x1: Any = None, x2: Any = None) -> Any:
    """x1 where the condition holds, else x2. Without x1 and x2: the places where it holds."""
    if (x1 is None) != (x2 is None):
        raise ArgumentError(
            "ops.where", "needs both x1 and x2, or neither", "one of them", "pass both"
        )
    if x1 is None:
        from lamina.ops.indexing import nonzero

        return nonzero(condition)
    a, b = promoted(x1, x2)
    return p.select(_truth(condition), a, b)


def _float_test(name: str, primitive: Callable[..., Tensor], doc: str, otherwise: bool) -> Any:
    def function(x: Any) -> Tensor:
        x = as_tensor(x)
        if not dtypes.is_float(x.dtype):
            return p.fill(tuple(x.shape), otherwise, "bool")
        return primitive(x)

    function.__name__, function.__doc__ = name, doc
    return public(function)


isnan = _float_test("isnan", p.isnan, "Where x is NaN", False)
isinf = _float_test("isinf", p.isinf, "Where x is infinite", False)
isfinite = _float_test("isfinite", p.isfinite, "Where x is neither NaN nor infinite", True)


@public
def isposinf(x: Any) -> Tensor:
    """Where x is +infinity."""
    x = as_tensor(x)
    return p.eq(p.cast(x, dtypes.float_type(x.dtype)), np.inf)


@public
def isneginf(x: Any) -> Tensor:
    """Where x is -infinity."""
    x = as_tensor(x)
    return p.eq(p.cast(x, dtypes.float_type(x.dtype)), -np.inf)


@public
def isclose(
    x1: Any, x2: Any, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False
) -> Tensor:
    """Whether |x1 - x2| <= atol + rtol |x2|; infinities are close to themselves only."""
    a, b = promoted(x1, x2, with_types=("float",))
    near = p.le(p.abs_(p.sub(a, b)), p.add(p.mul(p.abs_(b), rtol), atol))
    finite = p.logical_and(p.isfinite(a), p.isfinite(b))
    same = p.logical_or(p.logical_and(near, finite), p.eq(a, b))
    return p.logical_or(same, p.logical_and(p.isnan(a), p.isnan(b))) if equal_nan else same


@public
def allclose(
    x1: Any, x2: Any, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False
) -> Tensor:
    """Whether all entries are close, as `isclose` has it."""
    close = as_tensor(isclose(x1, x2, rtol, atol, equal_nan))
    return p.reduce_all(close, tuple(range(close.ndim)))


@public
def select(condlist: Sequence[Any], choicelist: Sequence[Any], default: Any = 0) -> Tensor:
    """The first choice whose condition holds, `default` where none does."""
    if len(condlist) != len(choicelist) or not condlist:
        raise ArgumentError(
            "ops.select", "needs one choice for each condition",
            f"{len(condlist)} conditions, {len(choicelist)} choices", "pass lists of equal length",
        )  # fmt: skip
    *choices, chosen = promoted(*choicelist, default)
    for condition, choice in zip(reversed(condlist), reversed(choices), strict=True):
        chosen = p.select(_truth(condition), choice, chosen)
    return chosen


@public
def nan_to_num(x: Any, nan: float = 0.0, posinf: Any = None, neginf: Any = None) -> Tensor:
    """x with NaN and infinities replaced, infinities by the largest finite numbers by default."""
    x = as_tensor(x)
    if not dtypes.is_float(x.dtype):
        return x
    info = np.finfo(x.dtype)
    high = float(info.max) if posinf is None else float(posinf)
    low = float(info.min) if neginf is None else float(neginf)
    x = p.select(p.isnan(x), float(nan), x)
    x = p.select(p.eq(x, np.inf), high, x)
    return p.select(p.eq(x, -np.inf), low, x)
