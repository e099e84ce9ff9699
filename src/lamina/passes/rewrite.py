"""Rebuilding a graph node by node: what passes share."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from lamina.graph.node import Graph, Node, topological
from lamina.graph.tensor import Tensor, Traced
from lamina.graph.trace import Trace
from lamina.ops.primitive import PRIMITIVES

# Given a node whose inputs are already new, its replacement (itself to keep it).
Rule = Callable[[Node], Node]


def rewrite(graph: Graph, rule: Rule, regions: Callable[[Graph], Graph] | None = None) -> Graph:
    """The graph with every node replaced by `rule`; `regions` rewrites the bodies of regions.

    Inputs stay what they are. A rule that makes a node gives it the origin of what it replaces.
    Where nothing changes the graph is the same object, whose order is known.
    """
    new: dict[Node, Node] = {node: node for node in graph.inputs}
    for node in graph.nodes():
        if node in new:
            continue
        new[node] = rule(rebuilt(node, tuple([new[i] for i in node.inputs]), regions))
    return graph.giving(tuple([new[node] for node in graph.outputs]))


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


def substitute(outputs: Sequence[Node], known: Mapping[Node, Node]) -> list[Node]:
    """The values `outputs` where the nodes that `known` names are replaced."""
    new = dict(known)
    for node in topological(outputs):
        if node not in new:
            new[node] = rebuilt(node, tuple(new[i] for i in node.inputs))
    return [new[node] for node in outputs]


def node_of(op: str, inputs: Sequence[Node], origin: str, **attrs: Any) -> Node:
    """A node of an op of one result; its shape and dtype follow from the op's rule."""
    frozen = MappingProxyType(attrs)
    (aval,) = PRIMITIVES[op].infer([x.aval for x in inputs], frozen)
    return Node(op, tuple(inputs), aval.shape, aval.dtype, frozen, origin=origin)


def reshaped(x: Node, shape: Sequence[int]) -> Node:
    """The value in another shape."""
    shape = tuple(shape)
    return x if x.shape == shape else node_of("reshape", [x], x.origin, shape=shape)
