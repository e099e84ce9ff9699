"""What the engine made of a graph, in words: its kernels (`fused`), what runs when (`loops`)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from lamina.engines.native.buffers import View
from lamina.engines.native.kernel import Branch, Invoke, Item, Repeat, Routine, While
from lamina.engines.native.memory import Arena
from lamina.engines.native.tiles.draft import Draft
from lamina.engines.native.tiles.maps import operands
from lamina.engines.native.tiles.plan import GraphPlan
from lamina.graph.node import Graph, Node


def fused(plan: GraphPlan) -> str:
    """One paragraph a kernel: its axes and lanes, then what it computes, from where, into what."""
    number = _numbers(plan.fusion.graph)
    return "\n".join(line for draft in plan.drafts for line in _kernel(plan, draft, number)) + "\n"


def _numbers(graph: Graph) -> dict[Node, str]:
    return {node: f"%{i}" for i, node in enumerate(graph.nodes())}


def _kernel(plan: GraphPlan, draft: Draft, number: dict[Node, str]) -> Iterator[str]:
    if draft.plain is not None:
        yield f"plain {_line(draft.plain, number)}"
        return
    lanes = plan.lanes(draft)
    yield (
        f"tiles {draft.domain} folding {draft.folded}: lanes of {lanes.width} along axis "
        f"{lanes.lane}, then {lanes.elane}; tile {lanes.tile}, covers {sorted(draft.covered)}"
    )
    for node in draft.nodes():
        marks = " <- seed" if node is draft.seed else ""
        if node in draft.outs:
            copies = plan.layouts.of(node) if node in draft.maps else []
            marks += f" -> stored {copies}" if len(copies) > 1 else " -> stored"
        place = f" axes {draft.maps[node]}" if node in draft.maps else " after the tiles"
        yield f"  {_line(node, number)}{place}{marks}"


def _line(node: Node, number: dict[Node, str]) -> str:
    given = " ".join(number.get(x, "?") for x in operands(node))
    text = f"{number.get(node, '?')} = {node.op} {given}".rstrip()
    return f"{text} : {node.dtype}{list(node.shape)}" + (
        f"  # {node.origin}" if node.origin else ""
    )


def loops(routine: Routine, arena: Arena) -> str:
    """The kernels of a step in order, with the places of their operands in the arena."""
    head = f"arena of {arena.bytes} bytes, the first {arena.front} of them permanent"
    return "\n".join([head, *_items(routine.items, arena, "")]) + "\n"


def _items(items: Sequence[Item], arena: Arena, indent: str) -> Iterator[str]:
    for item in items:
        if isinstance(item, Invoke):
            written = ", ".join(_view(view, arena) for view in item.kernel.writes)
            read = ", ".join(_view(view, arena) for view in item.kernel.reads)
            yield f"{indent}{written} = {item.kernel.name}({read})"
        elif isinstance(item, Repeat):
            yield f"{indent}repeat {item.counter.count} times"
            yield from _items(item.body, arena, indent + "  ")
        elif isinstance(item, While):
            yield f"{indent}while {_view(item.verdict, arena)}"
            yield from _items(item.test, arena, indent + "  ? ")
            yield from _items(item.body, arena, indent + "  ")
        elif isinstance(item, Branch):
            for word, side in (("if", item.yes), ("unless", item.no)):
                yield f"{indent}{word} {_view(item.predicate, arena)}"
                yield from _items(side, arena, indent + "  ")


def _view(view: View, arena: Arena) -> str:
    strides = "" if view.is_plain() else f" by {list(view.strides)}"
    moving = " moving" if view.moves else ""
    return f"{view.dtype}{list(view.shape)}{strides}{moving} @{arena.offset(view)}"
