"""The memory plan: what is coalesced, what shares memory, and what never does."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
from twin import run_graph, traced, values

import lamina.ops.primitives as p
from lamina.engines.base import Call, Cursor, Feed, compile_with
from lamina.engines.native.buffers import CONSTANT, SCRATCH, STATE, View, fresh
from lamina.engines.native.executable import NativeExecutable
from lamina.engines.native.kernel import Invoke, Repeat, Routine
from lamina.engines.native.lower import Lowering
from lamina.engines.native.memory import Arena, Lifetimes
from lamina.engines.native.moves import Homes, settle
from lamina.errors import CompileError
from lamina.graph.node import Aval, Graph
from lamina.graph.program import Phase, Program, Slot, Step


def _program(graph: Graph) -> Program:
    """The first outputs become the new values of the inputs, which are slots."""
    slots = tuple(Slot(f"s{i}", n.shape, n.dtype) for i, n in enumerate(graph.inputs))
    step = Step(1, graph, tuple(range(len(slots))), tuple(range(len(graph.outputs))))
    return Program.of(slots, {"train": Phase("train", (), step)})


def _routine(graph: Graph) -> tuple[Routine, Homes, list[View]]:
    """A graph whose outputs stay where they fall."""
    slots = [fresh(Aval(node.shape, node.dtype), STATE) for node in graph.inputs]
    items, outputs = Lowering().graph(graph, [(s,) for s in slots], [None] * len(graph.outputs))
    assert len(outputs) == len(graph.outputs)
    homes = Homes()
    return settle(Routine(items, []), homes), homes, slots


def _names(routine: Routine) -> list[str]:
    return [item.kernel.name for item in routine.items if isinstance(item, Invoke)]


VECTOR = np.zeros((7,), "float32")
MOVES: dict[str, tuple[Any, int, int]] = {
    # name: (new values of the slots, number of slots, copies that have to be made)
    "in place": (lambda x: [p.add(x, 1.0)], 1, 0),
    "a chain": (lambda x: [p.exp(p.add(x, 1.0))], 1, 0),
    "old value read by another": (lambda x, y: [p.add(x, 1.0), p.mul(x, y)], 2, 0),
    "old values read by both": (lambda x, y: [p.add(x, y), p.mul(x, y)], 2, 0),
    "old value read in step": (lambda x, y: [p.add(x, y), p.exp(y)], 2, 0),
    "read out of step": (lambda x: [p.add(p.flip(x, [0]), x)], 1, 1),
    "change of places": (lambda x, y: [y, x], 2, 4),
    "one value for both": (lambda x, y: [p.add(x, y)] * 2, 2, 2),
    "unchanged": (lambda x, y: [x, p.exp(y)], 2, 0),
    "a constant": (lambda x: [p.fill((7,), 2, "float32")], 1, 1),
    "a view of a new value": (lambda x: [p.flip(p.exp(x), [0])], 1, 1),
    "updated by a slice": (
        lambda x, y: [p.dynamic_update_slice(x, p.slice_(y, [0], [2]), [3]), y], 2, 0,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(MOVES))
def test_new_state_is_made_in_place_where_nothing_stands_against_it(name: str) -> None:
    function, count, copies = MOVES[name]
    graph = traced(function, [VECTOR] * count)
    executable = compile_with("native", _program(graph))
    assert isinstance(executable, NativeExecutable)
    routine = executable.plan.phases["train"].full.routine
    assert _names(routine).count("copy") == copies


@pytest.mark.parametrize("name", sorted(MOVES))
def test_moves_happen_all_at_once(name: str) -> None:
    """The program in which each slot is read and written, against the graph alone."""
    function, count, _ = MOVES[name]
    arrays = [values((7,), "float32", seed) for seed in range(count)]
    graph = traced(function, arrays)
    want = run_graph("reference", graph, arrays)
    executable = compile_with("native", _program(graph))
    for i, array in enumerate(arrays):
        executable.write(i, array)
    executable.run(Call("train", Feed((), 1), 1), Cursor(), 1, 1)
    for i, array in enumerate(want):
        np.testing.assert_allclose(executable.read(i), array, rtol=1e-6)


def _spans(routine: Routine, homes: Homes) -> dict[Any, tuple[int, int]]:
    return Lifetimes(routine, homes).spans


def test_buffers_that_live_together_do_not_overlap() -> None:
    def function(x: Any) -> Any:
        found = [x]
        for i in range(12):
            found.append(p.cumsum(p.add(found[-1], found[i // 2]), i % 2))
        return p.concatenate(found[::3], 0)

    graph = traced(function, [np.zeros((33, 5), "float32")])
    routine, homes, slots = _routine(graph)
    arena = Arena(1 << 30)
    for view in slots:
        arena.keep(view.buffer)
    arena.plan(routine)
    spans = {b: s for b, s in _spans(routine, homes).items() if b.kind == SCRATCH}
    assert len(spans) > 20
    for a, b in itertools.combinations(spans, 2):
        together = spans[a][0] <= spans[b][1] and spans[b][0] <= spans[a][1]
        first, second = arena.scratch[a], arena.scratch[b]
        apart = first + a.bytes <= second or second + b.bytes <= first
        assert apart or not together
    assert arena.back < sum(buffer.bytes for buffer in spans), "nothing was shared"
    kept = sorted((offset, offset + b.bytes) for b, offset in arena.permanent.items())
    assert all(end <= start for (_, end), (start, _) in itertools.pairwise(kept))
    assert max(end for _, end in kept) <= arena.front


def test_what_a_loop_reads_from_outside_lives_until_it_ends() -> None:
    def function(x: Any) -> Any:
        outside = p.exp(x)
        last, _ = p.scan(
            lambda state, now: (
                [p.mul(outside, p.sort(p.sort(p.add(state[0], outside), 0), 0))],
                [],
            ),
            [x],
            [],
            5,
        )
        return last

    graph = traced(function, [VECTOR])
    routine, homes, _ = _routine(graph)
    lifetimes = Lifetimes(routine, homes)
    loop = next(item for item in routine.items if isinstance(item, Repeat))
    inside = [item.kernel for item in loop.body if isinstance(item, Invoke)]
    before = [item.kernel for item in routine.items if isinstance(item, Invoke)]
    made = next(kernel for kernel in before if kernel.name != "copy")
    assert any(made.writes[0].buffer is v.buffer for kernel in inside for v in kernel.reads)
    end = lifetimes.loops[0][1]
    assert lifetimes.spans[made.writes[0].buffer][1] == end
    first = next(kernel for kernel in inside if kernel.name == "sort").reads[0].buffer
    assert lifetimes.spans[first][1] < end, "a value of one turn need not outlive it"


def test_equal_constants_are_one_buffer_and_uniform_ones_one_element() -> None:
    uniform = np.full((5,), 3, "float32")
    table = np.arange(5, dtype="float32")
    graph = traced(lambda x: [p.add(x, table), p.mul(x, table), p.sub(x, uniform)], [table])
    items, _ = Lowering().graph(graph, [(fresh(Aval((5,), "float32")),)], [None] * 3)
    kernels = [item.kernel for item in items if isinstance(item, Invoke)]
    found = {v.buffer for k in kernels for v in k.reads if v.buffer.kind == CONSTANT}
    assert sorted(buffer.size for buffer in found) == [1, 5]


def test_a_program_beyond_the_budget_is_refused_before_code_exists() -> None:
    graph = traced(lambda x: p.add(x, 1.0), [np.zeros((1 << 16,), "float32")])
    routine, _, _ = _routine(graph)
    with pytest.raises(CompileError) as caught:
        Arena(1 << 16).plan(routine)
    assert str(caught.value).startswith("the program needs more memory than this machine has")
    assert "use a smaller batch" in str(caught.value)
