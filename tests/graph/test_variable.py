"""Where a variable's value is: here, with an engine, or one number for all; and its copies."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

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


# In a process of its own: others' memory is not this layer's.
LARGE = """
import mmap
from pathlib import Path
import numpy as np
import lamina as keras

def resident():
    return int(Path("/proc/self/statm").read_text().split()[1]) * mmap.PAGESIZE

keras.Sequential([keras.layers.Input((11,)), keras.layers.Dense(1100, "relu")])
values = [np.full(shape, 0.5, "float32") for shape in ((2000, 1700), (1700,))]
begin, weights = resident(), 4 * 2000 * 1700
model = keras.Sequential([keras.layers.Input((2000,)), keras.layers.Dense(1700, "relu")])
assert resident() - begin < 1.25 * weights
model.set_weights(values)
assert resident() - begin < 1.25 * weights
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_a_large_layer_takes_its_weights_and_little_more() -> None:
    """A quarter beyond, for what Python and NumPy load meanwhile."""
    subprocess.run([sys.executable, "-c", LARGE], check=True)
