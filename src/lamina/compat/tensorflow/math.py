"""`tf.math` and its names directly under `tf`: entry by entry, clipping, reductions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lamina import ops
from lamina.compat.tensorflow.meeting import binary, meeting, strings, table, unary
from lamina.compat.tensorflow.shapes import Sizes, sizes_of
from lamina.graph import dtypes
from lamina.graph.strings import is_text
from lamina.graph.tensor import Tensor
from lamina.ops.public import public

UNARY = {
    "acos": "arccos", "acosh": "arccosh", "asin": "arcsin",
    "asinh": "arcsinh", "atan": "arctan", "atanh": "arctanh", "ceil": "ceil",
    "cos": "cos", "cosh": "cosh", "erf": "erf", "erfc": "erfc", "erfinv": "erfinv", "exp": "exp",
    "expm1": "expm1", "floor": "floor", "is_finite": "isfinite",
    "is_inf": "isinf", "is_nan": "isnan", "log": "log", "log1p": "log1p",
    "log_sigmoid": "log_sigmoid", "logical_not": "logical_not",
    "negative": "negative", "reciprocal": "reciprocal", "rint": "round",
    "round": "round", "rsqrt": "rsqrt", "sigmoid": "sigmoid", "sign": "sign", "sin": "sin",
    "sinh": "sinh", "softsign": "softsign", "sqrt": "sqrt", "square": "square", "tan": "tan",
    "tanh": "tanh", "trunc": "trunc",
}  # fmt: skip
BINARY = {
    "add": "add", "atan2": "arctan2", "divide": "true_divide", "divide_no_nan": "divide_no_nan",
    "floordiv": "floor_divide", "floormod": "mod", "greater": "greater",
    "greater_equal": "greater_equal", "less": "less", "less_equal": "less_equal",
    "logical_and": "logical_and", "logical_or": "logical_or", "logical_xor": "logical_xor",
    "maximum": "maximum", "minimum": "minimum", "mod": "mod", "multiply": "multiply",
    "pow": "power", "subtract": "subtract", "truediv": "true_divide",
}  # fmt: skip
ROWS = table(unary, UNARY) | table(binary, BINARY)
ROWS["mul"], ROWS["sub"], ROWS["div"] = ROWS["multiply"], ROWS["subtract"], ROWS["truediv"]
globals().update(ROWS)

OWN = (
    "accumulate_n", "add_n", "clip_by_global_norm", "clip_by_norm", "clip_by_value",
    "count_nonzero", "cumprod", "cumsum", "cumulative_logsumexp", "equal", "global_norm",
    "l2_normalize", "lgamma", "log_softmax", "multiply_no_nan", "not_equal", "polyval",
    "reduce_all", "reduce_any", "reduce_euclidean_norm", "reduce_logsumexp", "reduce_max",
    "reduce_mean", "reduce_min", "reduce_prod", "reduce_std", "reduce_sum", "reduce_variance",
    "scalar_mul", "softmax", "softplus", "squared_difference", "xdivy", "xlogy", "zero_fraction",
)  # fmt: skip
__all__ = sorted((*ROWS, *OWN))


def equal(x: Any, y: Any, name: str | None = None) -> Any:
    """Whether entries are equal."""
    if is_text(x) or is_text(y):
        return strings(x) == y
    return ops.equal(*meeting(x, y))


def not_equal(x: Any, y: Any, name: str | None = None) -> Any:
    """Whether entries differ."""
    if is_text(x) or is_text(y):
        return strings(x) != y
    return ops.not_equal(*meeting(x, y))


def softplus(features: Any, name: str | None = None) -> Any:
    """log(1 + e^x)."""
    return ops.softplus(features)


def softmax(logits: Any, axis: int | None = None, name: str | None = None) -> Any:
    """e^x over its sum along an axis, the last by default."""
    return ops.softmax(logits, -1 if axis is None else axis)


def log_softmax(logits: Any, axis: int | None = None, name: str | None = None) -> Any:
    """The logarithm of `softmax`."""
    return ops.log_softmax(logits, -1 if axis is None else axis)


def squared_difference(x: Any, y: Any, name: str | None = None) -> Any:
    """(x - y)^2."""
    return ops.square(ops.subtract(*meeting(x, y)))


def scalar_mul(scalar: Any, x: Any, name: str | None = None) -> Any:
    """A tensor times a number."""
    return ops.multiply(*meeting(scalar, x))


@public
def multiply_no_nan(x: Any, y: Any, name: str | None = None) -> Any:
    """x y, and 0 where y is 0, whatever x is."""
    a, b = meeting(x, y)
    return ops.where(ops.equal(b, 0), ops.zeros_like(b), ops.multiply(a, b))


@public
def xlogy(x: Any, y: Any, name: str | None = None) -> Any:
    """x log y, and 0 where x is 0."""
    a, b = meeting(x, y)
    safe = ops.where(ops.equal(a, 0), ops.ones_like(b), b)
    return ops.multiply(a, ops.log(safe))


@public
def xdivy(x: Any, y: Any, name: str | None = None) -> Any:
    """x / y, and 0 where x is 0."""
    a, b = meeting(x, y)
    safe = ops.where(ops.equal(a, 0), ops.ones_like(b), b)
    return ops.divide(a, safe)


# Lanczos' coefficients for g = 7 (Godfrey 2001), exact to float64.
_LANCZOS = (
    0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313,
    -176.61502916214059, 12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6,
    1.5056327351493116e-7,
)  # fmt: skip


@public
def lgamma(x: Any, name: str | None = None) -> Any:
    """log |gamma(x)| for x > 0."""
    x = ops.convert_to_tensor(x)
    small = ops.less(x, 0.5)
    # Below 1/2 by gamma(x) = gamma(x + 1) / x.
    z = ops.subtract(ops.where(small, ops.add(x, 1.0), x), 1.0)
    total: Any = _LANCZOS[0]
    for i, c in enumerate(_LANCZOS[1:], 1):
        total = ops.add(total, ops.divide(c, ops.add(z, float(i))))
    t = ops.add(z, 7.5)
    found = ops.add(
        ops.subtract(ops.multiply(ops.add(z, 0.5), ops.log(t)), t),
        ops.add(ops.log(total), 0.9189385332046727),
    )
    shift = ops.log(ops.where(small, ops.absolute(x), ops.ones_like(x)))
    return ops.subtract(found, ops.where(small, shift, ops.zeros_like(x)))


def polyval(coeffs: Any, x: Any, name: str | None = None) -> Any:
    """The polynomial with these coefficients, the highest first."""
    total: Any = ops.zeros_like(x)
    for c in coeffs:
        total = ops.add(ops.multiply(total, x), c)
    return total


def add_n(inputs: Any, name: str | None = None) -> Any:
    """The sum of tensors."""
    total, *rest = inputs if isinstance(inputs, list | tuple) else [inputs]
    for x in rest:
        total = ops.add(total, x)
    return ops.convert_to_tensor(total)


def accumulate_n(
    inputs: Any, shape: Any = None, tensor_dtype: Any = None, name: str | None = None
) -> Any:
    """The sum of tensors."""
    return add_n(inputs)


# ── clipping ──


def clip_by_value(t: Any, clip_value_min: Any, clip_value_max: Any, name: str | None = None) -> Any:
    """The values, those outside the bounds at the bound."""
    x = t if isinstance(t, Tensor) else ops.convert_to_tensor(t)
    low, high = meeting(x, clip_value_min, clip_value_max)[1:]
    return ops.minimum(ops.maximum(x, ops.cast(low, x.dtype)), ops.cast(high, x.dtype))


@public
def clip_by_norm(t: Any, clip_norm: Any, axes: Any = None, name: str | None = None) -> Any:
    """t, scaled down to this length where it is longer."""
    x = ops.convert_to_tensor(t)
    total = ops.sum(ops.square(x), axis=axes, keepdims=True)
    some = ops.greater(total, 0.0)
    length = ops.where(some, ops.sqrt(ops.where(some, total, ops.ones_like(total))), total)
    return ops.divide(ops.multiply(x, clip_norm), ops.maximum(length, clip_norm))


def global_norm(t_list: Any, name: str | None = None) -> Any:
    """The length of all tensors taken as one vector; None counts for nothing."""
    squares = [ops.sum(ops.square(t)) for t in t_list if t is not None]
    return ops.sqrt(add_n(squares)) if squares else None


def clip_by_global_norm(
    t_list: Any, clip_norm: Any, use_norm: Any = None, name: str | None = None
) -> tuple[list[Any], Any]:
    """The tensors, all scaled down so that their global norm is at most this; and that norm."""
    length = global_norm(t_list) if use_norm is None else use_norm
    scale = ops.divide(clip_norm, ops.maximum(length, clip_norm))
    return [None if t is None else ops.multiply(t, scale) for t in t_list], length


# ── reductions ──


def _reduction(op: str, keeps_dtype: bool = False) -> Callable[..., Any]:
    of = getattr(ops, op)

    @public
    def reduce(
        input_tensor: Any = None,
        axis: Any = None,
        keepdims: bool = False,
        name: str | None = None,
        **older: Any,
    ) -> Any:
        axis = older.pop("reduction_indices", axis)
        keepdims = older.pop("keep_dims", keepdims)
        x = _operand(input_tensor)
        if keeps_dtype and not dtypes.is_float(x.dtype):
            return ops.cast(of(x, axis=_axes(axis), keepdims=bool(keepdims)), x.dtype)
        return of(x, axis=_axes(axis), keepdims=bool(keepdims))

    reduce.__doc__ = f"lamina.ops.{op} over `axis`, by default over all."
    return reduce


def _operand(x: Any) -> Any:
    if isinstance(x, list | tuple) and not isinstance(x, Sizes) and any(
        isinstance(v, Tensor) for v in x
    ):  # fmt: skip
        return ops.stack(list(x))
    return x if isinstance(x, Tensor) else ops.convert_to_tensor(x)


def _axes(axis: Any) -> Any:
    return axis if axis is None or isinstance(axis, int) else sizes_of(axis)


reduce_sum, reduce_prod = _reduction("sum", True), _reduction("prod", True)
reduce_max, reduce_min = _reduction("max"), _reduction("min")
reduce_any, reduce_all = _reduction("any"), _reduction("all")
reduce_std, reduce_variance = _reduction("std"), _reduction("var")
reduce_logsumexp = _reduction("logsumexp")
# As in TensorFlow the mean of whole numbers is one.
reduce_mean = _reduction("mean", True)


@public
def reduce_euclidean_norm(
    input_tensor: Any, axis: Any = None, keepdims: bool = False, name: str | None = None
) -> Any:
    """sqrt(sum x^2)."""
    return ops.sqrt(ops.sum(ops.square(input_tensor), axis=_axes(axis), keepdims=keepdims))


def count_nonzero(
    input: Any,
    axis: Any = None,
    keepdims: bool | None = None,
    dtype: Any = "int64",
    name: str | None = None,
) -> Any:
    """How many entries are not 0."""
    flags = ops.cast(ops.not_equal(input, 0), str(dtype))
    return ops.sum(flags, axis=_axes(axis), keepdims=bool(keepdims))


def zero_fraction(value: Any, name: str | None = None) -> Any:
    """Which share of the entries is 0."""
    return ops.mean(ops.cast(ops.equal(value, 0), "float32"))


def l2_normalize(
    x: Any, axis: Any = None, epsilon: float = 1e-12, name: str | None = None, dim: Any = None
) -> Any:
    """x / sqrt(max(sum x^2, epsilon))."""
    total = ops.sum(ops.square(x), axis=_axes(dim if axis is None else axis), keepdims=True)
    return ops.multiply(x, ops.rsqrt(ops.maximum(total, epsilon)))


def cumsum(
    x: Any, axis: int = 0, exclusive: bool = False, reverse: bool = False, name: str | None = None
) -> Any:
    """Running sums; without the entry itself if `exclusive`, from the end if `reverse`."""
    return _running(ops.cumsum, ops.subtract, x, axis, exclusive, reverse)


def _running(of: Any, undo: Any, x: Any, axis: int, exclusive: bool, reverse: bool) -> Any:
    x = ops.convert_to_tensor(x)
    given = ops.flip(x, axis) if reverse else x
    total = of(given, axis)
    if exclusive:
        total = undo(total, given)
    total = ops.cast(total, x.dtype)
    return ops.flip(total, axis) if reverse else total


@public
def cumprod(
    x: Any, axis: int = 0, exclusive: bool = False, reverse: bool = False, name: str | None = None
) -> Any:
    """Running products; without the entry itself if `exclusive`, from the end if `reverse`."""
    x = ops.convert_to_tensor(x)
    given = ops.flip(x, axis) if reverse else x
    if exclusive:
        first, rest = ops.split(given, [1], axis)[0], ops.split(given, [-1], axis)[0]
        given = ops.concatenate([ops.ones_like(first), rest], axis)
    found = ops.cast(ops.cumprod(given, axis), x.dtype)
    return ops.flip(found, axis) if reverse else found


def cumulative_logsumexp(
    x: Any, axis: int = 0, exclusive: bool = False, reverse: bool = False, name: str | None = None
) -> Any:
    """log of the running sums of e^x."""
    top = ops.max(x, axis=axis, keepdims=True)
    return ops.add(ops.log(cumsum(ops.exp(ops.subtract(x, top)), axis, exclusive, reverse)), top)
