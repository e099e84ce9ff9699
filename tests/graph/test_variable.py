"""Where a variable's value is: here, with an engine, or one number for all; and its copies."""

from __future__ import annotations

import mmap
import sys
from pathlib import Path

import numpy as np
import pytest

import lamina as keras
from lamina.graph import storage
from lamina.graph.variable import Variable

SIZES = [(), (0,), (3, 5), (300, 100), (700, 401)]  # up to one of more than `storage.LARGE` bytes


def values(shape: tuple[int, ...]) -> np.ndarray:
    return np.random.default_rng(4).standard_normal(shape).astype("float32")


@pytest.mark.parametrize("shape", SIZES)
def test_nobody_shares_the_memory_of_a_variable(shape: tuple[int, ...]) -> None:
    given = values(shape)
    variable = Variable(given)
    expected = given.copy()
    given[...] = 0.0
    copy = variable.copied()
    np.testing.assert_array_equal(copy, expected)
    copy[...] = 1.0
    np.testing.assert_array_equal(variable.numpy(), expected)
    assert not variable.numpy().flags.writeable


@pytest.mark.parametrize("shape", SIZES)
def test_an_engine_is_asked_for_the_value_that_it_holds(shape: tuple[int, ...]) -> None:
    held = values(shape)
    variable = Variable(np.zeros(shape, "float32"))
    variable.follow(held.copy)
    assert (variable.shape, variable.dtype) == (shape, "float32")
    copy = variable.copied()
    copy[...] = 0.0
    np.testing.assert_array_equal(variable.copied(), held)
    np.testing.assert_array_equal(variable.numpy(), held)
    variable.assign(held + 1)
    np.testing.assert_array_equal(variable.copied(), held + 1)


def test_rows_out_of_order_are_copied_in_order() -> None:
    value = values((401, 700)).T
    np.testing.assert_array_equal(storage.copy_of(value), value)
    assert storage.copy_of(value).flags.c_contiguous


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_a_large_layer_takes_its_weights_and_little_more() -> None:
    """A quarter beyond, for what Python and NumPy load meanwhile."""
    keras.layers.Dense(1100).build((None, 11))
    begin, weights = _resident(), 4 * 2000 * 1700
    model = keras.Sequential([keras.layers.Input((2000,)), keras.layers.Dense(1700, "relu")])
    assert _resident() - begin < 1.25 * weights
    model.set_weights([values((2000, 1700)), values((1700,))])
    assert _resident() - begin < 1.25 * weights


def _resident() -> int:
    return int(Path("/proc/self/statm").read_text(encoding="utf-8").split()[1]) * mmap.PAGESIZE
