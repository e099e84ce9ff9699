"""custom_gradient is gone when the gradients are made: each of its results is one of its inputs.

The passes drop it; a program that was not optimized may still hold it.
"""

from __future__ import annotations

from dataclasses import replace

from lamina.graph.node import Graph, Node
from lamina.graph.program import Phase, Program, Step
from lamina.passes.rewrite import rewrite

IDENTITIES = ("custom_gradient",)


def without_identities(program: Program) -> Program:
    """The program with every item of such a node replaced by what it stands for."""

    def step(old: Step) -> Step:
        return replace(old, graph=_without(old.graph)) if _has(old.graph) else old

    def phase(old: Phase) -> Phase:
        return replace(old, step=step(old.step), rest=step(old.rest) if old.rest else None)

    return replace(program, phases={name: phase(old) for name, old in program.phases.items()})


def _has(graph: Graph) -> bool:
    return any(
        node.op in IDENTITIES or any(_has(region) for region in node.regions)
        for node in graph.nodes()
    )


def _without(graph: Graph) -> Graph:
    def rule(node: Node) -> Node:
        if node.op == "item" and node.inputs[0].op in IDENTITIES:
            return node.inputs[0].inputs[node.attrs["index"]]
        return node

    return rewrite(graph, rule, _without)
