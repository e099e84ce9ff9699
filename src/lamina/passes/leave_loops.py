"""leave_loops: what a scan need not do step by step is done for all steps at once.

    hoist  a product by what is the same in all steps, of what does not depend on a carry, is
           computed before the scan, and what is the same in all steps once
    total  a carry that only adds up products becomes one product over all steps after the scan
    sink   a stacked product by what is the same in all steps, of which no carry depends, is
           computed after the scan

One product of many rows reads its weights once and fills tiles that a step's rows do not; its sums
are in another order than those of the steps.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from lamina.graph.node import Graph, Node, topological
from lamina.passes.cheap import CHEAP, MOVES
from lamina.passes.every_step import EveryStep, is_known
from lamina.passes.loops import Carry, Loop, each_loop
from lamina.passes.rewrite import node_of, rebuilt, reshaped, substitute


def leave_loops(graph: Graph) -> Graph:
    """Moves what can be out of all scans."""

    def change(old: Node, loop: Loop) -> None:
        _total(loop)
        _sink(loop)
        _hoist(loop)

    return each_loop(graph, change)


# ── hoist ──


def _hoist(loop: Loop) -> None:
    moving, varying = loop.moving(), loop.varying()
    nodes = topological(loop.outputs())
    users = Counter(x for node in nodes for x in node.inputs)
    users.update(loop.outputs())
    movable = {node for node in nodes if node not in moving and not node.outputs}
    for node in nodes:
        if node in movable and node.op not in ("const", "input"):
            movable -= set() if _all_known(node, movable) else {node}
    every = EveryStep(loop, lambda node: False)
    known: dict[Node, Node] = {}
    for node in nodes:
        if node not in movable or not node.inputs:
            continue
        finished = _finishes(node, known, varying, users)
        if finished is not None:
            del known[finished]
            known[node] = loop.entry(every.stacked(node))
        elif node.op in CHEAP or node.op in MOVES:
            continue
        elif node not in varying:
            known[node] = loop.capture(every.value(node)[0])
        elif node.op == "contract" and _depth(node) == 1:
            known[node] = _product(node)
        elif _shares(node, varying):
            known[node] = loop.entry(every.stacked(node))
    loop.substitute(known)


def _finishes(
    node: Node, known: Mapping[Node, Node], varying: set[Node], users: Counter[Node]
) -> Node | None:
    """The product that leaves the loop to which a cheap op of its size is applied, nobody else
    reading it: a bias, for instance.
    """
    given = [x for x in node.inputs if x in varying]
    fits = node.op in CHEAP and len(given) == 1 and given[0].shape == node.shape
    if not fits or users[given[0]] != 1 or known.get(given[0], node).op != "input":
        return None
    return given[0] if given[0] in known else None


def _all_known(node: Node, movable: set[Node]) -> bool:
    return is_known(node) and all(x in movable or x.op == "const" for x in node.inputs)


def _shares(node: Node, varying: set[Node]) -> bool:
    """Whether all steps multiply by the same."""
    return node.op == "contract" and any(x not in varying for x in node.inputs)


def _depth(node: Node) -> int:
    first, _, out = node.attrs["spec"]
    depth = 1
    for label, size in zip(first, node.inputs[0].shape, strict=True):
        depth *= 1 if label in out else size
    return depth


def _product(node: Node) -> Node:
    """A contraction that sums nothing, as an elementwise product."""
    first, second, out = node.attrs["spec"]
    factors = []
    for labels, x in zip((first, second), node.inputs, strict=True):
        sizes = {n: size for n, size in zip(labels, x.shape, strict=True) if n in out}
        x = reshaped(x, tuple(sizes.values()))
        perm = tuple(list(sizes).index(n) for n in out if n in sizes)
        if perm != tuple(range(len(perm))):
            x = node_of("transpose", [x], node.origin, perm=perm)
        factors.append(reshaped(x, [sizes.get(n, 1) for n in out]))
    return node_of("mul", factors, node.origin)


# ── total ──


def _total(loop: Loop) -> None:
    users = Counter(x for node in topological(loop.outputs()) for x in node.inputs)
    users.update(loop.outputs())
    moving = loop.moving()
    every = EveryStep(loop, lambda node: node in moving)
    for carry in list(loop.carries):
        terms = _terms(carry, users)
        if terms is not None:
            _leave(loop, carry, terms, every)


def _terms(carry: Carry, users: Counter[Node]) -> list[Node] | None:
    """What a carry that does nothing else adds to itself in a step."""
    terms: list[Node] = []
    node, on_the_way = carry.after, _dependent(carry)
    while node is not carry.before:
        if node.op != "add" or users[node] != 1:
            return None
        found = [x for x in node.inputs if x in on_the_way]
        if len(found) != 1 or found[0].shape != node.shape:
            return None
        terms += [x for x in node.inputs if x is not found[0]]
        node = found[0]
    return terms if terms and users[carry.before] == 1 else None


def _dependent(carry: Carry) -> set[Node]:
    """The values on the way from what comes in to what goes out."""
    found = {carry.before}
    for node in topological([carry.after]):
        if any(x in found for x in node.inputs):
            found.add(node)
    return found


def _leave(loop: Loop, carry: Carry, terms: Sequence[Node], every: EveryStep) -> None:
    sums = [_summed(term, every) for term in terms]
    if all(found is None for found in sums):
        return
    total = carry.first
    rest = [term for term, found in zip(terms, sums, strict=True) if found is None]
    if rest:
        after = carry.before
        for term in rest:
            after = node_of("add", [after, term], term.origin)
        carry.after, total = after, carry.last
    else:
        loop.carries.remove(carry)
    for term, found in zip(terms, sums, strict=True):
        if found is not None:
            x = found
            if x.shape != total.shape:
                x = node_of("broadcast_to", [x], term.origin, shape=total.shape)
            total = node_of("add", [total, x], term.origin)
    loop.results = substitute(loop.results, {carry.last: total})


def _summed(node: Node, every: EveryStep) -> Node | None:
    """The sum of a term over all steps, computed outside; None if it had better be added up."""
    if node.op in ("reshape", "transpose", "neg"):
        x = _summed(node.inputs[0], every)
        return None if x is None else rebuilt(node, (x,))
    if node.op == "concatenate":
        parts = [_summed(x, every) for x in node.inputs]
        known = tuple(x for x in parts if x is not None)
        return rebuilt(node, known) if len(known) == len(parts) else None
    if node.op == "reduce_sum":
        x = every.stacked(node.inputs[0])
        axes = (0, *(a + 1 for a in node.attrs["axes"]))
        found = node_of("reduce_sum", [x], node.origin, axes=axes, keepdims=False)
        return reshaped(found, node.shape)
    if node.op != "contract":
        return None
    (a, a_steps), (b, b_steps) = (every.value(x) for x in node.inputs)
    first, second, out = node.attrs["spec"]
    steps = max((*first, *second), default=0) + 1
    if a_steps and b_steps:
        spec = ((steps, *first), (steps, *second), out)
        return node_of("contract", [a, b], node.origin, spec=spec)
    if not (a_steps or b_steps):
        return None
    a, b = (
        node_of("reduce_sum", [x], node.origin, axes=(0,), keepdims=False) if has_steps else x
        for x, has_steps in ((a, a_steps), (b, b_steps))
    )
    return node_of("contract", [a, b], node.origin, spec=node.attrs["spec"])


# ── sink ──


def _sink(loop: Loop) -> None:
    staying, varying = set(topological([carry.after for carry in loop.carries])), loop.varying()
    products: set[Node] = set()
    for node in topological(loop.outputs()):
        above = _shares(node, varying) or any(x in products for x in node.inputs)
        if above and node not in staying:
            products.add(node)
    every = EveryStep(loop, lambda node: node not in products)
    for inside, place in list(loop.stacks.items()):
        if inside in products and is_known(inside):
            outside = every.stacked(inside)
            loop.results = substitute(loop.results, {place: outside})
            loop.stacks.pop(inside)
