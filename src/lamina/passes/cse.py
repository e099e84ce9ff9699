"""cse: equal computations are done once."""

from __future__ import annotations

from collections.abc import Hashable

from lamina.graph.node import Graph, Node, freeze, structural_key
from lamina.passes.rewrite import rewrite


def cse(graph: Graph) -> Graph:
    """Merges nodes of one op, equal inputs and equal attributes. Inputs are never merged."""
    seen: dict[Hashable, Node] = {}

    def rule(node: Node) -> Node:
        return seen.setdefault(_key(node), node)

    return rewrite(graph, rule, cse)


def _key(node: Node) -> Hashable:
    if node.op == "input":
        return node
    regions = tuple(structural_key(region) for region in node.regions)
    return (node.op, node.inputs, node.shape, node.dtype, freeze(node.attrs), regions, node.outputs)
