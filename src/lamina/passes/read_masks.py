"""read_masks: y = select(x <= c, c, x) and its like say by themselves where x <= c: y <= c.

So a rectifier's gradient needs its result only, which is in memory anyway. NaN included.
"""

from __future__ import annotations

from lamina.graph.node import Graph, Node, scalar_of
from lamina.passes.regroup import has_windows, made
from lamina.passes.rewrite import rebuilt, rewrite


def read_masks(graph: Graph) -> Graph:
    """Every other use of such a condition asks the result instead."""
    if not has_windows(graph):
        return graph
    results: dict[Node, Node] = {}
    for node in graph.nodes():
        if node.op == "select" and _is_clip(node):
            results.setdefault(node.inputs[0], node)

    def rule(node: Node) -> Node:
        return node

    if not results:
        return rewrite(graph, rule, read_masks)
    new: dict[Node, Node] = {node: node for node in graph.inputs}
    for node in graph.nodes():
        if node in new:
            continue
        inputs = []
        for x in node.inputs:
            clip = results.get(x)
            if clip is not None and clip in new and node is not clip:
                y, limit = new[clip], new[x.inputs[1]]
                inputs.append(made(x.op, [y, limit], x.origin))
            else:
                inputs.append(new[x])
        new[node] = rebuilt(node, tuple(inputs), read_masks)
    return graph.giving(tuple(new[node] for node in graph.outputs))


def _is_clip(node: Node) -> bool:
    """select(x <= c, c, x), with x of the whole shape and c one finite number.

    Not select(x < c, c, x): its result is never below c.
    """
    condition, yes, no = node.inputs
    if condition.op not in ("le", "ge") or scalar_of(yes) is None:
        return False
    x, limit = condition.inputs
    return x is no and scalar_of(limit) == scalar_of(yes) and x.shape == node.shape
