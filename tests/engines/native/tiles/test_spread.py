"""A value is copied into another layout: every element to its place, and nothing beside it."""

from __future__ import annotations

import ctypes

import numpy as np
import pytest
from tests.engines.native.twin import values

from lamina.engines.native.buffers import View, itemsize, laid_out
from lamina.engines.native.emit import PTR, Function, Module
from lamina.engines.native.link import build
from lamina.engines.native.tiles.spread import spread
from lamina.graph.node import Aval

CANARY = 0x5A
BEHIND = 256  # bytes


def _memory(view: View) -> np.ndarray:
    room = np.zeros(view.buffer.bytes + BEHIND + 64, "uint8")
    memory = room[-room.ctypes.data % 64 :][: view.buffer.bytes + BEHIND]
    memory[view.buffer.bytes :] = CANARY
    return memory


def _seen(view: View, memory: np.ndarray) -> np.ndarray:
    strides = tuple(step * itemsize(view.dtype) for step in view.strides)
    return np.ndarray(view.shape, view.dtype, memory.data, 0, strides)


@pytest.mark.parametrize("dtype", ["bool", "float32", "float64", "int32", "int64"])
@pytest.mark.parametrize(
    "shape", [(3, 5), (17, 33), (64, 256), (2, 18, 40), (1, 65, 1, 7)], ids=str
)
def test_every_element_goes_to_its_place(shape: tuple[int, ...], dtype: str) -> None:
    long = [d for d, n in enumerate(shape) if n > 1]
    source, target = (laid_out(Aval(shape, dtype), d, 16) for d in (long[-1], long[0]))
    module, kernel = Module(), spread(source, target)
    with Function(module, "f", [PTR, PTR]) as f:
        kernel.emit(f, f.arguments)
    library = build(module.text(), ["f"])
    given, taken = _memory(source), _memory(target)
    _seen(source, given)[...] = values(shape, dtype)
    before = given.copy()
    function = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p)(library.address("f"))
    function(taken.ctypes.data, given.ctypes.data)
    np.testing.assert_array_equal(_seen(target, taken), _seen(source, given))
    np.testing.assert_array_equal(given, before)
    assert (taken[target.buffer.bytes :] == CANARY).all()
