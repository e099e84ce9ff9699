"""The order of kernels: what a kernel reads is written before, and, where that can be had, an old
value is read before its new one takes its place.
"""

from __future__ import annotations

from collections.abc import Mapping

from lamina.engines.native.tiles.draft import Draft
from lamina.engines.native.tiles.fuse import Fusion
from lamina.engines.native.tiles.maps import operands
from lamina.engines.native.tiles.views import root
from lamina.graph.node import Node


def in_order(fusion: Fusion, updates: Mapping[Node, Node]) -> list[Draft]:
    """The drafts of a graph in order; `updates`: the output that becomes an input's new value."""
    drafts = fusion.drafts
    writers = {
        old: fusion.home[root(new)] for old, new in updates.items() if root(new) in fusion.home
    }
    before: dict[Draft, set[Draft]] = {draft: set() for draft in drafts}
    soft: dict[Draft, set[Draft]] = {draft: set() for draft in drafts}
    for draft in drafts:
        for leaf in reads(draft, fusion):
            if leaf in fusion.home and fusion.home[leaf] in before:
                before[draft].add(fusion.home[leaf])
            writer = writers.get(leaf)
            if writer is not None and writer is not draft and writer in soft:
                soft[writer].add(draft)
        before[draft].discard(draft)
    return _sorted(drafts, before, soft)


def _sorted(
    drafts: list[Draft], before: dict[Draft, set[Draft]], soft: dict[Draft, set[Draft]]
) -> list[Draft]:
    left = list(drafts)
    done: list[Draft] = []
    finished: set[Draft] = set()
    while left:
        ready = [draft for draft in left if before[draft] <= finished]
        best = next((draft for draft in ready if soft[draft] <= finished), ready[0])
        left.remove(best)
        done.append(best)
        finished.add(best)
    return done


def reads(draft: Draft, fusion: Fusion) -> set[Node]:
    """The roots of everything that a kernel loads."""
    found: set[Node] = set()
    seen: set[Node] = set()
    stack = list(draft.nodes()) if draft.plain is None else list(draft.plain.inputs)
    while stack:
        node = stack.pop()
        if node in seen:
            continue
        seen.add(node)
        if draft.plain is not None or fusion.is_loaded(node, draft):
            found.add(root(node))
        else:
            stack.extend(operands(node))
    return found
