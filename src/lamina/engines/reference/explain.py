"""What the reference engine makes of a program: every op by itself."""

from __future__ import annotations

from collections.abc import Iterator

from lamina.engines.report import KernelReport, StepReport, bytes_of, flops, origins_of
from lamina.graph.node import Graph, Node
from lamina.graph.program import Program

NOTE = "NumPy runs every op by itself: nothing is fused, nothing compiled"


def reports(program: Program) -> Iterator[StepReport]:
    """One report a step, one kernel an op; the ops of a region run as often as the region does."""
    for name, phase in program.phases.items():
        for step in (phase.step, phase.rest):
            if step is not None:
                yield StepReport(name, step.rows, tuple(_ops(step.graph, 1)), NOTE)


def _ops(graph: Graph, runs: int | None) -> Iterator[KernelReport]:
    for node in graph.nodes():
        if node.op in ("input", "const", "item"):
            continue
        if not node.regions:
            yield _op(node, runs)
        again = node.attrs.get("length") if node.op == "scan" else None
        for region in node.regions:
            yield from _ops(region, runs and again and runs * again)


def _op(node: Node, runs: int | None) -> KernelReport:
    made = node.outputs or (node.aval,)
    return KernelReport(
        node.op, (node.op,), origins_of([node]), made[0].shape, flops(node),
        bytes_of([x.aval for x in node.inputs]), bytes_of(made), "every op does here", runs=runs,
    )  # fmt: skip
