"""Reductions, contractions and cumulations against the reference engine."""

from __future__ import annotations

import numpy as np
import pytest
from twin import both, values

from lamina.graph import dtypes
from lamina.ops.dispatch import apply

NUMERIC = dtypes.DTYPES[1:]
SHAPES = [(7,), (1, 1), (4, 17), (17, 4), (33, 5), (2, 3, 19), (16, 2, 16), (3, 1, 4, 2)]


def _agree(want: np.ndarray, got: np.ndarray, length: int) -> None:
    """Sums in another order differ by about a unit in the last place for each doubling; the bound
    here is that of the worst order, relative to the size of the terms (about 2).
    """
    if want.dtype.kind != "f":
        np.testing.assert_array_equal(got, want)
        return
    eps = np.finfo(want.dtype).eps
    np.testing.assert_allclose(got, want, rtol=8 * eps, atol=4 * eps * max(length, 1))


def _axes(rank: int) -> list[tuple[int, ...]]:
    """Every set of axes."""
    return [tuple(i for i in range(rank) if bits >> i & 1) for bits in range(1, 1 << rank)]


@pytest.mark.parametrize("keepdims", [False, True])
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("op", ["sum", "max", "min", "prod"])
def test_reductions_over_any_axes(op: str, shape: tuple[int, ...], keepdims: bool) -> None:
    x = values(shape, "float32")
    if op == "prod":
        x = np.sign(x) * np.exp(x / 10)
    name = f"reduce_{op}"
    sets = _axes(len(shape))
    found = both(lambda x: [apply(name, x, axes=a, keepdims=keepdims) for a in sets], [x])
    for axes, (want, got) in zip(sets, found, strict=True):
        if op == "prod":
            np.testing.assert_allclose(got, want, rtol=1e-4)
        else:
            _agree(want, got, int(np.prod([shape[a] for a in axes])))


@pytest.mark.parametrize("dtype", dtypes.DTYPES)
@pytest.mark.parametrize("op", ["sum", "max", "min", "prod"])
def test_reductions_in_every_dtype(op: str, dtype: str) -> None:
    if dtype == "bool" and op in ("sum", "prod"):
        dtype = "uint8"
    x = values((5, 67), dtype)
    if op == "prod" and dtype.startswith("float"):
        x = np.sign(x)
    name = f"reduce_{op}"
    for want, got in both(
        lambda x: [apply(name, x, axes=a, keepdims=False) for a in ((0,), (1,), (0, 1))], [x]
    ):
        _agree(want, got, 335)


@pytest.mark.parametrize("op", ["any", "all"])
@pytest.mark.parametrize("shape", [(3, 67), (67, 3), (1, 130)])
def test_truth(op: str, shape: tuple[int, ...]) -> None:
    x = np.random.default_rng(0).random(shape) < (0.02 if op == "any" else 0.98)
    for want, got in both(
        lambda x: [apply(f"reduce_{op}", x, axes=a, keepdims=True) for a in ((0,), (1,), (0, 1))],
        [x],
    ):
        np.testing.assert_array_equal(got, want)


@pytest.mark.parametrize("op", ["max", "min"])
@pytest.mark.parametrize("shape", [(3, 67), (67, 3)])
def test_extremes_pass_nan_on(op: str, shape: tuple[int, ...]) -> None:
    x = values(shape, "float32")
    x[0, 1] = x[2, 0] = np.nan
    x[1] = np.inf
    for want, got in both(
        lambda x: [apply(f"reduce_{op}", x, axes=a, keepdims=False) for a in ((0,), (1,))], [x]
    ):
        np.testing.assert_array_equal(got, want)


@pytest.mark.parametrize("op", ["sum", "prod"])
def test_nothing_reduces_to_the_neutral_value(op: str) -> None:
    x = np.zeros((3, 0, 2), "float32")
    for want, got in both(
        lambda x: [apply(f"reduce_{op}", x, axes=a, keepdims=False) for a in ((1,), (0, 1, 2))], [x]
    ):
        np.testing.assert_array_equal(got, want)


CONTRACTIONS = {
    "ab,bc->ac": [(7, 17), (17, 5)],
    "ab,bc->ac wide": [(3, 4), (4, 67)],
    "ab,cb->ac": [(7, 33), (5, 33)],
    "ba,bc->ac": [(19, 7), (19, 18)],
    "ab,b->a": [(7, 17), (17,)],
    "a,b->ab": [(7,), (35,)],
    "a,a->": [(130,), (130,)],
    "bij,bjk->bik": [(3, 4, 5), (3, 5, 17)],
    "bij,bkj->bik": [(3, 4, 21), (3, 6, 21)],
    "abc,cbd->ad": [(4, 3, 17), (17, 3, 2)],
    "ab,b->ba": [(5, 3), (3,)],
    "ab,->ab": [(5, 3), ()],
    "ab,ab->ab": [(5, 33), (5, 33)],
    "ab,bc->ac one": [(1, 1), (1, 1)],
    "ab,bc->ac none": [(3, 0), (0, 4)],
}


def _spec(text: str) -> tuple[tuple[int, ...], ...]:
    left, out = text.split(" ")[0].split("->")
    return tuple(tuple(ord(c) for c in part) for part in (*left.split(","), out))


@pytest.mark.parametrize("dtype", ["float32", "float64", "int32", "uint8", "int64"])
@pytest.mark.parametrize("name", sorted(CONTRACTIONS))
def test_contractions(name: str, dtype: str) -> None:
    arrays = [values(shape, dtype, seed) for seed, shape in enumerate(CONTRACTIONS[name])]
    for want, got in both(lambda a, b: apply("contract", a, b, spec=_spec(name)), arrays):
        _agree(want, got, 4 * max(arrays[0].size, 1))


@pytest.mark.parametrize("dtype", NUMERIC)
@pytest.mark.parametrize("axis", [0, 1])
def test_cumulations(axis: int, dtype: str) -> None:
    x = values((6, 67), dtype)
    if dtype.startswith("float"):
        x = x / 4
    for want, got in both(
        lambda x: [apply("cumsum", x, axis=axis), apply("cumprod", x, axis=axis)], [x]
    ):
        _agree(want, got, 67)
