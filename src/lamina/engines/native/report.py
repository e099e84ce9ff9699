"""What the engine made of a step: its kernels, their work, and why each is one of its own."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence

from lamina.engines.native.buffers import View, itemsize
from lamina.engines.native.emit import Module
from lamina.engines.native.functions import emit_kernel, functions, kernels
from lamina.engines.native.kernel import Kernel
from lamina.engines.native.link import Library
from lamina.engines.native.plain.kernel import PlainKernel
from lamina.engines.native.planner import PlannedStep
from lamina.engines.native.scatter import ScatterKernel
from lamina.engines.native.tiles.draft import Draft
from lamina.engines.native.tiles.fuse import COVER, COVER_LAST, Fusion
from lamina.engines.native.tiles.kernel import TileKernel
from lamina.engines.native.tiles.maps import operands
from lamina.engines.native.tiles.views import root
from lamina.engines.report import KernelReport, StepReport, flops, origins_of
from lamina.graph.node import Node

VECTOR = re.compile(r"<(\d+) x (?!i1>)(\w+)>")


def report(phase: str, planned: PlannedStep, library: Library | None, arena: int) -> StepReport:
    """The report of a step; without a library its machine code has not been made yet."""
    names = functions(planned.routine)
    homes = {k.program.draft: name for k, name in names.items() if isinstance(k, TileKernel)}
    found = [
        _kernel(kernel, names[kernel], runs, homes)
        for kernel, runs in kernels(planned.routine.items)
    ]
    seconds = {} if library is None else library.seconds
    note = "" if library is not None else "not compiled yet: no call has needed it"
    return StepReport(phase, planned.step.rows, tuple(found), note, arena, seconds)


def _kernel(
    kernel: Kernel, name: str, runs: int | None, homes: Mapping[Draft, str]
) -> KernelReport:
    read, written = _bytes(kernel.reads), _bytes(kernel.writes)
    vector = _vector(kernel)
    if isinstance(kernel, TileKernel):
        draft = kernel.program.draft
        nodes = _computed(kernel)
        return KernelReport(
            name, tuple(node.op for node in nodes), origins_of(nodes), draft.domain,
            sum(map(flops, nodes)), read, written, _begins(draft, kernel.program.fusion, homes),
            draft.folded, kernel.lanes.tile if draft.domain else (), vector, runs, kernel.units,
        )  # fmt: skip
    assert isinstance(kernel, PlainKernel | ScatterKernel)
    node = kernel.node
    if node is None:
        why = "a value has to lie in another place"
        return KernelReport(
            name, ("copy",), (), kernel.writes[0].shape, 0, read, written, why,
            vector=vector, runs=runs, parts=kernel.units,
        )  # fmt: skip
    return KernelReport(
        name, (node.op,), origins_of([node]), kernel.writes[0].shape, flops(node), read, written,
        f"{node.op} is computed by loops of its own here", vector=vector, runs=runs,
        parts=kernel.units,
    )  # fmt: skip


def _computed(kernel: TileKernel) -> list[Node]:
    """Everything that a kernel computes, what it computes again included, in the graph's order."""
    program = kernel.program
    again = [use.node for use in program.uses if not use.loaded]
    found = {n for n in (*again, *program.draft.nodes()) if n.op not in ("const", "iota")}
    return [node for node in program.fusion.graph.nodes() if node in found]


def _bytes(views: Sequence[View]) -> int:
    """Of the elements that lie behind views, each once."""
    return sum(
        math.prod(n for n, step in zip(v.shape, v.strides, strict=True) if step) * itemsize(v.dtype)
        for v in views
    )


def _vector(kernel: Kernel) -> str:
    """The vectors that a kernel's code works on, most frequent first; read off the code itself."""
    module = Module()
    emit_kernel(module, "kernel", kernel)
    found = Counter(VECTOR.findall(module.text()))
    return " x ".join(found.most_common(1)[0][0]) if found else ""


# ── why a kernel is one of its own ──


def _begins(draft: Draft, fusion: Fusion, homes: Mapping[Draft, str]) -> str:
    seed = draft.seed
    if seed is not None and seed.op == "contract":
        return "a contraction begins a kernel"
    if seed is not None:
        return _fold(seed, fusion, homes)
    if not draft.maps:
        return "single numbers"
    first = next(iter(draft.maps))
    if first in draft.folds:
        return "short rows of what is in memory"
    return _refused(first, draft, fusion, homes)


def _fold(seed: Node, fusion: Fusion, homes: Mapping[Draft, str]) -> str:
    x = seed.inputs[0]
    entries = x.size // max(seed.size, 1)
    made = fusion.home.get(x)
    if made is not None and made in homes and seed.size > 1:
        return (
            f"folds {entries} entries of what {homes[made]} makes: a tile holds at most "
            f"{COVER_LAST} of the last axis, {COVER} of others"
        )
    return f"folds {entries} entries of what is in memory"


def _refused(node: Node, draft: Draft, fusion: Fusion, homes: Mapping[Draft, str]) -> str:
    """Why an elementwise op could not join the kernels of its operands."""
    given = operands(node)
    near = [fusion.home[x] for x in given if fusion.home.get(x) in homes]
    near = [other for other in near if other is not draft]
    if not near:
        return "its operands are in memory"
    last = max(near, key=lambda other: other.number)
    name = homes[last]
    if any(x in last.tail for x in given):
        return f"needs a number that is known only when {name} is over"
    later = [fusion.home[root(x)] for x in given if root(x) in fusion.home]
    if any(other.number > last.number for other in later):
        return f"needs a value that is made after {name}"
    return f"its shape {node.shape} does not run along the axes {last.domain} of {name}"
