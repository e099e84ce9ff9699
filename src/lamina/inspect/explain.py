"""`model.explain()`: what a model became, kernel by kernel."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from lamina.engines.report import KernelReport, StepReport
from lamina.errors import StateError

WIDTH = 100
HEADS = ("kernel", "runs", "parts", "axes", "tile", "vectors", "flops", "read", "written")


@dataclass(frozen=True)
class ProgramReport:
    """A program: the engine that runs it, the seconds of the stages that its steps share, and its
    steps.
    """

    engine: str
    seconds: dict[str, float]
    steps: tuple[StepReport, ...]


@dataclass(frozen=True)
class Explanation:
    """What a model's calls made of it so far; `str()` of it, or the last line of a notebook cell,
    is a table.
    """

    model: str
    programs: tuple[ProgramReport, ...]

    def __str__(self) -> str:
        return "\n".join(_explanation(self))

    __repr__ = __str__

    def steps(self, phase: str | None = None) -> list[StepReport]:
        """The steps of all programs, or those of one phase: "train", "validate" or "predict"."""
        return [s for p in self.programs for s in p.steps if phase in (None, s.phase)]


def explain(model: Any) -> Explanation:
    """Explains every program that the model holds.

    Raises: StateError before the first call that makes one.
    """
    runners = model._programs.runners
    if not runners:
        raise StateError(
            f"{model.name}.explain()", "has nothing to explain yet: no program was made",
            "a model that has seen no data since it was compiled",
            "call fit, evaluate or predict first, for one epoch or one batch",
        )  # fmt: skip
    programs = [
        ProgramReport(r.engine, dict(r.seconds), tuple(r.executable.explain())) for r in runners
    ]
    return Explanation(model.name, tuple(programs))


# ── as text ──


def _explanation(explanation: Explanation) -> Iterator[str]:
    for program in explanation.programs:
        yield f"Model '{explanation.model}' on the {program.engine} engine"
        yield f"  {_times(program.seconds)}"
        for step in program.steps:
            yield ""
            yield from _step(step)
        yield ""


def _times(seconds: dict[str, float] | Any) -> str:
    return ", ".join(f"{stage} {1e3 * value:.1f} ms" for stage, value in seconds.items())


def _step(step: StepReport) -> Iterator[str]:
    yield (
        f"{step.phase}, {step.rows} rows a step: {len(step.kernels)} kernels, "
        f"{step.flops:,} flops, {_size(step.read)} read and {_size(step.written)} written a step"
    )
    if step.arena:
        yield f"  {_size(step.arena)} of memory for the program"
    if step.seconds:
        yield f"  {_times(step.seconds)}"
    if step.note:
        yield f"  {step.note}"
    rows = [HEADS, *map(_row, step.kernels)]
    widths = [max(len(row[i]) for row in rows) for i in range(len(HEADS))]
    yield f"  {_line(HEADS, widths)}"
    for kernel, row in zip(step.kernels, rows[1:], strict=True):
        yield f"  {_line(row, widths)}"
        yield from _details(kernel)


def _row(kernel: KernelReport) -> tuple[str, ...]:
    axes = " x ".join(map(str, kernel.domain)) or "one number"
    if kernel.folded:
        axes += f", folding {' x '.join(map(str, kernel.folded))}"
    return (
        kernel.name, "?" if kernel.runs is None else f"{kernel.runs:,}", f"{kernel.parts:,}", axes,
        " x ".join(map(str, kernel.tile)) or "-", _vector(kernel.vector), f"{kernel.flops:,}",
        _size(kernel.read), _size(kernel.written),
    )  # fmt: skip


def _vector(vector: str | None) -> str:
    return "-" if vector is None else vector or "none"


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    """Words to the left, numbers to the right."""
    left = (0, 3, 4, 5)
    placed = [
        cell.ljust(width) if i in left else cell.rjust(width)
        for i, (cell, width) in enumerate(zip(cells, widths, strict=True))
    ]
    return "  ".join(placed).rstrip()


def _details(kernel: KernelReport) -> Iterator[str]:
    """Whatever the row does not say: only an op by itself is said by it already."""
    if kernel.origins:
        yield from _wrapped("of", "; ".join(kernel.origins))
    if len(kernel.ops) > 1:
        yield from _wrapped("ops", " ".join(kernel.ops))
        yield from _wrapped("begins:", kernel.begins)


def _wrapped(head: str, text: str) -> list[str]:
    indent = "      "
    return textwrap.wrap(
        f"{head} {text}", WIDTH, initial_indent=indent, subsequent_indent=indent + "  ",
        break_long_words=False, break_on_hyphens=False,
    )  # fmt: skip


def _size(count: int) -> str:
    if count < 10_000:
        return f"{count} B"
    return f"{count / 1e3:.1f} kB" if count < 10_000_000 else f"{count / 1e6:.1f} MB"
