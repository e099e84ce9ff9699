"""Verifies a graph: every node in its place, of the shape and dtype that its op's rule gives.

Run between passes when LAMINA_VERIFY is set, and always in tests.
"""

from __future__ import annotations

from lamina.errors import GraphError, LaminaError
from lamina.graph.node import Aval, Graph, Node
from lamina.ops.primitive import PRIMITIVES

LEAVES = ("input", "const")


def verify(graph: Graph, after: str) -> None:
    """Raises: GraphError, naming the node, if the graph breaks a rule; `after` names the last
    pass.
    """
    known = set(graph.inputs)
    if len(known) != len(graph.inputs) or any(node.op != "input" for node in graph.inputs):
        raise _broken(after, "its inputs are not distinct input nodes", graph.inputs[0])
    for node in graph.nodes():
        if node.op == "input":
            if node not in known:
                raise _broken(after, "it uses an input that it does not declare", node)
        else:
            _verify_node(node, after)


def _verify_node(node: Node, after: str) -> None:
    if node.op == "const":
        value = node.attrs["value"]
        if (value.shape, value.dtype.name) != (node.shape, node.dtype):
            raise _broken(after, "a constant is not of its stated shape and dtype", node)
    elif node.op == "item":
        source = node.inputs[0]
        if not source.outputs or source.outputs[node.attrs["index"]] != node.aval:
            raise _broken(after, "an item is not of its op's result", node)
    elif node.regions:
        for region in node.regions:
            verify(region, after)
    elif node.op not in PRIMITIVES:
        raise _broken(after, "it holds an op that no engine knows", node)
    else:
        _verify_rule(node, after)


def _verify_rule(node: Node, after: str) -> None:
    try:
        found = PRIMITIVES[node.op].infer([i.aval for i in node.inputs], node.attrs)
    except LaminaError as error:
        raise _broken(after, str(error), node) from None
    if found != list(node.outputs or (Aval(node.shape, node.dtype),)):
        raise _broken(after, f"the op's rule gives {found}", node)


def _broken(after: str, what: str, node: Node) -> GraphError:
    inputs = ", ".join(repr(i) for i in node.inputs)
    return GraphError(
        f"the graph after '{after}'",
        f"is broken: {what}",
        f"{node!r} of ({inputs}), from {node.origin or 'no stated origin'}",
        "this is a defect of lamina: please report it with LAMINA_DUMP=graph",
    )
