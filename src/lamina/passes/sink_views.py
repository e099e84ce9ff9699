"""sink_views: where all that is asked of a value is one view of it, only that is computed.

    view(f(x, y)) = f(view(x), view(y))       elementwise
    view(a b) = view(a) view(b)               contractions, axis by axis

So a pool's windows become axes of the convolution before it, and the pool folds values that are
still in registers; of an axis of 11 that a pool of 2 reads, 10 entries are computed.
"""

from __future__ import annotations

from collections import defaultdict

from lamina.graph.node import Graph, Node
from lamina.passes.regroup import View, has_windows, is_elementwise, is_whole, made, seen, view_of
from lamina.passes.rewrite import rebuilt

OUTPUT = object()


def sink_views(graph: Graph) -> Graph:
    """Moves views from results to operands."""
    if not has_windows(graph):
        return graph
    views = _asked(graph)
    new: dict[Node, Node] = {node: node for node in graph.inputs}
    for node in graph.nodes():
        if node in new:
            continue
        view = views.get(node)
        if view is not None:
            new[node] = _computed(node, view, views, new)
        elif (own := view_of(node)) is not None and views.get(node.inputs[0]) == own:
            new[node] = new[node.inputs[0]]
        else:
            new[node] = rebuilt(node, tuple(new[x] for x in node.inputs), sink_views)
    return graph.giving(tuple(new[node] for node in graph.outputs))


def _asked(graph: Graph) -> dict[Node, View]:
    """The values of which one view is all that is asked, and that pays: a contraction is under it,
    or windows are.
    """
    users: dict[Node, list[object]] = defaultdict(list)
    for node in graph.nodes():
        for x in node.inputs:
            users[x].append(node)
    for node in graph.outputs:
        users[node].append(OUTPUT)
    found: dict[Node, View] = {}
    for node in reversed(graph.nodes()):
        if not (is_elementwise(node) or node.op == "contract") or node.size == 1:
            continue
        views = {_view_for(node, user, found) for user in users[node]}
        view = next(iter(views), None)
        if len(views) == 1 and view is not None and not is_whole(view, node.shape):
            found[node] = view
    return {node: view for node, view in found.items() if _pays(node, view, found)}


def _view_for(node: Node, user: object, found: dict[Node, View]) -> View | None:
    """The view through which a user looks at a value."""
    if not isinstance(user, Node):
        return None
    if user in found and is_elementwise(user) and user.shape == node.shape:
        return found[user]
    return view_of(user) if user.inputs[0] is node else None


def _pays(node: Node, view: View, found: dict[Node, View]) -> bool:
    if any(len(sizes) > 1 for _, _, sizes in view) or node.op == "contract":
        return True
    return any(x in found and _pays(x, view, found) for x in node.inputs)


def _computed(node: Node, view: View, views: dict[Node, View], new: dict[Node, Node]) -> Node:
    """The view of a value, computed from those of its operands."""
    if node.op == "contract":
        return _contracted(node, view, [new[x] for x in node.inputs])
    inputs = [new[x] if x in views and x.shape == node.shape else seen(new[x], view)
              for x in node.inputs]  # fmt: skip
    return made(node.op, inputs, node.origin, **node.attrs)


def _contracted(node: Node, view: View, inputs: list[Node]) -> Node:
    first, second, out = node.attrs["spec"]
    pieces = dict(zip(out, view, strict=True))
    free = max((*first, *second)) + 1
    names: dict[int, tuple[int, ...]] = {}
    for label, (_, _, sizes) in pieces.items():
        names[label] = (label, *range(free, free + len(sizes) - 1))
        free += len(sizes) - 1
    spec = tuple(
        tuple(name for label in labels for name in names.get(label, (label,)))
        for labels in (first, second, out)
    )
    operands = [
        seen(x, tuple(pieces.get(label, (0, n, (n,)))
                      for label, n in zip(labels, x.shape, strict=True)))
        for x, labels in zip(inputs, (first, second), strict=True)
    ]  # fmt: skip
    return made("contract", operands, node.origin, **{**node.attrs, "spec": spec})
