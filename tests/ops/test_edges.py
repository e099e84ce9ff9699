"""What primitives mean where formulas do not decide: NaN, infinities, ties, kinks, bounds.

Where JAX has a meaning it is the judge; the others are written out.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import lax

from lamina.autodiff import gradient
from lamina.engines.reference.evaluate import evaluate
from lamina.errors import DtypeError, LaminaError, ShapeError
from lamina.graph.node import Graph
from lamina.graph.tensor import Array
from lamina.graph.trace import Trace
from lamina.ops import primitives as p

NAN, INF = np.nan, np.inf
FLOATS = np.asarray([NAN, -INF, -2.5, -1.0, -0.5, -0.0, 0.0, 0.5, 1.0, 1.5, 2.5, INF], "float32")
PAIRS = np.meshgrid(FLOATS, FLOATS)
WHOLE = np.asarray([-128, -127, -3, -2, -1, 0, 1, 2, 3, 126, 127], "int8")
WHOLE_PAIRS = np.meshgrid(WHOLE, WHOLE)


def _value(y: Any) -> np.ndarray:
    assert isinstance(y, Array)
    return y.value


@pytest.mark.parametrize(
    ("ours", "judge"),
    [
        (p.abs_, jnp.abs), (p.sign, jnp.sign), (p.floor, jnp.floor), (p.ceil, jnp.ceil),
        (p.round_, lambda x: lax.round(x, lax.RoundingMethod.TO_NEAREST_EVEN)),
        (p.exp, jnp.exp), (p.expm1, jnp.expm1), (p.log, jnp.log), (p.log1p, jnp.log1p),
        (p.sqrt, jnp.sqrt), (p.rsqrt, lax.rsqrt), (p.tanh, jnp.tanh), (p.atan, jnp.arctan),
        (p.logistic, lax.logistic), (p.erf, lax.erf), (p.erfinv, lax.erf_inv),
        (p.isnan, jnp.isnan), (p.isinf, jnp.isinf),
        (p.isfinite, jnp.isfinite), (p.asin, jnp.arcsin), (p.atanh, jnp.arctanh),
        (p.acosh, jnp.arccosh), (p.sinh, jnp.sinh), (p.cosh, jnp.cosh),
    ],
    ids=lambda f: getattr(f, "__name__", "function"),
)  # fmt: skip
def test_functions_of_special_numbers(ours: Callable[..., Any], judge: Callable[..., Any]) -> None:
    np.testing.assert_allclose(_value(ours(Array(FLOATS))), judge(FLOATS), rtol=2e-6, atol=1e-7)


def test_log_gamma_is_infinite_at_its_poles() -> None:
    """1 and 2 are its zeros; 5 gives log 24; infinite at 0, -1, -2 (Abramowitz & Stegun 6.1)."""
    x = np.asarray([1.0, 2.0, 5.0, 0.0, -1.0, -2.0, INF, NAN], "float64")
    wanted = [0.0, 0.0, np.log(24.0), INF, INF, INF, INF, NAN]
    np.testing.assert_allclose(_value(p.lgamma(Array(x))), wanted, rtol=1e-15, atol=1e-15)


@pytest.mark.parametrize(
    ("ours", "judge"),
    [
        (p.add, jnp.add), (p.sub, jnp.subtract), (p.mul, jnp.multiply), (p.div, jnp.divide),
        (p.pow_, jnp.power), (p.max_, jnp.maximum), (p.min_, jnp.minimum),
        (p.atan2, jnp.arctan2), (p.eq, jnp.equal), (p.ne, jnp.not_equal), (p.lt, jnp.less),
        (p.le, jnp.less_equal), (p.gt, jnp.greater), (p.ge, jnp.greater_equal),
    ],
    ids=lambda f: getattr(f, "__name__", "function"),
)  # fmt: skip
def test_pairs_of_special_numbers(ours: Callable[..., Any], judge: Callable[..., Any]) -> None:
    found = _value(ours(*map(Array, PAIRS)))
    np.testing.assert_allclose(found, judge(*PAIRS), rtol=2e-6, atol=1e-7)


@pytest.mark.parametrize(
    ("ours", "judge"),
    [
        (p.add, np.add), (p.sub, np.subtract), (p.mul, np.multiply), (p.max_, np.maximum),
        (p.floordiv, np.floor_divide), (p.mod, np.mod), (p.bit_and, np.bitwise_and),
    ],
    ids=lambda f: getattr(f, "__name__", "function"),
)  # fmt: skip
def test_whole_numbers_wrap_and_nothing_divides_by_zero(
    ours: Callable[..., Any], judge: Callable[..., Any]
) -> None:
    """NumPy is the judge: sums wrap round, x // 0 = x mod 0 = 0."""
    with np.errstate(all="ignore"):
        wanted = judge(*WHOLE_PAIRS)
    np.testing.assert_array_equal(_value(ours(*map(Array, WHOLE_PAIRS))), wanted)


