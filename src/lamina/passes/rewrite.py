"""Rebuilding a graph node by node: what passes share."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from lamina.graph.node import Graph, Node
from lamina.graph.tensor import Tensor, Traced
from lamina.graph.trace import Trace

# Given a node whose inputs are already new, its replacement (itself to keep it).
Rule = Callable[[Node], Node]


def rewrite(graph: Graph, rule: Rule, regions: Callable[[Graph], Graph] | None = None) -> Graph:
    """The graph with every node replaced by `rule`; `regions` rewrites the bodies of regions.

    Inputs stay what they are. A rule that makes a node gives it the origin of what it replaces.
    """
    new: dict[Node, Node] = {node: node for node in graph.inputs}
    for node in graph.nodes():
        if node in new:
            continue
        new[node] = rule(rebuilt(node, tuple([new[i] for i in node.inputs]), regions))
    return Graph(graph.inputs, tuple([new[node] for node in graph.outputs]), graph.names)


def rebuilt(
    node: Node, inputs: tuple[Node, ...], regions: Callable[[Graph], Graph] | None = None
) -> Node:
    """The node on other inputs, itself if nothing changed."""
    bodies = node.regions
    if bodies and regions:
        bodies = tuple(regions(body) for body in bodies)
    # Nodes and graphs are equal only to themselves.
    if inputs == node.inputs and bodies == node.regions:
        return node
    return node.on(inputs, bodies)


def made(make: Callable[..., Tensor], operands: Sequence[Node], origin: str) -> Node:
    """The node of what `make`, written with primitives, gives for tensors of these nodes."""
    with Trace() as trace, trace.standing_for(origin):
        return trace.lift(make(*[Traced(node, trace) for node in operands])).node
