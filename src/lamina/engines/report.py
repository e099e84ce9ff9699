"""What an engine made of a program, in numbers and words: what `Executable.explain` returns."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from lamina.graph import dtypes
from lamina.graph.node import Aval, Node
from lamina.ops.primitive import PRIMITIVES

# Elementwise ops that bring a value elsewhere, or choose one, and compute none.
MOVING = ("cast", "select", "stop_gradient")


@dataclass(frozen=True)
class KernelReport:
    """One kernel of a step: a function of machine code, or an op that NumPy runs.

    Attributes:
        name: the function's, or the op's.
        ops: what it computes, in order; origins: where these come from, each once.
        domain: the axes of its results; folded: those that it sums over besides; tile: how much of
            the domain it computes at once, empty where it goes place by place.
        vector: what the machine code's vectors hold, as in "16 x float"; empty if it has none,
            None if there is no machine code of ours.
        flops: one for each element of each op on floats, two for each multiply-add of a
            contraction, elementary functions one like the others; of one run.
        read, written: bytes of its operands and results, each once; of one run.
        runs: how often a step runs it; None where the data decide.
        parts: into how many parts a run can be shared out among threads.
        begins: why it is a kernel of its own.
    """

    name: str
    ops: tuple[str, ...]
    origins: tuple[str, ...]
    domain: tuple[int, ...]
    flops: int
    read: int
    written: int
    begins: str
    folded: tuple[int, ...] = ()
    tile: tuple[int, ...] = ()
    vector: str | None = None
    runs: int | None = 1
    parts: int = 1


@dataclass(frozen=True)
class StepReport:
    """One step of a phase on batches of `rows` rows.

    Attributes:
        note: what the engine has to say about all its kernels; may be empty.
        arena: bytes that the whole program works in; 0 where the engine has no arena.
        seconds: what each stage of its compilation took, as far as it has been done.
    """

    phase: str
    rows: int
    kernels: tuple[KernelReport, ...]
    note: str = ""
    arena: int = 0
    seconds: Mapping[str, float] = field(default_factory=dict)

    @property
    def flops(self) -> int:
        """Of one step, as far as the data do not decide."""
        return sum(k.flops * (k.runs or 0) for k in self.kernels)

    @property
    def read(self) -> int:
        """Bytes that one step's kernels read."""
        return sum(k.read * (k.runs or 0) for k in self.kernels)

    @property
    def written(self) -> int:
        """Bytes that one step's kernels write."""
        return sum(k.written * (k.runs or 0) for k in self.kernels)


def flops(node: Node) -> int:
    """Floating-point operations of one op, as `KernelReport.flops` counts them."""
    given = [x.dtype for x in node.inputs]
    if not any(dtypes.is_float(dtype) for dtype in given):
        return 0
    if node.op == "contract":
        first, _, out = node.attrs["spec"]
        sizes = zip(first, node.inputs[0].shape, strict=True)
        return 2 * node.size * math.prod(size for label, size in sizes if label not in out)
    if node.op.startswith("reduce_") or node.op in ("argmax", "argmin", "cumsum", "cumprod"):
        return node.inputs[0].size
    primitive = PRIMITIVES.get(node.op)
    computes = primitive is not None and primitive.kind == "elementwise" and node.op not in MOVING
    return node.size if computes else 0


def bytes_of(avals: Sequence[Aval]) -> int:
    """Of values that lie side by side."""
    return sum(math.prod(a.shape) * int(np.dtype(a.dtype).itemsize) for a in avals)


def origins_of(nodes: Sequence[Node]) -> tuple[str, ...]:
    """Where nodes come from, each place once."""
    return tuple(dict.fromkeys(node.origin for node in nodes if node.origin))
