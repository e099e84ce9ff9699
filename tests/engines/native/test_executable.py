"""What surrounds the code: loading, unloading, ownership, the processor's mode, equal kernels."""

from __future__ import annotations

import gc

import numpy as np
import pytest
from twin import run_graph, traced, values

import lamina.ops.primitives as p
from lamina.engines.base import Call, Cursor, Executable, Feed, compile_with
from lamina.engines.native.emit import I64, Function, Module
from lamina.engines.native.emit_step import emit_step
from lamina.engines.native.executable import NativeExecutable
from lamina.engines.native.link import build
from lamina.engines.native.modules import Source
from lamina.errors import ArgumentError
from lamina.graph.program import Leaf, Phase, Program, Result, Slot, Step


def _adder(count: int = 1) -> Program:
    """A slot to which each step adds a number, `count` times over."""
    x = np.zeros((9,), "float32")

    def function(x):  # type: ignore[no-untyped-def]
        for _ in range(count):
            x = p.mul(p.add(x, 1.5), 1.0)
        return x

    step = Step(2, traced(function, [x]), (0,), (0,))
    return Program.of((Slot("x", (9,), "float32"),), {"train": Phase("train", (), step)})


CALL = Call("train", Feed((), 6), 3)


def test_executables_come_and_go() -> None:
    """Many cycles of compiling, running and dropping; the last must still run."""
    for _ in range(30):
        executable = compile_with("native", _adder())
        executable.run(CALL, Cursor(), 3, 1)
        np.testing.assert_array_equal(executable.read(0), np.full(9, 4.5, "float32"))
        del executable
        gc.collect()


def test_a_step_outlives_whoever_compiled_it() -> None:
    keep: list[Executable] = []
    for _ in range(5):
        keep.append(compile_with("native", _adder()))
        keep[-1].run(CALL, Cursor(), 1, 1)
    kept = keep[2]
    keep.clear()
    gc.collect()
    kept.run(CALL, Cursor(step=1, batch=1), 2, 1)
    np.testing.assert_array_equal(kept.read(0), np.full(9, 4.5, "float32"))


def test_a_library_is_loaded_and_unloaded() -> None:
    import ctypes

    for number in range(20):
        module = Module()
        with Function(module, "f", [I64], result=I64) as f:
            f.give(f.add(f.arguments[0], f.index(number)))
        library = build(module.text(), ["f"])
        call = ctypes.CFUNCTYPE(ctypes.c_int64, ctypes.c_int64)(library.address("f"))
        assert call(2**40) == 2**40 + number


def test_subnormals_are_flushed_inside_and_only_there() -> None:
    tiny = np.full((40,), 1e-38, "float32")
    graph = traced(lambda x: p.mul(x, 0.1), [tiny])
    assert np.all(run_graph("native", graph, [tiny])[0] == 0)
    assert np.all(tiny * np.float32(0.1) > 0)


def test_equal_kernels_are_emitted_once() -> None:
    """Five layers of one shape and one of another."""
    arrays = [values((4, 7), "float32"), values((7, 7), "float32"), values((7, 3), "float32")]

    def function(x, w, v):  # type: ignore[no-untyped-def]
        product = ((0, 1), (1, 2), (0, 2))
        for _ in range(5):
            x = p.tanh(p.contract(x, w, product))
        return p.tanh(p.contract(x, v, product))

    slots = [Slot(f"s{i}", x.shape, "float32") for i, x in enumerate([*arrays, arrays[0][:, :3]])]
    step = Step(1, traced(function, arrays), (0, 1, 2), (3,))
    executable = compile_with("native", Program.of(tuple(slots), {"t": Phase("t", (), step)}))
    assert isinstance(executable, NativeExecutable)
    plan = executable.plan
    sources: list[Source] = []
    emit_step(plan.phases["t"].full.routine, plan.arena, sources.append)
    text = "".join(source.text for source in sources)
    assert text.count("call void @k") == 7, "five, one, and a last that copies"
    assert text.count("define void @k") <= 4


def test_values_of_other_shapes_or_data_that_do_not_fit_are_refused() -> None:
    leaf = Leaf((3,), "float32")
    graph = traced(lambda x: p.add(x, 1.0), [np.zeros((2, 3), "float32")])
    phase = Phase("predict", (leaf,), Step(2, graph, (), ()), results=(Result((3,), "float32"),))
    program = Program.of((), {"predict": phase})
    executable = compile_with("native", program)
    for shape in [(4, 2), (4,), (5, 3)]:
        call = Call("predict", Feed((np.zeros(shape, "float32"),), shape[0]), 2, close=False)
        with pytest.raises(ArgumentError):
            executable.run(call, Cursor(), 1, 1)


def test_reading_gives_a_copy() -> None:
    executable = compile_with("native", _adder())
    executable.write(0, values((9,), "float32"))
    before = executable.read(0)
    executable.run(CALL, Cursor(), 1, 1)
    np.testing.assert_array_equal(before, values((9,), "float32"))