CASTS = [
    ([1.9, -1.9, 300.7, -300.7, NAN, INF, -INF], "int8", [1, -1, 127, -128, 0, 127, -128]),
    ([1.9, -1.9, 300.7, NAN, INF, -INF], "uint8", [1, 0, 255, 0, 255, 0]),
    ([3e9, -3e9, 2147483520.0], "int32", [2147483647, -2147483648, 2147483520]),
    ([1e19, -1e19], "int64", [2**63 - 1, -(2**63)]),
    ([2e19, -1.0], "uint64", [2**64 - 1, 0]),
    ([0.0, -0.0, 0.5, NAN, -INF], "bool", [False, False, True, True, True]),
]


@pytest.mark.parametrize(("values", "dtype", "wanted"), CASTS)
@pytest.mark.parametrize("source", ["float32", "float64"])
def test_casts_from_floats_truncate_and_saturate(
    source: str, values: list[float], dtype: str, wanted: list[Any]
) -> None:
    found = _value(p.cast(Array(np.asarray(values, source)), dtype))
    assert found.dtype == dtype
    assert found.tolist() == wanted


def test_casts_between_whole_numbers_wrap() -> None:
    found = p.cast(Array(np.asarray([-1, 255, 256, 1000], "int32")), "uint8")
    assert _value(found).tolist() == [255, 255, 0, 232]


@pytest.mark.parametrize(
    ("op", "x", "by", "wanted"),
    [
        (p.shift_left, 3, 31, -(2**31)), (p.shift_left, 3, 32, 0), (p.shift_left, 3, -1, 0),
        (p.shift_right, -8, 1, -4), (p.shift_right, -8, 40, -1), (p.shift_right, 8, 32, 0),
    ],
)  # fmt: skip
def test_shifts_beyond_the_width(op: Callable[..., Any], x: int, by: int, wanted: int) -> None:
    args = (Array(np.asarray(v, "int32")) for v in (x, by))
    assert _value(op(*args)).tolist() == wanted


@pytest.mark.parametrize(("a", "b", "wanted"), [(0, 0, 1), (2, -1, 0), (-1, -3, -1), (-1, -2, 1),
                                               (1, -9, 1), (3, 4, 81), (-2, 3, -8)])  # fmt: skip
def test_whole_powers(a: int, b: int, wanted: int) -> None:
    found = p.pow_(Array(np.asarray(a, "int32")), Array(np.asarray(b, "int32")))
    assert _value(found).tolist() == wanted


def test_order_of_nan_and_of_equal_entries() -> None:
    x = Array(np.asarray([2.0, NAN, 1.0, 2.0, INF, 1.0], "float32"))
    assert _value(p.argsort(x, 0)).tolist() == [2, 5, 0, 3, 4, 1]
    np.testing.assert_array_equal(_value(p.sort(x, 0)), [1, 1, 2, 2, INF, NAN])
    assert _value(p.argmax(x, 0)).tolist() == _value(p.argmin(x, 0)).tolist() == 1
    assert _value(p.argmax(Array(np.asarray([1, 3, 3], "int32")), 0)).tolist() == 1


