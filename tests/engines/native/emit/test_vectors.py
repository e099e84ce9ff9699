"""Blocks of vectors: transposes and folds across lanes, on random numbers."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Sequence

import numpy as np
import pytest

from lamina.engines.native.emit import F32, PTR, Function, Module, Value
from lamina.engines.native.emit.arith import RULES
from lamina.engines.native.emit.blocks import transpose_block
from lamina.engines.native.emit.vectors import fold_everywhere, fold_rows, transpose
from lamina.engines.native.link import build

Body = Callable[[Function, list[Value]], Sequence[Value]]


def _run(body: Body, rows: np.ndarray, outputs: int) -> np.ndarray:
    """Loads the rows, runs the body, stores what it gives."""
    count, width = rows.shape
    module = Module()
    with Function(module, "f", [PTR, PTR]) as f:
        source, target = f.arguments
        given = [f.load(F32.of(width), f.at(source, 4 * width * i), 4) for i in range(count)]
        for i, value in enumerate(body(f, given)):
            f.store(value, f.at(target, 4 * width * i), 4)
    library = build(module.text(), ["f"])
    result = np.zeros((outputs, width), "float32")
    call = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p)(library.address("f"))
    call(rows.ctypes.data, result.ctypes.data)
    return result


@pytest.mark.parametrize("width", [2, 4, 8, 16])
def test_transpose(width: int) -> None:
    rows = np.random.default_rng(width).normal(size=(width, width)).astype("float32")
    np.testing.assert_array_equal(_run(transpose, rows, width), rows.T)


@pytest.mark.parametrize("dtype", ["bool", "int8", "int16", "float32", "float64"])
@pytest.mark.parametrize("width", [4, 8, 16])
def test_a_block_is_transposed_from_memory_to_memory(width: int, dtype: str) -> None:
    rng = np.random.default_rng(width)
    source = rng.integers(0, 2 if dtype == "bool" else 100, (width, width + 3)).astype(dtype)
    target = np.zeros((width, width + 5), dtype)
    module = Module()
    with Function(module, "f", [PTR, PTR]) as f:
        steps = [array.strides[0] for array in (source, target)]
        for _ in range(2):
            transpose_block(f, dtype, width, list(zip(f.arguments, steps, strict=True)))
    assert module.text().count("define internal") == 1
    library = build(module.text(), ["f"])
    call = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p)(library.address("f"))
    call(source.ctypes.data, target.ctypes.data)
    np.testing.assert_array_equal(target[:, :width], source[:, :width].T)
    assert not target[:, width:].any()


@pytest.mark.parametrize("count", [1, 3, 4, 5, 8])
@pytest.mark.parametrize("width", [4, 8])
def test_rows_are_folded_each_into_its_lane(width: int, count: int) -> None:
    count = min(count, width)
    rows = np.random.default_rng(count).normal(size=(count, width)).astype("float32")
    found = _run(lambda f, x: [fold_rows(f, RULES["add"], "float32", x)], rows, 1)
    np.testing.assert_allclose(found[0, :count], rows.sum(1), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("width", [2, 16])
def test_the_fold_of_all_lanes_is_in_all_lanes(width: int) -> None:
    rows = np.random.default_rng(0).normal(size=(1, width)).astype("float32")
    found = _run(lambda f, x: [fold_everywhere(f, RULES["max"], "float32", x[0])], rows, 1)
    np.testing.assert_array_equal(found[0], np.full(width, rows.max()))
