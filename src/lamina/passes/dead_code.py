"""dead_code: what no output needs is dropped, results of region ops and their carried inputs
included.

Plain nodes die by themselves, since a graph is what its outputs reach. This pass prunes results
that nobody picks from ops of several results.
"""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType

from lamina.graph.node import Graph, Node
from lamina.passes.rewrite import rebuilt


def dead_code(graph: Graph) -> Graph:
    """Removes the stacked results of scans that no `item` picks."""
    picked: dict[Node, set[int]] = {}
    for node in graph.nodes():
        if node.op == "item":
            picked.setdefault(node.inputs[0], set()).add(node.attrs["index"])
    new: dict[Node, Node] = {node: node for node in graph.inputs}
    places: dict[Node, dict[int, int]] = {}
    for node in graph.nodes():
        if node in new:
            continue
        now = rebuilt(node, tuple(new[i] for i in node.inputs), dead_code)
        if node.op == "scan":
            now, places[node] = _pruned(now, picked.get(node, set()))
        elif node.op == "item" and node.inputs[0] in places:
            index = places[node.inputs[0]][node.attrs["index"]]
            now = replace(now, attrs=MappingProxyType({"index": index}))
        new[node] = now
    return graph.giving(tuple(new[node] for node in graph.outputs))


def _pruned(node: Node, picked: set[int]) -> tuple[Node, dict[int, int]]:
    """The scan without unpicked stacked results, and the new place of each that is left."""
    carries = node.attrs["carries"]
    kept = [i for i in range(len(node.outputs)) if i < carries or i in picked]
    places = {old: place for place, old in enumerate(kept)}
    if len(kept) == len(node.outputs):
        return node, places
    body = node.regions[0]
    smaller = Graph(body.inputs, tuple(body.outputs[i] for i in kept), body.names)
    emitted = sum(carries <= i < carries + node.attrs["emitted"] for i in kept)
    attrs = MappingProxyType({**node.attrs, "emitted": emitted})
    outputs = tuple(node.outputs[i] for i in kept)
    return replace(node, regions=(smaller,), outputs=outputs, attrs=attrs), places
