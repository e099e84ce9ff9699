"""touched_rows: what is added to a value in some rows is added there alone.

    x + c scatter_add(0, i, u)  =  scatter_add(x, i, c u)

The gradient of a table of which a step reads few rows is zero in the others. An update that only
subtracts a multiple of it (plain gradient descent) then reads and writes those rows, and the
gradient of the whole table never exists. Rows that occur more than once are added up in x itself:
the sum is rounded otherwise. c is taken to be finite.
"""

from __future__ import annotations

from collections import Counter

from lamina.graph.node import Graph, Node, scalar_of
from lamina.passes.rewrite import node_of, substitute


def touched_rows(graph: Graph) -> Graph:
    """Adds the updates of a scatter into zeros to what the whole is added to."""
    users = Counter(x for node in graph.nodes() for x in node.inputs)
    users.update(graph.outputs)
    known: dict[Node, Node] = {}
    for node in graph.nodes():
        found = _added(node, users)
        if found is not None:
            (known[node],) = substitute([found], known)
    return Graph(graph.inputs, tuple(substitute(graph.outputs, known)), graph.names)


def _added(node: Node, users: Counter[Node]) -> Node | None:
    if node.op not in ("add", "sub"):
        return None
    for x, term in (node.inputs, node.inputs[::-1]):
        scatter, factor = _scaled(term, users)
        turned = node.op == "sub" and term is node.inputs[0]
        # State can be changed where it lies; another value would have to be stored first.
        whole = scatter is not None and x.shape == scatter.shape == node.shape
        if scatter is None or not whole or turned or x.op != "input":
            continue
        _, index, updates = scatter.inputs
        if factor is not None:
            updates = node_of("mul", [updates, factor], term.origin)
        if node.op == "sub":
            updates = node_of("neg", [updates], node.origin)
        return node_of("scatter_add", [x, index, updates], node.origin, **scatter.attrs)
    return None


def _scaled(node: Node, users: Counter[Node]) -> tuple[Node | None, Node | None]:
    """A scatter into zeros that nobody else reads, and the number by which it is multiplied."""
    if users[node] != 1:
        return None, None
    if node.op == "mul":
        for x, factor in (node.inputs, node.inputs[::-1]):
            if factor.size == 1 and factor.shape == () and _is_scatter(x) and users[x] == 1:
                return x, factor
    return (node, None) if _is_scatter(node) else (None, None)


def _is_scatter(node: Node) -> bool:
    return node.op == "scatter_add" and scalar_of(node.inputs[0]) == 0