def test_places_outside_an_axis() -> None:
    """Negative places count from the end; beyond either end they are clamped to it."""
    x = Array(np.asarray([10.0, 11.0, 12.0], "float32"))
    places = Array(np.asarray([0, 2, 3, 99, -1, -3, -4, -99], "int32"))
    assert _value(p.gather(x, places, 0)).tolist() == [10, 12, 12, 12, 12, 10, 10, 10]
    assert _value(p.gather_along(x, places, 0)).tolist() == [10, 12, 12, 12, 12, 10, 10, 10]
    ones = Array(np.ones(8, "float32"))
    zeros = Array(np.zeros(3, "float32"))
    assert _value(p.scatter_add(zeros, places, ones, 0)).tolist() == [4, 0, 4]
    start = Array(np.asarray(7, "int32"))
    assert _value(p.dynamic_slice(x, [start], [2])).tolist() == [11, 12]


@pytest.mark.parametrize(
    ("op", "wanted"), [(p.reduce_sum, 0), (p.reduce_prod, 1), (p.reduce_any, 0), (p.reduce_all, 1)]
)
def test_reductions_of_nothing(op: Callable[..., Any], wanted: int) -> None:
    empty = np.zeros((3, 0), "bool" if op in (p.reduce_any, p.reduce_all) else "float32")
    assert _value(op(Array(empty), (1,))).tolist() == [wanted] * 3


@pytest.mark.parametrize("op", [p.reduce_max, p.reduce_min, lambda x, a: p.argmax(x, a[0])])
def test_extremes_of_nothing_are_an_error(op: Callable[..., Any]) -> None:
    with pytest.raises(ShapeError, match="of no elements has no value"):
        op(Array(np.zeros((3, 0), "float32")), (1,))


# ── gradients at kinks, ties and bounds: those of JAX ──

KINKS: list[tuple[str, Callable[..., Any], Callable[..., Any], list[float]]] = [
    ("abs", p.abs_, jnp.abs, [0.0, -0.0]),
    ("max", lambda x: p.max_(x, 1.0), lambda x: jnp.maximum(x, 1.0), [0.5, 1.0, 2.0]),
    ("min", lambda x: p.min_(x, 1.0), lambda x: jnp.minimum(x, 1.0), [0.5, 1.0, 2.0]),
    ("reduce_max", lambda x: p.reduce_max(x, (0,)), lambda x: jnp.max(x), [1.0, 3.0, 3.0, 3.0]),
    ("reduce_min", lambda x: p.reduce_min(x, (0,)), lambda x: jnp.min(x), [1.0, 1.0, 3.0]),
    ("square", lambda x: p.pow_(x, 2.0), lambda x: x**2.0, [0.0, -3.0]),
    ("power 1", lambda x: p.pow_(x, 1.0), lambda x: x**1.0, [0.0, -3.0]),
    ("power 0", lambda x: p.pow_(x, 0.0), lambda x: x**0.0, [2.0, -3.0]),
    ("power of 0", lambda x: p.pow_(0.0, x), lambda x: jnp.power(0.0, x), [1.0, 2.5]),
    ("sqrt", p.sqrt, jnp.sqrt, [0.0, 4.0]),
    ("log", p.log, jnp.log, [0.0, 2.0]),
    ("logistic", p.logistic, lax.logistic, [-200.0, 200.0]),
    ("tanh", p.tanh, jnp.tanh, [-50.0, 50.0]),
    ("prod", lambda x: p.reduce_prod(x, (0,)), jnp.prod, [0.0, 2.0, 3.0]),
    ("prod of zeros", lambda x: p.reduce_prod(x, (0,)), jnp.prod, [0.0, 2.0, 0.0]),
    ("mod", lambda x: p.mod(x, 1.0), lambda x: jnp.mod(x, 1.0), [-0.25, 2.5]),
]


