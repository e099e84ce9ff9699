"""simplify: rewrites that leave every value as it is, bit for bit (NaN included).

One table, op -> rules; a rule returns the replacement of a node, or None. `x * 0` is not among them
(NaN times 0 is NaN), nor is anything that changes a rounding.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from types import MappingProxyType
from typing import Any

import numpy as np

from lamina.graph.node import Graph, Node, constant, scalar_of
from lamina.ops.dispatch import eager
from lamina.ops.primitive import PRIMITIVES
from lamina.passes.rewrite import node_of, rewrite

Rule = Callable[[Node], Node | None]
FOLD_LIMIT = 4096  # elements: a larger constant costs more to keep than to compute


def simplify(graph: Graph) -> Graph:
    """Applies the rules to each node until none fits it."""
    return rewrite(graph, _simplest, simplify)


def _simplest(node: Node) -> Node:
    for _ in range(16):
        for rule in (*RULES.get(node.op, ()), _fold, _drop_broadcasts):
            better = rule(node)
            if better is not None:
                node = better
                break
        else:
            return node
    return node


def _fold(node: Node) -> Node | None:
    """An op on constants is a constant."""
    inputs = node.inputs
    if not inputs or inputs[0].op != "const" or any(i.op != "const" for i in inputs):
        return None
    if node.size > FOLD_LIMIT or node.outputs or node.regions:
        return None
    if node.op == "broadcast_to" and node.size > 1:
        return None
    values = [i.attrs["value"] for i in node.inputs]
    found = eager()(node.op, values, node.attrs, [node.aval])[0]
    return constant(found, origin=node.origin)


def _drop_broadcasts(node: Node) -> Node | None:
    """An elementwise op broadcasts by itself, if another operand has the shape already."""
    primitive = PRIMITIVES.get(node.op)
    if primitive is None or primitive.kind != "elementwise" or node.outputs:
        return None
    inputs = tuple([i.inputs[0] if i.op == "broadcast_to" else i for i in node.inputs])
    if inputs == node.inputs or np.broadcast_shapes(*(i.shape for i in inputs)) != node.shape:
        return None
    return node.on(inputs)


def _is(value: Any, index: int) -> Rule:
    """x op value = x, where operand `index` is that constant and the shape stays."""

    def rule(node: Node) -> Node | None:
        found = scalar_of(node.inputs[index])
        other = node.inputs[1 - index]
        return other if found is not None and found == value and other.shape == node.shape else None

    return rule


def _square(node: Node) -> Node | None:
    """pow(x, 2) = x x; pow(x, 1) = x."""
    x, exponent = node.inputs
    value = scalar_of(exponent)
    if value is None or x.shape != node.shape:
        return None
    if value == 1:
        return x
    return replace(node, op="mul", inputs=(x, x)) if value == 2 else None


def _same(node: Node) -> Node | None:
    """A move that changes nothing."""
    x = node.inputs[0]
    return x if (x.shape, x.dtype) == (node.shape, node.dtype) else None


def _through(node: Node) -> Node | None:
    """stop_gradient has done its work when the reverse walk is over."""
    return node.inputs[0]


def _own_way_back(node: Node) -> Node | None:
    """custom_gradient too: each of its results is one of its inputs."""
    source = node.inputs[0]
    return source.inputs[node.attrs["index"]] if source.op == "custom_gradient" else None


def _twice(node: Node) -> Node | None:
    """op(op(x)) = x."""
    inner = node.inputs[0]
    return inner.inputs[0] if inner.op == node.op else None


def _merge_reshapes(node: Node) -> Node | None:
    inner = node.inputs[0]
    return node.on(inner.inputs) if inner.op == "reshape" else None


def _merge_broadcasts(node: Node) -> Node | None:
    inner = node.inputs[0]
    return node.on(inner.inputs) if inner.op == "broadcast_to" else None


def _merge_transposes(node: Node) -> Node | None:
    perm, inner = node.attrs["perm"], node.inputs[0]
    if perm == tuple(range(len(perm))):
        return inner
    if inner.op != "transpose":
        return None
    merged = tuple(inner.attrs["perm"][axis] for axis in perm)
    return replace(node, inputs=inner.inputs, attrs=MappingProxyType({"perm": merged}))


def _gathered_in_order(node: Node) -> Node | None:
    """Whole rows in another order are gathered in that order."""
    perm, inner = node.attrs["perm"], node.inputs[0]
    if inner.op != "gather" or inner.attrs["axis"] != 0:
        return None
    x, index = inner.inputs
    rank = len(index.shape)
    if perm[rank:] != tuple(range(rank, len(perm))) or x.op == "const":
        return None
    moved = node_of("transpose", [index], node.origin, perm=perm[:rank])
    return node_of("gather", [x, moved], inner.origin, axis=0)


def _chosen(node: Node) -> Node | None:
    """select of a constant condition, or of equal branches."""
    condition, yes, no = node.inputs
    value = scalar_of(condition)
    pick = (yes if value else no) if value is not None else (yes if yes is no else None)
    return pick if pick is not None and pick.shape == node.shape else None


def _no_axes(node: Node) -> Node | None:
    return node.inputs[0] if not node.attrs["axes"] else None


RULES: dict[str, tuple[Rule, ...]] = {
    "add": (_is(0, 0), _is(0, 1)),
    "sub": (_is(0, 1),),
    "mul": (_is(1, 0), _is(1, 1)),
    "div": (_is(1, 1),),
    "pow": (_square,),
    "neg": (_twice,),
    "logical_not": (_twice,),
    "cast": (_same,),
    "stop_gradient": (_through,),
    "item": (_own_way_back,),
    "reshape": (_same, _merge_reshapes),
    "broadcast_to": (_same, _merge_broadcasts),
    "transpose": (_merge_transposes, _gathered_in_order),
    "slice": (_same,),
    "select": (_chosen,),
    **{f"reduce_{name}": (_no_axes,) for name in ("sum", "prod", "max", "min", "any", "all")},
}
