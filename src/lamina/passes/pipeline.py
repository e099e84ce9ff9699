"""The order of the passes, once. Each takes a graph and returns one that computes the same."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from lamina.graph.node import Graph
from lamina.graph.program import Phase, Program, Step
from lamina.graph.verify import verify
from lamina.passes.correlate import correlate
from lamina.passes.cse import cse
from lamina.passes.dead_code import dead_code
from lamina.passes.drop_centred import drop_centred
from lamina.passes.hoist_zeros import hoist_zeros
from lamina.passes.keep_steps import keep_steps
from lamina.passes.leave_loops import leave_loops
from lamina.passes.parts import parts
from lamina.passes.pick_winners import pick_winners
from lamina.passes.read_masks import read_masks
from lamina.passes.simplify import simplify
from lamina.passes.sink_views import sink_views
from lamina.passes.split_labels import split_labels
from lamina.passes.touched_rows import touched_rows

PASSES: tuple[tuple[str, Callable[[Graph], Graph]], ...] = (
    ("simplify", simplify),
    ("cse", cse),
    ("dead_code", dead_code),
    ("drop_centred", drop_centred),
    ("split_labels", split_labels),
    # Of windows: what is around them goes outwards, what they ask for inwards.
    ("read_masks", read_masks),
    ("hoist_zeros", hoist_zeros),
    ("sink_views", sink_views),
    ("pick_winners", pick_winners),
    ("correlate", correlate),
    ("hoist_zeros again", hoist_zeros),
    ("sink_views again", sink_views),
    ("keep_steps", keep_steps),
    ("leave_loops", leave_loops),
    ("parts", parts),
    ("touched_rows", touched_rows),
    ("dead_code again", dead_code),
    # A merged or pruned graph shows new constants and equal branches.
    ("simplify again", simplify),
    ("cse again", cse),
)


def optimize(graph: Graph, check: bool = False) -> Graph:
    """The graph after all passes; `check` verifies it after each."""
    if check:
        verify(graph, "trace")
    for name, run in PASSES:
        graph = run(graph)
        if check:
            verify(graph, name)
    return graph


def optimize_program(program: Program, check: bool = False) -> Program:
    """The program with the graph of each step optimized."""

    def step(old: Step) -> Step:
        return replace(old, graph=optimize(old.graph, check))

    def phase(old: Phase) -> Phase:
        return replace(old, step=step(old.step), rest=old.rest and step(old.rest))

    phases = {name: phase(old) for name, old in program.phases.items()}
    return replace(program, phases=phases)
