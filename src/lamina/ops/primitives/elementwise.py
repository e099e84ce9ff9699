"""Elementwise primitives: NumPy broadcasting, operands of one dtype.

A gradient may come out in the broadcast shape; the reverse walk sums it to the operand's.
Integer division by zero gives zero, as in NumPy; float to integer casts truncate and saturate, NaN
gives 0.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from lamina.errors import DtypeError, ShapeError
from lamina.graph import dtypes
from lamina.graph.node import Aval, Rows
from lamina.graph.tensor import Tensor
from lamina.ops.dispatch import apply, as_tensor
from lamina.ops.primitive import Attrs, Cotangent, Masking, Primitive, Reverse, define

ANY = dtypes.DTYPES
NUMERIC = (*dtypes.INTEGERS, *dtypes.FLOATS)
INTEGRAL = ("bool", *dtypes.INTEGERS)


def broadcast_shapes(name: str, shapes: Sequence[tuple[int, ...]]) -> tuple[int, ...]:
    """The shape in which these meet; ShapeError if they do not."""
    distinct = {shape for shape in shapes if shape}
    if len(distinct) <= 1:
        return distinct.pop() if distinct else ()
    try:
        return np.broadcast_shapes(*shapes)
    except ValueError:
        raise ShapeError(
            f"ops.{name}",
            "needs shapes that broadcast: equal from the right, or 1",
            " and ".join(str(tuple(shape)) for shape in shapes),
            "reshape or expand one of them",
        ) from None


def check_dtypes(name: str, avals: Sequence[Aval], legal: Sequence[str]) -> None:
    """Operands must share one of the legal dtypes."""
    kinds = {aval.dtype for aval in avals}
    if len(kinds) > 1 or not kinds.issubset(legal):
        raise DtypeError(
            f"ops.{name}",
            f"takes operands of one dtype among {', '.join(legal)}",
            ", ".join(aval.dtype for aval in avals),
            "cast them with ops.cast",
        )


def _infer(name: str, legal: Sequence[str], result: str | None, typed: int = 0) -> Any:
    allowed = frozenset(legal)

    def infer(avals: Sequence[Aval], attrs: Attrs) -> list[Aval]:
        first = avals[0]
        if first.dtype in allowed and avals.count(first) == len(avals):
            return [Aval(first.shape, result or first.dtype)]
        check_dtypes(name, avals[typed:], legal)
        shape = broadcast_shapes(name, [aval.shape for aval in avals])
        return [Aval(shape, result or avals[-1].dtype)]

    return infer


def elementwise_rows(masking: Masking) -> list[Rows | None]:
    """The rows of the operands, aligned from the right; they must agree."""
    rank = len(masking.outputs[0].shape)
    found: Rows | None = None
    for x in masking.inputs:
        rows = x.node.rows
        if rows is None:
            continue
        aligned = Rows(rows.axis + rank - len(x.node.shape), rows.each)
        if found is not None and aligned != found:
            masking.exact("an op combines rows along different axes")
            return [None]
        found = aligned
    return [found]


Rule = Callable[..., Sequence[Cotangent]]
Function = Callable[..., Tensor]


def _define(
    name: str,
    legal: Sequence[str],
    rule: Rule | None,
    result: str | None = None,
    typed: int = 0,
    zero: bool = False,
) -> Callable[..., Tensor]:
    """Enters an elementwise primitive: `rule(g, y, *x)` gives the cotangents of the operands.

    `zero` says that the gradient is zero everywhere it exists.
    """

    def gradient(r: Reverse) -> Sequence[Cotangent]:
        assert rule is not None
        return rule(r.g[0], r.y[0], *r.x)

    def no_gradient(r: Reverse) -> Sequence[Cotangent]:
        return [None] * len(r.x)

    known = no_gradient if zero else (gradient if rule else None)
    infer = _infer(name, legal, result, typed)
    define(Primitive(name, infer, elementwise_rows, known, kind="elementwise"))

    def function(*args: Any) -> Tensor:
        return apply(name, *args)

    function.__name__ = name
    function.__doc__ = f"The primitive `{name}`."
    return function


def _unary(
    name: str, rule: Callable[..., Tensor], legal: Sequence[str] = dtypes.FLOATS
) -> Function:
    return _define(name, legal, lambda g, y, x: (rule(g, y, x),))


# ── one operand ──

neg: Function = _unary("neg", lambda g, y, x: neg(g), NUMERIC)
# The slope of |x| at 0 is 1, as in JAX.
abs_: Function = _unary("abs", lambda g, y, x: select(ge(x, 0.0), g, neg(g)), NUMERIC)
sign: Function = _define("sign", NUMERIC, None, zero=True)
floor: Function = _define("floor", dtypes.FLOATS, None, zero=True)
ceil: Function = _define("ceil", dtypes.FLOATS, None, zero=True)
round_: Function = _define("round", dtypes.FLOATS, None, zero=True)
exp: Function = _unary("exp", lambda g, y, x: mul(g, y))
expm1: Function = _unary("expm1", lambda g, y, x: mul(g, add(y, 1.0)))
log: Function = _unary("log", lambda g, y, x: div(g, x))
log1p: Function = _unary("log1p", lambda g, y, x: div(g, add(x, 1.0)))
sqrt: Function = _unary("sqrt", lambda g, y, x: div(mul(g, 0.5), y))
rsqrt: Function = _unary("rsqrt", lambda g, y, x: mul(g, mul(-0.5, div(y, x))))
sin: Function = _unary("sin", lambda g, y, x: mul(g, cos(x)))
cos: Function = _unary("cos", lambda g, y, x: neg(mul(g, sin(x))))
tan: Function = _unary("tan", lambda g, y, x: mul(g, add(mul(y, y), 1.0)))
asin: Function = _unary("asin", lambda g, y, x: mul(g, rsqrt(sub(1.0, mul(x, x)))))
acos: Function = _unary("acos", lambda g, y, x: neg(mul(g, rsqrt(sub(1.0, mul(x, x))))))
atan: Function = _unary("atan", lambda g, y, x: div(g, add(mul(x, x), 1.0)))
sinh: Function = _unary("sinh", lambda g, y, x: mul(g, cosh(x)))
cosh: Function = _unary("cosh", lambda g, y, x: mul(g, sinh(x)))
tanh: Function = _unary("tanh", lambda g, y, x: mul(g, sub(1.0, mul(y, y))))
asinh: Function = _unary("asinh", lambda g, y, x: mul(g, rsqrt(add(mul(x, x), 1.0))))
acosh: Function = _unary("acosh", lambda g, y, x: mul(g, rsqrt(mul(sub(x, 1.0), add(x, 1.0)))))
atanh: Function = _unary("atanh", lambda g, y, x: div(g, sub(1.0, mul(x, x))))
logistic: Function = _unary("logistic", lambda g, y, x: mul(g, mul(y, sub(1.0, y))))
erf: Function = _unary(
    "erf", lambda g, y, x: mul(g, mul(2.0 / math.sqrt(math.pi), exp(neg(mul(x, x)))))
)
erfinv: Function = _unary(
    "erfinv", lambda g, y, x: mul(g, mul(math.sqrt(math.pi) / 2.0, exp(mul(y, y))))
)
lgamma: Function = _unary("lgamma", lambda g, y, x: mul(g, digamma(x)))
digamma: Function = _define("digamma", dtypes.FLOATS, None)
isnan: Function = _define("isnan", dtypes.FLOATS, None, result="bool", zero=True)
isinf: Function = _define("isinf", dtypes.FLOATS, None, result="bool", zero=True)
isfinite: Function = _define("isfinite", dtypes.FLOATS, None, result="bool", zero=True)
logical_not: Function = _define("logical_not", ("bool",), None, zero=True)
bit_not: Function = _define("bit_not", INTEGRAL, None, zero=True)


# ── two operands ──


def _larger(g: Tensor, y: Tensor, a: Tensor, b: Tensor) -> tuple[Tensor, Tensor]:
    """The cotangent goes to the operand that was chosen, half to each of two equal ones (as
    JAX).
    """
    tie = mul(g, 0.5)
    a_wins, b_wins = eq(a, y), eq(b, y)
    return (
        select(a_wins, select(b_wins, tie, g), as_tensor(0.0, g.dtype)),
        select(b_wins, select(a_wins, tie, g), as_tensor(0.0, g.dtype)),
    )


def _power(g: Tensor, y: Tensor, a: Tensor, b: Tensor) -> tuple[Tensor, Tensor]:
    """b a^(b-1) and a^b log a; both taken as 0 where the factor before them is."""
    flat = eq(b, 0.0)
    slope = select(flat, 0.0, mul(b, pow_(a, select(flat, 1.0, sub(b, 1.0)))))
    growth = mul(y, log(select(eq(a, 0.0), 1.0, a)))
    return mul(g, slope), mul(g, growth)


add: Function = _define("add", NUMERIC, lambda g, y, a, b: (g, g))
sub: Function = _define("sub", NUMERIC, lambda g, y, a, b: (g, neg(g)))
mul: Function = _define("mul", NUMERIC, lambda g, y, a, b: (mul(g, b), mul(g, a)))
# d(a/b)/db = -(a/b)/b: with the quotient g/b that da needs too, there is one division for both.
div: Function = _define(
    "div", dtypes.FLOATS, lambda g, y, a, b: (div(g, b), neg(mul(div(g, b), y)))
)
pow_: Function = _define("pow", NUMERIC, _power)
max_: Function = _define("max", ANY, _larger)
min_: Function = _define("min", ANY, _larger)
floordiv: Function = _define("floordiv", NUMERIC, None, zero=True)
mod: Function = _define("mod", NUMERIC, lambda g, y, a, b: (g, neg(mul(g, floor(div(a, b))))))
atan2: Function = _define(
    "atan2",
    dtypes.FLOATS,
    lambda g, y, a, b: (
        div(mul(g, b), add(mul(a, a), mul(b, b))),
        neg(div(mul(g, a), add(mul(a, a), mul(b, b)))),
    ),
)
eq: Function = _define("eq", ANY, None, result="bool", zero=True)
ne: Function = _define("ne", ANY, None, result="bool", zero=True)
lt: Function = _define("lt", ANY, None, result="bool", zero=True)
le: Function = _define("le", ANY, None, result="bool", zero=True)
gt: Function = _define("gt", ANY, None, result="bool", zero=True)
ge: Function = _define("ge", ANY, None, result="bool", zero=True)
logical_and: Function = _define("logical_and", ("bool",), None, zero=True)
logical_or: Function = _define("logical_or", ("bool",), None, zero=True)
logical_xor: Function = _define("logical_xor", ("bool",), None, zero=True)
bit_and: Function = _define("bit_and", INTEGRAL, None, zero=True)
bit_or: Function = _define("bit_or", INTEGRAL, None, zero=True)
bit_xor: Function = _define("bit_xor", INTEGRAL, None, zero=True)
shift_left: Function = _define("shift_left", dtypes.INTEGERS, None, zero=True)
shift_right: Function = _define("shift_right", dtypes.INTEGERS, None, zero=True)


# ── selection, casts ──


def _select_infer(avals: Sequence[Aval], attrs: Attrs) -> list[Aval]:
    check_dtypes("where", avals[:1], ("bool",))
    check_dtypes("where", avals[1:], ANY)
    return [Aval(broadcast_shapes("where", [aval.shape for aval in avals]), avals[1].dtype)]


def _select_gradient(r: Reverse) -> Sequence[Cotangent]:
    g = r.g[0]
    assert g is not None
    return None, select(r.x[0], g, 0.0), select(r.x[0], 0.0, g)


define(Primitive("select", _select_infer, elementwise_rows, _select_gradient, kind="elementwise"))


def select(condition: Any, x: Any, y: Any) -> Tensor:
    """x where the condition holds, else y; Python scalars take the other operand's dtype."""
    if isinstance(x, int | float):
        x = as_tensor(x, y.dtype)
    if isinstance(y, int | float):
        y = as_tensor(y, x.dtype)
    return apply("select", condition, x, y)


def _cast_infer(avals: Sequence[Aval], attrs: Attrs) -> list[Aval]:
    return [Aval(avals[0].shape, attrs["dtype"])]


def _cast_gradient(r: Reverse) -> Sequence[Cotangent]:
    g = r.g[0]
    assert g is not None
    return (cast(g, r.x[0].dtype) if dtypes.is_float(r.x[0].dtype) else None,)


define(Primitive("cast", _cast_infer, elementwise_rows, _cast_gradient, kind="elementwise"))


def cast(x: Any, dtype: str) -> Tensor:
    """The values in another dtype; the tensor itself if it has that dtype."""
    x = as_tensor(x)
    return x if x.dtype == dtype else apply("cast", x, dtype=dtype)


stop_gradient: Function = _define("stop_gradient", ANY, None, zero=True)
