"""The reducer: what is left still shows the difference, is small, and its script runs anywhere."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import lamina
from lamina.engines import base
from lamina.engines.reference.executable import ReferenceExecutable
from lamina.errors import ArgumentError, CompileError, DivergenceError
from lamina.graph.node import Graph, Node
from lamina.graph.trace import Trace
from lamina.inspect.differences import compare
from lamina.inspect.reduce import Case, reduce, symptom
from lamina.inspect.script import array_text, script
from lamina.ops import primitives as p
from lamina.passes.rewrite import rewrite

rng = np.random.default_rng(0)
SOURCE = Path(lamina.__file__).resolve().parent.parent


def engine_with(rule):
    """A reference engine on graphs changed by `rule`, in regions too."""

    def changed(graph):
        return rewrite(graph, rule, changed)

    def compile_program(program, passes):
        program = passes.run(program)
        phases = {
            k: replace(f, step=replace(f.step, graph=changed(f.step.graph)))
            for k, f in program.phases.items()
        }
        return ReferenceExecutable(replace(program, phases=phases))

    return compile_program


def wrong_tanh(node: Node) -> Node:
    return replace(node, op="sin") if node.op == "tanh" else node


def wrong_chain(node: Node) -> Node:
    """Only the sum of an exponential is wrong: a fault of two ops together."""
    together = node.op == "add" and node.inputs[0].op == "exp"
    return replace(node, op="sub") if together else node


def wrong_wide(node: Node) -> Node:
    """Wrong only from an axis of 8 on."""
    return replace(node, op="sin") if node.op == "tanh" and max(node.shape) >= 8 else node


def refusing(node: Node) -> Node:
    if node.op == "cumsum":
        raise CompileError("cumsum", "cannot be compiled", "cumsum", "a test's own fault")
    return node


@pytest.fixture
def engine(request, monkeypatch):
    monkeypatch.setitem(base.ENGINES, "wrong", "lamina.engines.reference")
    monkeypatch.setitem(base._compilers, "wrong", engine_with(request.param))
    return "wrong"


def traced(build, *shapes) -> Case:
    with Trace() as t:
        inputs = [t.argument(shape, "float32") for shape in shapes]
        outputs = [t.lift(y).node for y in build(*inputs)]
    values = tuple(rng.normal(size=shape).astype("float32") for shape in shapes)
    return Case(Graph(tuple(x.node for x in inputs), tuple(outputs)), values)


def deep(x, w):
    """Many ops, of which a few are wrong in one engine or the other."""
    h = p.contract(x, w, ((0, 1), (1, 2), (0, 2)))
    for _ in range(4):
        h = p.mul(p.tanh(h), p.add(p.exp(p.neg(p.abs_(h))), 0.5))
    total = p.reduce_sum(h, [1])
    return [h, p.cumsum(total, 0), p.sub(total, p.reduce_max(total, [0]))]


def looping(x, w):
    def body(state, now):
        return [p.add(p.tanh(state[0]), p.reshape(now[0], (1, 8)))], []

    (h,), _ = p.scan(body, [x], [w], 8)
    return [p.exp(h), p.neg(h)]


CASES = [
    # fault, graph, shapes, ops that are left, ops in which the fault is
    (wrong_tanh, deep, [(5, 8), (8, 6)], {"tanh"}, 1),
    (wrong_chain, deep, [(5, 8), (8, 6)], {"exp", "add"}, 2),
    (wrong_wide, deep, [(5, 8), (8, 9)], {"tanh"}, 1),
    (refusing, deep, [(5, 8), (8, 6)], {"cumsum"}, 1),
    (wrong_tanh, looping, [(3, 8), (8, 8)], {"tanh"}, 1),
]


@pytest.mark.parametrize(("engine", "build", "shapes", "left", "count"), CASES, indirect=["engine"])
def test_what_is_left_is_the_fault(engine, build, shapes, left, count):
    case = traced(build, *shapes)
    found = reduce(engine, case)
    assert symptom(engine, found) == symptom(engine, case) is not None
    ops = [node.op for node in found.graph.nodes() if node.op not in ("input", "const")]
    assert set(ops) == left
    assert found.ops() == count
    assert sum(value.size for value in found.inputs) <= 8


@pytest.mark.parametrize(("engine", "build", "shapes", "left", "count"), CASES, indirect=["engine"])
def test_a_script_builds_the_same_case(engine, build, shapes, left, count, capsys):
    for case in (traced(build, *shapes), reduce(engine, traced(build, *shapes))):
        names: dict[str, object] = {}
        exec(compile(script(engine, case), "difference.py", "exec"), names)
        again = Case(names["graph"], tuple(names["inputs"]))
        assert symptom(engine, again) == symptom(engine, case)
        for mine, theirs in zip(again.inputs, case.inputs, strict=True):
            assert mine.tobytes() == theirs.tobytes()
        assert compare(engine, again.graph, again.inputs) == 1
        said = capsys.readouterr().out
        assert "instead of" in said or "fails: CompileError: cumsum cannot" in said
        assert compare("reference", again.graph, again.inputs) == 0
        assert capsys.readouterr().out == "the engines reference and reference agree\n"


def test_engines_that_agree_have_nothing_to_reduce():
    with pytest.raises(ArgumentError, match="a case on which the engines differ"):
        reduce("reference", traced(deep, (5, 8), (8, 6)))


@pytest.mark.parametrize(
    "value",
    [
        np.zeros((3, 4), "float32"),
        np.array(2.5),
        np.array([np.nan, np.inf, -np.inf, -0.0, 0.1], "float32"),
        np.arange(5),
        np.array([True, False]),
        np.zeros((0, 3), "float32"),
        rng.normal(size=(9, 11)),
        rng.integers(0, 9, 100).astype("int8"),
    ],
)
def test_arrays_are_written_bit_for_bit(value):
    from base64 import b64decode

    names = {"np": np, "b64decode": b64decode, "inf": np.inf, "nan": np.nan}
    again = eval(array_text(value), names)
    assert (again.shape, again.dtype) == (value.shape, value.dtype)
    assert again.tobytes() == value.tobytes()


@pytest.mark.parametrize("engine", [wrong_tanh], indirect=True)
def test_the_shadow_writes_a_script_that_others_can_run(engine, monkeypatch, tmp_path):
    monkeypatch.setenv("LAMINA_SHADOW", "reference")
    monkeypatch.setenv("LAMINA_DUMP_DIR", str(tmp_path))
    layers = [lamina.layers.Dense(5, activation="tanh", name="bent"), lamina.layers.Dense(1)]
    model = lamina.Sequential([lamina.layers.Input((4,)), *layers])
    model.compile("adam", "mse")
    monkeypatch.setattr(model, "_engine", lambda: engine)
    with pytest.raises(DivergenceError) as caught:
        model.fit(rng.normal(size=(10, 4)), rng.normal(size=(10, 1)), batch_size=5, verbose=0)
    (path,) = tmp_path.iterdir()
    assert path.name == f"difference-{os.getpid()}.py"
    assert f"{path}, which shows it" in caught.value.mend
    text = path.read_text()
    assert text.count("Node('") == 1
    assert "# of " in text
    assert "bent" in text
    # Where the engine is right, the script says so.
    path.write_text(text.replace('"wrong"', '"native"'))
    environment = {**os.environ, "PYTHONPATH": str(SOURCE), "LAMINA_SHADOW": ""}
    done = subprocess.run(
        [sys.executable, path], env=environment, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (0, "the engines native and reference agree\n")
