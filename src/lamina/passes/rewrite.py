"""Rebuilding a graph node by node: what passes share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from lamina.graph.node import Graph, Node

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
        new[node] = rule(rebuilt(node, tuple(new[i] for i in node.inputs), regions))
    return Graph(graph.inputs, tuple(new[node] for node in graph.outputs), graph.names)


def rebuilt(
    node: Node, inputs: tuple[Node, ...], regions: Callable[[Graph], Graph] | None = None
) -> Node:
    """The node on other inputs, itself if nothing changed."""
    bodies = tuple(regions(body) for body in node.regions) if regions else node.regions
    same = all(a is b for a, b in zip(inputs, node.inputs, strict=True)) and all(
        a is b for a, b in zip(bodies, node.regions, strict=True)
    )
    return node if same else replace(node, inputs=inputs, regions=bodies)
