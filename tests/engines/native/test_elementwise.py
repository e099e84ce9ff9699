"""Every elementwise op and cast, in every dtype that it takes, against the reference engine."""

from __future__ import annotations

import numpy as np
import pytest
from twin import both, values

from lamina.graph import dtypes
from lamina.ops.dispatch import apply
from lamina.ops.primitive import PRIMITIVES

SIZE = 67  # four vectors of float32, and three more

FLOAT_UNARY = (
    "floor", "ceil", "round", "exp", "expm1", "log", "log1p", "sqrt", "rsqrt", "sin", "cos", "tan",
    "asin", "acos", "atan", "sinh", "cosh", "asinh", "acosh", "atanh", "tanh", "logistic", "erf",
    "erfinv", "lgamma", "digamma", "isnan", "isinf", "isfinite",
)  # fmt: skip
UNARY = ("neg", "abs", "sign")
BINARY = ("add", "sub", "mul", "pow", "max", "min", "floordiv", "mod")
COMPARE = ("eq", "ne", "lt", "le", "gt", "ge")
LOGICAL = ("logical_and", "logical_or", "logical_xor")
BITWISE = ("bit_and", "bit_or", "bit_xor")
SHIFTS = ("shift_left", "shift_right")

ROWS: dict[str, tuple[int, tuple[str, ...]]] = {
    **{op: (1, dtypes.FLOATS) for op in FLOAT_UNARY},
    **{op: (1, (*dtypes.INTEGERS, *dtypes.FLOATS)) for op in UNARY},
    "logical_not": (1, ("bool",)),
    "bit_not": (1, ("bool", *dtypes.INTEGERS)),
    "stop_gradient": (1, dtypes.DTYPES),
    **{op: (2, (*dtypes.INTEGERS, *dtypes.FLOATS)) for op in BINARY},
    "div": (2, dtypes.FLOATS),
    "atan2": (2, dtypes.FLOATS),
    **{op: (2, dtypes.DTYPES) for op in COMPARE},
    **{op: (2, ("bool",)) for op in LOGICAL},
    **{op: (2, ("bool", *dtypes.INTEGERS)) for op in BITWISE},
    **{op: (2, dtypes.INTEGERS) for op in SHIFTS},
    "select": (3, dtypes.DTYPES),
}
CASES = [(op, dtype) for op, (_, kinds) in ROWS.items() for dtype in kinds]

# Units in the last place by which a float result may differ: NumPy's own functions are off by up
# to 4 (its vector versions), ours by about 2; near a root the error is relative to the argument.
ULP = 8
# Left of 0 both engines reflect, and lose digits near the poles, each in its own way.
LOOSE = {"digamma": 128}
ROOTS = {"lgamma": 2e-7, "digamma": 5e-7, "mod": 1e-6, "pow": 1e-6}


def test_every_elementwise_primitive_has_a_row() -> None:
    known = {name for name, p in PRIMITIVES.items() if p.kind == "elementwise"}
    assert known - set(ROWS) == {"cast", "threefry"}


def _special(dtype: str) -> np.ndarray:
    if dtype == "bool":
        return np.asarray([False, True, True, False])
    if dtype.startswith("float"):
        return np.asarray([0.0, np.nan, np.inf, -np.inf, 1.0, -1.0, 0.5, 3.0], dtype)
    info = np.iinfo(dtype)
    small = [0, 1, 2, 3, info.max, info.min, info.bits - 1, info.bits]
    return np.asarray([v if info.min <= v <= info.max else 1 for v in small] + [info.max], dtype)


def _operand(dtype: str, seed: int, shape: tuple[int, ...] = (SIZE,)) -> np.ndarray:
    """Ordinary numbers, and every special one beside every other."""
    array = values(shape, dtype, seed)
    special = _special(dtype)
    count = min(len(special) ** 2, array.size)
    place = np.arange(count)
    chosen = place % len(special) if seed % 2 else place // len(special)
    array.reshape(-1)[:count] = special[chosen]
    return array


def _compare(op: str, want: np.ndarray, got: np.ndarray) -> None:
    if want.dtype.kind != "f":
        np.testing.assert_array_equal(got, want)
        return
    near = ROOTS.get(op, 0.0)
    eps = np.finfo(want.dtype).eps
    if want.dtype == np.float64:
        near *= 1e-8
    np.testing.assert_allclose(got, want, rtol=LOOSE.get(op, ULP) * eps, atol=near)


@pytest.mark.parametrize(("op", "dtype"), CASES)
def test_elementwise_ops_agree(op: str, dtype: str) -> None:
    operands = [_operand(dtype, seed) for seed in range(ROWS[op][0])]
    if op == "select":
        operands[0] = values((SIZE,), "bool", 5)
    for want, got in both(lambda *x: apply(op, *x), operands):
        _compare(op, want, got)


@pytest.mark.parametrize("op", ["add", "max", "pow", "lt", "select", "mod"])
def test_operands_broadcast_from_every_side(op: str) -> None:
    shapes = [(5, 1, 17), (3, 1), (17,)][: ROWS[op][0]]
    operands = [_operand("float32", seed, shape) for seed, shape in enumerate(shapes)]
    if op == "select":
        operands[0] = values(shapes[0], "bool")
    for want, got in both(lambda *x: apply(op, *x), operands):
        _compare(op, want, got)


@pytest.mark.parametrize("shape", [(), (1,), (0,), (7, 0, 3), (16,), (33,)])
def test_odd_sizes(shape: tuple[int, ...]) -> None:
    operands = [values(shape, "float32", seed) for seed in range(2)]
    for want, got in both(lambda a, b: [apply("add", a, b), apply("exp", a)], operands):
        _compare("exp", want, got)


@pytest.mark.parametrize("target", dtypes.DTYPES)
@pytest.mark.parametrize("source", dtypes.DTYPES)
def test_casts_agree(source: str, target: str) -> None:
    operand = _operand(source, 0)
    if source.startswith("float"):
        operand[40:46] = [3e9, -3e9, 1e20, -1e20, 200.7, -200.7]
    if source == "float64" and target == "float32":
        operand[42] = 1e300
    for want, got in both(lambda x: apply("cast", x, dtype=target), [operand]):
        np.testing.assert_array_equal(got, want)
