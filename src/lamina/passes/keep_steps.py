"""keep_steps: what one scan has computed in each of its steps, another does not compute again.

The gradient of a scan walks the same sequence the other way and begins each step by computing it
once more. Values that the first scan has had are stacked there and read here, unless they are cheap
to compute from what is there anyway.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable

from lamina.graph.node import Graph, Node, freeze, structural_key
from lamina.passes.cheap import CHEAP, MOVES
from lamina.passes.loops import Loop, is_loop, outer_loops
from lamina.passes.rewrite import rewrite

Kept = dict[Node, Node]  # of the later scan's body: the same value in the earlier one's


def keep_steps(graph: Graph) -> Graph:
    """Stacks in earlier scans what later ones of the same length would compute again."""
    graph = rewrite(graph, lambda node: node, keep_steps)
    if any(len(set(x.inputs)) < len(x.inputs) for x in graph.nodes() if is_loop(x)):
        # Opening a loop makes one input of equal ones: nodes are to be named in what comes of it.
        graph = outer_loops(graph, lambda old, loop: None)
    stacked: dict[Node, dict[Node, int]] = {}
    reads: dict[Node, list[tuple[Node, Kept]]] = {}
    for scan in filter(is_loop, graph.nodes()):
        for source in _sources(scan):
            found = _kept(source, scan)
            for inside in found.values():
                places = stacked.setdefault(source, {})
                places.setdefault(inside, len(source.outputs) + len(places))
            reads.setdefault(scan, []).append((source, found))
    results: dict[Node, list[Node]] = {}

    def change(old: Node, loop: Loop) -> None:
        loop.results.extend(loop.stack(inside) for inside in stacked.get(old, {}))
        for source, found in reads.get(old, ()):
            loop.substitute({
                mine: loop.entry(results[source][stacked[source][theirs]])
                for mine, theirs in found.items()
            })  # fmt: skip

    return outer_loops(graph, change, results) if stacked else graph


def _sources(scan: Node) -> Iterable[Node]:
    """Scans of the same length whose stacks this one reads step by step."""
    start = scan.attrs["captured"] + scan.attrs["carries"]
    found = {x.inputs[0]: None for x in scan.inputs[start:] if _is_stack(x)}
    return [source for source in found if source.attrs["length"] == scan.attrs["length"]]


def _is_stack(node: Node) -> bool:
    if node.op != "item" or not is_loop(node.inputs[0]):
        return False
    return bool(node.attrs["index"] >= node.inputs[0].attrs["carries"])


def _kept(source: Node, scan: Node) -> Kept:
    """The values that `scan` is to read of what `source` computes."""
    same = _same(source, scan)
    varying = _varying(source)
    body = scan.regions[0]
    stored: dict[Node, None] = {}
    leaves = set(body.inputs)
    wanted = [x for node in body.nodes() if node not in same for x in node.inputs if x in same]
    for node in [*wanted, *(x for x in body.outputs if x in same)]:
        if same[node] in varying:
            stored.update(dict.fromkeys(_needed(node, {*stored, *leaves})))
    return {node: same[node] for node in stored}


def _needed(node: Node, known: set[Node]) -> list[Node]:
    """What has to be stored for a value: itself, or the one other that it is cheap to compute
    from.
    """
    found: dict[Node, None] = {}
    stack = [node]
    while stack:
        now = stack.pop()
        if now in known or now in found or now.op == "const":
            continue
        part = now.op == "slice" and now.inputs[0] not in known
        if not part and (now.op in CHEAP or now.op in MOVES):
            stack.extend(now.inputs)
        elif now.outputs:
            return [node]
        else:
            found[now] = None
    return list(found) if len(found) < 2 else [node]


def _varying(scan: Node) -> set[Node]:
    """The values of a scan's body that differ from step to step."""
    found = set(scan.regions[0].inputs[scan.attrs["captured"] :])
    for node in scan.regions[0].nodes():
        if any(x in found for x in node.inputs):
            found.add(node)
    return found


def _same(source: Node, scan: Node) -> dict[Node, Node]:
    """The values of the body of `scan` that are also values of that of `source`."""
    theirs = {_key(node, node.inputs): node for node in source.regions[0].nodes()}
    same = _same_inputs(source, scan)
    for node in scan.regions[0].nodes():
        if all(x in same for x in node.inputs) and node.op != "input":
            found = theirs.get(_key(node, [same[x] for x in node.inputs]))
            if found is not None:
                same[node] = found
    return same


def _same_inputs(source: Node, scan: Node) -> dict[Node, Node]:
    captured, start = source.attrs["captured"], source.attrs["captured"] + source.attrs["carries"]
    inner = source.regions[0].inputs
    outside = dict(zip(source.inputs[:captured], inner[:captured], strict=True))
    entries = dict(zip(source.inputs[start:], inner[start:], strict=True))
    mine = scan.regions[0].inputs
    same = {}
    first, last = scan.attrs["captured"], scan.attrs["captured"] + scan.attrs["carries"]
    for i, (x, inside) in enumerate(zip(scan.inputs, mine, strict=True)):
        found = None
        if i < first:
            found = outside.get(x)
        elif i >= last:
            found = entries.get(x)
            if x.op == "item" and x.inputs[0] is source and _is_stack(x):
                found = source.regions[0].outputs[x.attrs["index"]]
        if found is not None:
            same[inside] = found
    return same


def _key(node: Node, inputs: Iterable[Node]) -> Hashable:
    regions = tuple(structural_key(region) for region in node.regions)
    attrs = freeze(node.attrs) if node.op != "input" else node
    return (node.op, tuple(inputs), node.shape, node.dtype, attrs, regions, node.outputs)