@pytest.mark.parametrize(
    ("name", "ours", "judge", "at"), KINKS, ids=lambda v: getattr(v, "__name__", str(v)[:30])
)
def test_gradients_at_kinks(
    name: str, ours: Callable[..., Any], judge: Callable[..., Any], at: list[float]
) -> None:
    x = np.asarray(at, "float32")
    with Trace() as trace:
        arg = trace.argument(x.shape, "float32")
        y = ours(arg)
        total = p.reduce_sum(y, tuple(range(y.ndim)))
        (g,) = gradient(total, [arg])
        assert g is not None
        graph = Graph((arg.node,), (trace.lift(g).node,))
    (found,) = evaluate(graph, [x])
    np.testing.assert_allclose(found, jax.grad(lambda v: jnp.sum(judge(v)))(x), rtol=1e-6)


# ── what a primitive refuses ──

_f32, _f64 = Array(np.zeros((2, 3), "float32")), Array(np.zeros((2, 3), "float64"))
_i32, _flag = Array(np.zeros((2, 3), "int32")), Array(np.zeros((2, 3), bool))
REFUSED: list[tuple[str, type[LaminaError], Callable[[], Any]]] = [
    ("takes operands of one dtype", DtypeError, lambda: p.add(_f32, _f64)),
    ("takes operands of one dtype", DtypeError, lambda: p.add(_flag, _flag)),
    ("takes operands of one dtype", DtypeError, lambda: p.exp(_i32)),
    ("needs shapes that broadcast", ShapeError, lambda: p.add(_f32, p.reshape(_f32, (3, 2)))),
    ("needs as many elements", ShapeError, lambda: p.reshape(_f32, (4, 2))),
    ("needs each axis once", ShapeError, lambda: p.transpose(_f32, (0, 0))),
    ("cannot stretch", ShapeError, lambda: p.broadcast_to(_f32, (4, 3))),
    ("reaches beyond", ShapeError, lambda: p.slice_(_f32, (0, 0), (2, 4))),
    ("takes widths from 0 up", ShapeError, lambda: p.pad(_f32, 0.0, (-1, 0), (0, 0))),
    ("agree except along axis 1", ShapeError, lambda: p.concatenate(
        [_f32, Array(np.zeros((3, 3), "float32"))], 1)),
    ("that fit into the axis", ShapeError, lambda: p.windows(_f32, (1,), (4,))),
    ("that fit into the axis", ShapeError, lambda: p.windows(_f32, (1,), (2,), (0,))),
    ("needs all windows", ShapeError, lambda: p.overlap_add(
        Array(np.zeros((2, 2, 2), "float32")), (1,), (4,))),
    ("needs equal sizes", ShapeError, lambda: p.contract(_f32, _f32, ((0, 1), (1, 2), (0, 2)))),
    ("takes operands of one dtype", DtypeError, lambda: p.gather(_f32, _f32, 0)),
    ("cannot take entries of an empty axis", ShapeError, lambda: p.gather(
        Array(np.zeros((0, 3), "float32")), Array(np.asarray([0])), 0)),
    ("needs updates in the shape", ShapeError, lambda: p.scatter_add(
        _f32, Array(np.asarray([0])), _f32, 0)),
    ("sizes that fit", ShapeError, lambda: p.dynamic_slice(_f32, [0, 0], (3, 3))),
    ("must keep the shapes and dtypes", ShapeError, lambda: p.scan(
        lambda c, x: ([p.cast(c[0], "float64")], []), [_f32], [], 2)),
    ("needs a scalar bool predicate", ShapeError, lambda: p.cond(_flag, list, list)),
]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "kind", "call"), REFUSED, ids=lambda v: getattr(v, "__name__", str(v)[:30])
)
def test_refusals_say_what_was_received(
    text: str, kind: type[LaminaError], call: Callable[[], Any]
) -> None:
    with pytest.raises(kind, match=text) as caught:
        call()
    lines = str(caught.value).splitlines()
    assert len(lines) == 3
    assert lines[1].startswith("  received: ")
    assert lines[2].startswith("  mend:     ")
